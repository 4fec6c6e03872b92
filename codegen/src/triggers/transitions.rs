//! Allows only some moves of a column.
//!
//! An AFTER trigger, so that no BEFORE trigger can make another move of it. Its `WHEN` is short, since it is read anew for
//! every statement; which moves are allowed is the function's.

use super::raise::{Raise, Rule, column_name, plain};
use super::scope::{Scope, named, row_trigger};
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{Event, Timing, Transitions, Trigger};
use crate::sql;
use crate::sql::{Literal, Sql};

pub(super) fn statements(
    scope: Scope<'_>,
    trigger: &Trigger,
    transitions: &Transitions,
) -> Vec<Statement> {
    let model = transitions.on.model;
    let table = scope.table(model);
    let column = scope.column(model, transitions.on.field);
    let function = scope.function(
        model,
        named(trigger.functions.update.as_ref(), &[trigger.name.as_str()]),
    );
    let eq = scope.equal(model, transitions.on.field);
    let moves: Vec<Sql> = transitions
        .allow
        .iter()
        .filter(|(_, to)| !to.is_empty())
        .map(|(from, to)| {
            sql!(
                "OLD.{column} {eq} {from} AND ({to})",
                column = column,
                eq = eq,
                from = Literal::text(from.as_str()),
                to = Sql::join(
                    " OR ",
                    to.iter().map(|to| sql!(
                        "NEW.{column} {eq} {to}",
                        column = column,
                        eq = eq,
                        to = Literal::text(to.as_str())
                    ))
                )
            )
        })
        // A column that may be NULL has no label yet; its first one is free.
        .chain(
            scope
                .field(model, transitions.on.field)
                .nullable
                .then(|| sql!("OLD.{column} IS NULL", column = column)),
        )
        .collect();
    let raise = Raise {
        rule: Rule::Transition,
        model,
        column: Some(column_name(scope, model, transitions.on.field)),
        message: format!(
            "{} {}: {} cannot go from %s to %s",
            plain(&table.name),
            scope.key_placeholders(model),
            plain(column)
        ),
        values: [
            scope.key_values(model, "NEW"),
            sql!("OLD.{column}", column = column),
            sql!(
                "coalesce(CAST(NEW.{column} AS pg_catalog.text), 'NULL')",
                column = column
            ),
        ]
        .into_iter()
        .filter(|values| !values.is_empty())
        .collect(),
        hint: None,
    };
    let mut statements = Vec::new();
    if !moves.is_empty() {
        statements.push(sql!(
            "\
IF {moves} THEN
    RETURN NULL;
END IF;",
            moves = Sql::join("\n   OR ", moves)
        ));
    }
    statements.push(raise.statement(scope));
    let path = scope.path_for([], [(model, transitions.on.field)]);
    vec![
        scope.trigger_function(
            function.clone(),
            path,
            sql!(
                "BEGIN\n    {statements}\nEND;",
                statements = Sql::join("\n", statements).indented(4)
            ),
            format!("Allows only some moves of {}.{column}.", table.name),
        ),
        CreateTrigger {
            when: Some(sql!(
                "OLD.{column} IS DISTINCT FROM NEW.{column}",
                column = column
            )),
            ..row_trigger(
                named(
                    trigger.names.update.as_ref(),
                    &["trg", trigger.name.as_str()],
                ),
                table.clone(),
                Timing::After,
                Event::Update,
                &function,
            )
        }
        .into(),
    ]
}
