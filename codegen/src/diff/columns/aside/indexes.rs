//! Indexes and keys over the new columns, built before those take their places.

use super::{Aside, Built, free, names, names_key};
use std::collections::BTreeSet;

use crate::diff::depend::is_key_in;
use crate::diff::rename::Names;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, is_same};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    ConstraintKind, CreateIndex, CreateIndexConcurrently, Key as IndexKey, KeyColumn, Statement,
    TableConstraint,
};
use crate::plan::{Lock, Phase};

impl Diff<'_> {
    /// Finds the indexes and keys that are built over the new columns. Others over the old ones are made again.
    pub(super) fn build_aside(&mut self, place: usize) {
        let aside = self.asides[place].clone();
        let of_table = |name: &str| {
            aside
                .columns
                .iter()
                .any(|column| column.next.as_str() == name)
        };
        let mut built = Vec::new();
        let mut again = Vec::new();
        let mut touched = self.touched.clone();
        touched
            .columns
            .retain(|(table, column)| *table != aside.table || !of_table(column));
        for (key, unit) in &self.old.by_key {
            let (Key::Index(name), Statement::CreateIndex(index)) = (key, &unit.statement) else {
                continue;
            };
            if index.table != aside.table {
                continue;
            }
            let over = index.keys.iter().any(|key| {
                aside
                    .columns
                    .iter()
                    .any(|column| names_key(key, column.next.as_str()))
            }) || index.include.iter().any(|column| of_table(column.as_str()))
                || index.predicate.as_ref().is_some_and(|sql| {
                    aside
                        .columns
                        .iter()
                        .any(|column| names(sql, column.next.as_str()))
                });
            if !over {
                continue;
            }
            let same = self
                .new
                .by_key
                .get(key)
                .is_some_and(|next| is_same(&unit.statement, &next.statement));
            let is_touched = index
                .keys
                .iter()
                .any(|key| is_key_in(&touched, key, &aside.table))
                || index
                    .predicate
                    .as_ref()
                    .is_some_and(|sql| touched.is_in_expression(sql.as_str(), Some(&aside.table)));
            if same && !is_touched && self.is_concurrent(index) {
                built.push((key.clone(), Built::Index(name.name.clone())));
            } else {
                again.push(key.clone());
            }
        }
        self.touched.remade.extend(again);
        let constraints = self
            .old
            .table(&aside.table)
            .map_or_else(Vec::new, |(table, _)| table.constraints.clone());
        let mut taken: BTreeSet<String> = self
            .before
            .by_key
            .keys()
            .chain(self.new.by_key.keys())
            .filter_map(|key| match key {
                Key::Index(name) => Some(name.name.as_str().to_owned()),
                _ => None,
            })
            .collect();
        taken.extend(
            self.before
                .tables()
                .chain(self.new.tables())
                .flat_map(|(_, table, _)| &table.constraints)
                .map(|constraint| constraint.name.as_str().to_owned()),
        );
        let mut ready = Vec::new();
        for (key, index) in built {
            self.touched.remade.remove(&key);
            if let Built::Index(name) = &index {
                ready.push((free(&[name.as_str(), "new"], &mut taken), index));
            }
        }
        for constraint in constraints {
            let over = match &constraint.kind {
                ConstraintKind::PrimaryKey(columns) | ConstraintKind::Unique { columns, .. } => {
                    columns.iter().any(|column| of_table(column.as_str()))
                }
                ConstraintKind::Check(_) | ConstraintKind::Exclude { .. } => false,
            };
            if over && !self.is_constraint_removed(&aside.table, &constraint) {
                ready.push((
                    free(&[constraint.name.as_str(), "new"], &mut taken),
                    Built::Key(constraint),
                ));
            }
        }
        self.asides[place].built = ready;
    }

    /// The indexes over the new columns, in the names that tables and columns have at first.
    pub(super) fn index_aside(&mut self, aside: &Aside, text: &str) {
        let names = self.names_before(aside);
        let column = |name: &Ident| {
            names
                .columns
                .get(name.as_str())
                .and_then(|name| Ident::new(name.clone()).ok())
                .unwrap_or_else(|| name.clone())
        };
        let mut indexes = Vec::new();
        for (name, built) in &aside.built {
            let mut index = match built {
                Built::Index(of) => {
                    let key =
                        Key::Index(QualifiedName::new(aside.table.schema.clone(), of.clone()));
                    match self.old.by_key.get(&key).map(|unit| &unit.statement) {
                        Some(Statement::CreateIndex(index)) => index.clone(),
                        _ => continue,
                    }
                }
                Built::Key(constraint) => key_index(constraint),
            };
            index.name = name.clone();
            index.table = aside.prev_table.clone();
            for key in &mut index.keys {
                match &mut key.what {
                    KeyColumn::Column(name) => *name = column(name),
                    KeyColumn::Expression(sql) => names.expression(sql),
                }
            }
            index.include = index.include.iter().map(&column).collect();
            if let Some(predicate) = &mut index.predicate {
                names.expression(predicate);
            }
            indexes.push(index);
        }
        for index in indexes {
            self.step(
                Phase::ShadowIndex,
                Stage::Make,
                aside.place,
                text,
                CreateIndexConcurrently(index),
            )
            .locks(Lock::share_update_exclusive(&aside.prev_table).long());
        }
    }

    /// From the new names to those of the start, and from the old columns to those beside them.
    fn names_before(&self, aside: &Aside) -> Names {
        let mut names = Names::default();
        for (&new_id, &old_id) in &self.matching.models {
            let (new, old) = (self.next.model(new_id), self.prev.model(old_id));
            let mut note = |from: &Ident, to: &Ident| {
                if from != to {
                    names
                        .others
                        .insert(from.as_str().to_owned(), to.as_str().to_owned());
                }
            };
            note(&new.table.name, &old.table.name);
            if new.table == aside.table {
                for (&(_, new_field), &old_field) in self.matching.fields_of(new_id) {
                    let (from, to) = (&new.field(new_field).name, &old.field(old_field).name);
                    if from != to {
                        names
                            .columns
                            .insert(from.as_str().to_owned(), to.as_str().to_owned());
                    }
                }
            }
        }
        let mut types = |from: &QualifiedName, to: &QualifiedName| {
            if from.name != to.name {
                names
                    .others
                    .insert(from.name.as_str().to_owned(), to.name.as_str().to_owned());
            }
        };
        for (&new, &old) in &self.matching.enums {
            types(&self.next.enums[new].ty, &self.prev.enums[old].ty);
        }
        for (&new, &old) in &self.matching.domains {
            types(&self.next.domains[new].ty, &self.prev.domains[old].ty);
        }
        for (&new, &old) in &self.matching.composites {
            types(&self.next.composites[new].ty, &self.prev.composites[old].ty);
        }
        for shadow in &aside.columns {
            names.columns.insert(
                shadow.next.as_str().to_owned(),
                shadow.name.as_str().to_owned(),
            );
        }
        names
    }
}

/// The unique index that a key stands on.
fn key_index(constraint: &TableConstraint) -> CreateIndex {
    let (columns, include, nulls_not_distinct) = match &constraint.kind {
        ConstraintKind::Unique {
            columns,
            include,
            nulls_not_distinct,
            ..
        } => (columns.clone(), include.clone(), *nulls_not_distinct),
        ConstraintKind::PrimaryKey(columns) => (columns.clone(), Vec::new(), false),
        ConstraintKind::Check(_) | ConstraintKind::Exclude { .. } => {
            (Vec::new(), Vec::new(), false)
        }
    };
    let keys = columns.into_iter().map(|column| IndexKey {
        what: KeyColumn::Column(column),
        collation: None,
        operator_class: None,
        descending: false,
        nulls: None,
    });
    CreateIndex {
        name: constraint.name.clone(),
        table: QualifiedName::new(constraint.name.clone(), constraint.name.clone()),
        unique: true,
        using: None,
        keys: keys.collect(),
        include,
        nulls_not_distinct,
        with: Vec::new(),
        predicate: None,
    }
}
