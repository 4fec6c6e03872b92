//! What a statement on a child changes in its parents, and the `UPDATE` that writes it.

use super::announce;
use super::drift::definition;
use super::feed::{Feed, sum_type};
use super::raise::{Raise, column_name};
use super::scope::Scope;
use crate::ident::Ident;
use crate::schema::{Event, FieldId, ModelId};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql};

/// The names of the transition tables: rows before, rows after.
pub(super) fn transition_tables() -> (Ident, Ident) {
    (Ident::derived(&["old_rows"]), Ident::derived(&["new_rows"]))
}

/// One feed's part of a trigger's body.
pub(super) struct Change<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) feed: &'a Feed<'a>,
    pub(super) event: Event,
    /// Tells the variables of several parents in one body apart.
    pub(super) suffix: Option<usize>,
}

impl Change<'_> {
    /// `parent_key`, `parent_key_2`; qualified by the block's label, so that it is never a column.
    fn key(&self, qualified: bool) -> Sql {
        self.variable("parent_key", None, qualified)
    }

    fn delta(&self, column: usize, qualified: bool) -> Sql {
        self.variable("change", Some(column + 1), qualified)
    }

    fn variable(&self, name: &'static str, number: Option<usize>, qualified: bool) -> Sql {
        let mut sql = Sql::new();
        if qualified {
            sql.push_keyword("pgwright.");
        }
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

    pub(super) fn declarations(&self) -> Vec<Sql> {
        if !self.has_single_path() {
            return Vec::new();
        }
        let (scope, feed) = (self.scope, self.feed);
        let mut declarations = vec![sql!(
            "{key} {ty};",
            key = self.key(false),
            ty = scope.ty(feed.parent, feed.key)
        )];
        for (number, column) in feed.columns.iter().enumerate() {
            declarations.push(sql!(
                "{delta} {ty};",
                delta = self.delta(number, false),
                ty = sum_type(&scope.field(feed.parent, column.into).ty)
            ));
        }
        declarations
    }
}

pub(super) fn index(number: usize) -> Literal {
    Literal::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The statements that write a change: a single row straight, several grouped.
pub(super) fn write(change: &Change<'_>, maintained: &[FieldId], tampered: &Raise<'_>) -> Sql {
    let grouped = grouped_write(change, tampered);
    if !change.has_single_path() {
        return grouped;
    }
    let some_change = Sql::join(
        " OR ",
        change.feed.columns.iter().enumerate().map(|(number, _)| {
            sql!(
                "{delta} OPERATOR(pg_catalog.<>) 0",
                delta = change.delta(number, true)
            )
        }),
    );
    // An entry of a ledger always writes its account, so that a transaction with an older snapshot is told to try again.
    let single = if change.feed.is_ledger() {
        single_write(change, maintained)
    } else {
        sql!(
            "IF {some_change} THEN\n            {write}\n        END IF;",
            some_change = some_change,
            write = single_write(change, maintained)
        )
    };
    sql!(
        "IF row_count OPERATOR(pg_catalog.=) 1 THEN\n        {select}\n    END IF;\n    \
         IF {key} IS NOT NULL THEN\n        \
         -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.\n        \
         {single}\n    ELSE\n        {grouped}\n    END IF;",
        select = single_select(change),
        key = change.key(true),
        single = single,
        grouped = grouped
    )
}

/// Reads the one row's parent and changes into variables. The parent stays NULL where an update moves the row.
fn single_select(change: &Change<'_>) -> Sql {
    let Change {
        scope, feed, event, ..
    } = *change;
    let row = &scope.row_alias(feed.child);
    let by = scope.column(feed.child, feed.columns[0].by);
    let into = Sql::join(
        ", ",
        std::iter::once(change.key(true))
            .chain((0..feed.columns.len()).map(|number| change.delta(number, true))),
    );
    let contributions: Vec<Sql> = feed
        .columns
        .iter()
        .map(|column| column.contribution(scope, feed, row))
        .collect();
    match event {
        Event::Update => {
            let side = |rows: &'static str| {
                sql!(
                    "SELECT {row}.{by} AS key,\n                   {changes}\n            FROM {rows} AS {row}",
                    row = row,
                    by = by,
                    changes = Sql::join(
                        ",\n                   ",
                        contributions
                            .iter()
                            .enumerate()
                            .map(|(number, contribution)| {
                                sql!(
                                    "{contribution} AS change_{number}",
                                    contribution = contribution,
                                    number = index(number + 1)
                                )
                            })
                    ),
                    rows = Keyword(rows)
                )
            };
            sql!(
                "SELECT CASE WHEN n.key {eq} o.key THEN n.key END,\n               {changes}\n        INTO {into}\n        \
                 FROM (\n            {new}\n        ) AS n, (\n            {old}\n        ) AS o;",
                eq = scope.equal(feed.parent, feed.key),
                changes = Sql::join(
                    ",\n               ",
                    (1..=contributions.len()).map(|number| {
                        sql!(
                            "n.change_{number} OPERATOR(pg_catalog.-) o.change_{number}",
                            number = index(number)
                        )
                    })
                ),
                into = into,
                new = side("new_rows"),
                old = side("old_rows")
            )
        }
        _ => sql!(
            "SELECT {row}.{by},\n               {changes}\n        INTO {into}\n        FROM {rows} AS {row};",
            row = row,
            by = by,
            changes = Sql::join(
                ",\n               ",
                contributions.iter().map(|contribution| {
                    if event == Event::Delete {
                        sql!(
                            "0 OPERATOR(pg_catalog.-) {contribution}",
                            contribution = contribution
                        )
                    } else {
                        contribution.clone()
                    }
                })
            ),
            into = into,
            rows = Keyword(if event == Event::Delete {
                "old_rows"
            } else {
                "new_rows"
            })
        ),
    }
}

