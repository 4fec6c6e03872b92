//! Refuses to have a maintained column written by hand.
//!
//! The guard is an AFTER ROW trigger, since a later BEFORE trigger could set the column. It lets through what one of our own
//! functions announced, exactly (see [`super::announce`]). On UPDATE it compares in its function: a `WHEN` with many
//! columns is read anew for every statement and costs a single-row update more than the call; with up to two it is
//! cheaper. On INSERT a `WHEN` serves large statements.

use super::announce;
use super::delta::definitions;
use super::feed::Feed;
use super::raise::{Raise, Rule, column_name, plain};
use super::scope::{Scope, row_trigger};
use crate::ident::Ident;
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{Event, FieldId, ModelId, Timing};
use crate::sql;
use crate::sql::{Keyword, Sql};

/// The guard of every parent.
pub(super) fn statements(scope: Scope<'_>, feeds: &[Feed<'_>]) -> Vec<Statement> {
    super::drift::parents(feeds)
        .into_iter()
        .flat_map(|parent| guard(scope, feeds, parent))
        .collect()
}

fn guard(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId) -> [Statement; 4] {
    let table = scope.table(parent);
    let columns = announce::maintained_columns(feeds, parent);
    let name = |event| Ident::derived(&[table.name.as_str(), "maintained", event]);
    let (insert, update) = (
        scope.function(parent, name("insert")),
        scope.function(parent, name("update")),
    );
    let changed = changed(scope, parent, &columns);
    let update_trigger = CreateTrigger {
        when: (columns.len() <= 2).then(|| changed.clone()),
        ..row_trigger(
            Ident::derived(&["trg", table.name.as_str(), "maintained", "update"]),
            table.clone(),
            Timing::After,
            Event::Update,
            &update,
        )
    };
    let insert_trigger = CreateTrigger {
        when: Some(Sql::join(
            " OR ",
            columns.iter().map(|&field| {
                sql!(
                    "NEW.{column} OPERATOR(pg_catalog.<>) 0",
                    column = scope.column(parent, field)
                )
            }),
        )),
        ..row_trigger(
            Ident::derived(&["trg", table.name.as_str(), "maintained", "insert"]),
            table.clone(),
            Timing::After,
            Event::Insert,
            &insert,
        )
    };
    let comment = format!(
        "Refuses to have {} written by hand.",
        names(scope, parent, &columns)
    );
    let path = super::drift::path(scope, feeds, parent);
    [
        scope.trigger_function(
            insert.clone(),
            None,
            sql!(
                "BEGIN\n    {raise}\nEND;",
                raise = refusal(
                    scope,
                    parent,
                    culprit(scope, parent, &columns, |_| sql!("0"))
                )
                .statement(scope)
                .indented(4)
            ),
            comment.clone(),
        ),
        scope.trigger_function(
            update.clone(),
            path,
            update_body(scope, feeds, parent, &columns, &changed),
            comment,
        ),
        insert_trigger.into(),
        update_trigger.into(),
    ]
}

/// Every name, for the function's comment.
fn names(scope: Scope<'_>, parent: ModelId, columns: &[FieldId]) -> String {
    let names: Vec<&str> = columns
        .iter()
        .map(|&field| scope.column(parent, field).as_str())
        .collect();
    names.join(", ")
}

fn changed(scope: Scope<'_>, parent: ModelId, columns: &[FieldId]) -> Sql {
    Sql::join(
        " OR ",
        columns.iter().map(|&field| {
            sql!(
                "NEW.{column} OPERATOR(pg_catalog.<>) OLD.{column}",
                column = scope.column(parent, field)
            )
        }),
    )
}

/// The name of the first column that is not as it was, as an SQL expression.
fn culprit(scope: Scope<'_>, parent: ModelId, columns: &[FieldId], was: fn(&Ident) -> Sql) -> Sql {
    if let [only] = columns {
        return column_name(scope, parent, *only);
    }
    let cases = columns.iter().map(|&field| {
        let column = scope.column(parent, field);
        sql!(
            "WHEN NEW.{column} OPERATOR(pg_catalog.<>) {was} THEN {name}",
            column = column,
            was = was(column),
            name = column_name(scope, parent, field)
        )
    });
    // A key that moves may leave them all as they were; an option of RAISE must not be NULL.
    sql!(
        "CASE {cases} ELSE {first} END",
        cases = Sql::join(" ", cases),
        first = column_name(scope, parent, columns[0])
    )
}

