//! Domains.

use crate::diff::units::Key;
use crate::diff::{Diff, Stage};
use crate::pg::{AlterDomain, DefaultClause, DomainAction, type_sql};
use crate::plan::{HazardKind, Phase};
use crate::schema::{Default, Domain, Schema};

impl Diff<'_> {
    pub(super) fn alter_domain(&mut self, prev: &Domain, next: &Domain) {
        let place = self.new.place(&Key::Domain(next.ty.clone()));
        let name = &next.ty;
        let mut steps: Vec<(Phase, DomainAction)> = Vec::new();
        let clause = |schema: &Schema, item: &Domain| -> Option<DefaultClause> {
            item.default.as_ref().map(|default| match default {
                Default::Literal(literal) => DefaultClause::Literal(literal.clone()),
                Default::Array(elements) => DefaultClause::Array {
                    elements: elements.clone(),
                    ty: type_sql(schema, &item.base),
                },
                Default::Sql(expression) => DefaultClause::Expression(expression.clone()),
            })
        };
        let (before, after) = (clause(&self.named, prev), clause(self.next, next));
        if before != after {
            steps.push((
                Phase::Expand,
                after.map_or(DomainAction::DropDefault, DomainAction::SetDefault),
            ));
        }
        for check in &prev.checks {
            if !next
                .checks
                .iter()
                .any(|other| other.name == check.name && other.sql == check.sql)
            {
                steps.push((
                    Phase::Expand,
                    DomainAction::DropConstraint(check.name.clone()),
                ));
            }
        }
        for check in &next.checks {
            if !prev
                .checks
                .iter()
                .any(|other| other.name == check.name && other.sql == check.sql)
            {
                steps.push((
                    Phase::Attach,
                    DomainAction::AddConstraint {
                        check: check.clone(),
                        not_valid: true,
                    },
                ));
                steps.push((
                    Phase::Validate,
                    DomainAction::ValidateConstraint(check.name.clone()),
                ));
            }
        }
        match (prev.not_null, next.not_null) {
            (false, true) => steps.push((Phase::Validate, DomainAction::SetNotNull)),
            (true, false) => steps.push((Phase::Expand, DomainAction::DropNotNull)),
            _ => {}
        }
        for (phase, action) in steps {
            let proves = matches!(
                action,
                DomainAction::ValidateConstraint(_) | DomainAction::SetNotNull
            );
            let step = self.step(
                phase,
                Stage::Make,
                place,
                format!("domains.{}: changed", next.name),
                AlterDomain {
                    name: name.clone(),
                    action,
                },
            );
            if proves {
                step.costs(
                    HazardKind::BlocksWrites,
                    format!("every table with a column of {name} is read while nobody writes it"),
                )
                .costs(
                    HazardKind::MayFail,
                    format!("it fails if a value of {name} breaks the rule"),
                );
            }
        }
    }
}
