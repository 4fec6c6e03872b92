//! Storage parameters, and names of extensions.

use super::Report;
use crate::diag::{Diagnostic, Span, nearest};
use crate::ident::Ident;
use crate::schema::StorageParameter;
use crate::sql::Literal;

/// Parameters of tables; those of `autovacuum` and `vacuum` may stand after `toast.` too.
const TABLE: &[&str] = &[
    "autovacuum_analyze_scale_factor",
    "autovacuum_analyze_threshold",
    "autovacuum_enabled",
    "autovacuum_freeze_max_age",
    "autovacuum_freeze_min_age",
    "autovacuum_freeze_table_age",
    "autovacuum_multixact_freeze_max_age",
    "autovacuum_multixact_freeze_min_age",
    "autovacuum_multixact_freeze_table_age",
    "autovacuum_vacuum_cost_delay",
    "autovacuum_vacuum_cost_limit",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_vacuum_insert_threshold",
    "autovacuum_vacuum_max_threshold",
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_threshold",
    "fillfactor",
    "log_autovacuum_min_duration",
    "parallel_workers",
    "toast_tuple_target",
    "user_catalog_table",
    "vacuum_index_cleanup",
    "vacuum_max_eager_freeze_failure_rate",
    "vacuum_truncate",
];

/// Parameters of an index, by method.
const INDEX: &[(&str, &[&str])] = &[
    ("btree", &["deduplicate_items", "fillfactor"]),
    ("hash", &["fillfactor"]),
    ("gist", &["buffering", "fillfactor"]),
    ("spgist", &["fillfactor"]),
    ("gin", &["fastupdate", "gin_pending_list_limit"]),
    ("brin", &["autosummarize", "pages_per_range"]),
];

pub(super) fn check(report: &mut Report<'_>) {
    for model in &report.schema.models {
        let span = report.spans.key(&["models", &model.name, "with"]);
        for parameter in &model.with {
            let place = parameter_span(report, &["models", &model.name, "with"], parameter, &span);
            self::parameter(report, "a table", TABLE, parameter, place);
        }
        for index in &model.indexes {
            let method = index.using.as_ref().map_or("btree", Ident::as_str);
            let Some((_, known)) = INDEX.iter().find(|(name, _)| *name == method) else {
                continue;
            };
            let span = report.spans.named(&model.name, index.name.as_str());
            for parameter in &index.with {
                self::parameter(
                    report,
                    &format!("a `{method}` index"),
                    known,
                    parameter,
                    span.clone(),
                );
            }
        }
    }
    extensions(report);
}

fn written(parameter: &StorageParameter) -> String {
    let parts: Vec<&str> = parameter.name.iter().map(Ident::as_str).collect();
    parts.join(".")
}

fn parameter_span(
    report: &Report<'_>,
    path: &[&str],
    parameter: &StorageParameter,
    otherwise: &Span,
) -> Span {
    let name = written(parameter);
    let mut path = path.to_vec();
    path.push(&name);
    match report.spans.exact(&path) {
        Some(_) => report.spans.key(&path),
        None => otherwise.clone(),
    }
}

fn parameter(
    report: &mut Report<'_>,
    what: &str,
    known: &[&str],
    parameter: &StorageParameter,
    span: Span,
) {
    let name = written(parameter);
    let bare = name.strip_prefix("toast.").unwrap_or(&name);
    let in_toast = bare.len() < name.len();
    let found = known.contains(&bare) && (!in_toast || bare.contains("vacuum"));
    if !found {
        let error = Diagnostic::error(
            "storage-parameter",
            format!("{what} has no storage parameter `{name}`"),
            span,
        );
        report.push(match nearest(bare, known.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("the parameters are {}", list(known))),
        });
        return;
    }
    let wanted = match value_kind(bare) {
        Value::Boolean if !is_boolean(&parameter.value) => Some("`true` or `false`"),
        Value::Number if !is_number(&parameter.value) => Some("a number"),
        _ => None,
    };
    if let Some(wanted) = wanted {
        report.push(
            Diagnostic::error(
                "storage-parameter",
                format!("the value of `{name}` is {wanted}"),
                span,
            )
            .help(format!("write {wanted}")),
        );
        return;
    }
    if bare == "fillfactor"
        && matches!(parameter.value, Literal::Integer(number) if !(10..=100).contains(&number))
    {
        report.push(
            Diagnostic::error(
                "storage-parameter",
                "a `fillfactor` is a whole number from 10 to 100",
                span,
            )
            .help("write a percentage, such as 70"),
        );
    }
}

enum Value {
    Boolean,
    Number,
    Word,
}

fn value_kind(name: &str) -> Value {
    match name {
        "autovacuum_enabled" | "autosummarize" | "deduplicate_items" | "fastupdate"
        | "user_catalog_table" | "vacuum_truncate" => Value::Boolean,
        "buffering" | "vacuum_index_cleanup" => Value::Word,
        _ => Value::Number,
    }
}

fn is_boolean(value: &Literal) -> bool {
    match value {
        Literal::Boolean(_) => true,
        Literal::Text(text) => matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "on" | "off" | "yes" | "no" | "1" | "0"
        ),
        Literal::Integer(number) => matches!(number, 0 | 1),
        Literal::Number(_) | Literal::Null => false,
    }
}

fn is_number(value: &Literal) -> bool {
    match value {
        Literal::Integer(_) | Literal::Number(_) => true,
        Literal::Text(text) => Literal::number(text.trim()).is_some(),
        Literal::Boolean(_) | Literal::Null => false,
    }
}

fn list(known: &[&str]) -> String {
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Names that PostgreSQL refuses since it looks for a file of that name.
fn extensions(report: &mut Report<'_>) {
    for (index, extension) in report.schema.extensions.iter().enumerate() {
        let name = extension.as_str();
        let refused = name.contains(['/', '\\'])
            || name.contains("--")
            || name.starts_with('-')
            || name.ends_with('-');
        if refused {
            let place = index.to_string();
            let diagnostic = report
                .error(
                    "extension-name",
                    format!("`{name}` can't be the name of an extension"),
                    &["database", "extensions", &place],
                )
                .help("write the name as `pg_available_extensions` lists it");
            report.push(diagnostic);
        }
    }
}
