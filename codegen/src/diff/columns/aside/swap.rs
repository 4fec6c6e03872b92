//! The moment in which columns of a new type take the places of the old ones: nothing but names and rules change.

use super::{Aside, Built};
use std::collections::BTreeMap;

use crate::ddl;
use crate::diff::columns::ColumnChange;
use crate::diff::{Diff, Stage, rendered};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterTable, Column, ColumnValue, ConstraintKind, Drop, KeepNumber, LockTables, OwnSequence,
    Rename, Renamed, RestoreNumber, SequenceType, Statement, TableAction, type_sql,
};
use crate::plan::{HazardKind, Lock, Phase, Step};
use crate::schema::Deferrable;
use crate::sql::{Literal, Sql};

impl Diff<'_> {
    /// A column of the new type takes the place of the old one.
    pub(in crate::diff::columns) fn swap(
        &mut self,
        change: &ColumnChange,
        prev: &Column,
        next: &Column,
    ) {
        let table = change.table.clone();
        let found = self
            .asides
            .iter()
            .find(|aside| aside.table == table)
            .and_then(|aside| {
                let shadow = aside.columns.iter().find(|one| one.next == next.name)?;
                Some((aside.clone(), shadow.clone()))
            });
        let Some((aside, shadow)) = found else { return };
        let is_first = aside
            .columns
            .first()
            .is_some_and(|one| one.next == next.name);
        let text = change.change("another type");
        let mut steps: Vec<Statement> = Vec::new();
        if is_first {
            steps.push(Drop::Trigger(aside.trigger.clone(), table.clone()).into());
            steps.push(Drop::Routine(aside.function.clone(), Sql::new()).into());
        }
        let is_identity =
            |column: &Column| matches!(column.value, Some(ColumnValue::Identity { .. }));
        let goes_on = is_identity(prev) && is_identity(next);
        if goes_on {
            let (table, column) = (table.clone(), next.name.clone());
            steps.push(KeepNumber { table, column }.into());
        }
        let stays_serial = change.was_serial && change.is_serial;
        if stays_serial {
            let (from, to) = (next.name.clone(), shadow.name.clone());
            let table = table.clone();
            steps.push(OwnSequence { table, from, to }.into());
        }
        let alter = |action| Statement::from(AlterTable::one(table.clone(), action));
        if !shadow.is_set {
            steps.push(alter(TableAction::DropConstraint(shadow.check.clone())));
        }
        steps.push(alter(TableAction::DropColumn(next.name.clone())));
        steps.push(
            Rename {
                object: Renamed::Column(table.clone(), shadow.name.clone()),
                to: next.name.clone(),
            }
            .into(),
        );
        if shadow.is_set {
            // The check is proven, so that no row is read.
            steps.push(alter(TableAction::SetNotNull(next.name.clone())));
            steps.push(alter(TableAction::DropConstraint(shadow.check.clone())));
        }
        if let Some(ColumnValue::Default(default)) = &next.value {
            steps.push(alter(TableAction::SetDefault(
                next.name.clone(),
                default.clone(),
            )));
        }
        if stays_serial && let Some(ty) = &change.next_type {
            let (column, ty) = (next.name.clone(), type_sql(self.next, ty));
            if let Some(default) = next_number(&table, &column) {
                steps.push(alter(TableAction::SetDefaultSql(column.clone(), default)));
            }
            steps.push(
                SequenceType {
                    table: table.clone(),
                    column,
                    ty,
                }
                .into(),
            );
        }
        let mut is_said = false;
        for statement in steps {
            let goes = matches!(&statement, Statement::AlterTable(alter)
                if matches!(alter.actions.as_slice(), [TableAction::DropColumn(_)]));
            let step = self.step(Phase::Expand, Stage::Make, change.place, &text, statement);
            step.locks(Lock::access_exclusive(&table));
            if goes && !is_said {
                is_said = true;
                let old = change
                    .prev_type
                    .as_ref()
                    .map(|ty| type_sql(&self.named, ty));
                if let (Some(old), Some((_, step))) = (old, self.steps.last_mut()) {
                    step.costs(
                        HazardKind::BreaksOldCode,
                        format!("code that takes {table}.{} for {old}", next.name),
                    );
                }
            }
        }
        if let (Some(ColumnValue::Identity { always }), true) = (&next.value, goes_on) {
            let (column, always) = (next.name.clone(), *always);
            self.identity(change, next, TableAction::AddIdentity { column, always });
            let column = next.name.clone();
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                &text,
                RestoreNumber { table, column },
            );
        }
    }

    /// The tables that the swap locks are locked before it, together: writers who hold one of them and want another go first.
    pub(in crate::diff) fn lock_for_swap(&mut self) {
        if self.asides.is_empty() {
            return;
        }
        let mut locks: BTreeMap<QualifiedName, Lock> = BTreeMap::new();
        let expanding = self
            .steps
            .iter()
            .filter(|((phase, ..), _)| *phase == Phase::Expand);
        for wanted in expanding.flat_map(|(_, step)| &step.locks) {
            // They are locked before they get new names.
            let mut models = self.matching.models.iter();
            let old = models.find(|(new, _)| self.next.model(**new).table == wanted.table);
            let Some((_, &old)) = old else { continue };
            let table = &self.prev.model(old).table;
            let strongest = Lock::access_exclusive(table);
            let lock = if wanted.mode == strongest.mode {
                strongest
            } else {
                Lock::share_row_exclusive(table)
            };
            let known = locks.entry(table.clone()).or_insert_with(|| lock.clone());
            if lock.mode == "ACCESS EXCLUSIVE" {
                *known = lock;
            }
        }
        if locks.len() < 2 {
            return;
        }
        let tables = locks.values().map(|lock| (lock.table.clone(), lock.mode));
        self.steps.push((
            (Phase::Expand, Stage::Rename, i64::MIN, 0),
            Step {
                phase: Phase::Expand,
                statement: LockTables(tables.collect()).into(),
                change: "what gets another type: the locks of its tables, together".to_owned(),
                locks: locks.into_values().collect(),
                hazards: Vec::new(),
            },
        ));
    }

    /// Indexes and keys over the new columns take the places of those that went with the old ones.
    pub(in crate::diff::columns) fn swap_indexes(&mut self) {
        let asides: Vec<Aside> = self.asides.clone();
        for aside in asides {
            let table = &aside.table;
            let text = format!(
                "{}: indexes and keys over what changed its type",
                aside.model
            );
            for (built, what) in &aside.built {
                let statement: Statement = match what {
                    Built::Index(name) => Rename {
                        object: Renamed::Index(QualifiedName::new(
                            table.schema.clone(),
                            built.clone(),
                        )),
                        to: name.clone(),
                    }
                    .into(),
                    Built::Key(constraint) => {
                        let (primary, deferrable) = match &constraint.kind {
                            ConstraintKind::Unique { deferrable, .. } => (false, *deferrable),
                            _ => (true, Deferrable::No),
                        };
                        let action = TableAction::AddUsingIndex {
                            name: constraint.name.clone(),
                            primary,
                            index: built.clone(),
                            deferrable,
                        };
                        AlterTable::one(table.clone(), action).into()
                    }
                };
                self.step(Phase::Expand, Stage::Make, aside.place, &text, statement)
                    .locks(Lock::access_exclusive(table));
            }
        }
    }
}

/// The default of a serial column.
pub(in crate::diff::columns) fn next_number(table: &QualifiedName, column: &Ident) -> Option<Sql> {
    let name = Ident::new(ddl::sequence_name(table.name.as_str(), column.as_str())).ok()?;
    let name = QualifiedName::new(table.schema.clone(), name);
    Some(crate::sql!(
        "pg_catalog.nextval({name}::pg_catalog.regclass)",
        name = Literal::text(rendered(&name).into_string())
    ))
}
