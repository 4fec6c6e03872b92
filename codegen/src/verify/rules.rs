//! Immutable models, transitions, touched columns, soft delete and queues: rules that must not stand in each other's
//! way.

use super::Report;
use crate::diag::{Diagnostic, Span};
use crate::schema::{
    Action, Default, Event, FieldId, FieldRef, Immutable, Model, ModelId, Queue, Trigger,
    TriggerKind,
};
use crate::sql::Literal;

pub(super) fn check(report: &mut Report<'_>) {
    for trigger in &report.schema.triggers {
        match &trigger.kind {
            TriggerKind::Immutable(immutable) => self::immutable(report, trigger, immutable),
            TriggerKind::Ledger(ledger) => {
                let own = [ledger.balance_after, ledger.entry_no];
                frozen(report, trigger, ledger.on, &[], &own);
            }
            _ => {}
        }
    }
    transitions_once(report);
    for (id, model) in report.schema.models_with_ids() {
        soft_delete(report, model);
        if let Some(queue) = &model.queue {
            self::queue(report, id, model, queue);
        }
    }
}

fn immutable(report: &mut Report<'_>, trigger: &Trigger, immutable: &Immutable) {
    if immutable.deny.contains(&Event::Update) {
        frozen(report, trigger, immutable.on, &immutable.columns, &[]);
    }
    let model = report.model(immutable.on);
    for key in &model.foreign_keys {
        let binds =
            |field: &FieldId| immutable.columns.is_empty() || immutable.columns.contains(field);
        let updates = immutable.deny.contains(&Event::Update) && key.fields.iter().any(binds);
        let (word, said) = match (key.on_delete, key.on_update) {
            (Action::Cascade, _) if immutable.deny.contains(&Event::Delete) => {
                ("on_delete", "cascade")
            }
            (Action::SetDefault, _) if updates => ("on_delete", "set default"),
            (_, Action::Cascade) if updates && !key.is_retained() => ("on_update", "cascade"),
            (_, Action::SetNull) if updates => ("on_update", "set null"),
            (_, Action::SetDefault) if updates => ("on_update", "set default"),
            _ => continue,
        };
        let place = super::references::span(report, model, key, word);
        report.push(
            Diagnostic::warning(
                "immutable-cascade",
                format!(
                    "`{word}` is `{said}`, and `{}` refuses it: the change of the `{}` would fail",
                    trigger.name,
                    report.model(key.target).name
                ),
                place,
            )
            .also(
                report.spans.at(&["triggers", &trigger.name]),
                "refuses the change",
            )
            .help("use \"set null\", which is let through, \"restrict\", or \"retain\""),
        );
    }
}

/// Whatever else would write the columns of a model whose updates are refused; no columns means all of them.
fn frozen(
    report: &mut Report<'_>,
    trigger: &Trigger,
    on: ModelId,
    columns: &[FieldId],
    own: &[FieldId],
) {
    let binds = |field: FieldRef| {
        field.model == on
            && (columns.is_empty() || columns.contains(&field.field))
            && !own.contains(&field.field)
    };
    let mut writers: Vec<(String, Span)> = Vec::new();
    for other in &report.schema.triggers {
        if other.name == trigger.name {
            continue;
        }
        let (written, key): (Vec<FieldRef>, &str) = match &other.kind {
            TriggerKind::Touch(touch) => (touch.on.clone(), "on"),
            TriggerKind::Counter(counter) => (vec![counter.into], "into"),
            TriggerKind::Sum(sum) => (vec![sum.into], "into"),
            TriggerKind::Ledger(ledger) => (vec![ledger.balance], "balance"),
            TriggerKind::Transitions(transitions) => (vec![transitions.on], "on"),
            TriggerKind::Immutable(_) | TriggerKind::Sql(_) => continue,
        };
        if let Some(&field) = written.iter().find(|field| binds(**field)) {
            let verb = if matches!(other.kind, TriggerKind::Transitions(_)) {
                "moves"
            } else {
                "writes"
            };
            let what = format!("`{}` {verb} `{}`", other.name, report.path_of(field));
            writers.push((what, report.spans.at(&["triggers", &other.name, key])));
        }
    }
    let model = report.model(on);
    let has = |field: FieldId| binds(FieldRef { model: on, field });
    if model
        .soft_delete
        .as_ref()
        .is_some_and(|soft| has(soft.flag) || has(soft.at))
    {
        writers.push((
            format!("a soft delete writes `{}`", model.name),
            report.spans.at(&["models", &model.name, "soft_delete"]),
        ));
    }
    if model.queue.as_ref().is_some_and(|queue| has(queue.status)) {
        writers.push((
            format!("the queue writes `{}`", model.name),
            report.spans.at(&["models", &model.name, "queue"]),
        ));
    }
    for (what, span) in writers {
        let diagnostic = report
            .error(
                "frozen-column",
                format!("{what}, but `{}` refuses every update of it", trigger.name),
                &["triggers", &trigger.name],
            )
            .also(span, "writes here")
            .help(
                "keep the value in another model, or bind only the other columns: `columns = […]`",
            );
        report.push(diagnostic);
    }
}

