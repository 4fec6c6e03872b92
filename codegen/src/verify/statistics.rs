//! Extended statistics: on how much, and on what.

use super::Report;
use super::types;
use crate::diag::Diagnostic;
use crate::schema::{IndexKey, Model, Statistics};

/// The most columns and expressions of a statistics object.
const MAX: usize = 8;

pub(super) fn check(report: &mut Report<'_>) {
    for model in &report.schema.models {
        for item in &model.statistics {
            statistics(report, model, item);
        }
    }
}

fn statistics(report: &mut Report<'_>, model: &Model, item: &Statistics) {
    let span = report.spans.named(&model.name, item.name.as_str());
    let mut refuse = |message: String, help: &str| {
        report.push(Diagnostic::error("statistics", message, span.clone()).help(help));
    };
    if item.on.len() > MAX {
        refuse(
            format!("these statistics are on {} columns", item.on.len()),
            "statistics are on at most 8",
        );
    }
    if let [IndexKey::Expression(_)] = item.on.as_slice()
        && !item.kinds.is_empty()
    {
        refuse(
            "statistics on one expression have no kinds".to_owned(),
            "remove `kinds`",
        );
    }
    for key in &item.on {
        let IndexKey::Field(field) = key else {
            continue;
        };
        let field = model.field(*field);
        if types::indexed_by(report.schema, &field.ty, "btree") == Some(false) {
            let ty = types::name(report.schema, &field.ty);
            report.push(
                Diagnostic::error(
                    "statistics",
                    format!("`{}` is `{ty}`, whose values have no order", field.name),
                    span.clone(),
                )
                .help("leave the column out"),
            );
        }
    }
}
