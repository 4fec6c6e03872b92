//! What a statement on a child changes in its parents, and the locks it takes to write that.

use super::announce;
use super::drift::definition;
use super::feed::{FedColumn, Feed, change_type};
use super::scope::Scope;
use crate::ident::Ident;
use crate::schema::{Event, FieldId};
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
    pub(super) fn key(&self) -> Sql {
        sql!("pgwright.{name}", name = self.variable("parent_key", None))
    }

    /// The variable with the change of a fed column.
    pub(super) fn delta(&self, column: usize) -> Sql {
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
    pub(super) fn has_single_path(&self) -> bool {
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
    pub(super) fn always_changes(&self) -> bool {
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
    pub(super) fn contributions(&self, negative: bool) -> Vec<Sql> {
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

    pub(super) fn parent_column(&self, field: FieldId) -> &Ident {
        self.scope.column(self.feed.parent, field)
    }
}

pub(super) fn index(number: usize) -> Literal {
    Literal::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// `a AS change_1`, `b AS change_2` …, a line each.
pub(super) fn numbered(name: &'static str, values: impl IntoIterator<Item = Sql>) -> Sql {
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

/// The change of each parent: key and sums, parents without a change left out.
pub(super) fn changes(change: &Change<'_>) -> Sql {
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

pub(super) fn lock_statement(change: &Change<'_>) -> Sql {
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

/// `value` of each fed column by its definition, for the parent whose key is `key`.
pub(super) fn definitions(scope: Scope<'_>, feed: &Feed<'_>, key: &Sql) -> Vec<(FieldId, Sql)> {
    feed.columns
        .iter()
        .map(|column| (column.into, definition(scope, feed, column, key)))
        .collect()
}
