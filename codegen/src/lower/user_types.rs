//! Enums, domains and composite types.

use std::collections::BTreeMap;

use super::context::Lowering;
use super::{defaults, names};
use crate::diag::{Diagnostic, Span, nearest};
use crate::fragment::Kind;
use crate::ident::{Ident, MAX_BYTES};
use crate::schema::{BaseType, Composite, Domain, Enum, Label, NamedExpr, Type};
use crate::source::Spanned;
use crate::spec;

/// Lowers every type of the spec. Composites and domains may name each other and enums in any order.
pub(super) fn lower(cx: &mut Lowering<'_>) {
    let spec = cx.spec;
    for (name, item) in spec.enums.iter().flat_map(|map| map.value.iter()) {
        let lowered = enumeration(cx, name, item);
        cx.schema.enums.push(lowered);
    }
    // Defaults of domains are read when all bases are known.
    for (name, item) in spec.domains.iter().flat_map(|map| map.value.iter()) {
        let lowered = domain(cx, name, item);
        cx.schema.domains.push(lowered);
    }
    for (index, (_, item)) in spec
        .domains
        .iter()
        .flat_map(|map| map.value.iter())
        .enumerate()
    {
        let base = cx.schema.domains[index].base.clone();
        let default = defaults::lower(cx, item.default.as_ref(), item.default_sql.as_ref(), &base);
        cx.schema.domains[index].default = default;
    }
    for (name, item) in spec.composites.iter().flat_map(|map| map.value.iter()) {
        let lowered = composite(cx, name, item);
        cx.schema.composites.push(lowered);
    }
}

fn enumeration(cx: &mut Lowering<'_>, name: &Spanned<String>, item: &spec::Enum) -> Enum {
    let ty = cx.type_name(&name.value, item.ty.as_ref(), item.schema.as_ref());
    let mut labels = Vec::new();
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    if let Some(values) = &item.values {
        if values.value.is_empty() && !cx.is_unread(&values.span) {
            cx.report(
                Diagnostic::error(
                    "empty-enum",
                    format!("the enum `{}` has no labels", name.value),
                    values.span.clone(),
                )
                .help("an enum has at least one label: `values = [\"first\"]`"),
            );
        }
        for value in &values.value {
            if value.value.len() > MAX_BYTES {
                cx.report(
                    Diagnostic::error(
                        "label-too-long",
                        format!(
                            "the label is {} bytes long, and PostgreSQL keeps {MAX_BYTES}",
                            value.value.len()
                        ),
                        value.span.clone(),
                    )
                    .help(format!("shorten it to {MAX_BYTES} bytes")),
                );
            }
            if let Some(first) = seen.get(value.value.as_str()) {
                cx.report(
                    Diagnostic::error(
                        "duplicate-label",
                        format!("the label `{}` stands twice", value.value),
                        value.span.clone(),
                    )
                    .also(first.clone(), "first written here")
                    .help("remove one of them"),
                );
                continue;
            }
            seen.insert(&value.value, value.span.clone());
            labels.push(Label {
                text: value.value.clone(),
                renamed_from: None,
            });
        }
    }
    if let Some(renamed) = &item.renamed {
        rename_labels(cx, name, &renamed.value, &mut labels);
    }
    Enum {
        name: name.value.clone(),
        ty,
        doc: text(item.doc.as_ref()),
        labels,
        renamed_from: text(item.renamed_from.as_ref()),
    }
}

fn rename_labels(
    cx: &mut Lowering<'_>,
    name: &Spanned<String>,
    renamed: &spec::Map<String>,
    labels: &mut [Label],
) {
    for (old, new) in renamed.iter() {
        let path = ["enums", name.value.as_str(), "renamed", old.value.as_str()];
        let span = cx.spans.at(&path);
        if labels.iter().any(|label| label.text == old.value) {
            cx.report(
                Diagnostic::error(
                    "renamed-label",
                    format!(
                        "the label `{}` is renamed, and still stands in `values`",
                        old.value
                    ),
                    old.span.clone(),
                )
                .help(format!(
                    "write `{new}` in `values`, in the place of `{}`",
                    old.value
                )),
            );
            continue;
        }
        let Some(index) = labels.iter().position(|label| label.text == *new) else {
            let help = nearest(new, labels.iter().map(|label| label.text.as_str())).map_or_else(
                || "name a label of `values`: `renamed = { old = \"new\" }`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            cx.report(
                Diagnostic::error(
                    "unknown-label",
                    format!("the enum `{}` has no label `{new}`", name.value),
                    span,
                )
                .help(help),
            );
            continue;
        };
        if let Some(other) = &labels[index].renamed_from {
            cx.report(
                Diagnostic::error(
                    "renamed-label",
                    format!("`{new}` is the new text of `{other}` already"),
                    span,
                )
                .help("a label has one old text"),
            );
            continue;
        }
        labels[index].renamed_from = Some(old.value.clone());
    }
}

