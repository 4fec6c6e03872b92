//! New names of tables and columns, and of everything that is named after them.

use super::constraints::is_same_constraint;
use crate::ddl;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, is_same};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{CreateIndex, Rename, Renamed, Statement, TableConstraint};
use crate::plan::{HazardKind, Phase};
use crate::schema::ModelId;

/// What is renamed because something else is.
const BELONGS: &str = "renamed with what it belongs to";

impl Diff<'_> {
    /// New names: of tables and columns, then of everything that is named after them and is otherwise the same.
    pub(in crate::diff) fn renames(&mut self) {
        self.rename_types();
        let mut steps: Vec<(String, Statement, bool)> = Vec::new();
        let mut problems = Vec::new();
        for (&new_id, &old_id) in &self.matching.models {
            let (new, old) = (self.next.model(new_id), self.prev.model(old_id));
            let what = format!("models.{}: renamed", new.name);
            if old.table != new.table
                && self
                    .prev
                    .models
                    .iter()
                    .any(|other| other.table == new.table)
            {
                problems.push(format!("the table `{}` of models.{} is the name of another table of the last migration", new.table, new.name));
            }
            let mut at = old.table.clone();
            if at.schema != new.table.schema {
                steps.push((
                    what.clone(),
                    crate::pg::SetSchema {
                        kind: "TABLE",
                        name: at.clone(),
                        schema: new.table.schema.clone(),
                    }
                    .into(),
                    true,
                ));
                at.schema = new.table.schema.clone();
            }
            if at.name != new.table.name {
                steps.push((
                    what.clone(),
                    Rename {
                        object: Renamed::Table(at),
                        to: new.table.name.clone(),
                    }
                    .into(),
                    true,
                ));
            }
            for partition in &old.partitions {
                let to = new.partitions.iter().find(|other| {
                    other.table.name == partition.table.name
                        && other.table.schema != partition.table.schema
                });
                // A partition does not follow its table into another schema.
                if let Some(to) = to {
                    steps.push((
                        what.clone(),
                        crate::pg::SetSchema {
                            kind: "TABLE",
                            name: partition.table.clone(),
                            schema: to.table.schema.clone(),
                        }
                        .into(),
                        true,
                    ));
                }
            }
            let mut not_null = Vec::new();
            for (&(_, field), &old_field) in self.matching.fields_of(new_id) {
                let (to, from) = (&new.field(field).name, &old.field(old_field).name);
                let renamed = from != to;
                if renamed && !self.is_renamed_above(old_id, from, to) {
                    steps.push((
                        format!("{}.{to}: renamed from {from}", new.name),
                        Rename {
                            object: Renamed::Column(new.table.clone(), from.clone()),
                            to: to.clone(),
                        }
                        .into(),
                        true,
                    ));
                }
                if renamed || old.table.name != new.table.name {
                    if old.field(old_field).sequence.is_some()
                        && new.field(field).sequence.is_some()
                    {
                        let name = ddl::sequence_name(new.table.name.as_str(), to.as_str());
                        if let (Ok(name), false) = (
                            Ident::new(name),
                            ddl::is_inherited(
                                &self.named,
                                self.named.model(old_id),
                                self.named.model(old_id).field(old_field),
                            ),
                        ) {
                            steps.push((
                                BELONGS.to_owned(),
                                crate::pg::RenameSequence {
                                    table: new.table.clone(),
                                    column: to.clone(),
                                    to: name,
                                }
                                .into(),
                                false,
                            ));
                        }
                    }
                    // PostgreSQL renames what is inherited with the parent's, or not at all.
                    let inherited = old.inherits.iter().any(|&parent| {
                        let parent = self.prev.model(parent);
                        parent.field_named(from.as_str()).is_some()
                    });
                    if let (false, Some(name)) = (
                        old.field(old_field).nullable || inherited,
                        crate::diff::matching::not_null_name(&new.table.name, to),
                    ) {
                        not_null.push((to.clone(), name));
                    }
                }
            }
            if !not_null.is_empty() {
                steps.push((
                    BELONGS.to_owned(),
                    crate::pg::RenameNotNull {
                        table: new.table.clone(),
                        columns: not_null,
                    }
                    .into(),
                    false,
                ));
            }
        }
        for text in problems {
            self.problem(text, "drop that one in a migration of its own first");
        }
        for (what, statement, breaks) in steps {
            let step = self.step(Phase::Expand, Stage::Rename, 1, what, statement);
            if breaks {
                step.costs(
                    HazardKind::BreaksOldCode,
                    "statements of the last release that say the old name fail",
                );
            }
        }
        self.rename_constraints();
        self.rename_indexes();
    }

    /// Whether the column has its new name from a table that it is inherited from.
    fn is_renamed_above(&self, old_id: ModelId, from: &Ident, to: &Ident) -> bool {
        let parents = &self.prev.model(old_id).inherits;
        let mut models = self.matching.models.iter();
        models.any(|(&new_parent, &old_parent)| {
            parents.contains(&old_parent)
                && self
                    .matching
                    .fields_of(new_parent)
                    .any(|(&(_, field), &old_field)| {
                        self.next.model(new_parent).field(field).name == *to
                            && self.prev.model(old_parent).field(old_field).name == *from
                    })
        })
    }

    /// A NOT NULL that was inherited has the name that the parent gave it. Left alone, it is the table's own.
    pub(super) fn name_left_not_null(&mut self, table: &QualifiedName, place: usize) {
        let columns: Vec<(Ident, Ident)> = self
            .named
            .models
            .iter()
            .filter(|model| model.table == *table)
            .flat_map(|model| &model.fields)
            .filter(|field| !field.nullable)
            .filter_map(|field| {
                let name = crate::diff::matching::not_null_name(&table.name, &field.name)?;
                Some((field.name.clone(), name))
            })
            .collect();
        if columns.is_empty() {
            return;
        }
        self.step(
            Phase::Expand,
            Stage::Make,
            place,
            BELONGS,
            crate::pg::RenameNotNull {
                table: table.clone(),
                columns,
            },
        );
    }

    /// Constraints that differ in their names alone.
    fn rename_constraints(&mut self) {
        let mut found = Vec::new();
        for (table, next, _) in self.new.tables() {
            let Some((prev, _)) = self.old.table(table) else {
                continue;
            };
            let has =
                |list: &[TableConstraint], name: &Ident| list.iter().any(|one| one.name == *name);
            let mut taken: Vec<Ident> = Vec::new();
            for new in next
                .constraints
                .iter()
                .filter(|new| !has(&prev.constraints, &new.name))
            {
                let old = prev.constraints.iter().find(|old| {
                    !has(&next.constraints, &old.name)
                        && !taken.contains(&old.name)
                        && is_same_constraint(
                            &TableConstraint {
                                name: new.name.clone(),
                                kind: old.kind.clone(),
                            },
                            new,
                        )
                });
                if let Some(old) = old {
                    taken.push(old.name.clone());
                    found.push((table.clone(), old.name.clone(), new.name.clone()));
                }
            }
        }
        let mut keys: Vec<(QualifiedName, Ident, Ident)> = Vec::new();
        let gone: Vec<_> = self
            .old
            .by_key
            .iter()
            .filter(|(key, _)| {
                matches!(key, Key::Reference(..)) && !self.new.by_key.contains_key(key)
            })
            .collect();
        for (key, unit) in &self.new.by_key {
            let (Key::Reference(table, name), Statement::AddForeignKey(new)) =
                (key, &unit.statement)
            else {
                continue;
            };
            if self.old.by_key.contains_key(key) || !self.is_kept(table) {
                continue;
            }
            let old = gone
                .iter()
                .find_map(|(other, unit)| match (other, &unit.statement) {
                    (Key::Reference(of, old_name), Statement::AddForeignKey(old))
                        if of == table
                            && !keys.iter().any(|(t, from, _)| t == of && from == old_name)
                            && is_same(
                                &crate::pg::AddForeignKey {
                                    name: name.clone(),
                                    ..old.clone()
                                }
                                .into(),
                                &new.clone().into(),
                            ) =>
                    {
                        Some(old_name.clone())
                    }
                    _ => None,
                });
            if let Some(old) = old {
                keys.push((table.clone(), old, name.clone()));
            }
        }
        for (table, from, to) in found {
            if let Some(unit) = self.old.by_key.get_mut(&Key::Table(table.clone()))
                && let Statement::CreateTable(create) = &mut unit.statement
            {
                for constraint in create.constraints.iter_mut().filter(|one| one.name == from) {
                    constraint.name = to.clone();
                }
            }
            self.rename_step(Renamed::Constraint(table, from), to);
        }
        for (table, from, to) in keys {
            if let Some(mut unit) = self
                .old
                .by_key
                .remove(&Key::Reference(table.clone(), from.clone()))
            {
                if let Statement::AddForeignKey(add) = &mut unit.statement {
                    add.name = to.clone();
                }
                self.old
                    .by_key
                    .insert(Key::Reference(table.clone(), to.clone()), unit);
            }
            self.rename_step(Renamed::Constraint(table, from), to);
        }
    }

    /// Indexes and statistics that differ in their names alone.
    fn rename_indexes(&mut self) {
        let mut found: Vec<(Key, Key, Renamed, Ident)> = Vec::new();
        let is_named = |key: &Key| matches!(key, Key::Index(_) | Key::Statistics(_));
        let gone: Vec<_> = self
            .old
            .by_key
            .iter()
            .filter(|(key, _)| is_named(key) && !self.new.by_key.contains_key(key))
            .collect();
        for (key, unit) in &self.new.by_key {
            if !is_named(key) || self.old.by_key.contains_key(key) {
                continue;
            }
            for (other, old) in &gone {
                if found.iter().any(|(taken, ..)| taken == *other) {
                    continue;
                }
                let hit = match (other, &old.statement, &unit.statement) {
                    (
                        Key::Index(name),
                        Statement::CreateIndex(old),
                        Statement::CreateIndex(new),
                    ) if old.table == new.table
                        && is_same(
                            &CreateIndex {
                                name: new.name.clone(),
                                ..old.clone()
                            }
                            .into(),
                            &new.clone().into(),
                        ) =>
                    {
                        Some((Renamed::Index(name.clone()), new.name.clone()))
                    }
                    (
                        Key::Statistics(name),
                        Statement::CreateStatistics(old),
                        Statement::CreateStatistics(new),
                    ) if old.table == new.table
                        && is_same(
                            &crate::pg::CreateStatistics {
                                name: new.name.clone(),
                                ..old.clone()
                            }
                            .into(),
                            &new.clone().into(),
                        ) =>
                    {
                        Some((Renamed::Statistics(name.clone()), new.name.name.clone()))
                    }
                    _ => None,
                };
                if let Some((object, to)) = hit {
                    found.push(((*other).clone(), key.clone(), object, to));
                    break;
                }
            }
        }
        for (from, to_key, object, to) in found {
            if let (Some(mut unit), Some(next)) =
                (self.old.by_key.remove(&from), self.new.by_key.get(&to_key))
            {
                unit.statement = next.statement.clone();
                self.old.by_key.insert(to_key, unit);
            }
            self.rename_step(object, to);
        }
    }

    fn rename_step(&mut self, object: Renamed, to: Ident) {
        let rename = Rename { object, to };
        let text = BELONGS.to_owned();
        self.step(Phase::Expand, Stage::Rename, 2, text, rename);
    }
}
