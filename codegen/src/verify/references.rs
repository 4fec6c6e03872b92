//! References: what they point at, and what happens to them.

use std::collections::BTreeSet;

use super::Report;
use super::types;
use crate::diag::{Diagnostic, Span};
use crate::schema::{Action, Deferrable, FieldId, ForeignKey, IndexKey, Model, ModelId};

pub(super) fn check(report: &mut Report<'_>) {
    for model in &report.schema.models {
        for key in &model.foreign_keys {
            points_at_a_key(report, model, key);
            actions(report, model, key);
            tables(report, model, key);
        }
    }
    inverses(report);
}

/// Where a key of a reference is written: beside its field, or in the model's list.
pub(super) fn span(report: &Report<'_>, model: &Model, key: &ForeignKey, word: &str) -> Span {
    if let [field] = key.fields.as_slice() {
        let name = model.field(*field).name.as_str();
        let path = ["models", &model.name, "fields", name, word];
        if report.spans.exact(&path).is_some() {
            return report.spans.at(&path);
        }
        if report
            .spans
            .exact(&["models", &model.name, "fields", name, "references"])
            .is_some()
        {
            return report
                .spans
                .at(&["models", &model.name, "fields", name, "references"]);
        }
    }
    report.spans.named(&model.name, key.name.as_str())
}

fn columns(model: &Model, fields: &[FieldId]) -> String {
    fields
        .iter()
        .map(|field| format!("`{}`", model.field(*field).name))
        .collect::<Vec<_>>()
        .join(", ")
}

fn points_at_a_key(report: &mut Report<'_>, model: &Model, key: &ForeignKey) {
    let target = report.model(key.target);
    let wanted: BTreeSet<FieldId> = key.to.iter().copied().collect();
    let same = |fields: &[FieldId]| fields.iter().copied().collect::<BTreeSet<_>>() == wanted;
    let primary = target
        .primary_key
        .as_ref()
        .is_some_and(|primary| same(&primary.fields));
    let unique = target
        .uniques
        .iter()
        .any(|unique| same(&unique.fields) && unique.deferrable == Deferrable::No);
    let index = target.indexes.iter().any(|index| {
        let fields: Option<Vec<FieldId>> = index
            .parts
            .iter()
            .map(|part| match part.key {
                IndexKey::Field(field) => Some(field),
                IndexKey::Expression(_) => None,
            })
            .collect();
        index.unique && index.predicate.is_none() && fields.is_some_and(|fields| same(&fields))
    });
    if primary || unique || index || key.to.is_empty() {
        return;
    }
    let deferred = target.uniques.iter().find(|unique| same(&unique.fields));
    let message = match deferred {
        Some(unique) => format!(
            "`{}` is deferrable, and a reference needs a key that is checked at once",
            unique.name
        ),
        None => format!(
            "{} of `{}` is no key: nothing keeps it unique",
            columns(target, &key.to),
            target.name
        ),
    };
    let to = target.field(key.to[0]).name.as_str();
    let place = report.spans.at(&["models", &target.name, "fields", to]);
    report.push(
        Diagnostic::error(
            "reference-target",
            message,
            span(report, model, key, "references"),
        )
        .also(place, "refers to this")
        .help("refer to the primary key or a unique constraint, or add `unique` there"),
    );
}

