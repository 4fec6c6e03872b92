//! Children whose parent is not there yet, or no longer: who waits for whom, and who counts them.

use super::announce;
use super::delta::{Change, definitions, index, numbered};
use super::scope::Scope;
use crate::schema::{Event, ModelId};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql};

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

/// Before children are counted whose parent may not be there: holds the parents that are, as a foreign key would, so that
/// none goes before it is written; for the others, waits for whoever is inserting one, and makes whoever will insert one
/// wait for this transaction.
pub(super) fn wait_for_parents(change: &Change<'_>) -> Sql {
    let Change { scope, feed, .. } = *change;
    let (class, number) = parent_lock(scope, feed.parent, &sql!("c.key"));
    sql!(
        "\
PERFORM pg_catalog.pg_advisory_xact_lock_shared({class}, m.number)
FROM (
    WITH named AS MATERIALIZED (
        {named}
    ), held AS MATERIALIZED (
        SELECT u.{key} AS key
        FROM {parent} AS u
        WHERE EXISTS (SELECT FROM named AS c WHERE c.key {eq} u.{key})
        ORDER BY u.{key}
        FOR KEY SHARE OF u
    )
    SELECT DISTINCT {number} AS number
    FROM named AS c
    WHERE c.key IS NOT NULL
      AND NOT EXISTS (SELECT FROM held AS h WHERE h.key {eq} c.key)
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
