//! Models: first every table with its columns, then what names columns of any of them.

use super::context::Lowering;
use super::user_types::text;
use super::{access, features, fields, indexes, keys, names, references, storage};
use crate::diag::Diagnostic;
use crate::ident::QualifiedName;
use crate::schema::{Field, FieldId, FieldRef, Model, ModelId, RowSecurity};
use crate::source::Spanned;
use crate::spec;

/// Lowers every model, in stages: a stage of all models is done before the next begins, so that forward and circular
/// references need no special case.
pub(super) fn lower(cx: &mut Lowering<'_>) {
    let spec = cx.spec;
    let items: Vec<_> = spec
        .models
        .iter()
        .flat_map(|map| map.value.iter())
        .collect();
    let stage = |cx: &mut Lowering<'_>, run: fn(&mut Lowering<'_>, ModelId, &spec::Model)| {
        for (index, (_, item)) in items.iter().enumerate() {
            run(cx, ModelId(index), item);
        }
    };
    for (name, item) in &items {
        let model = table(cx, name, item);
        cx.schema.models.push(model);
    }
    stage(cx, columns);
    storage::inherits(cx, &items);
    stage(cx, |cx, id, item| each_field(cx, id, item, fields::default));
    stage(cx, keys::primary_key);
    stage(cx, keys::uniques);
    stage(cx, references::lower);
    stage(cx, |cx, id, item| each_field(cx, id, item, fields::check));
    stage(cx, keys::checks);
    stage(cx, indexes::lower);
    stage(cx, storage::lower);
    stage(cx, access::lower);
    stage(cx, features::lower);
    storage::inherited_defaults(cx, &items);
}

fn table(cx: &mut Lowering<'_>, name: &Spanned<String>, item: &spec::Model) -> Model {
    let table = cx.ident_or(item.table.as_ref(), || names::table(&name.value));
    Model {
        name: name.value.clone(),
        renamed_from: text(item.renamed_from.as_ref()),
        doc: text(item.doc.as_ref()),
        table: QualifiedName::new(cx.schema_or_default(item.schema.as_ref()), table),
        fields: Vec::new(),
        primary_key: None,
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        exclusions: Vec::new(),
        statistics: Vec::new(),
        partition_by: None,
        partitions: Vec::new(),
        inherits: Vec::new(),
        unlogged: item.unlogged.as_ref().is_some_and(|flag| flag.value),
        with: Vec::new(),
        row_security: RowSecurity::default(),
        policies: Vec::new(),
        grants: Vec::new(),
        lookups: Vec::new(),
        soft_delete: None,
        queue: None,
    }
}

fn columns(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    let empty = item
        .fields
        .as_ref()
        .is_none_or(|fields| fields.value.0.is_empty());
    let name = cx.schema.model(model).name.clone();
    if empty && item.inherits.is_none() && !cx.is_unread_below(&["models", &name, "fields"]) {
        let span = cx.spans.key(&["models", &name]);
        cx.report(
            Diagnostic::error(
                "no-fields",
                format!("the model `{name}` has no fields"),
                span,
            )
            .help(format!("write its columns under `[models.{name}.fields]`")),
        );
    }
    let mut columns: Vec<Field> = Vec::new();
    for (index, (name, field)) in item
        .fields
        .iter()
        .flat_map(|map| map.value.iter())
        .enumerate()
    {
        columns.push(fields::column(cx, model, FieldId(index), name, field));
    }
    cx.the_model(model).fields = columns;
}

/// Runs something for each field that the model itself has. Fields that it inherits stand before them.
pub(super) fn each_field(
    cx: &mut Lowering<'_>,
    model: ModelId,
    item: &spec::Model,
    run: fn(&mut Lowering<'_>, FieldRef, &spec::Field),
) {
    for (name, field) in item.fields.iter().flat_map(|map| map.value.iter()) {
        let Some(id) = own_field(cx, model, &name.value) else {
            continue;
        };
        run(cx, FieldRef { model, field: id }, field);
    }
}

/// The id of a field of the spec. It is there, unless its name is none.
pub(super) fn own_field(cx: &Lowering<'_>, model: ModelId, name: &str) -> Option<FieldId> {
    cx.schema.model(model).field_named(name)
}
