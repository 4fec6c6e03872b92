//! Composite types.

use super::TypeChanges;
use crate::diff::columns::cast;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, rendered};
use crate::ident::Ident;
use crate::pg::{AlterComposite, CompositeAction, type_sql};
use crate::plan::{HazardKind, Phase};
use crate::schema::{BaseType, Composite, Type};
use crate::sql::Sql;

impl Diff<'_> {
    /// Whether a composite type cannot get its attributes in its place: PostgreSQL adds them behind the others, and changes
    /// the type of none that a column holds.
    pub(super) fn is_composite_replaced(&self, old: usize, new: usize) -> bool {
        let (prev, next) = (&self.named.composites[old], &self.next.composites[new]);
        let find = |list: &[(Ident, Type)], name: &Ident| {
            list.iter()
                .find(|(other, _)| other == name)
                .map(|(_, ty)| ty.clone())
        };
        let kept: Vec<&Ident> = prev
            .attributes
            .iter()
            .map(|(name, _)| name)
            .filter(|name| find(&next.attributes, name).is_some())
            .collect();
        let begins = next
            .attributes
            .iter()
            .map(|(name, _)| name)
            .take(kept.len());
        let retyped = prev.attributes.iter().any(|(name, ty)| {
            find(&next.attributes, name)
                .is_some_and(|to| type_sql(&self.named, ty) != type_sql(self.next, &to))
        });
        !begins.eq(kept.iter().copied()) || retyped && self.is_used(old)
    }

    /// An array of values whose attributes are others, or stand elsewhere, cannot be written in one expression.
    pub(super) fn refuse_arrays(&mut self, found: &TypeChanges) {
        let mut problems = Vec::new();
        for (&new, &old) in &self.matching.composites {
            if !found.composites.contains(&old) || self.has_same_attributes(old, new) {
                continue;
            }
            let is = |ty: &Type| matches!(ty.base, BaseType::Composite(id) if id.0 == old);
            let fields = self.named.models.iter().flat_map(|model| &model.fields);
            let attributes = self
                .named
                .composites
                .iter()
                .flat_map(|item| &item.attributes);
            if fields
                .map(|field| &field.ty)
                .any(|ty| is(ty) && ty.dimensions > 0)
                || attributes.map(|(_, ty)| ty).any(is)
                || self.named.domains.iter().any(|domain| is(&domain.base))
            {
                problems.push(self.next.composites[new].name.clone());
            }
        }
        for name in problems {
            self.problem(
                format!("`composites.{name}` gets other attributes or another order of them, and arrays, domains or other types hold it"),
                "make a new composite type beside it, move the columns to it, and drop this one later",
            );
        }
    }

    fn has_same_attributes(&self, old: usize, new: usize) -> bool {
        let (prev, next) = (&self.named.composites[old], &self.next.composites[new]);
        let names = |item: &Composite| -> Vec<Ident> {
            item.attributes
                .iter()
                .map(|(name, _)| name.clone())
                .collect()
        };
        names(prev) == names(next)
    }

    /// A value of a composite type as one of the type that replaces it, attribute by attribute; nothing where its text says
    /// it all.
    pub(in crate::diff) fn composite_value(
        &self,
        value: &Sql,
        from: &Type,
        ty: &Type,
    ) -> Option<Sql> {
        let (BaseType::Composite(old), BaseType::Composite(new)) = (&from.base, &ty.base) else {
            return None;
        };
        if from.dimensions > 0
            || self.matching.composites.get(&new.0) != Some(&old.0)
            || self.has_same_attributes(old.0, new.0)
        {
            return None;
        }
        let (prev, next) = (self.named.composite(*old), self.next.composite(*new));
        let parts = next.attributes.iter().map(|(name, ty)| {
            let to = type_sql(self.next, ty);
            match prev.attributes.iter().find(|(other, _)| other == name) {
                Some((_, from)) => {
                    let value = crate::sql!("({value}).{name}", value = value, name = name);
                    cast(&value, from, ty, &to)
                }
                None => crate::sql!("NULL::{to}", to = to),
            }
        });
        Some(crate::sql!(
            "CASE WHEN {value} IS NOT DISTINCT FROM NULL THEN NULL ELSE ROW({parts})::{to} END",
            value = value,
            parts = Sql::join(", ", parts),
            to = type_sql(self.next, ty)
        ))
    }

    /// What becomes of attributes when a type is replaced.
    pub(super) fn tell_of_attributes(&mut self, old: usize, new: usize) {
        let (prev, next) = (&self.named.composites[old], &self.next.composites[new]);
        let what = format!("composites.{}", next.name);
        let lost: Vec<&str> = prev
            .attributes
            .iter()
            .filter(|(name, _)| !next.attributes.iter().any(|(other, _)| other == name))
            .map(|(name, _)| name.as_str())
            .collect();
        let lost =
            (!lost.is_empty()).then(|| format!("what is in {} of {what} is gone", lost.join(", ")));
        if let Some((_, step)) = self.steps.last_mut() {
            step.costs(
                HazardKind::BreaksOldCode,
                format!("code that reads or writes {what} knows other attributes"),
            );
            if let Some(lost) = lost {
                step.costs(HazardKind::DeletesData, lost);
            }
        }
    }

    pub(super) fn alter_composite(&mut self, old: usize, new: usize) {
        let (prev, next) = (
            self.named.composites[old].clone(),
            self.next.composites[new].clone(),
        );
        let place = self.new.place(&Key::Composite(next.ty.clone()));
        let what = format!("composites.{}", next.name);
        let mut steps = Vec::new();
        for (name, ty) in &prev.attributes {
            match next.attributes.iter().find(|(other, _)| other == name) {
                None => steps.push((true, CompositeAction::DropAttribute(name.clone()))),
                Some((_, to)) => {
                    let (from, to) = (type_sql(&self.named, ty), type_sql(self.next, to));
                    if from != to {
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
