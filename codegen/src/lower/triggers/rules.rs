//! Kinds that set a time or refuse a change: touch, immutable, transitions.

use super::super::context::Lowering;
use crate::diag::Diagnostic;
use crate::schema::{BaseType, Builtin, Event, FieldRef, Immutable, Touch, Transitions};
use crate::source::Spanned;
use crate::spec::{self, DeniedEvent};

/// A touch.
pub(super) fn touch(cx: &mut Lowering<'_>, item: &spec::Touch) -> Option<Touch> {
    let (column, on) = (item.column.as_ref()?, item.on.as_ref()?);
    if on.value.0.is_empty() {
        cx.empty(
            &on.span,
            "at least one model has to stand here",
            "write the models: `on = [\"User\"]`",
        );
    }
    let mut fields: Vec<FieldRef> = Vec::new();
    for name in &on.value.0 {
        let Some(model) = cx.model(name) else {
            continue;
        };
        let Some(field) = cx.field_at(model, &column.value, name.span.clone()) else {
            continue;
        };
        let at = FieldRef { model, field };
        if fields.contains(&at) {
            cx.report(
                Diagnostic::error(
                    "duplicate",
                    format!("`{}` stands here twice", name.value),
                    name.span.clone(),
                )
                .help("remove one of them"),
            );
            continue;
        }
        let time = matches!(
            cx.builtin(at),
            Some(Builtin::TimestampTz(_) | Builtin::Timestamp(_) | Builtin::Date)
        );
        if !time && cx.is_known(at) {
            let found = cx.describe(at);
            let span = cx.type_span(at);
            cx.report(
                Diagnostic::error(
                    "touch-type",
                    format!(
                        "`{}.{}` is `{found}`, and not a time",
                        name.value, column.value
                    ),
                    name.span.clone(),
                )
                .also(span, format!("this is `{found}`"))
                .help("write `timestamptz` as its type"),
            );
            continue;
        }
        fields.push(at);
    }
    Some(Touch { on: fields })
}

/// An immutable model.
pub(super) fn immutable(cx: &mut Lowering<'_>, item: &spec::Immutable) -> Option<Immutable> {
    let on = cx.model(item.on.as_ref()?)?;
    let deny = item.deny.as_ref()?;
    let mut denied: Vec<Event> = Vec::new();
    for event in &deny.value {
        let event = match event.value {
            DeniedEvent::Update => Event::Update,
            DeniedEvent::Delete => Event::Delete,
            DeniedEvent::Truncate => Event::Truncate,
        };
        if !denied.contains(&event) {
            denied.push(event);
        }
    }
    if deny.value.is_empty() {
        cx.empty(
            &deny.span,
            "nothing is denied",
            "write what is refused: `deny = [\"update\", \"delete\"]`",
        );
    }
    let columns = match &item.columns {
        Some(columns) if columns.value.is_empty() => {
            cx.empty_list(&columns.span);
            Vec::new()
        }
        Some(columns) => cx.fields(on, &columns.value),
        None => Vec::new(),
    };
    if let Some(columns) = &item.columns
        && !denied.contains(&Event::Update)
    {
        cx.report(
            Diagnostic::error(
                "immutable-columns",
                "columns are bound by `update` alone, which is not denied",
                columns.span.clone(),
            )
            .help("write `update` in `deny`, or remove `columns`"),
        );
    }
    Some(Immutable {
        on,
        deny: denied,
        columns,
    })
}

/// Transitions.
pub(super) fn transitions(cx: &mut Lowering<'_>, item: &spec::Transitions) -> Option<Transitions> {
    let path = item.on.as_ref()?;
    let at = cx.field_path(path)?;
    if !cx.is_known(at) {
        return None;
    }
    let ty = &cx.the_field(at).ty;
    if ty.dimensions > 0 || !matches!(ty.base, BaseType::Enum(_)) {
        let found = cx.describe(at);
        let span = cx.type_span(at);
        cx.report(
            Diagnostic::error(
                "transitions-type",
                format!("`{}` is `{found}`, and not an enum", path.value),
                path.span.clone(),
            )
            .also(span, format!("this is `{found}`"))
            .help("write an enum under `[enums.…]` and use it as the type of the column"),
        );
        return None;
    }
    let mut allow: Vec<(String, Vec<String>)> = Vec::new();
    for (from, to) in item.allow.as_ref()?.value.iter() {
        let known = cx.label_of(at, from);
        let mut targets: Vec<String> = Vec::new();
        for label in to {
            if !cx.label_of(at, label) {
                continue;
            }
            if targets.contains(&label.value) {
                cx.report(
                    Diagnostic::error(
                        "duplicate",
                        format!("`{}` stands here twice", label.value),
                        label.span.clone(),
                    )
                    .help("remove one of them"),
                );
            } else {
                same(cx, from, label);
                targets.push(label.value.clone());
            }
        }
        if known {
            allow.push((from.value.clone(), targets));
        }
    }
    Some(Transitions { on: at, allow })
}

/// A label that becomes itself is no move, and is always allowed.
fn same(cx: &mut Lowering<'_>, from: &Spanned<String>, to: &Spanned<String>) {
    if from.value == to.value {
        cx.report(
            Diagnostic::warning(
                "transition-to-itself",
                format!("`{}` to itself is no move, and never refused", to.value),
                to.span.clone(),
            )
            .help("remove it"),
        );
    }
}
