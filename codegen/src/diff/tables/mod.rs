//! Tables, and what a table is besides its columns.

pub(super) mod constraints;
mod indexes;
mod names;
mod partitions;
mod rebuild;
mod references;

pub(in crate::diff) use rebuild::Rebuilt;

use crate::diff::columns::{Columns, model_of};
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, is_same};
use crate::ident::QualifiedName;
use crate::pg::{AlterTable, Drop, Statement, TableAction};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::StorageParameter;

impl Diff<'_> {
    /// New and old tables, and what a table is besides its columns.
    pub(in crate::diff) fn make_tables(&mut self, columns: &Columns) {
        let mut steps = Vec::new();
        for (name, table, place) in self.new.tables() {
            if self.is_new(name) {
                steps.push((
                    place,
                    crate::diff::described(&Key::Table(name.clone())),
                    Statement::from(table.clone()),
                ));
            }
        }
        for (place, what, statement) in steps {
            self.step(
                Phase::Expand,
                Stage::Make,
                place,
                format!("{what}: new"),
                statement,
            );
        }
        let gone: Vec<(QualifiedName, usize)> = self
            .old
            .tables()
            .filter(|(name, ..)| self.new.table(name).is_none())
            .map(|(name, _, place)| (name.clone(), place))
            .collect();
        for (name, place) in gone {
            let early = self.takes_a_name(&name);
            let phase = if early {
                Phase::Expand
            } else {
                Phase::Contract
            };
            let stage = if early { Stage::Remove } else { Stage::Leave };
            self.step(
                phase,
                stage,
                place,
                format!("table {name}: removed"),
                Drop::Table(name.clone()),
            )
            .locks(Lock::access_exclusive(&name))
            .costs(
                HazardKind::DeletesData,
                format!("every row of {name} is gone"),
            )
            .costs(
                HazardKind::BreaksOldCode,
                format!("statements that name {name} fail"),
            );
        }
        self.partitions();
        self.move_all_rows();
        self.storage();
        self.make_columns(columns);
    }

    /// Whether something that comes has a name that goes with a table.
    pub(in crate::diff) fn takes_a_name(&self, table: &QualifiedName) -> bool {
        let mut names: Vec<QualifiedName> = Vec::new();
        if let Some((old, _)) = self.old.table(table) {
            for constraint in &old.constraints {
                names.push(QualifiedName::new(
                    table.schema.clone(),
                    constraint.name.clone(),
                ));
            }
        }
        for (key, unit) in &self.old.by_key {
            if let (Key::Index(name), Statement::CreateIndex(index)) = (key, &unit.statement)
                && index.table == *table
            {
                names.push(name.clone());
            }
        }
        names.iter().any(|name| {
            self.new.by_key.contains_key(&Key::Index(name.clone()))
                || self.new.tables().any(|(owner, table, _)| {
                    owner.schema == name.schema
                        && table
                            .constraints
                            .iter()
                            .any(|constraint| constraint.name == name.name)
                })
        })
    }

    fn partitions(&mut self) {
        let mut changed = Vec::new();
        let mut steps = Vec::new();
        for (key, unit) in &self.new.by_key {
            let Key::Partition(name) = key else { continue };
            match self.old.by_key.get(key) {
                None => steps.push((true, unit.place, name.clone(), unit.statement.clone())),
                Some(old) if !is_same(&old.statement, &unit.statement) => {
                    changed.push((name.clone(), old.clone(), unit.clone()));
                }
                Some(_) => {}
            }
        }
        for (key, unit) in &self.old.by_key {
            if let (Key::Partition(name), Statement::CreatePartition(partition)) =
                (key, &unit.statement)
                && !self.new.by_key.contains_key(key)
                && self.is_kept(&partition.of)
            {
                steps.push((
                    false,
                    unit.place,
                    name.clone(),
                    Drop::Table(name.clone()).into(),
                ));
            }
        }
        for (comes, place, name, statement) in steps {
            let what = format!("partition {name}");
            if comes {
                self.new_partition(place, format!("{what}: new"), statement);
            } else {
                self.step(
                    Phase::Contract,
                    Stage::Leave,
                    place,
                    format!("{what}: removed"),
                    statement,
                )
                .locks(Lock::access_exclusive(&name))
                .costs(
                    HazardKind::DeletesData,
                    format!("every row of {name} is gone"),
                );
            }
        }
        for (name, old, new) in changed {
            if let (Statement::CreatePartition(prev), Statement::CreatePartition(next)) =
                (old.statement, new.statement)
            {
                self.change_partition(&name, new.place, &prev, &next);
            }
        }
    }

    /// How the rows of a table or a partition are stored.
    fn store(
        &mut self,
        table: &QualifiedName,
        place: usize,
        text: &str,
        (was_unlogged, is_unlogged): (bool, bool),
        (prev, next): (&[StorageParameter], &[StorageParameter]),
    ) {
        if was_unlogged != is_unlogged {
            self.step(
                Phase::Expand,
                Stage::Make,
                place,
                text,
                AlterTable::one(table.clone(), TableAction::SetLogged(!is_unlogged)),
            )
            .locks(Lock::access_exclusive(table).long())
            .costs(
                HazardKind::Rewrite,
                format!("every row of {table} is written anew"),
            );
        }
        let reset: Vec<_> = prev
            .iter()
            .filter(|old| !next.iter().any(|new| new.name == old.name))
            .map(|old| old.name.clone())
            .collect();
        let set: Vec<_> = next
            .iter()
            .filter(|new| !prev.contains(new))
            .cloned()
            .collect();
        let resets = (!reset.is_empty()).then_some(TableAction::ResetStorage(reset));
        let sets = (!set.is_empty()).then_some(TableAction::SetStorage(set));
        for action in resets.into_iter().chain(sets) {
            self.step(
                Phase::Expand,
                Stage::Make,
                place,
                text,
                AlterTable::one(table.clone(), action),
            )
            .locks(Lock::share_update_exclusive(table));
        }
    }

    /// How rows are stored, and what cannot be changed about a table.
    fn storage(&mut self) {
        let mut found = Vec::new();
        let mut problems = Vec::new();
        for (name, next, place) in self.new.tables() {
            let Some((prev, _)) = self.old.table(name) else {
                continue;
            };
            let model =
                model_of(self.next, name).map_or_else(String::new, |model| model.name.clone());
            if prev.partition_by != next.partition_by {
                problems.push((model.clone(), "how its table is partitioned"));
            }
            let is_kept = |parent: &QualifiedName| prev.inherits.contains(parent);
            if !next.inherits.iter().all(is_kept) {
                problems.push((model.clone(), "what its table inherits"));
            }
            found.push((name.clone(), place, model, prev.clone(), next.clone()));
        }
        for (table, place, model, prev, next) in found {
            let text = format!("{model}: storage");
            self.store(
                &table,
                place,
                &text,
                (prev.unlogged, next.unlogged),
                (&prev.with, &next.with),
            );
            let lost: Vec<QualifiedName> = prev
                .inherits
                .iter()
                .filter(|parent| !next.inherits.contains(parent))
                .cloned()
                .collect();
            for parent in &lost {
                self.step(
                    Phase::Expand,
                    Stage::Make,
                    place,
                    format!("{model}: inherits {parent} no more"),
                    AlterTable::one(table.clone(), TableAction::NoInherit(parent.clone())),
                )
                .locks(Lock::access_exclusive(&table))
                .costs(
                    HazardKind::BreaksOldCode,
                    "queries of the table that it inherited from do not find its rows any more",
                );
            }
            if !lost.is_empty() {
                self.name_left_not_null(&table, place);
            }
        }
        for (model, what) in problems {
            self.problem(
                format!(
                    "`models.{model}` changes {what}, and PostgreSQL cannot change that of a table"
                ),
                "make a new model beside it, move the rows, and drop this one in a later migration",
            );
        }
    }
}
