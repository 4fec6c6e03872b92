//! Primary keys, unique constraints, checks of models, lookups.

use super::context::Lowering;
use super::fields::{self, column_names};
use super::fragments::names_of;
use super::models::own_field;
use super::names;
use crate::diag::{Diagnostic, Span};
use crate::fragment::Kind;
use crate::schema::{Check, Deferrable, FieldId, FieldRef, ModelId, PrimaryKey, Unique};
use crate::spec;

/// The primary key: a field's flag, or the model's list.
pub(super) fn primary_key(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    let mut flagged: Vec<(FieldId, Span)> = Vec::new();
    for (name, field) in item.fields.iter().flat_map(|map| map.value.iter()) {
        let Some(flag) = field.primary_key.as_ref().filter(|flag| flag.value) else {
            continue;
        };
        if let Some(id) = own_field(cx, model, &name.value) {
            fields::key_default(cx, FieldRef { model, field: id }, field);
            flagged.push((id, flag.span.clone()));
        }
    }
    let columns = match (&item.primary_key, flagged.as_slice()) {
        (Some(list), []) => {
            if list.value.is_empty() {
                return;
            }
            cx.fields(model, &list.value)
        }
        (Some(list), [(_, flag), ..]) => {
            cx.report(
                Diagnostic::error("primary-key-twice", "the model has its primary key twice", list.span.clone())
                    .label("the model's key")
                    .also(flag.clone(), "a field's flag")
                    .help("keep the model's `primary_key` and remove the field's flag, or the other way round"),
            );
            return;
        }
        (None, [(_, first), (_, second), ..]) => {
            let list: Vec<_> = flagged
                .iter()
                .map(|(id, _)| format!("\"{}\"", cx.schema.model(model).field(*id).name))
                .collect();
            let name = &cx.schema.model(model).name;
            let help = format!(
                "for a key of several columns write `primary_key = [{}]` in `[models.{name}]`",
                list.join(", ")
            );
            cx.report(
                Diagnostic::error(
                    "primary-key-twice",
                    "two fields are the primary key",
                    second.clone(),
                )
                .also(first.clone(), "the first one")
                .help(help),
            );
            return;
        }
        (None, flagged) => flagged.iter().map(|(id, _)| *id).collect(),
    };
    if columns.is_empty() {
        let name = cx.schema.model(model).name.clone();
        let unread = cx.is_unread_below(&["models", &name, "fields"])
            || cx.is_unread_below(&["models", &name, "primary_key"]);
        if item.primary_key.is_none() && item.inherits.is_none() && item.fields.is_some() && !unread
        {
            let span = cx.spans.key(&["models", &name]);
            cx.report(
                Diagnostic::error("no-primary-key", format!("the model `{name}` has no primary key"), span).help(
                    "write `primary_key = true` at a field, or `primary_key = []` in the model for a table without one",
                ),
            );
        }
        return;
    }
    for &id in &columns {
        let field = cx.schema.model(model).field(id);
        if field.nullable {
            let (name, column) = (cx.schema.model(model).name.clone(), field.name.clone());
            let span = cx
                .spans
                .at(&["models", &name, "fields", column.as_str(), "type"]);
            cx.report(
                Diagnostic::error(
                    "primary-key-null",
                    format!("`{column}` is in the primary key and takes NULL"),
                    span,
                )
                .help("remove the `?` of its type"),
            );
        }
    }
    let table = cx.schema.model(model).table.name.clone();
    let name = cx.ident_or(item.primary_key_name.as_ref(), || {
        names::primary_key(&table)
    });
    let span = item
        .primary_key_name
        .as_ref()
        .map(|name| name.span.clone())
        .or(item.primary_key.as_ref().map(|list| list.span.clone()))
        .or(flagged.first().map(|(_, span)| span.clone()))
        .unwrap_or_default();
    cx.named(model, &name, span);
    cx.the_model(model).primary_key = Some(PrimaryKey {
        name,
        fields: columns,
    });
}

/// Unique constraints: those of fields first, then the model's.
pub(super) fn uniques(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    let table = cx.schema.model(model).table.name.clone();
    for (name, field) in item.fields.iter().flat_map(|map| map.value.iter()) {
        let Some(flag) = field.unique.as_ref().filter(|flag| flag.value) else {
            if let Some(name) = &field.unique_name {
                cx.report(
                    Diagnostic::error(
                        "unique-name",
                        "there is no unique constraint that could have this name",
                        name.span.clone(),
                    )
                    .help("write `unique = true` too, or remove `unique_name`"),
                );
            }
            continue;
        };
        let Some(id) = own_field(cx, model, &name.value) else {
            continue;
        };
        let constraint = cx.ident_or(field.unique_name.as_ref(), || {
            names::on_columns("ux", &table, &[&name.value])
        });
        cx.named(model, &constraint, flag.span.clone());
        cx.the_model(model).uniques.push(Unique {
            name: constraint,
            fields: vec![id],
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
        });
    }
    for unique in item.unique.iter().flat_map(|list| list.value.iter()) {
        let span = unique.span.clone();
        let unique = &unique.value;
        let Some(columns) = cx.some_fields(model, unique.on.as_ref()) else {
            continue;
        };
        let include = unique.include.as_ref();
        let include = include.map_or_else(Vec::new, |include| cx.fields(model, &include.value));
        let column_names = column_names(cx, model, &columns);
        let name = cx.ident_or(unique.name.as_ref(), || {
            names::on_columns("ux", &table, &names_of(&column_names))
        });
        cx.named(
            model,
            &name,
            unique.name.as_ref().map_or(span, |name| name.span.clone()),
        );
        cx.the_model(model).uniques.push(Unique {
            name,
            fields: columns,
            include,
            nulls_not_distinct: unique
                .nulls_not_distinct
                .as_ref()
                .is_some_and(|flag| flag.value),
            deferrable: deferrable(unique.deferrable.as_ref()),
        });
    }
    for lookup in item.lookups.iter().flat_map(|list| list.value.iter()) {
        if let Some(fields) = cx.some_fields(model, Some(lookup)) {
            cx.the_model(model).lookups.push(fields);
        }
    }
}

/// Checks of the model.
pub(super) fn checks(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    let table = cx.schema.model(model).table.name.clone();
    for (index, check) in item
        .checks
        .iter()
        .flat_map(|list| list.value.iter())
        .enumerate()
    {
        let position = (index + 1).to_string();
        let name = cx.ident_or(check.value.name.as_ref(), || {
            names::on_columns("ck", &table, &[&position])
        });
        let Some(sql) = &check.value.sql else {
            continue;
        };
        let span = check
            .value
            .name
            .as_ref()
            .map_or(&sql.span, |name| &name.span)
            .clone();
        let sql = cx.row_fragment(Kind::Check, model, sql);
        cx.named(model, &name, span);
        cx.the_model(model).checks.push(Check {
            name,
            sql,
            field: None,
        });
    }
}

/// When a constraint is checked.
pub(super) fn deferrable(written: Option<&crate::source::Spanned<spec::Deferrable>>) -> Deferrable {
    match written.map(|written| written.value) {
        None => Deferrable::No,
        Some(spec::Deferrable::Immediate) => Deferrable::Immediate,
        Some(spec::Deferrable::Deferred) => Deferrable::Deferred,
    }
}
