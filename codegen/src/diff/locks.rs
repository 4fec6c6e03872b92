//! What each statement locks by itself, whatever change asks for it.
//!
//! Steps that last as long as a table is large say so where they are planned, with what that costs. Everything else follows
//! from the kind of statement, and is said here, so that none is forgotten. A test holds it against `pg_locks`.

use super::Diff;
use super::units::Key;
use crate::ident::QualifiedName;
use crate::pg::{AddForeignKey, AlterTable, CommentObject, Drop, Renamed, Statement, TableAction};
use crate::plan::Lock;
use crate::schema::Level;
use std::collections::BTreeSet;

impl Diff<'_> {
    /// Adds to each step the locks that follow from its statement, on tables that are there before the migration.
    pub(super) fn say_locks(&mut self) {
        let mut made: BTreeSet<QualifiedName> = self.new_tables.clone();
        made.extend(self.new.by_key.keys().filter_map(|key| match key {
            Key::Partition(name) if !self.old.by_key.contains_key(key) => Some(name.clone()),
            _ => None,
        }));
        let mut steps = std::mem::take(&mut self.steps);
        for (_, step) in &mut steps {
            for lock in self.locks_of(&step.statement) {
                let said = step.locks.iter().any(|said| said.table == lock.table);
                if !said && !made.contains(&lock.table) {
                    step.locks.push(lock);
                }
            }
        }
        self.steps = steps;
    }

    fn locks_of(&self, statement: &Statement) -> Vec<Lock> {
        match statement {
            Statement::AlterTable(alter) => self.locks_of_alter(alter),
            Statement::Rename(rename) => match &rename.object {
                Renamed::Table(table) | Renamed::Constraint(table, _) => {
                    vec![Lock::access_exclusive(table)]
                }
                Renamed::Column(table, _) => self.locks_with_children(table),
                Renamed::Index(_)
                | Renamed::Statistics(_)
                | Renamed::Type(_)
                | Renamed::Domain(_) => Vec::new(),
            },
            Statement::RenameNotNull(rename) => self.locks_with_children(&rename.table),
            Statement::CreateTable(create) => {
                let parents = create.inherits.iter();
                parents.map(Lock::share_update_exclusive).collect()
            }
            Statement::SetSchema(set) if set.kind == "TABLE" => {
                vec![Lock::access_exclusive(&set.name)]
            }
            Statement::SetRowSecurity(set) => vec![Lock::access_exclusive(&set.table)],
            Statement::CreatePolicy(policy) => vec![Lock::access_exclusive(&policy.table)],
            // A trigger of rows is there on each partition too.
            Statement::CreateTrigger(trigger) => {
                let mut locks = vec![Lock::share_row_exclusive(&trigger.table)];
                if trigger.level == Level::Row {
                    let partitions = self.partitions_of(&trigger.table);
                    locks.extend(partitions.map(Lock::share_row_exclusive));
                }
                locks
            }
            Statement::CreateStatistics(create) => {
                vec![Lock::share_update_exclusive(&create.table)]
            }
            Statement::Comment(comment) => comment_lock(&comment.on),
            Statement::DropComment(comment) => comment_lock(&comment.0),
            Statement::AddForeignKey(key) => vec![
                Lock::share_row_exclusive(&key.table),
                Lock::share_row_exclusive(&key.target),
            ],
            Statement::CreatePartition(create) => {
                let mut locks = vec![Lock::access_exclusive(&create.of)];
                locks.extend(self.related_to(&create.of).map(Lock::share_row_exclusive));
                locks.extend(
                    self.default_of(&create.of)
                        .map(|name| Lock::access_exclusive(&name)),
                );
                locks
            }
            Statement::AttachPartition(attach) => {
                let mut locks = vec![
                    Lock::share_update_exclusive(&attach.table),
                    Lock::access_exclusive(&attach.partition),
                ];
                locks.extend(self.related_to(&attach.table).map(Lock::access_exclusive));
                locks.extend(
                    self.default_of(&attach.table)
                        .map(|name| Lock::access_exclusive(&name)),
                );
                locks
            }
            Statement::Drop(drop) => self.locks_of_drop(drop),
            _ => Vec::new(),
        }
    }

    /// A column and its NOT NULL have one name in a table and in all that are made of it.
    fn locks_with_children(&self, table: &QualifiedName) -> Vec<Lock> {
        let mut found = vec![table.clone()];
        let mut next = 0;
        while let Some(parent) = found.get(next).cloned() {
            let children = self.partitions_of(&parent).chain(
                self.old
                    .tables()
                    .filter(|(_, create, _)| create.inherits.contains(&parent))
                    .map(|(name, ..)| name),
            );
            let new: Vec<_> = children
                .filter(|child| !found.contains(child))
                .cloned()
                .collect();
            found.extend(new);
            next += 1;
        }
        found.iter().map(Lock::access_exclusive).collect()
    }

    fn locks_of_alter(&self, alter: &AlterTable) -> Vec<Lock> {
        let mut locks = vec![match alter.actions.as_slice() {
            [
                TableAction::ValidateConstraint(_)
                | TableAction::SetStorage(_)
                | TableAction::ResetStorage(_),
            ] => Lock::share_update_exclusive(&alter.table),
            [TableAction::EnableTrigger(_) | TableAction::DisableTrigger(_)] => {
                Lock::share_row_exclusive(&alter.table)
            }
            _ => Lock::access_exclusive(&alter.table),
        }];
        for action in &alter.actions {
            match action {
                TableAction::DetachPartition(name) => {
                    locks.push(Lock::access_exclusive(name));
                    locks.extend(self.related_to(&alter.table).map(Lock::share_row_exclusive));
                    locks.extend(
                        self.default_of(&alter.table)
                            .filter(|default| default != name)
                            .map(|name| Lock::access_exclusive(&name)),
                    );
                }
                TableAction::Inherit(parent) => locks.push(Lock::share_update_exclusive(parent)),
                // A reference has triggers on the table that it names.
                TableAction::DropConstraint(name) => {
                    let key = Key::Reference(alter.table.clone(), name.clone());
                    let unit = self.old.by_key.get(&key).or(self.before.by_key.get(&key));
                    if let Some(Statement::AddForeignKey(key)) = unit.map(|unit| &unit.statement) {
                        locks.push(Lock::access_exclusive(&key.target));
                    }
                }
                _ => {}
            }
        }
        locks
    }

    fn locks_of_drop(&self, drop: &Drop) -> Vec<Lock> {
        match drop {
            Drop::Table(name) => {
                let mut locks = vec![Lock::access_exclusive(name)];
                // What it refers to loses triggers.
                locks.extend(
                    self.references()
                        .filter(|key| key.table == *name)
                        .map(|key| Lock::access_exclusive(&key.target)),
                );
                let key = Key::Partition(name.clone());
                let unit = self.old.by_key.get(&key).map(|unit| &unit.statement);
                if let Some(Statement::CreatePartition(create)) = unit {
                    locks.push(Lock::access_exclusive(&create.of));
                    locks.extend(
                        self.default_of(&create.of)
                            .map(|name| Lock::access_exclusive(&name)),
                    );
                }
                locks
            }
            Drop::Trigger(trigger, name) => {
                let mut locks = vec![Lock::access_exclusive(name)];
                let is_of_rows = self.before.by_key.values().any(|unit| {
                    matches!(&unit.statement, Statement::CreateTrigger(old)
                        if old.name == *trigger && old.level == Level::Row)
                });
                if is_of_rows {
                    locks.extend(self.partitions_of(name).map(Lock::access_exclusive));
                }
                locks
            }
            Drop::View(name) | Drop::MaterializedView(name) | Drop::Policy(_, name) => {
                vec![Lock::access_exclusive(name)]
            }
            Drop::Statistics(name) => {
                let unit = self.old.by_key.get(&Key::Statistics(name.clone()));
                match unit.map(|unit| &unit.statement) {
                    Some(Statement::CreateStatistics(create)) => {
                        vec![Lock::share_update_exclusive(&create.table)]
                    }
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn references(&self) -> impl Iterator<Item = &AddForeignKey> {
        self.old
            .by_key
            .values()
            .filter_map(|unit| match &unit.statement {
                Statement::AddForeignKey(key) => Some(key),
                _ => None,
            })
    }

    /// The tables that a table refers to, and those that refer to it: a partition of it brings triggers to them.
    fn related_to(&self, table: &QualifiedName) -> impl Iterator<Item = &QualifiedName> {
        self.references().filter_map(move |key| {
            if key.table == *table {
                Some(&key.target)
            } else if key.target == *table {
                Some(&key.table)
            } else {
                None
            }
        })
    }

    /// The partitions of a table that were there before.
    fn partitions_of(&self, table: &QualifiedName) -> impl Iterator<Item = &QualifiedName> {
        self.old
            .by_key
            .iter()
            .filter_map(move |(key, unit)| match (key, &unit.statement) {
                (Key::Partition(name), Statement::CreatePartition(create))
                    if create.of == *table =>
                {
                    Some(name)
                }
                _ => None,
            })
    }

    /// The default partition of a table, which PostgreSQL looks through when another one comes.
    pub(super) fn default_of(&self, table: &QualifiedName) -> Option<QualifiedName> {
        self.old
            .by_key
            .iter()
            .find_map(|(key, unit)| match (key, &unit.statement) {
                (Key::Partition(name), Statement::CreatePartition(create))
                    if create.of == *table && create.values.is_none() =>
                {
                    Some(name.clone())
                }
                _ => None,
            })
    }
}

fn comment_lock(on: &CommentObject) -> Vec<Lock> {
    match on {
        CommentObject::Table(name) | CommentObject::Column(name, _) => {
            vec![Lock::share_update_exclusive(name)]
        }
        _ => Vec::new(),
    }
}
