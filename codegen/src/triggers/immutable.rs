//! Refuses changes of rows. A foreign key's own "set null" goes through where the spec declares it.

use super::raise::{Raise, Rule, column_name, plain};
use super::scope::{Scope, event_name, named, row_trigger};
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{
    Action, BaseType, Builtin, Event, FieldId, ForeignKey, Immutable, Level, Model, ModelId,
    Timing, Trigger,
};
use crate::sql;
use crate::sql::{Literal, Sql};

pub(super) fn statements(
    scope: Scope<'_>,
    trigger: &Trigger,
    immutable: &Immutable,
) -> Vec<Statement> {
    refuse(
        scope,
        trigger,
        immutable.on,
        &immutable.deny,
        &immutable.columns,
        |event| vec![trigger.name.clone(), event_name(event).to_owned()],
    )
}

/// The functions and triggers that refuse events on a model; a function may serve several of them.
pub(super) fn refuse(
    scope: Scope<'_>,
    trigger: &Trigger,
    model: ModelId,
    deny: &[Event],
    columns: &[FieldId],
    name: impl Fn(Event) -> Vec<String>,
) -> Vec<Statement> {
    let table = scope.table(model);
    let mut functions: Vec<(crate::ident::Ident, Vec<Event>)> = Vec::new();
    let mut triggers: Vec<Statement> = Vec::new();
    for &event in deny {
        let own = named(
            trigger.functions.get(event).as_ref(),
            &[trigger.name.as_str()],
        );
        let function = scope.function(model, own.clone());
        match functions.iter_mut().find(|(name, _)| *name == own) {
            Some((_, events)) => events.push(event),
            None => functions.push((own, vec![event])),
        }
        let parts = name(event);
        let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        parts.insert(0, "trg");
        let name = named(trigger.names.get(event).as_ref(), &parts);
        let some_columns = event == Event::Update && !columns.is_empty();
        // Where only some columns are bound, what matters is the row as it is stored: a BEFORE trigger may change it yet.
        let timing = if some_columns {
            Timing::After
        } else {
            Timing::Before
        };
        let tables = if event == Event::Truncate {
            scope.statement_tables(model)
        } else {
            vec![table.clone()]
        };
        triggers.extend(tables.into_iter().map(|table| {
            CreateTrigger {
                level: if event == Event::Truncate {
                    Level::Statement
                } else {
                    Level::Row
                },
                when: some_columns.then(|| {
                    Sql::join(
                        " OR ",
                        columns.iter().map(|&field| changes(scope, model, field)),
                    )
                }),
                ..row_trigger(name.clone(), table, timing, event, &function)
            }
            .into()
        }));
    }
    let compared =
        set_null_keys(scope.model(model)).flat_map(|key| key.to.iter().map(|&to| (key.target, to)));
    let path = scope.path_for([], compared);
    let mut statements: Vec<Statement> = functions
        .into_iter()
        .map(|(own, events)| {
            scope.trigger_function(
                scope.function(model, own),
                path.clone(),
                body(scope, model, &events, columns),
                format!("Refuses changes of {}.", table.name),
            )
        })
        .collect();
    statements.extend(triggers);
    statements
}

/// Whether a column changes; a type without `=` is compared by its text.
fn changes(scope: Scope<'_>, model: ModelId, field: FieldId) -> Sql {
    let column = scope.column(model, field);
    let ty = &scope.field(model, field).ty;
    let comparable = !matches!(
        ty.base,
        BaseType::Builtin(
            Builtin::Json
                | Builtin::Xml
                | Builtin::Plain(
                    "point" | "polygon" | "path" | "box" | "line" | "lseg" | "circle" | "jsonpath"
                )
        )
    );
    if comparable {
        sql!(
            "OLD.{column} IS DISTINCT FROM NEW.{column}",
            column = column
        )
    } else {
        sql!(
            "CAST(OLD.{column} AS text) IS DISTINCT FROM CAST(NEW.{column} AS text)",
            column = column
        )
    }
}

/// Which of the bound columns changed, as an SQL expression; none where the whole row is bound.
fn culprit(scope: Scope<'_>, model: ModelId, columns: &[FieldId]) -> Option<Sql> {
    // As records: PostgreSQL takes two `ROW(…)` apart, and looks for the operator of their columns' type.
    let cases = columns.iter().map(|&field| {
        sql!(
            "WHEN CAST(ROW(NEW.{column}) AS record) OPERATOR(pg_catalog.*<>) CAST(ROW(OLD.{column}) AS record) THEN {name}",
            column = scope.column(model, field),
            name = column_name(scope, model, field)
        )
    });
    match columns {
        [] => None,
        [only] => Some(column_name(scope, model, *only)),
        [first, ..] => Some(sql!(
            "CASE {cases} ELSE {first} END",
            cases = Sql::join(" ", cases),
            first = column_name(scope, model, *first)
        )),
    }
}

