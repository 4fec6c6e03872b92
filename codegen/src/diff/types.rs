//! Enums, domains and composite types.

use std::collections::BTreeSet;

use super::units::{Key, commented};
use super::{Diff, Stage, rendered};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterComposite, AlterDomain, AlterEnum, CommentObject, CompositeAction, DefaultClause,
    DomainAction, Drop, EnumAction, Rename, Renamed, SetSchema, Statement, type_sql,
};
use crate::plan::{HazardKind, Phase};
use crate::schema::{BaseType, Default, Domain, Schema, Type};

/// Which types of the old schema cannot stay, by their places in it.
#[derive(Clone, Debug, Default)]
pub(super) struct TypeChanges {
    /// Replaced by a new type of the same name.
    enums: BTreeSet<usize>,
    domains: BTreeSet<usize>,
    /// Names of those, and of types that go.
    gone: BTreeSet<String>,
}

impl TypeChanges {
    /// Names of types that are replaced or go.
    pub(super) fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.gone.iter().cloned()
    }

    /// Whether values of the type must be made values of another one.
    pub(super) fn replaces(&self, schema: &Schema, ty: &Type) -> bool {
        match ty.base {
            BaseType::Enum(id) => self.enums.contains(&id.0),
            BaseType::Domain(id) => {
                self.domains.contains(&id.0) || self.replaces(schema, &schema.domain(id).base)
            }
            BaseType::Composite(_) | BaseType::Builtin(_) | BaseType::Other(_) => false,
        }
    }
}

