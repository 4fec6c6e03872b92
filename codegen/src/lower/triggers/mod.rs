//! Triggers: what they name has to be there, and has to fit.

mod maintained;
mod names;
mod rules;
mod sql;

use super::context::Lowering;
use super::user_types::text;
use crate::ident::Ident;
use crate::schema::{ByEvent, Default, FieldRef, ModelId, Schema, Trigger, TriggerId, TriggerKind};
use crate::source::Spanned;
use crate::spec::{self, EventNames};
use crate::sql::Literal;

/// Lowers every trigger, then marks the columns that they maintain.
pub(super) fn lower(cx: &mut Lowering<'_>) {
    let spec = cx.spec;
    for (name, item) in spec.triggers.iter().flat_map(|map| map.value.iter()) {
        let kind = match item {
            spec::Trigger::Touch(item) => rules::touch(cx, item).map(TriggerKind::Touch),
            spec::Trigger::Counter(item) => maintained::counter(cx, item).map(TriggerKind::Counter),
            spec::Trigger::Sum(item) => maintained::sum(cx, item).map(TriggerKind::Sum),
            spec::Trigger::Ledger(item) => maintained::ledger(cx, item).map(TriggerKind::Ledger),
            spec::Trigger::Immutable(item) => {
                rules::immutable(cx, item).map(TriggerKind::Immutable)
            }
            spec::Trigger::Transitions(item) => {
                rules::transitions(cx, item).map(TriggerKind::Transitions)
            }
            spec::Trigger::Sql(item) => sql::trigger(cx, item).map(TriggerKind::Sql),
            spec::Trigger::Unknown => None,
        };
        let (functions, names) = item.event_names();
        if let Some(kind) = &kind {
            names::check(cx, kind, functions, names);
        }
        let functions = by_event(cx, functions);
        let names = by_event(cx, names);
        if let Some(kind) = kind {
            cx.schema.triggers.push(Trigger {
                name: name.value.clone(),
                doc: text(item.doc()),
                functions,
                names,
                kind,
            });
        }
    }
    for index in 0..cx.schema.triggers.len() {
        for target in targets(&cx.schema, TriggerId(index)) {
            let field = &mut cx.schema.models[target.field.model.0].fields[target.field.field.0];
            field.maintained_by.get_or_insert(TriggerId(index));
            if target.starts_at_zero && field.default.is_none() {
                field.default = Some(Default::Literal(Literal::Integer(0)));
            }
        }
    }
}

/// A column that a trigger maintains.
struct Target {
    field: FieldRef,
    /// Whether a row begins with 0, as the holder of a number does.
    starts_at_zero: bool,
}

fn targets(schema: &Schema, trigger: TriggerId) -> Vec<Target> {
    let holder = |field| Target {
        field,
        starts_at_zero: true,
    };
    let own = |model: ModelId, field| Target {
        field: FieldRef { model, field },
        starts_at_zero: false,
    };
    match &schema.trigger(trigger).kind {
        TriggerKind::Counter(counter) => vec![holder(counter.into)],
        TriggerKind::Sum(sum) => vec![holder(sum.into)],
        TriggerKind::Ledger(ledger) => vec![
            holder(ledger.balance),
            own(ledger.on, ledger.balance_after),
            own(ledger.on, ledger.entry_no),
        ],
        TriggerKind::Touch(_)
        | TriggerKind::Immutable(_)
        | TriggerKind::Transitions(_)
        | TriggerKind::Sql(_) => Vec::new(),
    }
}

fn by_event(cx: &mut Lowering<'_>, names: Option<&Spanned<EventNames>>) -> ByEvent<Option<Ident>> {
    let mut ident = |name: Option<&Spanned<String>>| name.map(|name| cx.ident(name));
    names.map_or_else(ByEvent::default, |names| ByEvent {
        insert: ident(names.value.insert.as_ref()),
        update: ident(names.value.update.as_ref()),
        delete: ident(names.value.delete.as_ref()),
        truncate: ident(names.value.truncate.as_ref()),
    })
}
