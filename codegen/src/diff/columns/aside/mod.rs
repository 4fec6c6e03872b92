//! Columns that get another type beside a running application: expand, copy, contract.
//!
//! A column of the new type is added beside the old one, and a trigger gives it its value in every row that is written. The
//! rows that are there get theirs a part at a time, then indexes and keys are built over it, and checks prove that every row
//! has it. In the transaction that follows, it takes the old one's place and name. Until then the old column is what it was,
//! so that everything here is in the names of the old schema.

mod begin;
mod indexes;
mod swap;

pub(super) use swap::next_number;

use std::collections::{BTreeMap, BTreeSet};

use crate::ddl::Mentions;
use crate::diff::Diff;
use crate::diff::columns::types::TypeChange;
use crate::diff::columns::{ColumnChange, Columns, is_generated, model_of};
use crate::diff::types::TypeChanges;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{ConstraintKind, Key as IndexKey, KeyColumn, TableConstraint, type_sql};
use crate::schema::{BaseType, CompositeId, DomainId, EnumId, Schema, Type};
use crate::sql::{Sql, SqlExpr};

/// Columns of a table that get another type without a rewrite.
#[derive(Clone, Debug)]
pub(in crate::diff) struct Aside {
    /// The table, by its new name.
    pub(super) table: QualifiedName,
    /// The table, by its old name.
    pub(super) prev_table: QualifiedName,
    /// The model, for people.
    pub(super) model: String,
    pub(super) place: usize,
    /// The trigger's function, and the trigger.
    pub(super) function: QualifiedName,
    pub(super) trigger: Ident,
    pub(super) columns: Vec<Shadow>,
    pub(super) built: Vec<(Ident, Built)>,
}

/// A column of the new type.
#[derive(Clone, Debug)]
pub(super) struct Shadow {
    /// What it is called until it takes its place.
    pub(super) name: Ident,
    /// The column whose place it takes, by its old name and by its new one.
    pub(super) prev: Ident,
    pub(super) next: Ident,
    /// Whether it takes no NULL.
    pub(super) is_set: bool,
    /// The check that proves that every row has it.
    pub(super) check: Ident,
    ty: Sql,
    value: Sql,
}

/// What was built over the new columns.
#[derive(Clone, Debug)]
pub(super) enum Built {
    /// An index, by its name.
    Index(Ident),
    /// A unique or primary key.
    Key(TableConstraint),
}

