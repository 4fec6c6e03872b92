//! The catalog by what belongs together.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::catalog::{Catalog, Object};
use crate::ident::{Ident, QualifiedName};

/// A schema and a name in it.
pub(in crate::introspect) type Path<'a> = (&'a str, &'a str);

/// The objects, by what they are on.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) columns: BTreeMap<Path<'a>, Vec<&'a Object>>,
    pub(super) constraints: BTreeMap<Path<'a>, Vec<&'a Object>>,
    pub(super) indexes: BTreeMap<Path<'a>, Vec<&'a Object>>,
    pub(super) triggers: BTreeMap<Path<'a>, Vec<&'a Object>>,
    pub(super) policies: BTreeMap<Path<'a>, Vec<&'a Object>>,
    pub(super) statistics: BTreeMap<Path<'a>, Vec<&'a Object>>,
    pub(super) tables: BTreeMap<Path<'a>, &'a Object>,
    pub(super) sequences: BTreeMap<(&'a str, &'a str, &'a str), &'a Object>,
    /// The objects of each kind: looking through all of them for each column takes longer than anything else.
    kinds: BTreeMap<&'a str, Vec<&'a Object>>,
    /// Partitions of each table, in their order.
    pub(super) partitions: BTreeMap<Path<'a>, Vec<&'a Object>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        let mut facts = Self::default();
        for object in &catalog.objects {
            let on = (object.key.schema.as_str(), object.key.on.as_str());
            facts
                .kinds
                .entry(object.key.kind.as_str())
                .or_default()
                .push(object);
            match object.key.kind.as_str() {
                "column" => facts.columns.entry(on).or_default().push(object),
                "constraint" => facts.constraints.entry(on).or_default().push(object),
                "index" => facts.indexes.entry(on).or_default().push(object),
                "trigger" => facts.triggers.entry(on).or_default().push(object),
                "policy" => facts.policies.entry(on).or_default().push(object),
                "statistics" => {
                    let table = (object.text("_table_schema").unwrap_or_default(), on.1);
                    facts.statistics.entry(table).or_default().push(object);
                }
                "table" | "foreign table" => {
                    facts.tables.insert(path(object), object);
                    if object.text("partition_values").is_some()
                        && let Some(parent) = parents(object).first()
                    {
                        facts.partitions.entry(*parent).or_default().push(object);
                    }
                }
                "sequence" => {
                    if let Some(column) = owned_by(object) {
                        facts.sequences.insert(column, object);
                    }
                }
                _ => {}
            }
        }
        facts
    }

    /// The objects of a kind.
    pub(super) fn of(&self, kind: &str) -> impl Iterator<Item = &'a Object> + use<'_, 'a> {
        self.kinds.get(kind).into_iter().flatten().copied()
    }

    /// What is on a table, of one of the maps.
    pub(super) fn on(map: &BTreeMap<Path<'a>, Vec<&'a Object>>, table: &Object) -> Vec<&'a Object> {
        map.get(&(table.key.schema.as_str(), table.key.name.as_str()))
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn columns_of(&self, table: &Object) -> Vec<&'a Object> {
        Self::on(&self.columns, table)
    }
}

/// Schema and name of an object.
pub(super) fn path(object: &Object) -> Path<'_> {
    (&object.key.schema, &object.key.name)
}

/// The tables that a table inherits from, or is a partition of.
pub(in crate::introspect) fn parents(table: &Object) -> Vec<Path<'_>> {
    let list = table.facts.get("inherits").and_then(Value::as_array);
    let pairs = list.into_iter().flatten().filter_map(Value::as_array);
    pairs
        .filter_map(|pair| match pair.as_slice() {
            [Value::String(schema), Value::String(name)] => Some((schema.as_str(), name.as_str())),
            _ => None,
        })
        .collect()
}

/// The column that owns a sequence.
pub(super) fn owned_by(sequence: &Object) -> Option<(&str, &str, &str)> {
    match sequence.facts.get("owned_by")?.as_array()?.as_slice() {
        [
            Value::String(schema),
            Value::String(table),
            Value::String(column),
        ] => Some((schema, table, column)),
        _ => None,
    }
}

/// A name of the catalog. PostgreSQL keeps none that is empty or too long.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap_or_else(|_| Ident::derived(&[name]))
}

/// A schema and a name, for SQL.
pub(super) fn qualified(schema: &str, name: &str) -> QualifiedName {
    QualifiedName::new(ident(schema), ident(name))
}

/// An object's own name, for SQL.
pub(super) fn name_of(object: &Object) -> QualifiedName {
    qualified(&object.key.schema, &object.key.name)
}

/// The name of what an object is on, for SQL.
pub(super) fn table_of(object: &Object) -> QualifiedName {
    qualified(&object.key.schema, &object.key.on)
}
