//! Tables, and what a table is besides its columns.

mod constraints;
mod indexes;
mod names;
mod references;

use crate::diff::columns::{Columns, model_of};
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, is_same};
use crate::ident::QualifiedName;
use crate::pg::{AlterTable, Drop, Statement, TableAction};
use crate::plan::{HazardKind, Lock, Phase};

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
        let mut problems = Vec::new();
        let mut steps = Vec::new();
        for (key, unit) in &self.new.by_key {
            let Key::Partition(name) = key else { continue };
            match self.old.by_key.get(key) {
                None => steps.push((true, unit.place, name.clone(), unit.statement.clone())),
                Some(old) if !is_same(&old.statement, &unit.statement) => {
                    problems.push(name.clone())
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
                self.step(
                    Phase::Expand,
                    Stage::Make,
                    place,
                    format!("{what}: new"),
                    statement,
                );
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
        for name in problems {
            self.problem(
                format!("the partition `{name}` changes what it holds or how"),
                "PostgreSQL cannot change a partition in its place: drop it and add another, in two migrations",
            );
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
            if prev.inherits != next.inherits {
                problems.push((model.clone(), "what its table inherits"));
            }
            if prev.unlogged != next.unlogged {
                found.push((
                    name.clone(),
                    place,
                    model.clone(),
                    TableAction::SetLogged(!next.unlogged),
                    true,
                ));
            }
            let reset: Vec<_> = prev
                .with
                .iter()
                .filter(|old| !next.with.iter().any(|new| new.name == old.name))
                .map(|old| old.name.clone())
                .collect();
            if !reset.is_empty() {
                found.push((
                    name.clone(),
                    place,
                    model.clone(),
                    TableAction::ResetStorage(reset),
                    false,
                ));
            }
            let set: Vec<_> = next
                .with
                .iter()
                .filter(|new| !prev.with.contains(new))
                .cloned()
                .collect();
            if !set.is_empty() {
                found.push((
                    name.clone(),
                    place,
                    model,
                    TableAction::SetStorage(set),
                    false,
                ));
            }
        }
        for (table, place, model, action, rewrites) in found {
            let step = self.step(
                Phase::Expand,
                Stage::Make,
                place,
                format!("{model}: storage"),
                AlterTable::one(table.clone(), action),
            );
            if rewrites {
                step.locks(Lock::access_exclusive(&table).long()).costs(
                    HazardKind::Rewrite,
                    format!("every row of {table} is written anew"),
                );
            } else {
                step.locks(Lock::share_update_exclusive(&table));
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
