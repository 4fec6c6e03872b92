//! Lists of children in the order of their making: what an application shows first, and what no index serves unless
//! somebody thought of it.

use super::Report;
use super::references;
use crate::diag::Diagnostic;
use crate::schema::{
    BaseType, Builtin, Default, FieldId, ForeignKey, Index, IndexKey, Model, ModelId, Schema,
    TriggerKind,
};

pub(super) fn check(report: &mut Report<'_>) {
    let schema = report.schema;
    for (id, model) in schema.models_with_ids() {
        let Some(made) = made_at(schema, id, model) else {
            continue;
        };
        for key in &model.foreign_keys {
            if let Some(inverse) = &key.inverse
                && is_list(model, key)
                && !is_served(model, key, made)
            {
                warn(report, model, key, inverse, made);
            }
        }
    }
}

fn warn(report: &mut Report<'_>, model: &Model, key: &ForeignKey, inverse: &str, made: FieldId) {
    let parent = &report.model(key.target).name;
    let made_at = &model.field(made).name;
    let mut columns = key.fields.clone();
    columns.push(made);
    for field in model.primary_key.iter().flat_map(|key| &key.fields) {
        if !columns.contains(field) {
            columns.push(*field);
        }
    }
    let columns: Vec<String> = columns
        .iter()
        .map(|field| toml::Value::from(model.field(*field).name.as_str()).to_string())
        .collect();
    let span = references::span(report, model, key, "inverse");
    let diagnostic = Diagnostic::warning(
        "list-order",
        format!(
            "no index has the `{inverse}` of a `{parent}` in the order of `{made_at}`: a page of them reads and sorts \
             them all"
        ),
        span,
    )
    .help(format!(
        "add `{{ on = [{}] }}` to the `indexes` of `{}`",
        columns.join(", "),
        model.name
    ));
    report.push(diagnostic);
}

/// The column that says when a row was made: a time that is never NULL, is the time of the insert if nothing is said,
/// and does not follow updates.
fn made_at(schema: &Schema, id: ModelId, model: &Model) -> Option<FieldId> {
    let touched = |field: FieldId| {
        schema.triggers.iter().any(|trigger| match &trigger.kind {
            TriggerKind::Touch(touch) => touch
                .on
                .iter()
                .any(|column| column.model == id && column.field == field),
            _ => false,
        })
    };
    model.fields.iter().enumerate().find_map(|(index, field)| {
        let id = FieldId(index);
        let is_time = matches!(
            field.ty.base,
            BaseType::Builtin(Builtin::TimestampTz(_) | Builtin::Timestamp(_))
        );
        let is_now = match &field.default {
            Some(Default::Sql(sql)) => is_now(sql.as_str()),
            _ => false,
        };
        (is_time && field.ty.dimensions == 0 && is_now && !field.nullable && !touched(id))
            .then_some(id)
    })
}

fn is_now(sql: &str) -> bool {
    let sql = sql.trim().to_ascii_lowercase();
    let name = sql.strip_prefix("pg_catalog.").unwrap_or(&sql);
    let name = name.strip_suffix("()").unwrap_or(name);
    [
        "now",
        "current_timestamp",
        "transaction_timestamp",
        "statement_timestamp",
        "clock_timestamp",
        "localtimestamp",
    ]
    .contains(&name)
}

/// Whether each child has a parent, and a parent may have several children.
fn is_list(model: &Model, key: &ForeignKey) -> bool {
    let always = key.fields.iter().all(|field| !model.field(*field).nullable);
    let alone = |fields: &[FieldId]| fields.iter().all(|field| key.fields.contains(field));
    always
        && !model.primary_key.iter().any(|key| alone(&key.fields))
        && !model.uniques.iter().any(|unique| alone(&unique.fields))
        && !model.indexes.iter().any(|index| {
            let columns = columns(index);
            index.unique && is_whole(index) && columns.len() == index.parts.len() && alone(&columns)
        })
}

/// Whether an index begins with the reference and goes on with the time.
fn is_served(model: &Model, key: &ForeignKey, made: FieldId) -> bool {
    let serves = |fields: &[FieldId]| {
        let (head, rest) = fields.split_at(key.fields.len().min(fields.len()));
        key.fields.iter().all(|field| head.contains(field)) && rest.first() == Some(&made)
    };
    model.primary_key.iter().any(|key| serves(&key.fields))
        || model.uniques.iter().any(|unique| serves(&unique.fields))
        || model
            .indexes
            .iter()
            .any(|index| is_whole(index) && serves(&columns(index)))
}

/// Whether it is a B-tree over all rows.
fn is_whole(index: &Index) -> bool {
    let method = index.using.as_ref().map_or("btree", |using| using.as_str());
    index.predicate.is_none() && method == "btree"
}

/// The columns that it begins with.
fn columns(index: &Index) -> Vec<FieldId> {
    let column = |key: &IndexKey| match key {
        IndexKey::Field(field) => Some(*field),
        IndexKey::Expression(_) => None,
    };
    index
        .parts
        .iter()
        .map_while(|part| column(&part.key))
        .collect()
}
