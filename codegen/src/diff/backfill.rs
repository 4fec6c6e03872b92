//! Triggers while rows that are there get values: those that run are named, and those that are skipped are disabled.

use super::Diff;
use super::objects::fed_by;
use super::units::{Key, Units};
use super::{Hazard, Phase, Stage};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{CreateTrigger, Repair, Statement};
use crate::plan::{HazardKind, Triggers};
use crate::schema::{Event, ModelId, Schema, TriggerKind};
use crate::triggers;

/// In which state of the database rows get values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Before anything else of the migration, with the old triggers under their old names.
    Before,
    /// When the new triggers are there.
    After,
}

impl Diff<'_> {
    fn state(&self, when: When) -> (&Schema, &Units) {
        match when {
            When::Before => (self.prev, &self.before),
            When::After => (self.next, self.new),
        }
    }

    /// The triggers that an `UPDATE` of one column fires. Nothing has a list of columns that a new one is in.
    pub(super) fn fired(
        &self,
        table: &QualifiedName,
        column: Option<&Ident>,
        when: When,
    ) -> Vec<Ident> {
        let is_fired = |trigger: &CreateTrigger| {
            trigger.table == *table
                && trigger.events.contains(&Event::Update)
                && (trigger.update_of.is_empty()
                    || column.is_some_and(|column| trigger.update_of.contains(column)))
        };
        let units = self.state(when).1.by_key.iter();
        units
            .filter_map(|(key, unit)| match (key, &unit.statement) {
                (Key::Trigger(..), Statement::CreateTrigger(trigger)) if is_fired(trigger) => {
                    Some(trigger.name.clone())
                }
                _ => None,
            })
            .collect()
    }

    /// The triggers that are disabled while rows get values.
    pub(super) fn skipped(
        &self,
        table: &QualifiedName,
        column: Option<&Ident>,
        when: When,
    ) -> Vec<Ident> {
        match self.options.triggers {
            Triggers::Run => Vec::new(),
            Triggers::Skip | Triggers::Recompute => self.fired(table, column, when),
        }
    }

    /// What the triggers of a table make of a backfill, for whoever reads the plan. One that refuses it is a problem.
    pub(super) fn fires(
        &mut self,
        table: &QualifiedName,
        column: Option<&Ident>,
        when: When,
    ) -> Vec<Hazard> {
        let fired = self.fired(table, column, when);
        if fired.is_empty() {
            return Vec::new();
        }
        let names: Vec<&str> = fired.iter().map(Ident::as_str).collect();
        let names = names.join(", ");
        if self.options.triggers != Triggers::Run {
            return vec![Hazard::new(
                HazardKind::Weakens,
                format!(
                    "{names} of {table} do not run for rows that get values, and whoever else writes the table waits for each part of them"
                ),
            )];
        }
        let schema = self.state(when).0;
        let refused = schema
            .models_with_ids()
            .find(|(_, model)| model.table == *table)
            .filter(|(id, _)| refuses_updates(schema, *id))
            .map(|(_, model)| model.name.clone());
        if let Some(model) = refused {
            self.problem(
                format!(
                    "rows of `models.{model}` must be written for this change, and its triggers refuse any update"
                ),
                "say what they do meanwhile: `--triggers skip` disables them by name, in each transaction that writes such rows and for nobody else",
            );
        }
        vec![Hazard::new(
            HazardKind::Weakens,
            format!(
                "{names} of {table} run for each row that gets values, as for any UPDATE; `--triggers skip` or `recompute` says otherwise"
            ),
        )]
    }

    /// What the skipped triggers keep true is repaired.
    pub(super) fn recompute(&mut self, table: &QualifiedName, place: usize, when: When) {
        if self.options.triggers != Triggers::Recompute {
            return;
        }
        let schema = self.state(when).0;
        let Some((id, _)) = schema
            .models_with_ids()
            .find(|(_, model)| model.table == *table)
        else {
            return;
        };
        let repairs: Vec<(String, QualifiedName)> = triggers::maintained(schema)
            .into_iter()
            .filter(|kept| kept.model == id || fed_by(schema, kept.model).contains(&id))
            .filter_map(|kept| {
                let name = schema.model(kept.model).name.clone();
                Some((name, kept.repair_function?))
            })
            .collect();
        let phase = match when {
            When::Before => Phase::Copy,
            When::After => Phase::Backfill,
        };
        for (model, function) in repairs {
            let repair = Repair {
                function,
                in_parts: self.online,
            };
            let text = format!("{model}: what the skipped triggers of {table} keep is repaired");
            self.step(phase, Stage::Make, place, text, repair);
        }
    }
}

/// Whether a trigger of the model refuses each update of a row.
fn refuses_updates(schema: &Schema, model: ModelId) -> bool {
    schema.triggers.iter().any(|trigger| match &trigger.kind {
        TriggerKind::Immutable(kept) => {
            kept.on == model && kept.columns.is_empty() && kept.deny.contains(&Event::Update)
        }
        TriggerKind::Ledger(ledger) => ledger.on == model,
        _ => false,
    })
}