fn raise(scope: Scope<'_>, model: ModelId, event: Event, columns: &[FieldId]) -> Raise<'static> {
    let table = plain(&scope.table(model).name);
    let names: Vec<String> = columns
        .iter()
        .map(|&field| plain(scope.column(model, field)))
        .collect();
    let row = event != Event::Truncate;
    let what = match event {
        Event::Update if !names.is_empty() => {
            format!("{} of {table} cannot be changed", names.join(", "))
        }
        Event::Update | Event::Insert => format!("rows of {table} cannot be changed"),
        Event::Delete => format!("rows of {table} cannot be deleted"),
        Event::Truncate => format!("{table} cannot be emptied"),
    };
    Raise {
        rule: Rule::Immutable,
        model,
        column: (event == Event::Update)
            .then(|| culprit(scope, model, columns))
            .flatten(),
        message: if row {
            format!("{table} {}: {what}", scope.key_placeholders(model))
        } else {
            what
        },
        values: Some(scope.key_values(model, "OLD"))
            .filter(|values| row && !values.is_empty())
            .into_iter()
            .collect(),
        hint: None,
    }
}

fn body(scope: Scope<'_>, model: ModelId, events: &[Event], columns: &[FieldId]) -> Sql {
    let mut declarations = Sql::new();
    let mut statements = Sql::new();
    for (index, &event) in events.iter().enumerate() {
        let mut part = Vec::new();
        if event == Event::Update && set_null_keys(scope.model(model)).next().is_some() {
            declarations = sql!(
                "DECLARE\n    expected {table}%ROWTYPE;\n",
                table = scope.table(model)
            );
            part.push(let_set_null_through(scope, model, columns));
        }
        part.push(raise(scope, model, event, columns).statement(scope));
        let part = Sql::join("\n", part);
        if events.len() == 1 {
            statements = part;
            break;
        }
        // The last one needs no test: no other event has this function.
        let test = sql!(
            "IF TG_OP OPERATOR(pg_catalog.=) {event} THEN",
            event = Literal::text(event_name(event).to_ascii_uppercase())
        );
        let last = index + 1 == events.len();
        match index {
            0 => statements.push(&test),
            _ if last => statements.push_keyword("\nELSE"),
            _ => statements.push_keyword("\nELS").push(&test),
        };
        statements.push_keyword("\n    ").push(&part.indented(4));
        if last {
            statements.push_keyword("\nEND IF;");
        }
    }
    sql!(
        "{declarations}BEGIN\n    {statements}\nEND;",
        declarations = declarations,
        statements = statements.indented(4)
    )
}

/// The references that PostgreSQL itself sets to NULL.
fn set_null_keys(model: &Model) -> impl Iterator<Item = &ForeignKey> {
    model
        .foreign_keys
        .iter()
        .filter(|key| key.on_delete == Action::SetNull || key.on_update == Action::SetNull)
}

/// Lets an update through that did nothing but set references to NULL whose row is gone. Rows are compared by their
/// image, since not every type has an equality.
fn let_set_null_through(scope: Scope<'_>, model: ModelId, columns: &[FieldId]) -> Sql {
    let table = scope.model(model);
    let mut lines = vec![sql!("expected := OLD;")];
    for key in set_null_keys(table) {
        let column = |field: FieldId| scope.column(model, field);
        let nulled = key.fields.iter().map(|&field| {
            sql!(
                "OLD.{column} IS NOT NULL AND NEW.{column} IS NULL",
                column = column(field)
            )
        });
        let found = key.fields.iter().zip(&key.to).map(|(&field, &to)| {
            sql!(
                "p.{to} {eq} OLD.{column}",
                to = scope.column(key.target, to),
                eq = scope.equal(key.target, to),
                column = column(field)
            )
        });
        let clear = key
            .fields
            .iter()
            .map(|&field| sql!("expected.{column} := NULL;", column = column(field)));
        lines.push(sql!(
            "\
IF {nulled} AND NOT EXISTS (
    SELECT FROM {target} AS p WHERE {found}
) THEN
    {clear}
END IF;",
            nulled = Sql::join(" AND ", nulled),
            target = scope.table(key.target),
            found = Sql::join(" AND ", found),
            clear = Sql::join("\n    ", clear)
        ));
    }
    // Generated columns are computed after BEFORE triggers; columns that are not bound may be anything.
    for (place, field) in table.fields.iter().enumerate() {
        let free = !columns.is_empty() && !columns.contains(&FieldId(place));
        if field.generated.is_some() || free {
            lines.push(sql!(
                "expected.{column} := NEW.{column};",
                column = &field.name
            ));
        }
    }
    lines.push(sql!(
        "\
IF OLD OPERATOR(pg_catalog.*<>) expected AND NEW OPERATOR(pg_catalog.*=) expected THEN
    RETURN NEW;
END IF;"
    ));
    Sql::join("\n", lines)
}
