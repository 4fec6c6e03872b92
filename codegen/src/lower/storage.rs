//! How a table is stored: inheritance, partitions, storage parameters.

use super::context::Lowering;
use super::index_part::parse_partition_part;
use crate::diag::Diagnostic;
use crate::fragment::Kind;
use crate::ident::{Ident, QualifiedName};
use crate::schema::{Field, FieldId, FieldRef, ModelId, Partition, PartitionBy, StorageParameter};
use crate::source::Spanned;
use crate::spec::{self, Map, PartitionStrategy, Scalar};
use crate::sql::{Literal, SqlExpr};

/// Inheritance: the columns of the tables inherited from stand before a table's own, as PostgreSQL puts them.
pub(super) fn inherits(cx: &mut Lowering<'_>, items: &[(&Spanned<String>, &spec::Model)]) {
    for (index, (_, item)) in items.iter().enumerate() {
        for name in item.inherits.iter().flat_map(|list| list.value.iter()) {
            if let Some(parent) = cx.model(name) {
                let model = cx.the_model(ModelId(index));
                if !model.inherits.contains(&parent) {
                    model.inherits.push(parent);
                }
            }
        }
    }
    let mut done = vec![false; items.len()];
    for (index, (name, item)) in items.iter().enumerate() {
        let mut way = Vec::new();
        if !inherit(cx, ModelId(index), &mut done, &mut way)
            && let Some(list) = &item.inherits
        {
            cx.report(
                Diagnostic::error(
                    "inherits-itself",
                    format!("the model `{}` inherits from itself", name.value),
                    list.span.clone(),
                )
                .help("remove one of the models in the circle"),
            );
            cx.the_model(ModelId(index)).inherits.clear();
        }
    }
}

/// Gives a model the columns it inherits, its parents first; `false` if it is its own ancestor.
fn inherit(
    cx: &mut Lowering<'_>,
    model: ModelId,
    done: &mut [bool],
    way: &mut Vec<ModelId>,
) -> bool {
    if way.contains(&model) {
        return false;
    }
    if done[model.0] {
        return true;
    }
    way.push(model);
    let parents = cx.schema.model(model).inherits.clone();
    let mut inherited: Vec<Field> = Vec::new();
    for parent in parents {
        if !inherit(cx, parent, done, way) {
            way.pop();
            return false;
        }
        for field in &cx.schema.model(parent).fields {
            if !inherited.iter().any(|other| other.name == field.name) {
                inherited.push(field.clone());
            }
        }
    }
    way.pop();
    done[model.0] = true;
    if inherited.is_empty() {
        return true;
    }
    let own = std::mem::take(&mut cx.the_model(model).fields);
    // A column that both have is one column, in the place of the inherited one and as the child says it.
    let mut moved: Vec<(FieldId, FieldId)> = Vec::new();
    for (index, field) in own.into_iter().enumerate() {
        let place = match inherited.iter().position(|other| other.name == field.name) {
            Some(place) => {
                inherited[place] = field;
                place
            }
            None => {
                inherited.push(field);
                inherited.len() - 1
            }
        };
        moved.push((FieldId(index), FieldId(place)));
    }
    cx.the_model(model).fields = inherited;
    for unknown in &mut cx.unknown_types {
        if unknown.model == model
            && let Some((_, place)) = moved.iter().find(|(index, _)| *index == unknown.field)
        {
            *unknown = FieldRef {
                model,
                field: *place,
            };
        }
    }
    true
}

