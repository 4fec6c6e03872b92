//! What a statement on a child changes in its parents, and the `UPDATE` that writes it.

use super::announce;
use super::drift::definition;
use super::feed::{FedColumn, Feed, change_type};
use super::raise::{Raise, column_name};
use super::scope::Scope;
use crate::ident::Ident;
use crate::schema::{BaseType, Builtin, Event, FieldId, ModelId};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql};

/// The names of the transition tables: rows before, rows after.
pub(super) fn transition_tables() -> (Ident, Ident) {
    (Ident::derived(&["old_rows"]), Ident::derived(&["new_rows"]))
}

/// How a body tells one row from several: counting them is a query of its own, so that one that only writes single rows
/// asks with the query that reads the row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsBy {
    /// The variable `row_count`.
    Counting,
    /// The variable `several`.
    Reading,
}

/// One feed's part of a trigger's body.
pub(super) struct Change<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) feed: &'a Feed<'a>,
    pub(super) event: Event,
    /// Tells the variables of several parents in one body apart.
    pub(super) suffix: Option<usize>,
    /// How the body tells one row from several.
    pub(super) rows_by: RowsBy,
}

impl Change<'_> {
    /// `pgwright.parent_key`, `pgwright.parent_key_2`; qualified by the block's label, so that it is never a column.
    fn key(&self) -> Sql {
        sql!("pgwright.{name}", name = self.variable("parent_key", None))
    }

    /// The variable with the change of a fed column.
    fn delta(&self, column: usize) -> Sql {
        sql!(
            "pgwright.{name}",
            name = self.variable("change", Some(column + 1))
        )
    }

    fn variable(&self, name: &'static str, number: Option<usize>) -> Sql {
        let mut sql = Sql::new();
        sql.push_keyword(name);
        for number in [number, self.suffix].into_iter().flatten() {
            sql.push_keyword("_").push(&index(number));
        }
        sql
    }

    /// Only a row that names one parent can be written without grouping.
    fn has_single_path(&self) -> bool {
        self.feed.references().len() == 1
    }

    /// The transition table that has a row for each row of the statement.
    pub(super) fn rows(&self) -> Keyword {
        Keyword(if self.event == Event::Insert {
            "new_rows"
        } else {
            "old_rows"
        })
    }

    /// Whether every row changes its parent.
    fn always_changes(&self) -> bool {
        let counts_all =
            |column: &FedColumn<'_>| column.amount.is_none() && column.filter.is_none();
        self.event != Event::Update && self.feed.columns.iter().any(counts_all)
    }

    pub(super) fn declarations(&self) -> Vec<Sql> {
        if !self.has_single_path() {
            return Vec::new();
        }
        let (scope, feed) = (self.scope, self.feed);
        let key = sql!(
            "{key} {ty};",
            key = self.variable("parent_key", None),
            ty = scope.ty(feed.parent, feed.key)
        );
        let deltas = feed.columns.iter().enumerate().map(|(number, column)| {
            sql!(
                "{delta} {ty};",
                delta = self.variable("change", Some(number + 1)),
                ty = change_type(&scope.field(feed.parent, column.into).ty)
            )
        });
        std::iter::once(key).chain(deltas).collect()
    }

    /// What one row adds to each column, or takes from it.
    fn contributions(&self, negative: bool) -> Vec<Sql> {
        let row = self.scope.row_alias(self.feed.child);
        self.feed
            .columns
            .iter()
            .map(|column| {
                let amount = column.contribution(self.scope, self.feed, &row);
                if negative {
                    sql!("0 OPERATOR(pg_catalog.-) {amount}", amount = amount)
                } else {
                    amount
                }
            })
            .collect()
    }

    fn parent_column(&self, field: FieldId) -> &Ident {
        self.scope.column(self.feed.parent, field)
    }
}