fn single_write(change: &Change<'_>, maintained: &[FieldId]) -> Sql {
    let Change { scope, feed, .. } = *change;
    let changes = maintained.iter().map(|&field| {
        match feed.columns.iter().position(|column| column.into == field) {
            Some(number) => announce::change(scope, feed.parent, field, change.delta(number, true)),
            None => sql!("0"),
        }
    });
    let sets = Sql::join(
        ",\n                ",
        feed.columns.iter().enumerate().map(|(number, column)| {
            sql!(
                "{column} = p.{column} OPERATOR(pg_catalog.+) {delta}",
                column = scope.column(feed.parent, column.into),
                delta = change.delta(number, true)
            )
        }),
    );
    sql!(
        "{announce}\n            UPDATE {table} AS p\n            SET {sets}\n            WHERE p.{key} {eq} {value};\n            {restore}",
        announce = announce::set(
            &sql!("announced"),
            &announce::exact(scope, feed.parent, &announce::own_depth(), changes)
        ),
        table = scope.table(feed.parent),
        sets = sets,
        key = scope.column(feed.parent, feed.key),
        eq = scope.equal(feed.parent, feed.key),
        value = change.key(true),
        restore = announce::set(&sql!("announced"), &sql!("outer_announcement"))
    )
}

/// The change of each parent: key and sums, parents without a change left out.
fn changes(scope: Scope<'_>, feed: &Feed<'_>, event: Event) -> Sql {
    let row = &scope.row_alias(feed.child);
    let mut branches = Vec::new();
    for by in feed.references() {
        let mut branch = |rows: &'static str, negative: bool| {
            let columns = feed.columns.iter().enumerate().map(|(number, column)| {
                let contribution = if column.by != by {
                    sql!("0")
                } else if negative {
                    sql!(
                        "0 OPERATOR(pg_catalog.-) {contribution}",
                        contribution = column.contribution(scope, feed, row)
                    )
                } else {
                    column.contribution(scope, feed, row)
                };
                sql!(
                    "{contribution} AS change_{number}",
                    contribution = contribution,
                    number = index(number + 1)
                )
            });
            branches.push(sql!(
                "SELECT {row}.{by} AS key,\n                               {columns}\n                        FROM {rows} AS {row}",
                row = row,
                by = scope.column(feed.child, by),
                columns = Sql::join(",\n                               ", columns),
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
    let numbers = 1..=feed.columns.len();
    let mut sql = sql!(
        "SELECT c.key,\n                           {sums}\n                    FROM (\n                        {branches}\n                    ) AS c\n                    \
         WHERE c.key IS NOT NULL\n                    GROUP BY c.key",
        sums = Sql::join(
            ",\n                           ",
            numbers.clone().map(|number| {
                sql!(
                    "pg_catalog.sum(c.change_{number}) AS change_{number}",
                    number = index(number)
                )
            })
        ),
        branches = Sql::join(
            "\n                        UNION ALL\n                        ",
            branches
        )
    );
    if !feed.is_ledger() {
        sql.push(&sql!(
            "\n                    HAVING {some_change}",
            some_change = Sql::join(
                " OR ",
                numbers.map(|number| {
                    sql!(
                        "pg_catalog.sum(c.change_{number}) OPERATOR(pg_catalog.<>) 0",
                        number = index(number)
                    )
                })
            )
        ));
    }
    sql
}

fn grouped_write(change: &Change<'_>, tampered: &Raise<'_>) -> Sql {
    let Change {
        scope, feed, event, ..
    } = *change;
    let columns = || feed.columns.iter().enumerate();
    sql!(
        "{announce}\n        \
         FOR differing_key, differing_column IN\n            \
         UPDATE {parent} AS p\n            \
         SET {sets}\n            \
         FROM (\n                \
         SELECT u.{key} AS key,\n                       {values}\n                \
         FROM (\n                    {changes}\n                ) AS d\n                \
         JOIN {parent} AS u ON u.{key} {eq} d.key\n                \
         ORDER BY u.{key}\n                \
         FOR NO KEY UPDATE OF u\n            \
         ) AS l\n            \
         WHERE p.{key} {eq} l.key\n            \
         RETURNING CAST(p.{key} AS pg_catalog.text), CASE {differs} END\n        \
         LOOP\n            \
         IF differing_column IS NOT NULL THEN\n                {raise}\n            END IF;\n        \
         END LOOP;\n        {restore}",
        announce = announce::set(&sql!("announced"), &announce::any(scope, feed.parent, &announce::own_depth())),
        parent = scope.table(feed.parent),
        sets = Sql::join(",\n                ", columns().map(|(number, column)| {
            sql!("{column} = l.value_{number}", column = scope.column(feed.parent, column.into), number = index(number + 1))
        })),
        key = scope.column(feed.parent, feed.key),
        values = Sql::join(",\n                       ", columns().map(|(number, column)| {
            sql!(
                "CAST(u.{column} OPERATOR(pg_catalog.+) d.change_{number} AS {ty}) AS value_{number}",
                column = scope.column(feed.parent, column.into),
                number = index(number + 1),
                ty = scope.ty(feed.parent, column.into)
            )
        })),
        changes = changes(scope, feed, event),
        eq = scope.equal(feed.parent, feed.key),
        differs = Sql::join(" ", columns().map(|(number, column)| {
            sql!(
                "WHEN p.{column} OPERATOR(pg_catalog.<>) l.value_{number} THEN {name}",
                column = scope.column(feed.parent, column.into),
                number = index(number + 1),
                name = column_name(scope, feed.parent, column.into)
            )
        })),
        raise = tampered.statement(scope, "                "),
        restore = announce::set(&sql!("announced"), &sql!("outer_announcement"))
    )
}

/// Locks the parents that will be written, in the order of their keys; a single one needs no order.
pub(super) fn lock(scope: Scope<'_>, feed: &Feed<'_>, event: Event) -> Sql {
    sql!(
        "IF row_count OPERATOR(pg_catalog.>) 1 THEN\n        \
         PERFORM 1\n        \
         FROM (\n                    {changes}\n        ) AS d\n        \
         JOIN {parent} AS u ON u.{key} {eq} d.key\n        \
         ORDER BY u.{key}\n        \
         FOR NO KEY UPDATE OF u;\n    END IF;",
        changes = changes(scope, feed, event),
        parent = scope.table(feed.parent),
        key = scope.column(feed.parent, feed.key),
        eq = scope.equal(feed.parent, feed.key)
    )
}

/// Sets every parent to nothing, after the child was emptied.
pub(super) fn reset(scope: Scope<'_>, feed: &Feed<'_>) -> Sql {
    let column = |field: FieldId| scope.column(feed.parent, field);
    sql!(
        "{announce}\n    \
         UPDATE {parent} AS p\n    \
         SET {sets}\n    \
         FROM (\n        \
         SELECT u.{key} AS key\n        FROM {parent} AS u\n        WHERE {some}\n        ORDER BY u.{key}\n        FOR NO KEY UPDATE OF u\n    \
         ) AS l\n    \
         WHERE p.{key} {eq} l.key;\n    {restore}",
        announce = announce::set(
            &sql!("announced"),
            &announce::any(scope, feed.parent, &announce::own_depth())
        ),
        parent = scope.table(feed.parent),
        sets = Sql::join(
            ", ",
            feed.columns
                .iter()
                .map(|fed| sql!("{column} = 0", column = column(fed.into)))
        ),
        key = column(feed.key),
        some = Sql::join(
            " OR ",
            feed.columns.iter().map(|fed| {
                sql!(
                    "u.{column} OPERATOR(pg_catalog.<>) 0",
                    column = column(fed.into)
                )
            })
        ),
        eq = scope.equal(feed.parent, feed.key),
        restore = announce::set(&sql!("announced"), &sql!("outer_announcement"))
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

/// Before children of parents that cannot be seen are counted: waits for whoever is inserting such a parent, and makes
/// whoever will insert one wait for this transaction.
pub(super) fn wait_for_parents(scope: Scope<'_>, feed: &Feed<'_>, event: Event) -> Sql {
    let row = &scope.row_alias(feed.child);
    let mut branches = Vec::new();
    for by in feed.references() {
        for (rows, wanted) in [
            ("new_rows", event != Event::Delete),
            ("old_rows", event != Event::Insert),
        ] {
            if wanted {
                branches.push(sql!(
                    "SELECT {row}.{by} AS key FROM {rows} AS {row}",
                    row = row,
                    by = scope.column(feed.child, by),
                    rows = Keyword(rows)
                ));
            }
        }
    }
    let (class, number) = parent_lock(scope, feed.parent, &sql!("c.key"));
    sql!(
        "PERFORM pg_catalog.pg_advisory_xact_lock_shared({class}, m.number)\n    \
         FROM (\n        \
         SELECT DISTINCT {number} AS number\n        \
         FROM ({branches}) AS c\n        \
         WHERE c.key IS NOT NULL\n          \
         AND NOT EXISTS (SELECT FROM {parent} AS u WHERE u.{key} {eq} c.key)\n        \
         ORDER BY number\n    ) AS m;",
        class = class,
        number = number,
        branches = Sql::join(" UNION ALL ", branches),
        parent = scope.table(feed.parent),
        key = scope.column(feed.parent, feed.key),
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
