//! Names by event: each has to be of a function or a trigger that the kind makes.

use super::super::context::Lowering;
use crate::diag::{Diagnostic, Span};
use crate::schema::{Event, Run, TriggerKind};
use crate::source::Spanned;
use crate::spec::EventNames;

/// Refuses names that nothing would get.
pub(super) fn check(
    cx: &mut Lowering<'_>,
    kind: &TriggerKind,
    functions: Option<&Spanned<EventNames>>,
    names: Option<&Spanned<EventNames>>,
) {
    let events = events(kind);
    for (key, set) in [("functions", functions), ("names", names)] {
        for (event, span) in set.into_iter().flat_map(|set| written(&set.value)) {
            if !events.contains(&event) {
                let list: Vec<_> = events
                    .iter()
                    .map(|&event| format!("`{}`", word(event)))
                    .collect();
                cx.report(
                    Diagnostic::error(
                        "event-names",
                        format!(
                            "nothing is made for `{}`, so nothing gets this name",
                            word(event)
                        ),
                        span,
                    )
                    .help(format!("`{key}` may name {}", list.join(", "))),
                );
            }
        }
    }
    let own_function =
        matches!(kind, TriggerKind::Sql(sql) if matches!(sql.run, Run::Function { .. }));
    if let (true, Some(functions)) = (own_function, functions) {
        cx.report(
            Diagnostic::error(
                "event-names",
                "the trigger runs a function that has its name",
                functions.span.clone(),
            )
            .help("remove `functions`"),
        );
    }
    if matches!(kind, TriggerKind::Sql(_)) {
        for set in [functions, names].into_iter().flatten() {
            let values = [
                &set.value.insert,
                &set.value.update,
                &set.value.delete,
                &set.value.truncate,
            ];
            let mut several = values.into_iter().flatten();
            let first = several.next();
            let other = first.and_then(|first| several.find(|other| other.value != first.value));
            if let (Some(first), Some(other)) = (first, other) {
                cx.report(
                    Diagnostic::error(
                        "event-names",
                        "one trigger serves all events, and has one name",
                        other.span.clone(),
                    )
                    .also(first.span.clone(), "the first name")
                    .help("write the name of one event"),
                );
            }
        }
    }
}

/// What a kind makes functions and triggers for.
fn events(kind: &TriggerKind) -> Vec<Event> {
    match kind {
        TriggerKind::Touch(_) | TriggerKind::Transitions(_) => vec![Event::Update],
        TriggerKind::Counter(_) | TriggerKind::Sum(_) | TriggerKind::Ledger(_) => {
            vec![Event::Insert, Event::Update, Event::Delete, Event::Truncate]
        }
        TriggerKind::Immutable(immutable) => immutable.deny.clone(),
        TriggerKind::Sql(sql) => sql.events.clone(),
    }
}

fn written(names: &EventNames) -> impl Iterator<Item = (Event, Span)> {
    [
        (Event::Insert, &names.insert),
        (Event::Update, &names.update),
        (Event::Delete, &names.delete),
        (Event::Truncate, &names.truncate),
    ]
    .into_iter()
    .filter_map(|(event, name)| name.as_ref().map(|name| (event, name.span.clone())))
}

fn word(event: Event) -> &'static str {
    match event {
        Event::Insert => "insert",
        Event::Update => "update",
        Event::Delete => "delete",
        Event::Truncate => "truncate",
    }
}