/// Gives inherited columns the defaults that they have in the tables they come from, when those are known.
pub(super) fn inherited_defaults(
    cx: &mut Lowering<'_>,
    items: &[(&Spanned<String>, &spec::Model)],
) {
    // A default may come from further up: as many rounds as there can be generations, until nothing changes.
    for _ in 0..items.len() {
        let mut changed = false;
        for (index, (_, item)) in items.iter().enumerate() {
            let parents = cx.schema.models[index].inherits.clone();
            for place in 0..cx.schema.models[index].fields.len() {
                let field = &cx.schema.models[index].fields[place];
                let own = item.fields.iter().flat_map(|map| map.value.iter());
                if field.default.is_some()
                    || own
                        .into_iter()
                        .any(|(name, _)| name.value == field.name.as_str())
                {
                    continue;
                }
                let above = parents.iter().find_map(|&parent| {
                    let parent = cx.schema.model(parent);
                    let field = parent.field(parent.field_named(field.name.as_str())?);
                    Some((field.default.clone(), field.generated.clone()))
                });
                if let Some((default, generated)) = above {
                    let field = &mut cx.schema.models[index].fields[place];
                    changed |= field.default != default || field.generated != generated;
                    field.default = default;
                    field.generated = generated;
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// Partitions and storage parameters of a model.
pub(super) fn lower(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    let with = parameters(cx, item.with.as_ref());
    cx.the_model(model).with = with;
    if let Some(partition) = &item.partition
        && let (Some(by), Some(on)) = (&partition.value.by, &partition.value.on)
        && let Some(parts) = cx.parts(model, on, parse_partition_part)
    {
        cx.the_model(model).partition_by = Some(PartitionBy {
            strategy: match by.value {
                PartitionStrategy::Range => "RANGE",
                PartitionStrategy::List => "LIST",
                PartitionStrategy::Hash => "HASH",
            },
            parts,
        });
    }
    let schema = cx.schema.model(model).table.schema.clone();
    for partition in item.partitions.iter().flat_map(|list| list.value.iter()) {
        if item.partition.is_none() {
            cx.report(
                Diagnostic::error(
                    "not-partitioned",
                    "a table that is not partitioned has no partitions",
                    partition.span.clone(),
                )
                .help("write `partition = { by = \"range\", on = [\"column\"] }` in the model"),
            );
            return;
        }
        let partition = &partition.value;
        let (Some(name), Some(values)) = (&partition.name, &partition.values) else {
            continue;
        };
        let table = cx.ident(name);
        let schema = match &partition.schema {
            Some(_) => cx.schema_or_default(partition.schema.as_ref()),
            None => schema.clone(),
        };
        let values = bounds(cx, values);
        cx.named(model, &table, name.span.clone());
        cx.the_model(model).partitions.push(Partition {
            table: QualifiedName::new(schema, table),
            values,
        });
    }
}

/// What follows `FOR VALUES`, which may be written or left out; nothing for the default partition.
fn bounds(cx: &mut Lowering<'_>, values: &Spanned<String>) -> Option<SqlExpr> {
    let text = values.value.trim();
    if text.eq_ignore_ascii_case("default") {
        return None;
    }
    let Some(rest) = text
        .get(..10)
        .filter(|start| start.eq_ignore_ascii_case("for values"))
        .and_then(|_| text.get(10..))
    else {
        return Some(cx.fragment(Kind::PartitionBounds, values));
    };
    Some(cx.fragment(
        Kind::PartitionBounds,
        &Spanned::new(rest.trim_start().to_owned(), values.span.clone()),
    ))
}

/// `with = { fillfactor = 70 }`.
pub(super) fn parameters(
    cx: &mut Lowering<'_>,
    with: Option<&Spanned<Map<Scalar>>>,
) -> Vec<StorageParameter> {
    let mut parameters = Vec::new();
    for (name, value) in with.iter().flat_map(|map| map.value.iter()) {
        let parts: Vec<&str> = name.value.split('.').collect();
        if parts.len() > 2 {
            cx.report(
                Diagnostic::error(
                    "storage-parameter",
                    format!("`{}` is no name of a storage parameter", name.value),
                    name.span.clone(),
                )
                .help("write a name such as `fillfactor` or `\"toast.autovacuum_enabled\"`"),
            );
            continue;
        }
        let name: Vec<Ident> = parts
            .iter()
            .map(|part| cx.ident(&Spanned::new((*part).to_owned(), name.span.clone())))
            .collect();
        let value = match value {
            Scalar::Text(text) => Literal::text(text.as_str()),
            Scalar::Integer(number) => Literal::Integer(*number),
            Scalar::Float(number) => {
                Literal::number(number).unwrap_or_else(|| Literal::text(number.as_str()))
            }
            Scalar::Boolean(value) => Literal::Boolean(*value),
        };
        parameters.push(StorageParameter { name, value });
    }
    parameters
}
