//! A parent whose key changes, and a parent that comes after its children.

use super::announce;
use super::delta::{definitions, index};
use super::feed::Feed;
use super::guard::{key_is_distinct, keys, mark, refuse_written};
use super::orphans::parent_lock;
use super::scope::{Scope, row_trigger};
use crate::ident::Ident;
use crate::pg::{CreateTrigger, Statement, Volatility};
use crate::schema::{Event, FieldId, Level, ModelId, Timing};
use crate::sql;
use crate::sql::{Literal, Sql};

pub(super) fn statements(scope: Scope<'_>, feeds: &[Feed<'_>]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for parent in super::drift::parents(feeds) {
        let path = super::drift::path(scope, feeds, parent);
        statements.extend(follow_key(scope, feeds, parent, path.clone()));
        let orphans: Vec<&Feed<'_>> = feeds
            .iter()
            .filter(|feed| feed.parent == parent)
            .filter(|feed| feed.has_orphans(scope))
            .collect();
        if !orphans.is_empty() {
            statements.extend(adopt(scope, &orphans, parent, path));
        }
    }
    statements
}

/// When the key changes, the row starts with what names the new key already. A cascade adds the children as it moves
/// them; without this they would be counted twice.
///
/// The function is STABLE, so that it reads the children as they were before the statement: those that the statement moves
/// are added by their own triggers, whichever came first. So it cannot see either what others change while it waits: it
/// need not wait for children that must have a parent in the end, and does not wait for those that need none.
fn follow_key(
    scope: Scope<'_>,
    feeds: &[Feed<'_>],
    parent: ModelId,
    path: Option<Vec<Ident>>,
) -> [Statement; 2] {
    let table = scope.table(parent);
    let keys = keys(feeds, parent);
    let function = scope.function(
        parent,
        Ident::derived(&[table.name.as_str(), "follow", "key"]),
    );
    let of_parent = || feeds.iter().filter(move |feed| feed.parent == parent);
    let mut lines = vec![refuse_written(scope, feeds, parent)];
    for feed in of_parent() {
        let key = sql!("NEW.{key}", key = scope.column(parent, feed.key));
        let (class, number) = parent_lock(scope, parent, &key);
        if feed.has_loose_orphans(scope) {
            lines.push(sql!(
                "\
IF NOT pg_catalog.pg_try_advisory_xact_lock({class}, {number}) THEN
    RAISE EXCEPTION USING
        ERRCODE = '40001',
        MESSAGE = {message};
END IF;",
                class = class,
                number = number,
                message = Literal::text(format!(
                    "{}: another transaction is changing what names the new key",
                    table.name
                ))
            ));
        } else if feed.has_orphans(scope) && !feed.is_ledger() {
            lines.push(sql!(
                "PERFORM pg_catalog.pg_advisory_xact_lock({class}, {number});",
                class = class,
                number = number
            ));
        }
        for (field, definition) in definitions(scope, feed, &key) {
            lines.push(sql!(
                "NEW.{column} := {definition};",
                column = scope.column(parent, field),
                definition = definition
            ));
        }
    }
    let mark = mark(scope, feeds, parent);
    lines.push(sql!(
        "PERFORM pg_catalog.set_config({setting}, {mark}, true);",
        setting = Literal::text(announce::MADE),
        mark = mark
    ));
    let trigger = CreateTrigger {
        update_of: keys
            .iter()
            .map(|&key| scope.column(parent, key).clone())
            .collect(),
        when: Some(key_is_distinct(scope, parent, &keys)),
        ..row_trigger(
            Ident::derived(&["trg", table.name.as_str(), "follow", "key"]),
            table.clone(),
            Timing::Before,
            Event::Update,
            &function,
        )
    };
    let mut made = scope.trigger_function(
        function,
        path,
        sql!(
            "\
#variable_conflict use_column
DECLARE
    written pg_catalog.text;
BEGIN
    {lines}
    RETURN NEW;
END;",
            lines = Sql::join("\n", lines).indented(4)
        ),
        format!(
            "Starts the maintained columns of {} again when its key changes.",
            table.name
        ),
    );
    if let Statement::CreateFunction(function) = &mut made {
        function.volatility = Volatility::Stable;
    }
    [made, trigger.into()]
}

/// When the parent is inserted, it takes what its children add up to that came before it.
fn adopt(
    scope: Scope<'_>,
    feeds: &[&Feed<'_>],
    parent: ModelId,
    path: Option<Vec<Ident>>,
) -> Vec<Statement> {
    let table = scope.table(parent);
    let function = scope.function(parent, Ident::derived(&[table.name.as_str(), "adopt"]));
    let key = scope.column(parent, feeds[0].key);
    let mut lines = Vec::new();
    for feed in feeds.iter().filter(|feed| !feed.is_ledger()) {
        let (class, number) = parent_lock(
            scope,
            parent,
            &sql!("n.{key}", key = scope.column(parent, feed.key)),
        );
        lines.push(sql!(
            "\
-- Whoever holds children of these rows, and did not see them, must end first.
PERFORM pg_catalog.pg_advisory_xact_lock({class}, m.number)
FROM (SELECT DISTINCT {number} AS number FROM new_rows AS n ORDER BY number) AS m;",
            class = class,
            number = number
        ));
    }
    let values: Vec<(FieldId, Sql)> = feeds
        .iter()
        .flat_map(|feed| {
            definitions(
                scope,
                feed,
                &sql!("n.{key}", key = scope.column(parent, feed.key)),
            )
        })
        .collect();
    let numbered = |text: fn(&Ident, Literal) -> Sql| {
        values
            .iter()
            .enumerate()
            .map(move |(number, (field, _))| text(scope.column(parent, *field), index(number + 1)))
    };
    let definitions = values.iter().enumerate().map(|(number, (_, definition))| {
        sql!(
            "{definition} AS value_{number}",
            definition = definition,
            number = index(number + 1)
        )
    });
    lines.push(sql!(
        "\
{announce}
UPDATE {table} AS p
SET {sets}
FROM (
    SELECT n.{key} AS key,
           {definitions}
    FROM new_rows AS n
    ORDER BY n.{key}
) AS e
WHERE p.{key} {eq} e.key
  AND ({differs});
{restore}",
        announce = announce::begin(&announce::any(scope, parent, &announce::own_depth())),
        table = table,
        sets = Sql::join(
            ",\n    ",
            numbered(|column, number| sql!(
                "{column} = e.value_{number}",
                column = column,
                number = number
            ))
        ),
        key = key,
        definitions = Sql::join(",\n           ", definitions),
        eq = scope.equal(parent, feeds[0].key),
        differs = Sql::join(
            " OR ",
            numbered(|column, number| sql!(
                "p.{column} OPERATOR(pg_catalog.<>) e.value_{number}",
                column = column,
                number = number
            ))
        ),
        restore = announce::end()
    ));
    lines.push(announce::adopted());
    let mut statements = vec![scope.trigger_function(
        function.clone(),
        path,
        sql!(
            "\
#variable_conflict use_column
<<pgwright>>
DECLARE
    {declarations}
BEGIN
    {lines}
    RETURN NULL;
END pgwright;",
            declarations = Sql::join("\n    ", announce::declarations()),
            lines = Sql::join("\n", lines).indented(4)
        ),
        format!(
            "Counts what names a row of {} before it is there.",
            table.name
        ),
    )];
    statements.extend(scope.statement_tables(parent).into_iter().map(|on| {
        CreateTrigger {
            level: Level::Statement,
            new_table: Some(Ident::derived(&["new_rows"])),
            ..row_trigger(
                Ident::derived(&["trg", table.name.as_str(), "adopt"]),
                on,
                Timing::After,
                Event::Insert,
                &function,
            )
        }
        .into()
    }));
    statements
}
