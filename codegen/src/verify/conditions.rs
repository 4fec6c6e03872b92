//! Expressions that plainly are not what stands there: conditions that are a number or a column that is not boolean,
//! defaults of another type.

use super::Report;
use super::types;
use crate::diag::Diagnostic;
use crate::fragment::{self, Kind, Whole};
use crate::schema::{BaseType, Builtin, Default, Field, Model, TriggerKind, Type};
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
    for domain in &report.schema.domains {
        for check in &domain.checks {
            let number = fragment::check(Kind::Check, check.sql.as_str())
                .is_ok_and(|analysis| *analysis.whole() == Whole::Number);
            if number {
                let diagnostic = report
                    .error(
                        "no-condition",
                        "a check is true or false, and this is a number",
                        &["domains", &domain.name, "checks"],
                    )
                    .help("write a comparison, such as `VALUE > 0`");
                report.push(diagnostic);
            }
        }
    }
    for model in &report.schema.models {
        for field in &model.fields {
            default(report, model, field);
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

/// A default that is a well-known function of a type that the column has not.
fn default(report: &mut Report<'_>, model: &Model, field: &Field) {
    use Builtin as B;
    let Some(Default::Sql(sql)) = &field.default else {
        return;
    };
    let call = sql.as_str().trim().to_ascii_lowercase().replace(' ', "");
    let made = match call.trim_start_matches("pg_catalog.") {
        "now()"
        | "current_timestamp"
        | "clock_timestamp()"
        | "statement_timestamp()"
        | "transaction_timestamp()"
        | "current_date"
        | "localtimestamp" => "a time",
        "gen_random_uuid()" | "uuid_generate_v4()" | "uuidv4()" | "uuidv7()" => "a uuid",
        _ => return,
    };
    let bare = types::bare(report.schema, &field.ty);
    let (BaseType::Builtin(builtin), 0) = (&bare.base, bare.dimensions) else {
        return;
    };
    // Everything can become a text when it is assigned.
    let fits = match builtin {
        B::Text | B::Varchar(_) | B::Char(_) | B::Name | B::Plain(_) => true,
        B::Timestamp(_) | B::TimestampTz(_) | B::Date | B::Time(_) | B::TimeTz(_) => {
            made == "a time"
        }
        B::Uuid => made == "a uuid",
        _ => false,
    };
    if !fits {
        let ty = types::name(report.schema, &field.ty);
        let path = [
            "models",
            model.name.as_str(),
            "fields",
            field.name.as_str(),
            "default_sql",
        ];
        let diagnostic = report
            .error(
                "default-type",
                format!("`{}` is `{ty}`, and its default is {made}", field.name),
                &path,
            )
            .help("give it a default of its own type");
        report.push(diagnostic);
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
