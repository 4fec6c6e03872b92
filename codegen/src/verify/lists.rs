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
        let lists: Vec<(&ForeignKey, &str)> = model
            .foreign_keys
            .iter()
            .filter(|key| is_list(model, key) && !is_served(model, key, made))
            .filter_map(|key| Some((key, key.inverse.as_deref()?)))
            .collect();
        if !lists.is_empty() {
            warn(report, model, &lists, made);
        }
    }
}

/// One warning for a model, whatever the number of its lists: they are mended in one place.
fn warn(report: &mut Report<'_>, model: &Model, lists: &[(&ForeignKey, &str)], made: FieldId) {
    let made_at = &model.field(made).name;
    let of = |report: &Report<'_>, (key, inverse): &(&ForeignKey, &str)| {
        format!("the `{inverse}` of a `{}`", report.model(key.target).name)
    };
    let span =
        |report: &Report<'_>, key: &ForeignKey| references::span(report, model, key, "inverse");
    let Some((first, rest)) = lists.split_first() else {
        return;
    };
    let mut diagnostic = match rest.is_empty() {
        true => Diagnostic::warning(
            "list-order",
            format!(
                "no index has {} in the order of `{made_at}`: a page of them reads and sorts them all",
                of(report, first)
            ),
            span(report, first.0),
        )
        .help(format!(
            "add `{}` to the `indexes` of `{}`",
            index(model, first.0, made),
            model.name
        )),
        false => Diagnostic::warning(
            "list-order",
            format!(
                "no index has these {} lists of `{}` in the order of `{made_at}`: a page of one reads and sorts it all",
                lists.len(),
                model.name
            ),
            span(report, first.0),
        )
        .label(of(report, first))
        .help(format!(
            "add to the `indexes` of `{}`:{}",
            model.name,
            lists
                .iter()
                .map(|(key, _)| format!("\n  {},", index(model, key, made)))
                .collect::<String>()
        )),
    };
    for list in rest {
        diagnostic = diagnostic.also(span(report, list.0), of(report, list));
    }
    report.push(diagnostic);
}

/// The index that serves the list, as the spec says it.
fn index(model: &Model, key: &ForeignKey, made: FieldId) -> String {
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
    format!("{{ on = [{}] }}", columns.join(", "))
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