fn actions(report: &mut Report<'_>, model: &Model, key: &ForeignKey) {
    for (action, word) in [(key.on_delete, "on_delete"), (key.on_update, "on_update")] {
        let said = match action {
            Action::SetNull => "set null",
            Action::SetDefault => "set default",
            _ => continue,
        };
        for &field in &key.fields {
            let column = model.field(field);
            let in_key = model
                .primary_key
                .as_ref()
                .is_some_and(|key| key.fields.contains(&field));
            let takes_null = column.nullable && !in_key;
            let works = takes_null || action == Action::SetDefault && column.default.is_some();
            if column.generated.is_some() {
                report.push(
                    Diagnostic::error(
                        "reference-action",
                        format!(
                            "`{}` is generated, so `{word}` can't be `{said}`",
                            column.name
                        ),
                        span(report, model, key, word),
                    )
                    .help("use \"restrict\", \"cascade\" or \"no action\""),
                );
            } else if !works {
                let reason = if action == Action::SetNull {
                    "can't be null"
                } else {
                    "has no default"
                };
                let help = match (action, in_key) {
                    (Action::SetNull, false) => format!(
                        "make it nullable, `{}?`, or use \"cascade\" or \"restrict\"",
                        types::name(report.schema, &column.ty)
                    ),
                    (Action::SetNull, true) => {
                        "a primary key is never null: use \"cascade\" or \"restrict\"".to_owned()
                    }
                    _ => "give it a `default`, or use \"cascade\" or \"restrict\"".to_owned(),
                };
                let place = report.key_of_field(model, field, "type");
                report.push(
                    Diagnostic::error(
                        "reference-action",
                        format!("`{word}` is `{said}`, but `{}` {reason}", column.name),
                        span(report, model, key, word),
                    )
                    .also(place, reason)
                    .help(help),
                );
            }
        }
    }
    let generated = key
        .fields
        .iter()
        .find(|&&field| model.field(field).generated.is_some());
    if let Some(&field) = generated.filter(|_| key.on_update == Action::Cascade) {
        report.push(
            Diagnostic::error(
                "reference-action",
                format!(
                    "`{}` is generated, so `on_update` can't be `cascade`",
                    model.field(field).name
                ),
                span(report, model, key, "on_update"),
            )
            .help("use \"restrict\" or \"no action\""),
        );
    }
    if key.on_update == Action::Retain || key.is_retained() && key.on_update != Action::NoAction {
        report.push(
            Diagnostic::error(
                "reference-action",
                "a retained reference has no foreign key that could follow an update",
                span(report, model, key, "on_update"),
            )
            .help("remove `on_update`: the value stays as it is"),
        );
    }
    if key.is_retained() && key.not_valid {
        report.push(
            Diagnostic::error(
                "reference-action",
                "a retained reference has no foreign key that could be not valid",
                span(report, model, key, "not_valid"),
            )
            .help("remove `not_valid`"),
        );
    }
}

/// What PostgreSQL refuses of the two tables together.
fn tables(report: &mut Report<'_>, model: &Model, key: &ForeignKey) {
    let target = report.model(key.target);
    if target.unlogged && !model.unlogged && !key.is_retained() {
        report.push(
            Diagnostic::error(
                "reference-unlogged",
                format!(
                    "`{}` is a permanent table and can't refer to the unlogged table of `{}`",
                    model.name, target.name
                ),
                span(report, model, key, "references"),
            )
            .also(
                report.spans.at(&["models", &target.name, "unlogged"]),
                "unlogged here",
            )
            .help("a crash empties unlogged tables: make both unlogged, or neither"),
        );
    }
    if key.not_valid && model.partition_by.is_some() {
        report.push(
            Diagnostic::error(
                "reference-not-valid",
                "a foreign key of a partitioned table can't be `not_valid` before PostgreSQL 18",
                span(report, model, key, "not_valid"),
            )
            .help("remove `not_valid`"),
        );
    }
}

fn inverses(report: &mut Report<'_>) {
    let mut seen: Vec<(ModelId, &str, Span)> = Vec::new();
    for model in &report.schema.models {
        for key in &model.foreign_keys {
            let Some(inverse) = key.inverse.as_deref() else {
                continue;
            };
            let place = span(report, model, key, "inverse");
            match seen
                .iter()
                .find(|(target, name, _)| *target == key.target && *name == inverse)
            {
                Some((_, _, first)) => {
                    let diagnostic = Diagnostic::error(
                        "inverse-clash",
                        format!(
                            "`{}` has two relations named `{inverse}`",
                            report.model(key.target).name
                        ),
                        place,
                    )
                    .also(first.clone(), "first named here")
                    .help("give each reference an `inverse` of its own");
                    report.push(diagnostic);
                }
                None => seen.push((key.target, inverse, place)),
            }
        }
    }
}