fn domain(cx: &mut Lowering<'_>, name: &Spanned<String>, item: &spec::Domain) -> Domain {
    let ty = cx.type_name(&name.value, item.name.as_ref(), item.schema.as_ref());
    let base = match &item.ty {
        Some(text) => match cx.parse_type(text) {
            Some(parsed) if parsed.nullable || parsed.sequence.is_some() => {
                cx.report(
                    Diagnostic::error(
                        "domain-type",
                        "a domain is made of a plain type",
                        text.span.clone(),
                    )
                    .help("whether a column takes NULL, or draws numbers, is said by the field"),
                );
                parsed.ty
            }
            Some(parsed) => parsed.ty,
            None => cx.unknown_type(),
        },
        None => cx.unknown_type(),
    };
    let mut checks = Vec::new();
    for (index, check) in item
        .checks
        .iter()
        .flat_map(|list| list.value.iter())
        .enumerate()
    {
        let position = (index + 1).to_string();
        let check_name = cx.ident_or(check.value.name.as_ref(), || {
            names::on_columns("ck", &ty.name, &[&position])
        });
        if let Some(sql) = &check.value.sql {
            let sql = cx.fragment(Kind::Check, sql);
            checks.push(NamedExpr {
                name: check_name,
                sql,
            });
        }
    }
    Domain {
        name: name.value.clone(),
        doc: text(item.doc.as_ref()),
        base,
        collation: item
            .collate
            .as_ref()
            .map(|collation| cx.qualified_or_plain(collation)),
        not_null: item.not_null.as_ref().is_some_and(|flag| flag.value),
        default: None,
        checks,
        renamed_from: text(item.renamed_from.as_ref()),
        ty,
    }
}

fn composite(cx: &mut Lowering<'_>, name: &Spanned<String>, item: &spec::Composite) -> Composite {
    let ty = cx.type_name(&name.value, item.ty.as_ref(), item.schema.as_ref());
    let mut attributes: Vec<(Ident, Type)> = Vec::new();
    if let Some(fields) = &item.fields {
        if fields.value.0.is_empty() {
            cx.report(
                Diagnostic::error(
                    "empty-composite",
                    format!("the composite type `{}` has no attributes", name.value),
                    fields.span.clone(),
                )
                .help("write at least one: `fields = { x = \"integer\" }`"),
            );
        }
        for (attribute, type_text) in fields.value.iter() {
            let span = cx
                .spans
                .at(&["composites", &name.value, "fields", &attribute.value]);
            let type_text = Spanned::new(type_text.clone(), span);
            let attribute = cx.ident(attribute);
            let ty = match cx.parse_type(&type_text) {
                Some(parsed) if parsed.nullable || parsed.sequence.is_some() => {
                    cx.report(
                        Diagnostic::error(
                            "attribute-type",
                            "an attribute has a plain type",
                            type_text.span.clone(),
                        )
                        .help("every attribute of a composite type takes NULL; remove the `?`"),
                    );
                    parsed.ty
                }
                Some(parsed) => parsed.ty,
                None => cx.unknown_type(),
            };
            attributes.push((attribute, ty));
        }
    }
    Composite {
        name: name.value.clone(),
        ty,
        doc: text(item.doc.as_ref()),
        attributes,
        renamed_from: text(item.renamed_from.as_ref()),
    }
}

impl Lowering<'_> {
    /// Stands for a type that could not be read. Whether such a type fits is never asked.
    #[allow(
        clippy::unused_self,
        reason = "reads as the other half of `parse_type`"
    )]
    pub(super) fn unknown_type(&self) -> Type {
        Type {
            base: BaseType::Other(crate::sql::SqlExpr::trusted("unknown")),
            dimensions: 0,
        }
    }
}

/// The text of an optional key.
pub(super) fn text(text: Option<&Spanned<String>>) -> Option<String> {
    text.map(|text| text.value.clone())
}