impl Diff<'_> {
    /// Decides which types are changed in their place, and which are replaced.
    pub(super) fn type_changes(&mut self) -> TypeChanges {
        let mut found = TypeChanges::default();
        for (&new, &old) in &self.matching.enums {
            if !self.labels_are_added(old, new) {
                found.enums.insert(old);
                found
                    .gone
                    .insert(self.named.enums[old].ty.name.as_str().to_owned());
            }
        }
        for (&new, &old) in &self.matching.domains {
            let (prev, next) = (&self.named.domains[old], &self.next.domains[new]);
            let base = type_sql(&self.named, &prev.base) != type_sql(self.next, &next.base)
                || prev.collation != next.collation;
            let stricter = next.not_null && !prev.not_null
                || next.checks.iter().any(|check| !prev.checks.contains(check));
            if base
                || (stricter && self.is_contained(old))
                || found.replaces(&self.named, &prev.base)
            {
                found.domains.insert(old);
                found.gone.insert(prev.ty.name.as_str().to_owned());
            }
        }
        let mut gone = Vec::new();
        for (key, _) in self.old.by_key.iter() {
            if let Key::Enum(name) | Key::Domain(name) | Key::Composite(name) = key
                && !self.new.by_key.contains_key(key)
            {
                gone.push(name.name.as_str().to_owned());
            }
        }
        found.gone.extend(gone);
        self.refuse_nested(&found);
        found
    }

    /// Whether the old labels, in their order, are among the new ones.
    fn labels_are_added(&self, old: usize, new: usize) -> bool {
        let mut next = self.next.enums[new].labels.iter();
        self.named.enums[old]
            .labels
            .iter()
            .all(|label| next.any(|other| other.text == label.text))
    }

    /// Whether a domain is within an array or another type: PostgreSQL cannot prove a new rule there.
    fn is_contained(&self, place: usize) -> bool {
        let is = |ty: &Type| matches!(ty.base, BaseType::Domain(id) if id.0 == place);
        let fields = self.named.models.iter().flat_map(|model| &model.fields);
        let in_array = fields
            .map(|field| &field.ty)
            .any(|ty| is(ty) && ty.dimensions > 0);
        let attributes = self
            .named
            .composites
            .iter()
            .flat_map(|item| &item.attributes);
        in_array || attributes.map(|(_, ty)| ty).any(is)
    }

    /// Types within a composite type that columns use cannot be replaced: PostgreSQL has no way to.
    fn refuse_nested(&mut self, found: &TypeChanges) {
        let mut problems = Vec::new();
        for item in &self.named.composites {
            for (name, ty) in &item.attributes {
                if found.replaces(&self.named, ty) {
                    problems.push(format!("{}.{name}", item.name));
                }
            }
        }
        for path in problems {
            self.problem(
                format!("the type of `composites.{path}` has to be replaced, and a composite type holds it"),
                "make a new composite type of the new type beside it, move the columns to it, and drop this one later",
            );
        }
    }

    pub(super) fn make_types(&mut self, types: &TypeChanges) {
        let enums: Vec<(usize, usize)> = pairs(&self.matching.enums);
        for (new, old) in enums {
            if types.enums.contains(&old) {
                self.replace_type(
                    &self.next.enums[new].ty.clone(),
                    Kind::Enum,
                    &format!("enums.{}", self.next.enums[new].name),
                    !self.keeps_labels(old, new),
                );
            } else {
                self.add_labels(old, new);
            }
        }
        let domains: Vec<(usize, usize)> = pairs(&self.matching.domains);
        for (new, old) in domains {
            if types.domains.contains(&old) {
                self.replace_type(
                    &self.next.domains[new].ty.clone(),
                    Kind::Domain,
                    &format!("domains.{}", self.next.domains[new].name),
                    false,
                );
            } else {
                let (prev, next) = (
                    self.named.domains[old].clone(),
                    self.next.domains[new].clone(),
                );
                self.alter_domain(&prev, &next);
            }
        }
        let composites: Vec<(usize, usize)> = pairs(&self.matching.composites);
        for (new, old) in composites {
            self.alter_composite(old, new);
        }
        self.types_of_one_side();
    }

    fn keeps_labels(&self, old: usize, new: usize) -> bool {
        let next = &self.next.enums[new];
        self.named.enums[old]
            .labels
            .iter()
            .all(|label| next.labels.iter().any(|other| other.text == label.text))
    }

    fn types_of_one_side(&mut self) {
        let mut steps = Vec::new();
        for (key, unit) in &self.new.by_key {
            if matches!(key, Key::Enum(_) | Key::Domain(_) | Key::Composite(_))
                && !self.old.by_key.contains_key(key)
            {
                steps.push((
                    true,
                    unit.place,
                    super::described(key),
                    unit.statement.clone(),
                ));
            }
        }
        for (key, unit) in &self.old.by_key {
            if self.new.by_key.contains_key(key) {
                continue;
            }
            let statement = match key {
                Key::Enum(name) | Key::Composite(name) => Drop::Type(name.clone()),
                Key::Domain(name) => Drop::Domain(name.clone()),
                _ => continue,
            };
            steps.push((false, unit.place, super::described(key), statement.into()));
        }
        for (comes, place, what, statement) in steps {
            if comes {
                self.step(
                    Phase::Expand,
                    Stage::Make,
                    place,
                    format!("{what}: new"),
                    statement,
                );
            } else {
                self.step(
                    Phase::Contract,
                    Stage::Leave,
                    place,
                    format!("{what}: removed"),
                    statement,
                );
            }
        }
    }

    fn replace_type(&mut self, name: &QualifiedName, kind: Kind, what: &str, removes: bool) {
        let aside = Ident::derived(&[name.name.as_str(), "replaced"]);
        let key = match kind {
            Kind::Enum => Key::Enum(name.clone()),
            Kind::Domain => Key::Domain(name.clone()),
        };
        let text = format!("{what}: replaced, as it cannot be changed in its place");
        let object = match kind {
            Kind::Enum => Renamed::Type(name.clone()),
            Kind::Domain => Renamed::Domain(name.clone()),
        };
        // Behind all other new names.
        self.step(
            Phase::Expand,
            Stage::Rename,
            usize::MAX / 4,
            &text,
            Rename {
                object,
                to: aside.clone(),
            },
        );
        if let Some(unit) = self.new.by_key.get(&key).cloned() {
            let step = self.step(
                Phase::Expand,
                Stage::Make,
                unit.place,
                &text,
                unit.statement,
            );
            if removes {
                step.costs(
                    HazardKind::MayFail,
                    "it fails if a row still has a label that goes: move such rows in a migration before it",
                );
            }
        }
        let comment = match kind {
            Kind::Enum => CommentObject::Type(name.clone()),
            Kind::Domain => CommentObject::Domain(name.clone()),
        };
        self.touched
            .remade
            .insert(Key::Comment(commented(&comment)));
        let place = self.old.place(&key);
        let aside = QualifiedName::new(name.schema.clone(), aside);
        let drop = match kind {
            Kind::Enum => Drop::Type(aside),
            Kind::Domain => Drop::Domain(aside),
        };
        self.step(Phase::Contract, Stage::Leave, place, &text, drop);
    }

    fn add_labels(&mut self, old: usize, new: usize) {
        // On the way there labels come before anything has its new name.
        let prev = if self.online {
            &self.prev.enums[old]
        } else {
            &self.named.enums[old]
        };
        let named = &self.named.enums[old];
        let next = &self.next.enums[new];
        let called = |text: &str| {
            let place = named.labels.iter().position(|label| label.text == text);
            place.map_or_else(|| text.to_owned(), |place| prev.labels[place].text.clone())
        };
        let first = prev.labels.first().map(|label| label.text.clone());
        let place = self.new.place(&Key::Enum(next.ty.clone()));
        let mut after: Option<String> = None;
        let mut steps = Vec::new();
        for label in &next.labels {
            if !named.labels.iter().any(|other| other.text == label.text) {
                steps.push(AlterEnum {
                    name: prev.ty.clone(),
                    action: EnumAction::Add {
                        label: label.text.clone(),
                        after: after.clone(),
                        first: first.clone(),
                    },
                });
            }
            after = Some(called(&label.text));
        }
        let what = format!("enums.{}", next.name);
        for statement in steps {
            let EnumAction::Add { label, .. } = &statement.action else {
                continue;
            };
            let text = format!("{what}: the label `{label}` is new");
            self.step(Phase::Labels, Stage::Make, place, text, statement)
                .costs(
                    HazardKind::BreaksOldCode,
                    format!(
                        "code that knows every label of {} does not know this one",
                        what
                    ),
                );
        }
    }

    fn alter_domain(&mut self, prev: &Domain, next: &Domain) {
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

    fn alter_composite(&mut self, old: usize, new: usize) {
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

    /// The new names of types and labels.
    pub(super) fn rename_types(&mut self) {
        let mut steps: Vec<(String, Statement)> = Vec::new();
        let mut move_type = |kind: &'static str,
                             domain: bool,
                             old: &QualifiedName,
                             new: &QualifiedName,
                             what: String| {
            let mut at = old.clone();
            if old.schema != new.schema {
                steps.push((
                    what.clone(),
                    SetSchema {
                        kind,
                        name: at.clone(),
                        schema: new.schema.clone(),
                    }
                    .into(),
                ));
                at.schema = new.schema.clone();
            }
            if old.name != new.name {
                let object = if domain {
                    Renamed::Domain(at)
                } else {
                    Renamed::Type(at)
                };
                steps.push((
                    what,
                    Rename {
                        object,
                        to: new.name.clone(),
                    }
                    .into(),
                ));
            }
        };
        for (&new, &old) in &self.matching.enums {
            let item = &self.next.enums[new];
            move_type(
                "TYPE",
                false,
                &self.prev.enums[old].ty,
                &item.ty,
                format!("enums.{}: renamed", item.name),
            );
        }
        for (&new, &old) in &self.matching.domains {
            let item = &self.next.domains[new];
            move_type(
                "DOMAIN",
                true,
                &self.prev.domains[old].ty,
                &item.ty,
                format!("domains.{}: renamed", item.name),
            );
        }
        for (&new, &old) in &self.matching.composites {
            let item = &self.next.composites[new];
            move_type(
                "TYPE",
                false,
                &self.prev.composites[old].ty,
                &item.ty,
                format!("composites.{}: renamed", item.name),
            );
        }
        for (&new, &old) in &self.matching.enums {
            let (prev, named) = (&self.prev.enums[old], &self.named.enums[old]);
            for (from, to) in prev.labels.iter().zip(&named.labels) {
                if from.text != to.text {
                    steps.push((
                        format!(
                            "enums.{}: the label `{}` is now `{}`",
                            self.next.enums[new].name, from.text, to.text
                        ),
                        AlterEnum {
                            name: named.ty.clone(),
                            action: EnumAction::Rename {
                                from: from.text.clone(),
                                to: to.text.clone(),
                            },
                        }
                        .into(),
                    ));
                }
            }
        }
        for (what, statement) in steps {
            self.step(Phase::Expand, Stage::Rename, 0, what, statement)
                .costs(
                    HazardKind::BreaksOldCode,
                    "statements of the last release that say the old name fail",
                );
        }
    }
}

/// The types that are replaced by a new one of their name.
#[derive(Clone, Copy)]
enum Kind {
    Enum,
    Domain,
}

fn pairs(map: &std::collections::BTreeMap<usize, usize>) -> Vec<(usize, usize)> {
    map.iter().map(|(&new, &old)| (new, old)).collect()
}
