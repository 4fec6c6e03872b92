//! Composite types.

use crate::diff::units::Key;
use crate::diff::{Diff, Stage, rendered};
use crate::ident::Ident;
use crate::pg::{AlterComposite, CompositeAction, type_sql};
use crate::plan::{HazardKind, Phase};
use crate::schema::{BaseType, Type};

impl Diff<'_> {
    pub(super) fn alter_composite(&mut self, old: usize, new: usize) {
        let (prev, next) = (
            self.named.composites[old].clone(),
            self.next.composites[new].clone(),
        );
        let place = self.new.place(&Key::Composite(next.ty.clone()));
        let what = format!("composites.{}", next.name);
        let kept: Vec<&Ident> = prev
            .attributes
            .iter()
            .map(|(name, _)| name)
            .filter(|name| next.attributes.iter().any(|(other, _)| other == *name))
            .collect();
        let begins: Vec<&Ident> = next
            .attributes
            .iter()
            .map(|(name, _)| name)
            .take(kept.len())
            .collect();
        if kept != begins {
            self.problem(
                format!("the attributes of `{what}` are in another order"),
                "PostgreSQL adds an attribute behind the others: put new ones last, and keep the order of the others",
            );
            return;
        }
        let mut steps = Vec::new();
        for (name, ty) in &prev.attributes {
            match next.attributes.iter().find(|(other, _)| other == name) {
                None => steps.push((true, CompositeAction::DropAttribute(name.clone()))),
                Some((_, to)) => {
                    let (from, to) = (type_sql(&self.named, ty), type_sql(self.next, to));
                    if from != to {
                        if self.is_used(old) {
                            self.problem(
                                format!("the type of `{what}.{name}` changes, and columns hold values of it"),
                                "make a new composite type beside it, move the columns to it, and drop this one later",
                            );
                            return;
                        }
                        steps.push((false, CompositeAction::SetType(name.clone(), to)));
                    }
                }
            }
        }
        for (name, ty) in &next.attributes {
            if !prev.attributes.iter().any(|(other, _)| other == name) {
                let ty = type_sql(self.next, ty);
                steps.push((false, CompositeAction::AddAttribute(name.clone(), ty)));
            }
        }
        for (deletes, action) in steps {
            let statement = AlterComposite {
                name: next.ty.clone(),
                action,
            };
            let text = rendered(&statement).into_string();
            let step = self.step(
                Phase::Expand,
                Stage::Make,
                place,
                format!("{what}: changed"),
                statement,
            );
            step.costs(
                HazardKind::BreaksOldCode,
                format!("code that reads or writes {what} knows other attributes"),
            );
            if deletes {
                step.costs(HazardKind::DeletesData, text.trim_end().to_owned());
            }
        }
    }

    /// Whether a column, an array or another type holds values of a composite type.
    fn is_used(&self, place: usize) -> bool {
        let is = |ty: &Type| matches!(ty.base, BaseType::Composite(id) if id.0 == place);
        let fields = self.named.models.iter().flat_map(|model| &model.fields);
        let attributes = self
            .named
            .composites
            .iter()
            .flat_map(|item| &item.attributes);
        fields.map(|field| &field.ty).any(is)
            || attributes.map(|(_, ty)| ty).any(is)
            || self.named.domains.iter().map(|domain| &domain.base).any(is)
    }
}