fn transitions_once(report: &mut Report<'_>) {
    let mut seen: Vec<(FieldRef, &str)> = Vec::new();
    for trigger in &report.schema.triggers {
        let TriggerKind::Transitions(transitions) = &trigger.kind else {
            continue;
        };
        match seen.iter().find(|(field, _)| *field == transitions.on) {
            Some((_, first)) => {
                let diagnostic = report
                    .error(
                        "transitions-twice",
                        format!(
                            "`{first}` and `{}` both say how `{}` moves",
                            trigger.name,
                            report.path_of(transitions.on)
                        ),
                        &["triggers", &trigger.name, "on"],
                    )
                    .also(
                        report.spans.at(&["triggers", first, "on"]),
                        "said here first",
                    )
                    .help("write all moves in one trigger");
                report.push(diagnostic);
            }
            None => seen.push((transitions.on, &trigger.name)),
        }
    }
}

fn soft_delete(report: &mut Report<'_>, model: &Model) {
    let Some(soft) = &model.soft_delete else {
        return;
    };
    let (flag, at) = (model.field(soft.flag), model.field(soft.at));
    let filled = match (&flag.default, &at.default) {
        (Some(Default::Literal(Literal::Boolean(true))), _) => {
            Some((flag, "a new row would be deleted"))
        }
        (_, Some(_)) => Some((at, "a new row would have a time of its deletion")),
        (None, _) if !flag.nullable && flag.generated.is_none() => Some((
            flag,
            "a plain insert would have to say that the row is not deleted",
        )),
        _ => None,
    };
    let Some((field, why)) = filled else { return };
    let path = ["models", model.name.as_str(), "fields", field.name.as_str()];
    let diagnostic = if field.default.is_none() {
        report
            .warning(
                "soft-delete",
                format!("`{}` has no default: {why}", field.name),
                &path,
            )
            .help("write `default = false`")
    } else {
        report
            .error(
                "soft-delete",
                format!("`{}` has a default: {why}", field.name),
                &path,
            )
            .help(if field.name == at.name {
                "remove the default"
            } else {
                "write `default = false`"
            })
    };
    let diagnostic = diagnostic.also(
        report.spans.at(&["models", &model.name, "soft_delete"]),
        "soft delete",
    );
    report.push(diagnostic);
}

/// The moves that a queue makes must be allowed where transitions bind its status.
fn queue(report: &mut Report<'_>, id: ModelId, model: &Model, queue: &Queue) {
    let status = FieldRef {
        model: id,
        field: queue.status,
    };
    let bound = report
        .schema
        .triggers
        .iter()
        .find_map(|trigger| match &trigger.kind {
            TriggerKind::Transitions(transitions) if transitions.on == status => {
                Some((trigger, transitions))
            }
            _ => None,
        });
    let Some((trigger, transitions)) = bound else {
        return;
    };
    for (from, to) in [
        (&queue.ready, &queue.running),
        (&queue.running, &queue.done),
        (&queue.running, &queue.failed),
    ] {
        let allowed = transitions
            .allow
            .iter()
            .any(|(label, to_labels)| label == from && to_labels.contains(to));
        // The database refuses the move when it comes, and everything else works: a spec may be on its way.
        if !allowed {
            let diagnostic = report
                .warning(
                    "queue-transitions",
                    format!(
                        "the queue moves a job from `{from}` to `{to}`, which `{}` refuses",
                        trigger.name
                    ),
                    &["models", &model.name, "queue"],
                )
                .also(
                    report.spans.at(&["triggers", &trigger.name, "allow"]),
                    "the moves that are allowed",
                )
                .help(format!("add it: `{from} = [\"{to}\", …]`"));
            report.push(diagnostic);
        }
    }
}
