//! The `UPDATE` of a parent: a single row straight, several grouped.

use super::announce;
use super::delta::{Change, RowsBy, changes, index, lock_statement, numbered};
use super::drift::definition;
use super::feed::FedColumn;
use super::raise::{Raise, column_name};
use crate::schema::{BaseType, Builtin, Event, FieldId};
use crate::sql;
use crate::sql::{Keyword, Sql};

/// The statements that write a change: a single row straight, several grouped. `locked` where another trigger of the same
/// statement has locked the parents.
///
/// The lock is a statement of its own: an `UPDATE` that locks in a subquery reads its rows by an older snapshot than it
/// locks, and sessions meet in deadlocks on versions of one row.
pub(super) fn write(
    change: &Change<'_>,
    maintained: &[FieldId],
    tampered: &Raise<'_>,
    locked: bool,
) -> Sql {
    let mut grouped = grouped_write(change, tampered);
    if !locked {
        grouped = sql!(
            "{lock}\n{grouped}",
            lock = lock_statement(change),
            grouped = grouped
        );
    }
    if !change.has_single_path() {
        return grouped;
    }
    let write = single_write(change, maintained);
    // An entry of a ledger always writes its account, so that a transaction with an older snapshot is told to try again.
    let single = if change.feed.is_ledger() || change.always_changes() {
        write
    } else {
        let numbers = 0..change.feed.columns.len();
        let changed = numbers.map(|number| {
            sql!(
                "{delta} OPERATOR(pg_catalog.<>) 0",
                delta = change.delta(number)
            )
        });
        sql!(
            "\
IF {changed} THEN
    {write}
END IF;",
            changed = Sql::join(" OR ", changed),
            write = write.indented(4)
        )
    };
    let columns = change.feed.columns.iter().enumerate();
    let specials: Vec<Sql> = columns
        .filter(|(_, column)| has_specials(change, column))
        .map(|(number, _)| is_special(&change.delta(number)))
        .collect();
    let leave_to_group = (!specials.is_empty()).then(|| {
        sql!(
            "\
IF {special} THEN
    {key} := NULL;
END IF;",
            special = Sql::join(" OR ", &specials),
            key = change.key()
        )
    });
    let select = single_select(change);
    let (read, one) = match change.rows_by {
        RowsBy::Counting => (
            sql!(
                "\
IF row_count OPERATOR(pg_catalog.=) 1 THEN
    {select}
END IF;",
                select = Sql::join("\n", [select].into_iter().chain(leave_to_group)).indented(4)
            ),
            Sql::new(),
        ),
        RowsBy::Reading => (
            Sql::join(
                "\n",
                [select, sql!("IF NOT FOUND THEN\n    RETURN NULL;\nEND IF;")]
                    .into_iter()
                    .chain(leave_to_group),
            ),
            sql!("NOT several AND "),
        ),
    };
    sql!(
        "\
{read}
IF {one}{key} IS NOT NULL THEN
    -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
    {single}
ELSE
    {grouped}
END IF;",
        read = read,
        one = one,
        key = change.key(),
        single = single.indented(4),
        grouped = grouped.indented(4)
    )
}

/// Reads the one row's parent and changes into variables. The parent stays NULL where an update moves the row.
fn single_select(change: &Change<'_>) -> Sql {
    let Change {
        scope, feed, event, ..
    } = *change;
    let row = scope.row_alias(feed.child);
    let by = scope.column(feed.child, feed.columns[0].by);
    let numbers = 0..feed.columns.len();
    let reads = change.rows_by == RowsBy::Reading;
    let into = Sql::join(
        ", ",
        std::iter::once(change.key())
            .chain(numbers.clone().map(|number| change.delta(number)))
            .chain(reads.then(|| sql!("pgwright.several"))),
    );
    let several = if reads {
        sql!(
            ",\n       EXISTS (SELECT FROM {rows} OFFSET 1)",
            rows = change.rows()
        )
    } else {
        Sql::new()
    };
    if event != Event::Update {
        let deleted = event == Event::Delete;
        return sql!(
            "\
SELECT {row}.{by},
       {changes}{several}
INTO {into}
FROM {rows} AS {row};",
            row = row,
            by = by,
            changes = Sql::join(",\n       ", change.contributions(deleted)),
            several = several,
            into = into,
            rows = change.rows()
        );
    }
    let side = |rows: &'static str| {
        sql!(
            "\
SELECT {row}.{by} AS key,
       {changes}
FROM {rows} AS {row}",
            row = row,
            by = by,
            changes = numbered("change", change.contributions(false)),
            rows = Keyword(rows)
        )
        .indented(4)
    };
    let differences = numbers.map(|number| {
        sql!(
            "n.change_{number} OPERATOR(pg_catalog.-) o.change_{number}",
            number = index(number + 1)
        )
    });
    sql!(
        "\
SELECT CASE WHEN n.key {eq} o.key THEN n.key END,
       {differences}{several}
INTO {into}
FROM (
    {new}
) AS n, (
    {old}
) AS o;",
        eq = scope.equal(feed.parent, feed.key),
        differences = Sql::join(",\n       ", differences),
        several = several,
        into = into,
        new = side("new_rows"),
        old = side("old_rows")
    )
}