impl Diff<'_> {
    /// Decides which columns get another type beside the old one, and why others cannot, and takes the first steps.
    pub(in crate::diff) fn set_aside(&mut self, types: &TypeChanges, columns: &mut Columns) {
        if !self.online || self.options.rewrite {
            return;
        }
        let mut tables: BTreeMap<QualifiedName, Vec<usize>> = BTreeMap::new();
        for (place, change) in columns.changes.iter().enumerate() {
            if change.ty == TypeChange::Rewrite && !is_computed(change) {
                tables.entry(change.table.clone()).or_default().push(place);
            }
        }
        for change in &mut columns.changes {
            if is_computed(change) {
                change.why = Some("it was computed until then".to_owned());
            }
        }
        for (table, places) in tables {
            let whys: Vec<Option<String>> = places
                .iter()
                .map(|&place| self.why_rewritten(types, &columns.changes[place]))
                .collect();
            // A table that is written anew for one column is written for all of them.
            if let Some(why) = whys.iter().flatten().next().cloned() {
                for (&place, own) in places.iter().zip(whys) {
                    columns.changes[place].why = Some(own.unwrap_or_else(|| why.clone()));
                }
                continue;
            }
            let changes: Vec<ColumnChange> = places
                .iter()
                .map(|&place| columns.changes[place].clone())
                .collect();
            let Some(aside) = self.aside(types, &table, &changes) else {
                continue;
            };
            for (&place, shadow) in places.iter().zip(&aside.columns) {
                columns.changes[place].aside = Some(shadow.name.clone());
            }
            self.asides.push(aside);
        }
        for place in 0..self.asides.len() {
            self.build_aside(place);
            let aside = self.asides[place].clone();
            self.begin_aside(&aside, columns);
        }
    }

    /// Why a column cannot get its type beside the old one.
    fn why_rewritten(&self, types: &TypeChanges, change: &ColumnChange) -> Option<String> {
        let (prev_type, next_type) = (change.prev_type.as_ref()?, change.next_type.as_ref()?);
        if types.replaces(&self.named, prev_type)
            && self.replaced_enum(types, prev_type, next_type).is_none()
        {
            return Some("its type is replaced by another one of its name".to_owned());
        }
        if self.type_of_before(types, next_type).is_none() {
            return Some(
                "its new type comes with the same migration: make the type in one before"
                    .to_owned(),
            );
        }
        let models =
            [&self.named, self.next].map(|schema| (schema, model_of(schema, &change.table)));
        for (schema, model) in models {
            let model = model?;
            if model.partition_by.is_some() || !model.partitions.is_empty() {
                return Some("the table is partitioned".to_owned());
            }
            let parent = schema
                .models_with_ids()
                .find(|(_, one)| one.table == model.table);
            let has_children = parent.is_some_and(|(id, _)| {
                schema
                    .models
                    .iter()
                    .any(|other| other.inherits.contains(&id))
            });
            if !model.inherits.is_empty() || has_children {
                return Some("the table inherits, or is inherited from".to_owned());
            }
        }
        let (table, _) = self.old.table(&change.table)?;
        let name = change.name();
        let computed = table.columns.iter().find(|column| {
            is_generated(column)
                && self
                    .touched
                    .columns
                    .contains(&(change.table.clone(), column.name.as_str().to_owned()))
        });
        if let Some(computed) = computed {
            return Some(format!(
                "`{}` is computed of columns, and PostgreSQL adds such a column in no other way",
                computed.name
            ));
        }
        let included = |include: &[Ident]| include.iter().any(|one| one.as_str() == name);
        for constraint in &table.constraints {
            let why = match &constraint.kind {
                ConstraintKind::Exclude {
                    parts,
                    predicate,
                    include,
                    ..
                } => {
                    let keys = parts.iter().any(|(key, _)| names_key(key, name));
                    (keys
                        || included(include)
                        || predicate.as_ref().is_some_and(|sql| names(sql, name)))
                    .then_some("which is built under a lock alone")
                }
                ConstraintKind::Unique { include, .. } if included(include) => {
                    Some("which other tables may refer to, and which includes it")
                }
                _ => None,
            };
            if let Some(why) = why {
                return Some(format!("`{}` is over it, {why}", constraint.name));
            }
        }
        None
    }

    /// The enum that is replaced by one of its name, whose labels have the texts that they had: its values can be written as
    /// those of the new one before that has its name.
    fn replaced_enum(&self, types: &TypeChanges, prev: &Type, next: &Type) -> Option<usize> {
        let (BaseType::Enum(old), BaseType::Enum(new)) = (&prev.base, &next.base) else {
            return None;
        };
        let texts = |schema: &Schema| -> Vec<String> {
            let labels = &schema.enumeration(*old).labels;
            labels.iter().map(|label| label.text.clone()).collect()
        };
        (types.replaces_enum(old.0)
            && self.matching.enums.get(&new.0) == Some(&old.0)
            && texts(self.prev) == texts(&self.named)
            && self.prev.enumeration(*old).ty == self.next.enumeration(*new).ty)
            .then_some(old.0)
    }

    /// The type as the old schema calls it; nothing if that does not have it. A new enum may come early.
    fn type_of_before(&self, types: &TypeChanges, ty: &Type) -> Option<Sql> {
        let base = match &ty.base {
            BaseType::Builtin(_) => return Some(type_sql(self.next, ty)),
            BaseType::Other(_) => {
                let there = self
                    .next
                    .extensions
                    .iter()
                    .all(|name| self.prev.extensions.contains(name));
                return there.then(|| type_sql(self.next, ty));
            }
            BaseType::Enum(id) => match self.matching.enums.get(&id.0) {
                Some(&old) if types.replaces_enum(old) => {
                    if self.prev.enums[old].ty != self.next.enumeration(*id).ty {
                        return None;
                    }
                    let mut sql = Sql::new();
                    sql.push(&new_beside(&self.prev.enums[old].ty));
                    for _ in 0..ty.dimensions {
                        sql.push_keyword("[]");
                    }
                    return Some(sql);
                }
                Some(&old) => BaseType::Enum(EnumId(old)),
                None => {
                    let schema = &self.next.enumeration(*id).ty.schema;
                    return self
                        .prev
                        .schemas
                        .contains(schema)
                        .then(|| type_sql(self.next, ty));
                }
            },
            BaseType::Domain(id) => BaseType::Domain(DomainId(*self.matching.domains.get(&id.0)?)),
            BaseType::Composite(id) => {
                BaseType::Composite(CompositeId(*self.matching.composites.get(&id.0)?))
            }
        };
        Some(type_sql(
            self.prev,
            &Type {
                base,
                dimensions: ty.dimensions,
            },
        ))
    }
}

fn is_computed(change: &ColumnChange) -> bool {
    change.prev.as_ref().is_none_or(is_generated) || change.next.as_ref().is_none_or(is_generated)
}

fn names(sql: &SqlExpr, column: &str) -> bool {
    Mentions::of(sql.as_str()).all().any(|name| name == column)
}

fn names_key(key: &IndexKey, column: &str) -> bool {
    match &key.what {
        KeyColumn::Column(name) => name.as_str() == column,
        KeyColumn::Expression(sql) => names(sql, column),
    }
}

/// A name that nobody has.
fn free(parts: &[&str], taken: &mut BTreeSet<String>) -> Ident {
    let mut parts: Vec<&str> = parts.to_vec();
    loop {
        let name = Ident::derived(&parts);
        if taken.insert(name.as_str().to_owned()) {
            return name;
        }
        parts.push("new");
    }
}

/// What the type that replaces another one of its name is called until it does.
pub(in crate::diff) fn new_beside(name: &QualifiedName) -> QualifiedName {
    QualifiedName::new(
        name.schema.clone(),
        Ident::derived(&[name.name.as_str(), "new"]),
    )
}
