//! Foreign keys.

use crate::diff::units::Key;
use crate::diff::{Diff, Stage, is_same};
use crate::pg::{AddForeignKey, AlterTable, Statement, TableAction};
use crate::plan::{HazardKind, Lock, Phase};

impl Diff<'_> {
    pub(super) fn foreign_keys(&mut self) {
        let mut drops = Vec::new();
        let mut adds = Vec::new();
        for (key, unit) in &self.old.by_key {
            let (Key::Reference(table, name), Statement::AddForeignKey(old)) =
                (key, &unit.statement)
            else {
                continue;
            };
            let next = self.new.by_key.get(key);
            let kept = next.is_some_and(|next| is_same(&unit.statement, &next.statement))
                && !self.touched.remade.contains(key);
            let dropped_table = self.new.table(table).is_none();
            // A table that goes while the one it refers to stays takes its constraint along.
            if kept || (dropped_table && self.new.table(&old.target).is_some()) {
                continue;
            }
            let returns = next.is_some_and(|next| match &next.statement {
                Statement::AddForeignKey(new) => self.is_back_at_once(old, new),
                _ => false,
            });
            let weakens = next.is_some() && !returns;
            drops.push((
                table.clone(),
                name.clone(),
                unit.place,
                next.is_some(),
                weakens,
            ));
        }
        for (key, unit) in &self.new.by_key {
            let (Key::Reference(..), Statement::AddForeignKey(new)) = (key, &unit.statement) else {
                continue;
            };
            let old = self.old.by_key.get(key);
            let kept = old.is_some_and(|old| is_same(&old.statement, &unit.statement))
                && !self.touched.remade.contains(key);
            if !kept {
                let at_once = match old.map(|old| &old.statement) {
                    Some(Statement::AddForeignKey(old)) => self.is_back_at_once(old, new),
                    _ => false,
                };
                adds.push((new.clone(), unit.place, old.is_some(), at_once));
            }
        }
        for (table, name, place, again, weakens) in drops {
            let step = self.step(
                Phase::Expand,
                Stage::Remove,
                place,
                format!(
                    "foreign key {name} of {table}: {}",
                    if again { "made again" } else { "removed" }
                ),
                AlterTable::one(table.clone(), TableAction::DropConstraint(name.clone())),
            );
            step.locks(Lock::access_exclusive(&table));
            if weakens {
                step.costs(
                    HazardKind::Weakens,
                    format!("{name} binds nobody until it is there again"),
                );
            }
        }
        for (mut new, place, again, at_once) in adds {
            let table = new.table.clone();
            let text = format!(
                "foreign key {} of {table}: {}",
                new.name,
                if again { "made again" } else { "new" }
            );
            let wanted_not_valid = new.not_valid;
            let apart = self.online
                && self.is_kept(&table)
                && !self.is_partitioned(&table)
                && !self.is_partitioned(&new.target);
            let has_rows = self.is_kept(&table);
            if apart {
                new.not_valid = true;
            }
            let (name, target) = (new.name.clone(), new.target.clone());
            let phase = if at_once {
                Phase::Expand
            } else if apart || (self.online && self.is_kept(&new.target)) {
                Phase::Attach
            } else {
                Phase::Expand
            };
            let step = self.step(phase, Stage::Make, place, &text, new);
            if apart {
                step.locks(Lock::share_row_exclusive(&table));
                if !at_once {
                    step.costs(
                        HazardKind::BreaksOldCode,
                        format!("statements of the last release that break {name} fail"),
                    );
                }
            } else if has_rows && !wanted_not_valid {
                step.locks(Lock::share_row_exclusive(&table).long()).costs(
                    HazardKind::BlocksWrites,
                    format!("{table} is read to its end while nobody writes it or {target}"),
                );
            } else if self.is_kept(&target)
                && let Some((_, step)) = self.steps.last_mut()
            {
                step.locks(Lock::share_row_exclusive(&target));
            }
            if apart && !wanted_not_valid {
                self.step(
                    Phase::Validate,
                    Stage::Make,
                    place,
                    &text,
                    AlterTable::one(table.clone(), TableAction::ValidateConstraint(name.clone())),
                )
                .locks(Lock::share_update_exclusive(&table).long())
                .costs(
                    HazardKind::MayFail,
                    format!("it fails if {table} names rows that are not there"),
                );
            }
        }
    }
    /// Whether a reference that is made again demands what it did, and its key is there in the same transaction: then it
    /// binds again before anybody can write.
    fn is_back_at_once(&self, old: &AddForeignKey, new: &AddForeignKey) -> bool {
        let same = is_same(&old.clone().into(), &new.clone().into());
        let partitioned = self.is_partitioned(&new.table) || self.is_partitioned(&new.target);
        same && self.online && !partitioned && !self.loses_its_key(&new.target, &new.to)
    }
}
