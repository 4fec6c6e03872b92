//! What is defined by its text, and what everything else stands on.

mod access;
mod comments;
mod functions;
mod maintained;
mod raw;
mod triggers;
mod views;

pub(in crate::diff) use functions::is_replaceable;
pub(crate) use maintained::fed_by;

use std::collections::BTreeSet;

use crate::ddl;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, described};
use crate::pg::{AlterTable, ColumnValue, Drop, Statement, TableAction};
use crate::plan::{Lock, Phase, Plan, Step};
use crate::schema::Schema;

/// The way to the first schema of a database.
pub(in crate::diff) fn first(next: &Schema) -> Plan {
    let alone: BTreeSet<&str> = next
        .raw
        .iter()
        .filter(|raw| ddl::runs_outside(raw))
        .map(|raw| raw.create.as_str())
        .collect();
    let mut steps = Vec::new();
    for section in ddl::statements(next) {
        for statement in section.statements {
            let phase = match &statement {
                Statement::Transaction(_) | Statement::Set(_) => continue,
                Statement::AuthorStatement(own) if alone.contains(own.0.as_str()) => {
                    Phase::Concurrent
                }
                _ => Phase::Expand,
            };
            steps.push(Step {
                phase,
                statement,
                change: section.title.to_owned(),
                locks: Vec::new(),
                hazards: Vec::new(),
            });
        }
    }
    Plan {
        steps,
        old_schemas: Vec::new(),
    }
}

impl Diff<'_> {
    /// What everything else stands on: roles, schemas, extensions.
    pub(in crate::diff) fn foundations(&mut self) {
        let mut steps: Vec<(String, Statement)> = Vec::new();
        let mut gone: Vec<(usize, String, Drop)> = Vec::new();
        for (key, unit) in &self.new.by_key {
            let old = self.old.by_key.get(key);
            let comes = match key {
                Key::Roles => old.is_none_or(|old| old.statement != unit.statement),
                Key::Schema(_) | Key::Extension(_) => old.is_none(),
                _ => false,
            };
            if comes {
                steps.push((format!("{}: new", described(key)), unit.statement.clone()));
            }
        }
        for key in self.old.by_key.keys() {
            if self.new.by_key.contains_key(key) {
                continue;
            }
            let drop = match key {
                // What came with the database stays.
                Key::Schema(name) if name.as_str() != "public" => (0, Drop::Schema(name.clone())),
                // It may live in a schema that goes.
                Key::Extension(name) => (1, Drop::Extension(name.clone())),
                _ => continue,
            };
            let (place, drop) = drop;
            gone.push((place, format!("{}: removed", described(key)), drop));
        }
        for (what, statement) in steps {
            self.step(Phase::Expand, Stage::Rename, 0, what, statement);
        }
        for (place, what, statement) in gone {
            self.step(Phase::Contract, Stage::Leave, place, what, statement);
        }
    }

    pub(in crate::diff) fn make_objects(&mut self) {
        self.defaults();
        self.functions();
        self.triggers();
        self.views();
        self.policies();
        self.grants();
        self.comments();
        self.raw();
        self.maintained();
    }

    /// Defaults that call a function which is made again.
    fn defaults(&mut self) {
        let touched: Vec<_> = self.touched.defaults.iter().cloned().collect();
        for (table, column) in touched {
            let find = |units: &crate::diff::Units| {
                let (create, place) = units.table(&table)?;
                let column = create
                    .columns
                    .iter()
                    .find(|one| one.name.as_str() == column)?;
                Some((column.clone(), place))
            };
            let (Some((old, place)), new) = (find(&self.old), find(self.new)) else {
                continue;
            };
            let text = format!("{table}.{column}: its default is made again");
            self.step(
                Phase::Expand,
                Stage::Remove,
                place,
                &text,
                AlterTable::one(table.clone(), TableAction::DropDefault(old.name.clone())),
            )
            .locks(Lock::access_exclusive(&table));
            if let Some((new, place)) = new
                && new.value == old.value
                && let Some(ColumnValue::Default(default)) = new.value
            {
                self.step(
                    Phase::Expand,
                    Stage::Make,
                    place,
                    &text,
                    AlterTable::one(table.clone(), TableAction::SetDefault(new.name, default)),
                )
                .locks(Lock::access_exclusive(&table));
            }
        }
    }
}
