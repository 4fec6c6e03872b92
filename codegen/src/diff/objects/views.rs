//! Views.

use crate::diff::units::Key;
use crate::diff::{Diff, Stage, described};
use crate::pg::{Drop, Statement};
use crate::plan::{HazardKind, Phase};

impl Diff<'_> {
    pub(super) fn views(&mut self) {
        let mut steps = Vec::new();
        for (key, unit) in &self.before.by_key {
            let (Key::View(name), Statement::CreateView(view)) = (key, &unit.statement) else {
                continue;
            };
            if self.touched.views.contains(name) {
                let drop = if view.materialized {
                    Drop::MaterializedView(name.clone())
                } else {
                    Drop::View(name.clone())
                };
                steps.push((Stage::Remove, unit.place, described(key), drop.into()));
            }
        }
        for (key, unit) in &self.new.by_key {
            let Key::View(name) = key else { continue };
            if self.touched.views.contains(name) || !self.before.by_key.contains_key(key) {
                steps.push((
                    Stage::Make,
                    unit.place,
                    described(key),
                    unit.statement.clone(),
                ));
            }
        }
        for (stage, place, what, statement) in steps {
            let comes = stage == Stage::Make;
            let step = self.step(
                Phase::Expand,
                stage,
                place,
                format!("{what}: {}", if comes { "made" } else { "removed" }),
                statement,
            );
            if !comes && matches!(step.statement, Statement::Drop(Drop::MaterializedView(_))) {
                step.costs(
                    HazardKind::Weakens,
                    format!("{what} is computed anew, from all that it reads"),
                );
            }
        }
    }
}
