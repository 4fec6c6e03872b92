//! Who may do what: policies, row security and rights.

use crate::ddl;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, described, is_same};
use crate::pg::{AlterTable, Drop, Grant, GrantObject, Revoke, Statement, TableAction};
use crate::plan::Phase;
use crate::schema::Sequence;

impl Diff<'_> {
    pub(super) fn policies(&mut self) {
        let mut steps: Vec<(Stage, usize, String, Statement)> = Vec::new();
        let is_access = |key: &Key| matches!(key, Key::Policy(..) | Key::RowSecurity(..));
        for (key, unit) in self.old.by_key.iter().filter(|(key, _)| is_access(key)) {
            let same = self
                .new
                .by_key
                .get(key)
                .is_some_and(|next| is_same(&unit.statement, &next.statement));
            match key {
                Key::Policy(table, name) if !same || self.touched.remade.contains(key) => {
                    steps.push((
                        Stage::Remove,
                        unit.place,
                        described(key),
                        Drop::Policy(name.clone(), table.clone()).into(),
                    ));
                }
                Key::RowSecurity(table, force) if !same && self.is_kept(table) => {
                    let action = if *force {
                        TableAction::NoForceRowSecurity
                    } else {
                        TableAction::DisableRowSecurity
                    };
                    steps.push((
                        Stage::Make,
                        unit.place,
                        described(key),
                        AlterTable::one(table.clone(), action).into(),
                    ));
                }
                _ => {}
            }
        }
        for (key, unit) in self.new.by_key.iter().filter(|(key, _)| is_access(key)) {
            let same = self
                .old
                .by_key
                .get(key)
                .is_some_and(|old| is_same(&old.statement, &unit.statement));
            let wanted = match key {
                Key::Policy(..) => !same || self.touched.remade.contains(key),
                Key::RowSecurity(..) => !same,
                _ => false,
            };
            if wanted {
                steps.push((
                    Stage::Make,
                    unit.place,
                    described(key),
                    unit.statement.clone(),
                ));
            }
        }
        for (stage, place, what, statement) in steps {
            self.step(Phase::Expand, stage, place, what, statement);
        }
    }

    pub(super) fn grants(&mut self) {
        let mut steps: Vec<(Stage, usize, String, Statement)> = Vec::new();
        let privileges =
            |unit: Option<&crate::diff::units::Unit>| match unit.map(|unit| &unit.statement) {
                Some(Statement::Grant(grant)) => grant.privileges.clone(),
                _ => Vec::new(),
            };
        for (key, unit) in &self.old.by_key {
            let Statement::Grant(grant) = &unit.statement else {
                continue;
            };
            if !self.is_there(&grant.on) {
                continue;
            }
            let next = privileges(self.new.by_key.get(key));
            let gone = only_in(&grant.privileges, &next);
            if !gone.is_empty() {
                let revoke = Revoke(Grant {
                    privileges: gone,
                    ..grant.clone()
                });
                steps.push((Stage::Remove, unit.place, described(key), revoke.into()));
            }
        }
        for (key, unit) in &self.new.by_key {
            let Statement::Grant(grant) = &unit.statement else {
                continue;
            };
            let prev = privileges(self.old.by_key.get(key));
            let new = only_in(&grant.privileges, &prev);
            if !new.is_empty() {
                let grant = Grant {
                    privileges: new,
                    ..grant.clone()
                };
                steps.push((Stage::Make, unit.place, described(key), grant.into()));
            }
        }
        for (stage, place, what, statement) in steps {
            self.step(Phase::Expand, stage, place, what, statement);
        }
    }

    /// Whether what a right is about is in both schemas.
    fn is_there(&self, on: &GrantObject) -> bool {
        match on {
            GrantObject::Schema(name) => self.new.by_key.contains_key(&Key::Schema(name.clone())),
            GrantObject::Table(name) => self.is_kept(name),
            GrantObject::Sequence(name) => self.next.models.iter().any(|model| {
                model.table.schema == name.schema
                    && model.fields.iter().any(|field| {
                        field.sequence == Some(Sequence::Serial)
                            && ddl::sequence_name(model.table.name.as_str(), field.name.as_str())
                                == name.name.as_str()
                    })
            }),
        }
    }
}

/// The rights of `these` that `others` has not. `ALL` stands for more than its word, so that it is compared as a whole.
fn only_in(these: &[&'static str], others: &[&'static str]) -> Vec<&'static str> {
    let mut all = these.iter().chain(others);
    if these != others && all.any(|word| word.starts_with("ALL")) {
        return these.to_vec();
    }
    let only = these.iter().filter(|word| !others.contains(word));
    only.copied().collect()
}
