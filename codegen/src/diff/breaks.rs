//! What code of the last release no longer may, where that follows from a statement and both schemas.

use super::tables::constraints::is_same_constraint;
use super::units::Key;
use super::{Diff, is_same};
use crate::ident::QualifiedName;
use crate::pg::{
    ConstraintKind, CreateIndexConcurrently, Drop, Statement, TableAction, TableConstraint,
};
use crate::plan::HazardKind;
use crate::schema::{Schema, Trigger, TriggerKind};
use crate::sql::{Render, Sql};

impl Diff<'_> {
    /// Adds to each step what it refuses from then on.
    pub(super) fn say_breaks(&mut self) {
        let mut steps = std::mem::take(&mut self.steps);
        let mut refusing = self.refusing();
        for (_, step) in &mut steps {
            let mut texts: Vec<String> = self.broken_by(&step.statement).into_iter().collect();
            if let Statement::CreateTrigger(trigger) = &step.statement
                && let Some(place) = refusing.iter().position(|(on, _)| *on == trigger.table)
            {
                texts.push(refusing.remove(place).1);
            }
            for text in texts {
                step.costs(HazardKind::BreaksOldCode, text);
            }
        }
        self.steps = steps;
    }

    fn broken_by(&self, statement: &Statement) -> Option<String> {
        match statement {
            Statement::AlterTable(alter) => alter.actions.iter().find_map(|action| {
                let name = match action {
                    TableAction::AddConstraint { constraint, .. }
                        if matches!(constraint.kind, ConstraintKind::Exclude { .. }) =>
                    {
                        &constraint.name
                    }
                    TableAction::AddUsingIndex { name, .. } => name,
                    _ => return None,
                };
                let find = |units: &super::units::Units| -> Option<TableConstraint> {
                    let (table, _) = units.table(&alter.table)?;
                    let mut all = table.constraints.iter();
                    all.find(|constraint| constraint.name == *name).cloned()
                };
                let same = match (find(&self.old), find(self.new)) {
                    (Some(old), Some(new)) => is_same_constraint(&old, &new),
                    _ => false,
                };
                (!same && self.is_kept(&alter.table))
                    .then(|| format!("statements of the last release that break {name} fail"))
            }),
            Statement::CreateIndexConcurrently(CreateIndexConcurrently(index))
                if index.unique && !self.is_constraint(&index.table, index.name.as_str()) =>
            {
                let key = Key::Index(QualifiedName::new(
                    index.table.schema.clone(),
                    index.name.clone(),
                ));
                let (old, new) = (self.old.by_key.get(&key), self.new.by_key.get(&key));
                let same = matches!((old, new), (Some(old), Some(new)) if is_same(&old.statement, &new.statement));
                // A name of its own is that of an index which takes the place of another one.
                (new.is_some() && !same).then(|| {
                    format!(
                        "statements of the last release that break {} fail",
                        index.name
                    )
                })
            }
            Statement::Drop(Drop::View(name) | Drop::MaterializedView(name)) => {
                let gone = !self.new.by_key.contains_key(&Key::View(name.clone()));
                gone.then(|| format!("statements that name {name} fail"))
            }
            Statement::Drop(Drop::Policy(policy, table)) => {
                let key = Key::Policy(table.clone(), policy.clone());
                let (old, new) = (self.old.by_key.get(&key), self.new.by_key.get(&key));
                let same = matches!((old, new), (Some(old), Some(new)) if is_same(&old.statement, &new.statement));
                (!same && self.is_kept(table)).then(|| {
                    format!("rows of {table} that {policy} let through may be hidden or refused")
                })
            }
            Statement::CreatePolicy(policy) if policy.restrictive => {
                let key = Key::Policy(policy.table.clone(), policy.name.clone());
                let is_new = !self.old.by_key.contains_key(&key) && self.is_kept(&policy.table);
                is_new.then(|| {
                    format!(
                        "rows of {} that {} does not let through are hidden or refused",
                        policy.table, policy.name
                    )
                })
            }
            Statement::SetRowSecurity(set) if self.is_kept(&set.table) => Some(if set.force {
                format!(
                    "the owner of {}, too, sees and writes only what a policy lets through",
                    set.table
                )
            } else {
                format!(
                    "whoever does not own {} sees and writes only what a policy lets through",
                    set.table
                )
            }),
            Statement::Revoke(revoke) => {
                let mut on = Sql::new();
                revoke.0.on.render(&mut on);
                Some(format!(
                    "{} may no more {}{}",
                    revoke.0.role,
                    revoke.0.privileges.join(", "),
                    on.as_str()
                ))
            }
            _ => None,
        }
    }

    fn is_constraint(&self, table: &QualifiedName, name: &str) -> bool {
        self.new.table(table).is_some_and(|(table, _)| {
            let mut all = table.constraints.iter();
            all.any(|constraint| constraint.name.as_str() == name)
        })
    }

    /// Tables that are there, with what new triggers refuse on them.
    fn refusing(&self) -> Vec<(QualifiedName, String)> {
        let of = |schema: &Schema, trigger: &Trigger| match &trigger.kind {
            TriggerKind::Immutable(kept) => {
                let table = schema.model(kept.on).table.clone();
                let text = format!("changes of {table} that {} denies fail", trigger.name);
                Some((table, text))
            }
            TriggerKind::Transitions(moves) => {
                let model = schema.model(moves.on.model);
                let (table, column) = (&model.table, &model.field(moves.on.field).name);
                let text = format!(
                    "changes of {table}.{column} that {} does not allow fail",
                    trigger.name
                );
                Some((table.clone(), text))
            }
            TriggerKind::Ledger(ledger) => {
                let table = schema.model(ledger.on).table.clone();
                let text = format!(
                    "updates and deletes of {table} fail, and entries that {} refuses",
                    trigger.name
                );
                Some((table, text))
            }
            _ => None,
        };
        let before: Vec<_> = self
            .named
            .triggers
            .iter()
            .filter_map(|trigger| of(&self.named, trigger))
            .collect();
        self.next
            .triggers
            .iter()
            .filter_map(|trigger| of(self.next, trigger))
            .filter(|found| self.is_kept(&found.0) && !before.contains(found))
            .collect()
    }
}
