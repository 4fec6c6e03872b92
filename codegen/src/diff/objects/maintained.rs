//! Columns that the database keeps: their rows are set right after the triggers are there.

use std::collections::BTreeSet;

use crate::diff::backfill::When;
use crate::diff::columns::model_of;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{LockTable, NumberEntries, Repair};
use crate::plan::{HazardKind, Lock, Phase, Step};
use crate::schema::{BaseType, Builtin, FieldId, ModelId, Schema, TriggerKind};
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

    /// Which of the columns were there and written by hand.
    fn taken_over(&self, model: ModelId, columns: &[FieldId]) -> String {
        let model = self.next.model(model);
        let old = model_of(&self.named, &model.table);
        let taken: Vec<&str> = columns
            .iter()
            .map(|&field| model.field(field).name.as_str())
            .filter(|name| {
                old.and_then(|old| Some(old.field(old.field_named(name)?)))
                    .is_some_and(|field| field.maintained_by.is_none())
            })
            .collect();
        taken.join(", ")
    }

    /// Columns that the database keeps and that mean something else now, or are new: their rows are set right after the
    /// triggers are there.
    pub(super) fn maintained(&mut self) {
        let before = triggers::maintained(&self.named);
        let mut steps = Vec::new();
        let mut locks: BTreeSet<QualifiedName> = BTreeSet::new();
        let mut problems = Vec::new();
        let mut ledgers = Vec::new();
        let online = self.online;
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
                        self.taken_over(next.model, &next.columns),
                    ));
                }
                Some(_) => {}
                // Beside nobody, the entries would stay without numbers as well.
                None if !online => problems.push(model.name.clone()),
                None => {
                    locks.insert(table.clone());
                    ledgers.push(next.model);
                }
            }
        }
        for model in ledgers {
            self.number_entries(model);
        }
        for child in locks {
            // Before all else, so that it has its old name still.
            let before = self.table_before(&child);
            let phase = Phase::Expand;
            self.steps.push((
                (phase, Stage::Rename, i64::MIN, 1),
                Step {
                    phase,
                    statement: LockTable {
                        table: before.clone(),
                        mode: "SHARE ROW EXCLUSIVE",
                    }
                    .into(),
                    change: format!(
                        "{child}: whoever writes it now is waited for, so that the new triggers miss nothing"
                    ),
                    locks: vec![Lock::share_row_exclusive(&before)],
                    hazards: Vec::new(),
                },
            ));
        }
        for (what, function, table, taken) in steps {
            let step = self
                .step(
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
            if !taken.is_empty() {
                step.costs(
                    HazardKind::BreaksOldCode,
                    format!("what was written in {table}.{taken} is replaced, and whoever writes it is refused"),
                );
            }
        }
        for model in problems {
            self.problem(
                format!("`models.{model}` was a ledger, or another one"),
                "its entries would have to be numbered again",
            );
        }
    }

    /// The entries that are there get the numbers and balances that a ledger would have given them, in one statement, while
    /// nobody writes others: the next entry follows the last one.
    fn number_entries(&mut self, id: ModelId) {
        let model = self.next.model(id);
        let Some(ledger) = self
            .next
            .triggers
            .iter()
            .find_map(|trigger| match &trigger.kind {
                TriggerKind::Ledger(ledger) if ledger.on == id => Some(ledger),
                _ => None,
            })
        else {
            return;
        };
        let table = model.table.clone();
        let column = |field| model.field(field).name.clone();
        let was_numbered = model_of(&self.named, &table)
            .is_some_and(|old| old.field_named(column(ledger.entry_no).as_str()).is_some());
        let by_time = model.field_named("created_at").filter(|&field| {
            matches!(
                model.field(field).ty.base,
                BaseType::Builtin(Builtin::Timestamp(_) | Builtin::TimestampTz(_))
            )
        });
        let key = model
            .primary_key
            .iter()
            .flat_map(|key| key.fields.iter().copied());
        let order: Vec<Ident> = was_numbered
            .then_some(ledger.entry_no)
            .into_iter()
            .chain(by_time)
            .chain(key)
            .map(column)
            .collect();
        let numbers = NumberEntries {
            account: column(ledger.account),
            amount: column(ledger.amount),
            entry_no: column(ledger.entry_no),
            balance_after: column(ledger.balance_after),
            skipped: self.fired(&table, None, When::After),
            order,
            table: table.clone(),
        };
        let said: Vec<&str> = numbers.order.iter().map(Ident::as_str).collect();
        let said = if said.is_empty() {
            "in no order, as it has no key".to_owned()
        } else {
            format!("in the order of {}", said.join(", "))
        };
        let text = format!("{}: the entries that are there", model.name);
        let place = self.new.place(&Key::Table(table.clone()));
        self.step(Phase::Expand, Stage::Make, place, text, numbers)
            .locks(Lock::share_row_exclusive(&table).long())
            .costs(
                HazardKind::BlocksWrites,
                format!("every row of {table} is numbered and gets its balance, {said}, while nobody writes it"),
            )
            .costs(
                HazardKind::Weakens,
                format!("rows of {table} that are there are not held against the ledger's minimum"),
            );
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