pub(super) fn index(number: usize) -> Literal {
    Literal::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// `a AS change_1`, `b AS change_2` …, a line each.
fn numbered(name: &'static str, values: impl IntoIterator<Item = Sql>) -> Sql {
    Sql::join(
        ",\n       ",
        values.into_iter().enumerate().map(|(number, value)| {
            sql!(
                "{value} AS {name}_{number}",
                value = value,
                name = Keyword(name),
                number = index(number + 1)
            )
        }),
    )
}

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

/// The change of each parent: key and sums, parents without a change left out.
fn changes(change: &Change<'_>) -> Sql {
    let Change {
        scope, feed, event, ..
    } = *change;
    let row = scope.row_alias(feed.child);
    let mut branches = Vec::new();
    for by in feed.references() {
        let mut branch = |rows: &'static str, negative: bool| {
            let amounts = feed
                .columns
                .iter()
                .zip(change.contributions(negative))
                .map(|(column, amount)| if column.by == by { amount } else { sql!("0") });
            branches.push(sql!(
                "\
SELECT {row}.{by} AS key,
       {amounts}
FROM {rows} AS {row}",
                row = row,
                by = scope.column(feed.child, by),
                amounts = numbered("change", amounts),
                rows = Keyword(rows)
            ));
        };
        if event != Event::Delete {
            branch("new_rows", false);
        }
        if event != Event::Insert {
            branch("old_rows", true);
        }
    }
    let sums: Vec<Sql> = (1..=feed.columns.len())
        .map(|number| sql!("pg_catalog.sum(c.change_{number})", number = index(number)))
        .collect();
    let some = sums
        .iter()
        .map(|sum| sql!("{sum} OPERATOR(pg_catalog.<>) 0", sum = sum));
    let having =
        (!feed.is_ledger()).then(|| sql!("\nHAVING {some}", some = Sql::join("\n    OR ", some)));
    sql!(
        "\
SELECT c.key,
       {sums}
FROM (
    {branches}
) AS c
WHERE c.key IS NOT NULL
GROUP BY c.key{having}",
        sums = numbered("change", sums.iter().cloned()),
        branches = Sql::join("\nUNION ALL\n", branches).indented(4),
        having = having
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

/// Locks the parents that will be written, in the order of their keys; a single one needs no order.
pub(super) fn lock(change: &Change<'_>) -> Sql {
    let lock = lock_statement(change);
    // A row that moves has two parents.
    if change.event == Event::Update || !change.has_single_path() {
        return lock;
    }
    sql!(
        "\
PERFORM FROM {rows} LIMIT 1 OFFSET 1;
IF FOUND THEN
    {lock}
END IF;",
        rows = change.rows(),
        lock = lock.indented(4)
    )
}

fn lock_statement(change: &Change<'_>) -> Sql {
    let Change { scope, feed, .. } = *change;
    sql!(
        "\
PERFORM 1
FROM (
    {changes}
) AS d
JOIN {parent} AS u ON u.{key} {eq} d.key
ORDER BY u.{key}
FOR NO KEY UPDATE OF u;",
        changes = changes(change).indented(4),
        parent = scope.table(feed.parent),
        key = change.parent_column(feed.key),
        eq = scope.equal(feed.parent, feed.key)
    )
}

/// Sets every parent to nothing, after the child was emptied.
pub(super) fn reset(scope: Scope<'_>, feed: &Feed<'_>) -> Sql {
    let columns = || {
        feed.columns
            .iter()
            .map(|fed| scope.column(feed.parent, fed.into))
    };
    sql!(
        "\
PERFORM 1
FROM {parent} AS p
WHERE {some}
ORDER BY p.{key}
FOR NO KEY UPDATE OF p;
{announce}
UPDATE {parent} AS p
SET {sets}
WHERE {some};
{restore}",
        announce = announce::begin(&announce::any(scope, feed.parent, &announce::own_depth())),
        parent = scope.table(feed.parent),
        sets = Sql::join(
            ",\n    ",
            columns().map(|column| sql!("{column} = 0", column = column))
        ),
        key = scope.column(feed.parent, feed.key),
        some = Sql::join(
            "\n       OR ",
            columns().map(|column| sql!("p.{column} OPERATOR(pg_catalog.<>) 0", column = column))
        ),
        restore = announce::end()
    )
}

/// The lock of a parent that is not there: children hold it shared, whoever inserts the parent holds it alone and then
/// counts. A thousand numbers for each table bound the locks of a large statement.
pub(super) fn parent_lock(scope: Scope<'_>, parent: ModelId, key: &Sql) -> (Literal, Sql) {
    let class = scope
        .table(parent)
        .to_string()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    (
        Literal::Integer(i64::from(class.cast_signed())),
        sql!(
            "pg_catalog.hashtext(CAST({key} AS pg_catalog.text)) OPERATOR(pg_catalog.&) 1023",
            key = key
        ),
    )
}

/// Every parent that a row of the statement names or named.
fn named(change: &Change<'_>) -> Sql {
    let Change {
        scope, feed, event, ..
    } = *change;
    let row = scope.row_alias(feed.child);
    let mut branches = Vec::new();
    for by in feed.references() {
        let sides = [
            ("new_rows", event != Event::Delete),
            ("old_rows", event != Event::Insert),
        ];
        for (rows, _) in sides.into_iter().filter(|(_, wanted)| *wanted) {
            branches.push(sql!(
                "SELECT {row}.{by} AS key FROM {rows} AS {row}",
                row = row,
                by = scope.column(feed.child, by),
                rows = Keyword(rows)
            ));
        }
    }
    Sql::join("\nUNION ALL\n", branches)
}

/// Counts the parents of a statement's rows anew, where the statement made some of those parents itself: they have
/// counted some of the rows already.
pub(super) fn recount(change: &Change<'_>) -> Sql {
    let Change { scope, feed, .. } = *change;
    let own = sql!("u.{key}", key = change.parent_column(feed.key));
    let definitions = definitions(scope, feed, &own);
    let columns = || {
        definitions
            .iter()
            .enumerate()
            .map(|(number, (field, _))| (change.parent_column(*field), index(number + 1)))
    };
    let values = definitions.iter().map(|(field, definition)| {
        sql!(
            "CAST({definition} AS {ty})",
            definition = definition,
            ty = scope.ty(feed.parent, *field)
        )
    });
    let parents = sql!(
        "\
{parent} AS u
WHERE EXISTS (
    SELECT
    FROM (
        {named}
    ) AS c
    WHERE c.key {eq} u.{key}
)",
        parent = scope.table(feed.parent),
        named = named(change).indented(8),
        key = change.parent_column(feed.key),
        eq = scope.equal(feed.parent, feed.key)
    );
    sql!(
        "\
PERFORM 1
FROM {parents}
ORDER BY u.{key}
FOR NO KEY UPDATE OF u;
{announce}
UPDATE {parent} AS p
SET {sets}
FROM (
    SELECT u.{key} AS key,
           {values}
    FROM {inner}
) AS l
WHERE p.{key} {eq} l.key
  AND ({differs});
{restore}",
        parents = parents,
        inner = parents.indented(4),
        key = change.parent_column(feed.key),
        announce = announce::begin(&announce::any(scope, feed.parent, &announce::own_depth())),
        parent = scope.table(feed.parent),
        sets = Sql::join(
            ",\n    ",
            columns().map(|(column, number)| sql!(
                "{column} = l.value_{number}",
                column = column,
                number = number
            ))
        ),
        values = numbered("value", values).indented(4),
        eq = scope.equal(feed.parent, feed.key),
        differs = Sql::join(
            " OR ",
            columns().map(|(column, number)| sql!(
                "p.{column} OPERATOR(pg_catalog.<>) l.value_{number}",
                column = column,
                number = number
            ))
        ),
        restore = announce::end()
    )
}

/// Before children of parents that cannot be seen are counted: waits for whoever is inserting such a parent, and makes
/// whoever will insert one wait for this transaction.
pub(super) fn wait_for_parents(change: &Change<'_>) -> Sql {
    let Change { scope, feed, .. } = *change;
    let (class, number) = parent_lock(scope, feed.parent, &sql!("c.key"));
    sql!(
        "\
PERFORM pg_catalog.pg_advisory_xact_lock_shared({class}, m.number)
FROM (
    SELECT DISTINCT {number} AS number
    FROM (
        {named}
    ) AS c
    WHERE c.key IS NOT NULL
      AND NOT EXISTS (SELECT FROM {parent} AS u WHERE u.{key} {eq} c.key)
    ORDER BY number
) AS m;",
        class = class,
        number = number,
        named = named(change).indented(8),
        parent = scope.table(feed.parent),
        key = change.parent_column(feed.key),
        eq = scope.equal(feed.parent, feed.key)
    )
}

/// `value` of each fed column by its definition, for the parent whose key is `key`.
pub(super) fn definitions(scope: Scope<'_>, feed: &Feed<'_>, key: &Sql) -> Vec<(FieldId, Sql)> {
    feed.columns
        .iter()
        .map(|column| (column.into, definition(scope, feed, column, key)))
        .collect()
}