fn refusal(scope: Scope<'_>, parent: ModelId, culprit: Sql) -> Raise<'static> {
    Raise {
        rule: Rule::Maintained,
        model: parent,
        column: Some(culprit.clone()),
        message: format!(
            "{} {}: %s is kept by the database and cannot be written",
            plain(&scope.table(parent).name),
            scope.key_placeholders(parent),
        ),
        values: [scope.key_values(parent, "NEW"), culprit]
            .into_iter()
            .filter(|values| !values.is_empty())
            .collect(),
        hint: Some("leave the column out; the rows it is counted from set it"),
    }
}

fn update_body(
    scope: Scope<'_>,
    feeds: &[Feed<'_>],
    parent: ModelId,
    columns: &[FieldId],
    changed: &Sql,
) -> Sql {
    let depth = announce::outer_depth();
    let exact = announce::exact(
        scope,
        parent,
        &depth,
        columns.iter().map(|&field| {
            let column = scope.column(parent, field);
            let change = sql!(
                "NEW.{column} OPERATOR(pg_catalog.-) OLD.{column}",
                column = column
            );
            announce::change(scope, parent, field, change)
        }),
    );
    let changed_columns = culprit(scope, parent, columns, |column| {
        sql!("OLD.{column}", column = column)
    });
    let refuse = refusal(scope, parent, changed_columns).statement(scope);
    sql!(
        "\
BEGIN
    IF NOT ({changed}) THEN
        RETURN NULL;
    END IF;
    {key_change}IF {announced} OPERATOR(pg_catalog.<>) {exact}
       AND {announced} OPERATOR(pg_catalog.<>) {any} THEN
        {refuse}
    END IF;
    RETURN NULL;
END;",
        changed = changed,
        key_change = key_change(scope, feeds, parent, &refuse).indented(4),
        announced = announce::current(),
        exact = exact,
        any = announce::any(scope, parent, &depth),
        refuse = refuse.indented(8)
    )
}

/// Where the parent's key may change with its children, its columns start again and the children add themselves: what
/// matters is that the row is right once the cascade is through.
fn key_change(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId, refuse: &Sql) -> Sql {
    let mut keys: Vec<FieldId> = Vec::new();
    let mut wrong = Vec::new();
    for feed in feeds.iter().filter(|feed| feed.parent == parent) {
        if feed.follows_key(scope) && !keys.contains(&feed.key) {
            keys.push(feed.key);
        }
        let own = sql!("p.{key}", key = scope.column(parent, feed.key));
        for (field, definition) in definitions(scope, feed, &own) {
            wrong.push(sql!(
                "p.{column} OPERATOR(pg_catalog.<>) {definition}",
                column = scope.column(parent, field),
                definition = definition
            ));
        }
    }
    let Some(&first) = keys.first() else {
        return Sql::new();
    };
    let moved = Sql::join(
        " OR ",
        keys.iter().map(|&key| {
            sql!(
                "NEW.{key} {ne} OLD.{key}",
                key = scope.column(parent, key),
                ne = scope.not_equal(parent, key)
            )
        }),
    );
    sql!(
        "\
IF {moved} THEN
    IF EXISTS (
        SELECT FROM {table} AS p
        WHERE p.{key} {eq} NEW.{key}
          AND ({wrong})
    ) THEN
        {refuse}
    END IF;
    RETURN NULL;
END IF;
",
        moved = moved,
        table = scope.table(parent),
        key = scope.column(parent, first),
        eq = scope.equal(parent, first),
        wrong = Sql::join("\n            OR ", wrong),
        refuse = refuse.indented(8)
    )
}

/// The spelling of a key comparison in a `WHEN`, where names are resolved when the trigger is made.
pub(super) fn key_moves(scope: Scope<'_>, parent: ModelId, key: FieldId) -> Sql {
    sql!(
        "OLD.{key} {distinct} NEW.{key}",
        key = scope.column(parent, key),
        distinct = Keyword("IS DISTINCT FROM")
    )
}
