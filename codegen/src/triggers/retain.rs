//! References that outlive the row they name: there is no foreign key, so a trigger looks for the row when the value is
//! set, and holds it as a foreign key would.

use super::raise::{Raise, Rule, column_name, plain};
use super::scope::{Scope, row_trigger};
use crate::ident::Ident;
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{Event, ForeignKey, ModelId, Schema, Timing, TriggerKind};
use crate::sql;
use crate::sql::{Keyword, Sql};

pub(super) fn statements(scope: Scope<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (id, model) in scope.schema.models_with_ids() {
        for key in model.foreign_keys.iter().filter(|key| key.is_retained()) {
            if !is_account(scope.schema, id, key) {
                statements.extend(check(scope, id, key));
            }
        }
    }
    statements
}

/// The ledger's own trigger looks for the account, under its lock, and lets nothing change it.
fn is_account(schema: &Schema, model: ModelId, key: &ForeignKey) -> bool {
    schema.triggers.iter().any(|trigger| {
        matches!(&trigger.kind, TriggerKind::Ledger(ledger) if ledger.on == model && key.fields == [ledger.account])
    })
}

/// The error of a reference to a row that is not there.
pub(super) fn missing(scope: Scope<'_>, model: ModelId, key: &ForeignKey) -> Raise<'static> {
    let names: Vec<String> = key
        .fields
        .iter()
        .map(|&field| plain(scope.column(model, field)))
        .collect();
    Raise {
        rule: Rule::Retained,
        model,
        column: match key.fields.as_slice() {
            [only] => Some(column_name(scope, model, *only)),
            _ => None,
        },
        message: format!(
            "{}: {} ({}) is not in {}",
            plain(&scope.table(model).name),
            names.join(", "),
            vec!["%s"; key.fields.len()].join(", "),
            plain(&scope.table(key.target).name)
        ),
        values: key
            .fields
            .iter()
            .map(|&field| sql!("NEW.{column}", column = scope.column(model, field)))
            .collect(),
        hint: None,
    }
}

fn check(scope: Scope<'_>, model: ModelId, key: &ForeignKey) -> [Statement; 3] {
    let table = scope.table(model);
    let fields: Vec<&Ident> = key
        .fields
        .iter()
        .map(|&field| scope.column(model, field))
        .collect();
    let mut parts = vec![table.name.as_str(), "retained"];
    parts.extend(fields.iter().map(|field| field.as_str()));
    let function = scope.function(model, Ident::derived(&parts));
    parts.insert(0, "trg");
    let name = |event| Ident::derived(&[&parts[..], &[event]].concat());
    let found = Sql::join(
        " AND ",
        key.fields.iter().zip(&key.to).map(|(&field, &to)| {
            sql!(
                "p.{to} {eq} NEW.{column}",
                to = scope.column(key.target, to),
                eq = scope.equal(key.target, to),
                column = scope.column(model, field)
            )
        }),
    );
    let body = sql!(
        "\
BEGIN
    PERFORM 1
    FROM {target} AS p
    WHERE {found}
    FOR KEY SHARE OF p;
    IF NOT FOUND THEN
        {raise}
    END IF;
    RETURN NULL;
END;",
        target = scope.table(key.target),
        found = found,
        raise = missing(scope, model, key).statement(scope).indented(8)
    );
    let set = |prefix: &'static str| {
        Sql::join(
            " AND ",
            fields.iter().map(|field| {
                sql!(
                    "{row}.{field} IS NOT NULL",
                    row = Keyword(prefix),
                    field = field
                )
            }),
        )
    };
    let moved = Sql::join(
        " OR ",
        fields
            .iter()
            .map(|field| sql!("NEW.{field} IS DISTINCT FROM OLD.{field}", field = field)),
    );
    let path = scope.path_for([], key.to.iter().map(|&to| (key.target, to)));
    [
        scope.trigger_function(
            function.clone(),
            path,
            body,
            format!("Looks for what {} names.", table.name),
        ),
        CreateTrigger {
            when: Some(set("NEW")),
            ..row_trigger(
                name("insert"),
                table.clone(),
                Timing::After,
                Event::Insert,
                &function,
            )
        }
        .into(),
        CreateTrigger {
            when: Some(sql!("{set} AND ({moved})", set = set("NEW"), moved = moved)),
            ..row_trigger(
                name("update"),
                table.clone(),
                Timing::After,
                Event::Update,
                &function,
            )
        }
        .into(),
    ]
}
