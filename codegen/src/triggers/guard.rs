//! Refuses to have a maintained column written by hand.
//!
//! The guard is an AFTER ROW trigger, since a later BEFORE trigger could set the column. It lets through what one of our own
//! functions announced, exactly (see [`super::announce`]). On UPDATE it compares in its function: a `WHEN` with many
//! columns is read anew for every statement and costs a single-row update more than the call; with up to two it is
//! cheaper. On INSERT a `WHEN` serves large statements.

use super::announce;
use super::feed::Feed;
use super::raise::{Raise, Rule, column_name, plain};
use super::scope::{Scope, event_name, row_trigger};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{BaseType, Builtin, Event, FieldId, ModelId, Timing};
use crate::sql;
use crate::sql::{Literal, Sql};

/// The guard of every parent.
pub(super) fn statements(scope: Scope<'_>, feeds: &[Feed<'_>]) -> Vec<Statement> {
    super::drift::parents(feeds)
        .into_iter()
        .flat_map(|parent| guard(scope, feeds, parent))
        .collect()
}

fn guard(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId) -> Vec<Statement> {
    let table = scope.table(parent);
    let columns = announce::maintained_columns(feeds, parent);
    let name = |event| Ident::derived(&[table.name.as_str(), "maintained", event]);
    let (insert, update) = (
        scope.function(parent, name("insert")),
        scope.function(parent, name("update")),
    );
    let written = any_differs(scope, parent, &columns, &|_| sql!("0"));
    let changed = any_differs(scope, parent, &columns, &old);
    let trigger = |event, timing, on: &QualifiedName, when| CreateTrigger {
        when,
        ..row_trigger(
            Ident::derived(&["trg", table.name.as_str(), "maintained", event_name(event)]),
            table.clone(),
            timing,
            event,
            on,
        )
    };
    let names: Vec<&str> = columns
        .iter()
        .map(|&field| scope.column(parent, field).as_str())
        .collect();
    let comment = format!("Refuses to have {} written by hand.", names.join(", "));
    let path = super::drift::path(scope, feeds, parent);
    let short = (columns.len() <= 2).then(|| changed.clone());
    let mut statements = vec![
        scope.trigger_function(
            insert.clone(),
            None,
            sql!(
                "\
DECLARE
    written pg_catalog.text;
BEGIN
    {refuse}
END;",
                refuse = refuse(scope, parent, &columns, &|_| sql!("0")).indented(4)
            ),
            comment.clone(),
        ),
        scope.trigger_function(
            update.clone(),
            path,
            update_body(scope, feeds, parent, &columns, &changed),
            comment.clone(),
        ),
        trigger(Event::Insert, Timing::After, &insert, Some(written)).into(),
        trigger(Event::Update, Timing::After, &update, short).into(),
    ];
    statements.extend(moved(scope, feeds, parent, comment));
    statements
}

/// A row whose key moves was given its values by `follow_key`, and whatever comes after may not change them. What they are
/// is not compared with the children, since a cascade moves those later; a `WHEN` is read as soon as the row is stored.
fn moved(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId, comment: String) -> [Statement; 2] {
    let table = scope.table(parent);
    let columns = announce::maintained_columns(feeds, parent);
    let function = scope.function(
        parent,
        Ident::derived(&[table.name.as_str(), "maintained", "key"]),
    );
    let keys = keys(feeds, parent);
    let trigger = CreateTrigger {
        update_of: keys
            .iter()
            .map(|&key| scope.column(parent, key).clone())
            .collect(),
        when: Some(sql!(
            "({moves}) AND {made} OPERATOR(pg_catalog.<>) {mark}",
            moves = key_is_distinct(scope, parent, &keys),
            made = announce::made(),
            mark = mark(scope, feeds, parent)
        )),
        ..row_trigger(
            Ident::derived(&["trg", table.name.as_str(), "maintained", "key"]),
            table.clone(),
            Timing::After,
            Event::Update,
            &function,
        )
    };
    [
        scope.trigger_function(
            function,
            None,
            sql!(
                "\
DECLARE
    written pg_catalog.text;
BEGIN
    {refuse}
END;",
                refuse = refuse(scope, parent, &columns, &old).indented(4)
            ),
            comment,
        ),
        trigger.into(),
    ]
}

/// The text of a row as `follow_key` made it.
pub(super) fn mark(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId) -> Sql {
    let values = keys(feeds, parent)
        .into_iter()
        .chain(announce::maintained_columns(feeds, parent))
        .map(|field| sql!("NEW.{column}", column = scope.column(parent, field)));
    sql!(
        "pg_catalog.concat_ws(':', {table}, {values})",
        table = Literal::text(scope.table(parent).to_string()),
        values = Sql::join(", ", values)
    )
}

/// Refuses what was written by hand before `follow_key` overwrites it.
pub(super) fn refuse_written(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId) -> Sql {
    let columns = announce::maintained_columns(feeds, parent);
    sql!(
        "\
IF {changed} THEN
    {refuse}
END IF;",
        changed = any_differs(scope, parent, &columns, &old),
        refuse = refuse(scope, parent, &columns, &old).indented(4)
    )
}

