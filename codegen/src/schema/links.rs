//! Which triggers and which references name a model. Whoever asks for every model asks here: to go through all triggers for
//! each model would take a thousand times as long for a thousand of them.

use super::{ForeignKey, ModelId, Schema, Trigger, TriggerKind, TriggerTable};

/// What names each model.
#[derive(Debug)]
pub(crate) struct Links<'a> {
    triggers: Vec<Vec<&'a Trigger>>,
    references: Vec<Vec<(ModelId, &'a ForeignKey)>>,
}

impl<'a> Links<'a> {
    pub(crate) fn of(schema: &'a Schema) -> Self {
        let mut links = Self {
            triggers: vec![Vec::new(); schema.models.len()],
            references: vec![Vec::new(); schema.models.len()],
        };
        for trigger in &schema.triggers {
            let mut models = concerned(&trigger.kind);
            models.sort_unstable();
            models.dedup();
            for model in models {
                links.triggers[model.0].push(trigger);
            }
        }
        for (from, model) in schema.models_with_ids() {
            for key in &model.foreign_keys {
                links.references[key.target.0].push((from, key));
            }
        }
        links
    }

    /// The triggers that watch or write a model's rows, in the order of the file.
    pub(crate) fn triggers(&self, model: ModelId) -> &[&'a Trigger] {
        &self.triggers[model.0]
    }

    /// The references to a model, those of other models and its own, in the order of the file.
    pub(crate) fn references(&self, model: ModelId) -> &[(ModelId, &'a ForeignKey)] {
        &self.references[model.0]
    }
}

fn concerned(kind: &TriggerKind) -> Vec<ModelId> {
    match kind {
        TriggerKind::Touch(touch) => touch.on.iter().map(|at| at.model).collect(),
        TriggerKind::Counter(counter) => vec![counter.count, counter.into.model],
        TriggerKind::Sum(sum) => vec![sum.of, sum.into.model],
        TriggerKind::Ledger(ledger) => vec![ledger.on, ledger.balance.model],
        TriggerKind::Immutable(immutable) => vec![immutable.on],
        TriggerKind::Transitions(transitions) => vec![transitions.on.model],
        TriggerKind::Sql(sql) => match sql.on {
            TriggerTable::Model(model) => vec![model],
            TriggerTable::View(_) => Vec::new(),
        },
    }
}