/// Whether NaN and infinity can be added to a column.
fn has_specials(change: &Change<'_>, column: &FedColumn<'_>) -> bool {
    !matches!(
        change.scope.field(change.feed.parent, column.into).ty.base,
        BaseType::Builtin(Builtin::SmallInt | Builtin::Integer | Builtin::BigInt)
    )
}

/// Whether a number is NaN or infinite: there is no way back from these by adding.
fn is_special(number: &Sql) -> Sql {
    sql!(
        "{number} OPERATOR(pg_catalog.=) ANY (CAST('{{NaN,Infinity,-Infinity}}' AS numeric[]))",
        number = number
    )
}

/// What a column of the parent `u` becomes by the change `d`; counted anew where adding says nothing.
fn changed(change: &Change<'_>, column: &FedColumn<'_>, number: usize) -> Sql {
    let Change { scope, feed, .. } = *change;
    let sum = sql!(
        "u.{column} OPERATOR(pg_catalog.+) d.change_{number}",
        column = change.parent_column(column.into),
        number = index(number + 1)
    );
    if !has_specials(change, column) {
        return sum;
    }
    let key = sql!("u.{key}", key = change.parent_column(feed.key));
    sql!(
        "CASE WHEN {special} THEN {definition} ELSE {sum} END",
        special = is_special(&sum),
        definition = definition(scope, feed, column, &key),
        sum = sum
    )
}

fn single_write(change: &Change<'_>, maintained: &[FieldId]) -> Sql {
    let Change { scope, feed, .. } = *change;
    let announced = maintained.iter().map(|&field| {
        let fed = feed.columns.iter().position(|column| column.into == field);
        fed.map_or_else(
            || sql!("0"),
            |number| announce::change(scope, feed.parent, field, change.delta(number)),
        )
    });
    let sets = feed.columns.iter().enumerate().map(|(number, column)| {
        sql!(
            "{column} = p.{column} OPERATOR(pg_catalog.+) {delta}",
            column = change.parent_column(column.into),
            delta = change.delta(number)
        )
    });
    sql!(
        "\
{announce}
UPDATE {table} AS p
SET {sets}
WHERE p.{key} {eq} {value};
{restore}",
        announce = announce::begin(&announce::exact(
            scope,
            feed.parent,
            &announce::own_depth(),
            announced
        )),
        table = scope.table(feed.parent),
        sets = Sql::join(",\n    ", sets),
        key = change.parent_column(feed.key),
        eq = scope.equal(feed.parent, feed.key),
        value = change.key(),
        restore = announce::end()
    )
}

fn grouped_write(change: &Change<'_>, tampered: &Raise<'_>) -> Sql {
    let Change { scope, feed, .. } = *change;
    let columns = || feed.columns.iter().enumerate();
    let sets = columns().map(|(number, column)| {
        sql!(
            "{column} = l.value_{number}",
            column = change.parent_column(column.into),
            number = index(number + 1)
        )
    });
    let values = columns().map(|(number, column)| {
        sql!(
            "CAST({sum} AS {ty})",
            sum = changed(change, column, number),
            ty = scope.ty(feed.parent, column.into)
        )
    });
    let differs = columns().map(|(number, column)| {
        sql!(
            "WHEN p.{column} OPERATOR(pg_catalog.<>) l.value_{number} THEN {name}",
            column = change.parent_column(column.into),
            number = index(number + 1),
            name = column_name(scope, feed.parent, column.into)
        )
    });
    sql!(
        "\
{announce}
FOR differing_key, differing_column IN
    UPDATE {parent} AS p
    SET {sets}
    FROM (
        SELECT u.{key} AS key,
               {values}
        FROM (
            {changes}
        ) AS d
        JOIN {parent} AS u ON u.{key} {eq} d.key
        ORDER BY u.{key}
        FOR NO KEY UPDATE OF u
    ) AS l
    WHERE p.{key} {eq} l.key
    RETURNING CAST(p.{key} AS pg_catalog.text), CASE {differs} END
LOOP
    IF differing_column IS NOT NULL THEN
        {raise}
    END IF;
END LOOP;
{restore}",
        announce = announce::begin(&announce::any(scope, feed.parent, &announce::own_depth())),
        parent = scope.table(feed.parent),
        sets = Sql::join(",\n        ", sets),
        key = change.parent_column(feed.key),
        values = numbered("value", values).indented(8),
        changes = changes(change).indented(12),
        eq = scope.equal(feed.parent, feed.key),
        differs = Sql::join(" ", differs),
        raise = tampered.statement(scope).indented(8),
        restore = announce::end()
    )
}
