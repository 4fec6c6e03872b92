//! Columns that the database keeps: their rows are set right after the triggers are there.

use std::collections::BTreeSet;

use crate::diff::{Diff, Stage};
use crate::ident::QualifiedName;
use crate::pg::{LockTable, Repair};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::{ModelId, Schema, TriggerKind};
use crate::triggers;

impl Diff<'_> {
    /// The tables with columns that the database keeps and that mean something else now, or are new.
    pub(in crate::diff) fn counting_anew(&self) -> BTreeSet<QualifiedName> {
        let before = triggers::maintained(&self.named);
        triggers::maintained(self.next)
            .into_iter()
            .map(|next| (&self.next.model(next.model).table, next))
            .filter(|(table, next)| {
                !before.iter().any(|old| {
                    self.named.model(old.model).table == **table && old.drift == next.drift
                })
            })
            .map(|(table, _)| table.clone())
            .collect()
    }

    /// Columns that the database keeps and that mean something else now, or are new: their rows are set right after the
    /// triggers are there.
    pub(super) fn maintained(&mut self) {
        let before = triggers::maintained(&self.named);
        let mut steps = Vec::new();
        let mut locks: BTreeSet<QualifiedName> = BTreeSet::new();
        let mut problems = Vec::new();
        for next in triggers::maintained(self.next) {
            let model = self.next.model(next.model);
            let table = &model.table;
            let children: Vec<&QualifiedName> = fed_by(self.next, next.model)
                .into_iter()
                .map(|child| &self.next.model(child).table)
                .filter(|child| self.is_kept(child))
                .collect();
            let same = before
                .iter()
                .any(|old| self.named.model(old.model).table == *table && old.drift == next.drift);
            if same || !self.is_kept(table) {
                continue;
            }
            match &next.repair_function {
                Some(function) if !children.is_empty() => {
                    locks.extend(children.into_iter().cloned());
                    let columns: Vec<&str> = next
                        .columns
                        .iter()
                        .map(|&field| model.field(field).name.as_str())
                        .collect();
                    steps.push((
                        format!(
                            "{}: {} of the rows that are there",
                            model.name,
                            columns.join(", ")
                        ),
                        function.clone(),
                        table.clone(),
                    ));
                }
                Some(_) => {}
                None => problems.push(model.name.clone()),
            }
        }
        let online = self.online;
        for child in locks {
            self.step(
                Phase::Expand,
                Stage::Rename,
                0,
                format!("{child}: whoever writes it now is waited for, so that the new triggers miss nothing"),
                LockTable { table: child.clone(), mode: "SHARE ROW EXCLUSIVE" },
            )
            .locks(Lock::share_row_exclusive(&child));
        }
        for (what, function, table) in steps {
            self.step(
                Phase::Backfill,
                Stage::Make,
                usize::MAX / 4,
                what,
                Repair {
                    function,
                    in_parts: online,
                },
            )
            .costs(
                HazardKind::Weakens,
                format!("until it is done, {table} counts from 0 what its triggers saw alone"),
            );
        }
        for model in problems {
            self.problem(
                format!("`models.{model}` becomes a ledger, or another one, and has rows already, whose numbers and balances nobody wrote"),
                "make a new model for the ledger, and put its entries in with a data step",
            );
        }
    }
}

/// The models whose rows add up to columns of a model.
pub(crate) fn fed_by(schema: &Schema, parent: ModelId) -> Vec<ModelId> {
    let mut found = Vec::new();
    for trigger in &schema.triggers {
        let child = match &trigger.kind {
            TriggerKind::Counter(counter) if counter.into.model == parent => counter.count,
            TriggerKind::Sum(sum) if sum.into.model == parent => sum.of,
            TriggerKind::Ledger(ledger)
                if ledger.balance.model == parent || ledger.on == parent =>
            {
                ledger.on
            }
            _ => continue,
        };
        if !found.contains(&child) {
            found.push(child);
        }
    }
    found
}
