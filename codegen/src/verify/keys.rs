//! Keys and indexes: what PostgreSQL can index, and how.

use super::Report;
use super::classes::{BUILTIN_CLASSES, CLASSES};
use super::types;
use crate::diag::{Diagnostic, Span};
use crate::ident::Ident;
use crate::lower::types::is_known_extension;
use crate::schema::{FieldId, Index, IndexKey, IndexPart, Model};

/// The most columns of an index.
const MAX_COLUMNS: usize = 32;

/// Index methods of PostgreSQL's own.
const METHODS: [&str; 6] = ["btree", "hash", "gin", "gist", "spgist", "brin"];

pub(super) fn check(report: &mut Report<'_>) {
    for model in &report.schema.models {
        if let Some(key) = &model.primary_key {
            columns(report, model, "primary key", &key.name, &key.fields, 0);
        }
        for unique in &model.uniques {
            columns(
                report,
                model,
                "unique constraint",
                &unique.name,
                &unique.fields,
                unique.include.len(),
            );
        }
        for index in &model.indexes {
            self::index(report, model, index);
        }
        for exclusion in &model.exclusions {
            let span = report.spans.named(&model.name, exclusion.name.as_str());
            let method = exclusion.using.as_ref().map_or("btree", Ident::as_str);
            if !has_method(report, method, &span) {
                continue;
            }
            if matches!(method, "gin" | "brin") {
                report.push(
                    Diagnostic::error(
                        "index-method",
                        format!("`{method}` can't keep an exclusion constraint"),
                        span.clone(),
                    )
                    .help("write `using = \"gist\"`"),
                );
            } else {
                for (part, _) in &exclusion.parts {
                    classed(report, model, part, method, &span);
                }
            }
            ordered(
                report,
                exclusion.parts.iter().map(|(part, _)| part),
                method,
                &span,
            );
        }
    }
}

fn columns(
    report: &mut Report<'_>,
    model: &Model,
    what: &str,
    name: &Ident,
    fields: &[FieldId],
    include: usize,
) {
    let span = report.spans.named(&model.name, name.as_str());
    too_many(report, fields.len() + include, &span);
    for field in fields {
        let field = model.field(*field);
        if types::indexed_by(report.schema, &field.ty, "btree") == Some(false) {
            let ty = types::name(report.schema, &field.ty);
            report.push(
                Diagnostic::error(
                    "index-type",
                    format!("`{}` is `{ty}`, which has no order, so it can't be in a {what}", field.name),
                    span.clone(),
                )
                .also(report.spans.at(&["models", &model.name, "fields", field.name.as_str()]), format!("this is `{ty}`"))
                .help("leave the column out, or make it a type with an order, such as `jsonb` for `json`"),
            );
        }
    }
}

fn too_many(report: &mut Report<'_>, count: usize, span: &Span) {
    if count > MAX_COLUMNS {
        report.push(
            Diagnostic::error(
                "index-columns",
                format!("this index has {count} columns"),
                span.clone(),
            )
            .help(format!("an index of PostgreSQL has at most {MAX_COLUMNS}")),
        );
    }
}

fn index(report: &mut Report<'_>, model: &Model, index: &Index) {
    let span = report.spans.named(&model.name, index.name.as_str());
    let method = index.using.as_ref().map_or("btree", Ident::as_str);
    too_many(report, index.parts.len() + index.include.len(), &span);
    if !has_method(report, method, &span) {
        return;
    }
    let refuse = |what: &str, help: &str| {
        Diagnostic::error(
            "index-method",
            format!("a `{method}` index can't be {what}"),
            span.clone(),
        )
        .help(help)
    };
    let known = METHODS.contains(&method);
    if known && method != "btree" && index.unique {
        report.push(refuse("unique", "use `btree`, or an exclusion constraint"));
    }
    if matches!(method, "hash" | "spgist") && index.parts.len() > 1 {
        report.push(refuse(
            "on several columns",
            "make an index for each column, or use `btree`",
        ));
    }
    if matches!(method, "hash" | "gin" | "brin") && !index.include.is_empty() {
        report.push(refuse(
            "one that includes further columns",
            "use `btree`, `gist` or `spgist`",
        ));
    }
    ordered(report, index.parts.iter(), method, &span);
    for part in &index.parts {
        classed(report, model, part, method, &span);
    }
}

