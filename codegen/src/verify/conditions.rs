//! Conditions that are plainly none: a number, or a column that is not boolean.

use super::Report;
use super::types;
use crate::diag::Diagnostic;
use crate::fragment::{self, Kind, Whole};
use crate::schema::{BaseType, Builtin, Model, TriggerKind, Type};
use crate::sql::SqlExpr;

pub(super) fn check(report: &mut Report<'_>) {
    for model in &report.schema.models {
        for check in &model.checks {
            let span = report.spans.named(&model.name, check.name.as_str());
            condition(report, model, &check.sql, "a check", span);
        }
        for index in &model.indexes {
            if let Some(predicate) = &index.predicate {
                let span = report.spans.named(&model.name, index.name.as_str());
                condition(report, model, predicate, "a `where`", span);
            }
        }
        for policy in &model.policies {
            let span = report.spans.named(&model.name, policy.name.as_str());
            for expression in policy.using.iter().chain(&policy.check) {
                condition(report, model, expression, "a policy", span.clone());
            }
        }
    }
    for trigger in &report.schema.triggers {
        let (model, filter) = match &trigger.kind {
            TriggerKind::Counter(counter) => (counter.count, &counter.filter),
            TriggerKind::Sum(sum) => (sum.of, &sum.filter),
            _ => continue,
        };
        if let Some(filter) = filter {
            let span = report.spans.at(&["triggers", &trigger.name, "where"]);
            condition(
                report,
                report.schema.model(model),
                filter,
                "a `where`",
                span,
            );
        }
    }
}

fn condition(
    report: &mut Report<'_>,
    model: &Model,
    sql: &SqlExpr,
    what: &str,
    span: crate::diag::Span,
) {
    let Ok(analysis) = fragment::check(Kind::Policy, sql.as_str()) else {
        return;
    };
    let found = match analysis.whole() {
        Whole::Number => "a number".to_owned(),
        Whole::Column(name) => match model.field_named(name).map(|field| &model.field(field).ty) {
            Some(ty) if is_no_boolean(report, ty) => {
                format!("`{name}`, which is `{}`", types::name(report.schema, ty))
            }
            _ => return,
        },
        Whole::Other => return,
    };
    report.push(
        Diagnostic::error(
            "no-condition",
            format!("{what} is true or false, and this is {found}"),
            span,
        )
        .help("write a comparison, such as `size > 0`"),
    );
}

fn is_no_boolean(report: &Report<'_>, ty: &Type) -> bool {
    let bare = types::bare(report.schema, ty);
    match &bare.base {
        _ if bare.dimensions > 0 => true,
        BaseType::Builtin(builtin) => *builtin != Builtin::Boolean,
        BaseType::Enum(_) | BaseType::Composite(_) => true,
        BaseType::Domain(_) | BaseType::Other(_) => false,
    }
}
