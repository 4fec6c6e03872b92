//! What the triggers of a schema do, in words.

use super::markdown::{cell, code};
use crate::schema::{
    Event, FieldRef, Links, ModelId, Schema, Timing, Trigger, TriggerKind, TriggerTable,
};

/// A line for each trigger that concerns a model.
pub(super) fn of_model(schema: &Schema, links: &Links<'_>, id: ModelId) -> Vec<String> {
    links
        .triggers(id)
        .iter()
        .filter_map(|trigger| describe(schema, trigger, id).map(|text| (trigger, text)))
        .map(|(trigger, text)| {
            let doc = trigger.doc.as_deref().map(|doc| format!(" {}", cell(doc)));
            format!(
                "{}: {text}.{}",
                code(&trigger.name),
                doc.unwrap_or_default()
            )
        })
        .collect()
}

fn describe(schema: &Schema, trigger: &Trigger, model: ModelId) -> Option<String> {
    let field = |at: FieldRef| {
        code(&format!(
            "{}.{}",
            schema.model(at.model).name,
            schema.field(at).name
        ))
    };
    let filter = |sql: &Option<crate::sql::SqlExpr>| {
        sql.as_ref()
            .map(|sql| format!(" where {}", code(sql.as_str())))
            .unwrap_or_default()
    };
    let text = match &trigger.kind {
        TriggerKind::Touch(touch) => {
            let at = touch.on.iter().find(|at| at.model == model)?;
            format!("sets {} on every update", field(*at))
        }
        TriggerKind::Counter(counter) if counter.count == model || counter.into.model == model => {
            let of = code(&schema.model(counter.count).name);
            format!(
                "{} is the number of its {of}{}",
                field(counter.into),
                filter(&counter.filter)
            )
        }
        TriggerKind::Sum(sum) if sum.of == model || sum.into.model == model => {
            let of = code(&schema.model(sum.of).name);
            let what = code(sum.sum.as_str());
            format!(
                "{} is the sum of {what} over its {of}{}",
                field(sum.into),
                filter(&sum.filter)
            )
        }
        TriggerKind::Ledger(ledger) if ledger.on == model || ledger.balance.model == model => {
            let of = code(&schema.model(ledger.on).name);
            format!(
                "{} is the balance of the append-only ledger {of}",
                field(ledger.balance)
            )
        }
        TriggerKind::Immutable(immutable) if immutable.on == model => {
            let columns: Vec<_> = immutable
                .columns
                .iter()
                .map(|&column| code(schema.model(model).field(column).name.as_str()))
                .collect();
            let of = if columns.is_empty() {
                String::new()
            } else {
                format!(" of {}", columns.join(", "))
            };
            format!("refuses {}{of}", events(&immutable.deny))
        }
        TriggerKind::Transitions(transitions) if transitions.on.model == model => {
            let moves: Vec<_> = transitions
                .allow
                .iter()
                .map(|(from, to)| {
                    let to: Vec<_> = to.iter().map(|label| code(label)).collect();
                    format!("{} → {}", code(from), to.join(", "))
                })
                .collect();
            format!("moves of {}: {}", field(transitions.on), moves.join("; "))
        }
        TriggerKind::Sql(sql) if sql.on == TriggerTable::Model(model) => {
            let timing = match sql.timing {
                Timing::Before => "before",
                Timing::After => "after",
                Timing::InsteadOf => "instead of",
            };
            format!("runs SQL {timing} {}", events(&sql.events))
        }
        _ => return None,
    };
    Some(text)
}

fn events(events: &[Event]) -> String {
    let names: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::Insert => "insert",
            Event::Update => "update",
            Event::Delete => "delete",
            Event::Truncate => "truncate",
        })
        .collect();
    names.join(", ")
}
