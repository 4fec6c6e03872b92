//! Enums, domains and composite types.

mod composites;
mod domains;
mod labels;
mod names;

use std::collections::BTreeSet;

use crate::diff::columns::new_beside;
use crate::diff::units::{Key, commented};
use crate::diff::{Diff, Stage};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{CommentObject, CreateEnum, Drop, Rename, Renamed, Statement, type_sql};
use crate::plan::{HazardKind, Phase};
use crate::schema::{BaseType, Schema, Type};

/// Which types of the old schema cannot stay, by their places in it.
#[derive(Clone, Debug, Default)]
pub(in crate::diff) struct TypeChanges {
    /// Replaced by a new type of the same name.
    enums: BTreeSet<usize>,
    domains: BTreeSet<usize>,
    pub(super) composites: BTreeSet<usize>,
    /// Names of those, and of types that go.
    gone: BTreeSet<String>,
}

impl TypeChanges {
    /// Names of types that are replaced or go.
    pub(in crate::diff) fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.gone.iter().cloned()
    }

    /// Whether an enum is replaced, by its place in the old schema.
    pub(in crate::diff) fn replaces_enum(&self, old: usize) -> bool {
        self.enums.contains(&old)
    }

    /// Whether values of the type must be made values of another one.
    pub(in crate::diff) fn replaces(&self, schema: &Schema, ty: &Type) -> bool {
        match ty.base {
            BaseType::Enum(id) => self.enums.contains(&id.0),
            BaseType::Domain(id) => {
                self.domains.contains(&id.0) || self.replaces(schema, &schema.domain(id).base)
            }
            BaseType::Composite(id) => self.composites.contains(&id.0),
            BaseType::Builtin(_) | BaseType::Other(_) => false,
        }
    }
}

impl Diff<'_> {
    /// Decides which types are changed in their place, and which are replaced.
    pub(in crate::diff) fn type_changes(&mut self) -> TypeChanges {
        let mut found = TypeChanges::default();
        for (&new, &old) in &self.matching.enums {
            if !self.labels_are_added(old, new) {
                found.enums.insert(old);
                found
                    .gone
                    .insert(self.named.enums[old].ty.name.as_str().to_owned());
            }
        }
        // One holds another: until no more are found.
        loop {
            let before = (found.domains.len(), found.composites.len());
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
            for (&new, &old) in &self.matching.composites {
                let item = &self.named.composites[old];
                let holds = item
                    .attributes
                    .iter()
                    .any(|(_, ty)| found.replaces(&self.named, ty));
                if holds || self.is_composite_replaced(old, new) {
                    found.composites.insert(old);
                    found.gone.insert(item.ty.name.as_str().to_owned());
                }
            }
            if before == (found.domains.len(), found.composites.len()) {
                break;
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
        self.refuse_arrays(&found);
        found
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

    pub(in crate::diff) fn make_types(&mut self, types: &TypeChanges) {
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
            if types.composites.contains(&old) {
                let item = &self.next.composites[new];
                let (name, what) = (item.ty.clone(), format!("composites.{}", item.name));
                self.replace_type(&name, Kind::Composite, &what, false);
                self.tell_of_attributes(old, new);
            } else {
                self.alter_composite(old, new);
            }
        }
        self.types_of_one_side();
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
                    crate::diff::described(key),
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
            steps.push((
                false,
                unit.place,
                crate::diff::described(key),
                statement.into(),
            ));
        }
        for (comes, place, what, statement) in steps {
            if comes {
                let is_early = matches!(&statement, Statement::CreateEnum(create)
                    if self.early_types.contains(&Key::Enum(create.name.clone())));
                self.step(
                    if is_early {
                        Phase::Shadow
                    } else {
                        Phase::Expand
                    },
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
            Kind::Composite => Key::Composite(name.clone()),
            Kind::Domain => Key::Domain(name.clone()),
        };
        let text = format!("{what}: replaced, as it cannot be changed in its place");
        let object = match kind {
            Kind::Enum | Kind::Composite => Renamed::Type(name.clone()),
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
        let is_beside = matches!(kind, Kind::Enum)
            && self
                .enums_aside
                .iter()
                .any(|&old| self.named.enums[old].ty == *name);
        if let Some(unit) = self.new.by_key.get(&key).cloned()
            && let (true, Statement::CreateEnum(create)) = (is_beside, &unit.statement)
        {
            let beside = new_beside(name);
            let create = CreateEnum {
                name: beside.clone(),
                ..create.clone()
            };
            self.step(Phase::Shadow, Stage::Rename, 0, &text, create);
            self.step(
                Phase::Expand,
                Stage::Make,
                unit.place,
                &text,
                Rename {
                    object: Renamed::Type(beside),
                    to: name.name.clone(),
                },
            );
        } else if let Some(unit) = self.new.by_key.get(&key).cloned() {
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
            Kind::Enum | Kind::Composite => CommentObject::Type(name.clone()),
            Kind::Domain => CommentObject::Domain(name.clone()),
        };
        self.touched
            .remade
            .insert(Key::Comment(commented(&comment)));
        let place = self.old.place(&key);
        let aside = QualifiedName::new(name.schema.clone(), aside);
        let drop = match kind {
            Kind::Enum | Kind::Composite => Drop::Type(aside),
            Kind::Domain => Drop::Domain(aside),
        };
        self.step(Phase::Contract, Stage::Leave, place, &text, drop);
    }
}

/// The types that are replaced by a new one of their name.
#[derive(Clone, Copy)]
enum Kind {
    Enum,
    Domain,
    Composite,
}

fn pairs(map: &std::collections::BTreeMap<usize, usize>) -> Vec<(usize, usize)> {
    map.iter().map(|(&new, &old)| (new, old)).collect()
}