/// Whether any of the keys moves, as a `WHEN` says it: names are resolved when the trigger is made.
pub(super) fn key_is_distinct(scope: Scope<'_>, parent: ModelId, keys: &[FieldId]) -> Sql {
    Sql::join(
        " OR ",
        keys.iter().map(|&key| {
            let key = scope.column(parent, key);
            sql!("OLD.{key} IS DISTINCT FROM NEW.{key}", key = key)
        }),
    )
}

/// The value of a column before the update.
fn old(column: &Ident) -> Sql {
    sql!("OLD.{column}", column = column)
}

/// Whether any column is not what it was.
fn any_differs(
    scope: Scope<'_>,
    parent: ModelId,
    columns: &[FieldId],
    was: &dyn Fn(&Ident) -> Sql,
) -> Sql {
    Sql::join(
        " OR ",
        columns.iter().map(|&field| {
            let column = scope.column(parent, field);
            sql!(
                "NEW.{column} OPERATOR(pg_catalog.<>) {was}",
                column = column,
                was = was(column)
            )
        }),
    )
}

/// Whether a key moves that children name the parent by.
fn any_key_moves(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId) -> Sql {
    Sql::join(
        " OR ",
        keys(feeds, parent).into_iter().map(|key| {
            sql!(
                "NEW.{key} {ne} OLD.{key}",
                key = scope.column(parent, key),
                ne = scope.not_equal(parent, key)
            )
        }),
    )
}

/// The columns of a parent that children name it by, each once.
pub(super) fn keys(feeds: &[Feed<'_>], parent: ModelId) -> Vec<FieldId> {
    let mut keys: Vec<FieldId> = Vec::new();
    for feed in feeds.iter().filter(|feed| feed.parent == parent) {
        if !keys.contains(&feed.key) {
            keys.push(feed.key);
        }
    }
    keys
}

/// Names the first column that is not what it was, and refuses.
fn refuse(
    scope: Scope<'_>,
    parent: ModelId,
    columns: &[FieldId],
    was: &dyn Fn(&Ident) -> Sql,
) -> Sql {
    let cases = columns.iter().map(|&field| {
        let column = scope.column(parent, field);
        sql!(
            "\n    WHEN NEW.{column} OPERATOR(pg_catalog.<>) {was} THEN {name}",
            column = column,
            was = was(column),
            name = column_name(scope, parent, field)
        )
    });
    let raise = Raise {
        rule: Rule::Maintained,
        model: parent,
        column: Some(sql!("written")),
        message: format!(
            "{} {}: %s is kept by the database and cannot be written",
            plain(&scope.table(parent).name),
            scope.key_placeholders(parent),
        ),
        values: [scope.key_values(parent, "NEW"), sql!("written")]
            .into_iter()
            .filter(|values| !values.is_empty())
            .collect(),
        hint: Some("leave the column out; the rows it is counted from set it"),
    };
    sql!(
        "\
written := CASE{cases}
    -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
    ELSE {first}
END;
{raise}",
        cases = Sql::join("", cases),
        first = column_name(scope, parent, columns[0]),
        raise = raise.statement(scope)
    )
}

/// A change must have been announced; a row whose key moves is looked at by [`moved`].
fn update_body(
    scope: Scope<'_>,
    feeds: &[Feed<'_>],
    parent: ModelId,
    columns: &[FieldId],
    changed: &Sql,
) -> Sql {
    let depth = announce::outer_depth();
    let changes = columns.iter().map(|&field| {
        let column = scope.column(parent, field);
        // The difference of two integers may be larger than their type.
        let new = match scope.field(parent, field).ty.base {
            BaseType::Builtin(Builtin::SmallInt | Builtin::Integer) => {
                sql!("CAST(NEW.{column} AS bigint)", column = column)
            }
            _ => sql!("NEW.{column}", column = column),
        };
        let change = sql!(
            "{new} OPERATOR(pg_catalog.-) OLD.{column}",
            new = new,
            column = column
        );
        announce::change(scope, parent, field, change)
    });
    sql!(
        "\
DECLARE
    written pg_catalog.text;
    announced pg_catalog.text := pg_catalog.current_setting({setting}, true);
BEGIN
    -- What is announced is looked at first: most changes of these columns are.
    IF announced OPERATOR(pg_catalog.<>) '' THEN
        IF announced OPERATOR(pg_catalog.=) {exact}
           OR announced OPERATOR(pg_catalog.=) {any} THEN
            RETURN NULL;
        END IF;
    END IF;
    IF NOT ({changed}) OR {moves} THEN
        RETURN NULL;
    END IF;
    {refuse}
END;",
        setting = Literal::text(announce::SETTING),
        exact = announce::exact(scope, parent, &depth, changes),
        any = announce::any(scope, parent, &depth),
        changed = changed,
        moves = any_key_moves(scope, feeds, parent),
        refuse = refuse(scope, parent, columns, &old).indented(4)
    )
}