/// Whether there may be such an index method; if not, that is reported.
fn has_method(report: &mut Report<'_>, method: &str, span: &Span) -> bool {
    // The well-known extensions that bring an index method.
    let brought = match method {
        "bloom" => Some("bloom"),
        "hnsw" | "ivfflat" => Some("vector"),
        _ => None,
    };
    let unknown = report.schema.extensions.iter().any(|extension| {
        brought == Some(extension.as_str()) || !is_known_extension(extension.as_str())
    });
    if !METHODS.contains(&method) && !unknown && !report.raw_may_bring(&["access"]) {
        let error = Diagnostic::error(
            "index-method",
            format!("there is no index method `{method}`"),
            span.clone(),
        );
        let near = crate::diag::nearest(method, METHODS);
        report.push(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("the methods are `btree`, `hash`, `gin`, `gist`, `spgist` and `brin`; others come with extensions"),
        });
        return false;
    }
    true
}

/// `desc` and `nulls` need a method that has an order.
fn ordered<'p>(
    report: &mut Report<'_>,
    parts: impl Iterator<Item = &'p IndexPart>,
    method: &str,
    span: &Span,
) {
    let mut parts = parts;
    let unordered = METHODS.contains(&method) && method != "btree";
    if unordered && parts.any(|part| part.descending || part.nulls.is_some()) {
        report.push(
            Diagnostic::error(
                "index-method",
                format!("a `{method}` index has no order"),
                span.clone(),
            )
            .help("remove `desc` and `nulls …`, or use `btree`"),
        );
    }
}

/// A column of a type for which the method has no operator class by itself.
fn classed(report: &mut Report<'_>, model: &Model, part: &IndexPart, method: &str, span: &Span) {
    let schema = report.schema;
    let has = |name: &str| {
        schema
            .extensions
            .iter()
            .any(|extension| extension.as_str() == name)
    };
    // Raw SQL may make an extension or an operator class.
    let raw = report.raw_may_bring(&["class"]);
    if let Some(class) = &part.operator_class {
        let name = class.name.name.as_str();
        let brings = CLASSES.iter().find(|(known, _)| *known == name);
        let unknown = class.name.schema.is_none()
            && !BUILTIN_CLASSES.contains(&name)
            && !(schema.extensions.iter().any(|_| name.contains("_ops")));
        if raw {
            return;
        }
        let diagnostic = match brings {
            Some((_, extension)) if !has(extension) => Diagnostic::error(
                "index-class",
                format!("`{name}` comes with the extension `{extension}`"),
                span.clone(),
            )
            .help(format!(
                "add it to [database]: `extensions = [\"{extension}\"]`"
            )),
            None if unknown => {
                let error = Diagnostic::error(
                    "index-class",
                    format!("there is no operator class `{name}`"),
                    span.clone(),
                );
                match crate::diag::nearest(name, BUILTIN_CLASSES.iter().copied()) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error
                        .help("name the extension that brings it in `extensions` of [database]"),
                }
            }
            _ => return,
        };
        report.push(diagnostic);
        return;
    }
    let IndexKey::Field(field) = part.key else {
        return;
    };
    let field = model.field(field);
    let brings = match method {
        "gist" => has("btree_gist"),
        "gin" => has("btree_gin"),
        _ => false,
    };
    if types::indexed_by(schema, &field.ty, method) != Some(false) || brings || raw {
        return;
    }
    let ty = types::name(schema, &field.ty);
    let help = match method {
        "gin" => {
            "name an operator class (`gin_trgm_ops` of `pg_trgm` for text), or add the extension `btree_gin`"
        }
        "gist" => "name an operator class, or add the extension `btree_gist`",
        _ => "index an expression over it, or use another method",
    };
    let place = report
        .spans
        .at(&["models", &model.name, "fields", field.name.as_str()]);
    report.push(
        Diagnostic::error(
            "index-type",
            format!(
                "`{}` is `{ty}`, for which `{method}` has no operator class of its own",
                field.name
            ),
            span.clone(),
        )
        .also(place, format!("this is `{ty}`"))
        .help(help),
    );
}
