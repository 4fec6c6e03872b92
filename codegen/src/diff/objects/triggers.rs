//! Triggers.

use std::collections::BTreeSet;

use crate::diff::units::Key;
use crate::diff::{Diff, Stage, described, is_same};
use crate::ident::QualifiedName;
use crate::pg::{CreateTrigger, Drop, Statement};
use crate::plan::{Lock, Phase};

impl Diff<'_> {
    /// A trigger keeps its name and the function it calls whatever its table is called.
    pub(super) fn triggers(&mut self) {
        let pick = |units: &crate::diff::Units| -> Vec<(usize, CreateTrigger)> {
            let mut found: Vec<_> = units
                .by_key
                .values()
                .filter_map(|unit| match &unit.statement {
                    Statement::CreateTrigger(trigger) => Some((unit.place, trigger.clone())),
                    _ => None,
                })
                .collect();
            found.sort_by_key(|(place, _)| *place);
            found
        };
        let (before, named) = (pick(&self.before), pick(&self.old));
        // Both are made of the same triggers of the spec, in their order.
        let in_step = before.len() == named.len();
        let removed = self.removed_functions();
        let mut kept: BTreeSet<Key> = BTreeSet::new();
        let mut drops = Vec::new();
        for (index, (place, old)) in before.iter().enumerate() {
            let table = self.table_now(&old.table);
            let own = Key::Trigger(table.clone(), old.name.clone());
            let mut now = named
                .get(index)
                .map(|(_, trigger)| trigger.clone())
                .filter(|_| in_step);
            if let Some(now) = &mut now {
                // What it was called is what it is called.
                now.name = old.name.clone();
                now.function = old.function.clone();
            }
            let stays = now.is_some_and(|now| {
                let remade = self.touched.remade.contains(&Key::Trigger(
                    now.table.clone(),
                    named[index].1.name.clone(),
                ));
                let next = self
                    .new
                    .by_key
                    .get(&Key::Trigger(now.table.clone(), now.name.clone()));
                !remade && next.is_some_and(|next| is_same(&now.into(), &next.statement))
            }) && !removed.contains(&old.function);
            if stays {
                kept.insert(own);
            } else {
                drops.push((*place, old.name.clone(), table));
            }
        }
        for (place, name, table) in drops {
            // A view that is removed takes its triggers along.
            let on_view = self.before.by_key.contains_key(&Key::View(table.clone()));
            if on_view && self.touched.views.contains(&table) {
                continue;
            }
            let step = self.step(
                Phase::Expand,
                Stage::Remove,
                place,
                format!("trigger {name} on {table}: removed"),
                Drop::Trigger(name.clone(), table.clone()),
            );
            step.locks(Lock::access_exclusive(&table));
        }
        let adds: Vec<_> = self
            .new
            .by_key
            .iter()
            .filter(|(key, _)| matches!(key, Key::Trigger(..)) && !kept.contains(key))
            .map(|(key, unit)| (described(key), unit.place, unit.statement.clone()))
            .collect();
        for (what, place, statement) in adds {
            let Statement::CreateTrigger(trigger) = &statement else {
                continue;
            };
            let table = trigger.table.clone();
            let is_kept = self.is_kept(&table);
            let step = self.step(
                Phase::Expand,
                Stage::Make,
                place,
                format!("{what}: made"),
                statement,
            );
            if is_kept {
                step.locks(Lock::share_row_exclusive(&table));
            }
        }
    }

    /// What a table of the old schema is called now.
    fn table_now(&self, old: &QualifiedName) -> QualifiedName {
        let named = self.prev.models.iter().zip(&self.named.models);
        named
            .into_iter()
            .find_map(|(prev, named)| {
                if prev.table == *old {
                    return Some(named.table.clone());
                }
                let mut partitions = prev.partitions.iter().zip(&named.partitions);
                let found = partitions.find(|(prev, _)| prev.table == *old);
                found.map(|(_, named)| named.table.clone())
            })
            .unwrap_or_else(|| old.clone())
    }
}
