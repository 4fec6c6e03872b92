//! Tables that cannot become what the spec says in their place: a new one is made, gets the rows, and the old one goes.
//!
//! PostgreSQL partitions no table that is there, and a table that inherits later keeps its columns as its own. Everything
//! that was on the old table is new on the new one, so that the rest of the plan takes it for a table that comes.

use std::collections::BTreeSet;

use crate::diff::columns::{cast, model_of};
use crate::diff::matching::not_null_name;
use crate::diff::units::{Key, commented};
use crate::diff::{Diff, Stage};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterTable, Column, ColumnValue, ConstraintKind, CopyRows, CreateTable, Drop, GrantObject,
    KeepNumber, Rename, RenameNotNull, RenameSequence, Renamed, RestoreNumber, Statement,
    TableAction, type_sql,
};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::{ModelId, Sequence};

/// A table that is made again.
#[derive(Clone, Debug)]
pub(in crate::diff) struct Rebuilt {
    /// The old model.
    model: ModelId,
    table: QualifiedName,
    /// What the old table is called until it goes.
    aside: QualifiedName,
    prev: CreateTable,
}

impl Diff<'_> {
    /// The rows of all such tables go to the new ones.
    pub(super) fn move_all_rows(&mut self) {
        for rebuilt in self.rebuilt.clone() {
            self.move_rows(rebuilt.model, &rebuilt.table, &rebuilt.aside, &rebuilt.prev);
        }
    }

    /// Finds such tables, and takes what is on them out of the old schema. Before anything else is compared.
    pub(in crate::diff) fn rebuild_tables(&mut self) {
        let mut found = Vec::new();
        for (name, next, _) in self.new.tables() {
            let Some((prev, _)) = self.old.table(name) else {
                continue;
            };
            let inherits_more = next.inherits.iter().any(|one| !prev.inherits.contains(one));
            if prev.partition_by != next.partition_by || inherits_more {
                found.push((name.clone(), prev.clone()));
            }
        }
        for (table, prev) in found {
            let Some((old_id, _)) = self
                .named
                .models_with_ids()
                .find(|(_, model)| model.table == table)
            else {
                continue;
            };
            if self.is_inherited_from(old_id) {
                self.problem(
                    format!("`{table}` has to be made again, and other tables inherit from it"),
                    "make a new model beside it, move the rows, and drop this one in a later migration",
                );
                continue;
            }
            let aside = QualifiedName::new(
                table.schema.clone(),
                Ident::derived(&[table.name.as_str(), "replaced"]),
            );
            self.name_aside(old_id, &table, &aside, &prev);
            self.forget(old_id, &table);
            self.touched.tables.insert(table.clone());
            self.rebuilt.push(Rebuilt {
                model: old_id,
                table,
                aside,
                prev,
            });
        }
    }

    fn is_inherited_from(&self, model: ModelId) -> bool {
        self.named
            .models
            .iter()
            .any(|other| other.inherits.contains(&model))
    }

    /// The old table, its partitions, indexes and sequences make room for the new ones.
    fn name_aside(
        &mut self,
        old: ModelId,
        table: &QualifiedName,
        aside: &QualifiedName,
        prev: &CreateTable,
    ) {
        let beside = |name: &Ident| Ident::derived(&[name.as_str(), "replaced"]);
        let within = |name: &Ident| QualifiedName::new(table.schema.clone(), name.clone());
        let model = self.named.model(old);
        let mut steps: Vec<Statement> = Vec::new();
        let rename = |object, to| Statement::from(Rename { object, to });
        for field in model.fields.iter().filter(|field| field.sequence.is_some()) {
            let column = field.name.clone();
            let to = Ident::derived(&[table.name.as_str(), column.as_str(), "seq", "replaced"]);
            steps.push(
                RenameSequence {
                    table: table.clone(),
                    column,
                    to,
                }
                .into(),
            );
        }
        // A NOT NULL that is inherited cannot have another name, from PostgreSQL 18 on.
        for parent in &prev.inherits {
            let action = TableAction::NoInherit(parent.clone());
            steps.push(AlterTable::one(table.clone(), action).into());
        }
        let columns: Vec<_> = model
            .fields
            .iter()
            .filter(|field| !field.nullable)
            .filter_map(|field| {
                let to = not_null_name(&aside.name, &field.name)?;
                Some((field.name.clone(), to))
            })
            .collect();
        if !columns.is_empty() {
            let table = table.clone();
            steps.push(RenameNotNull { table, columns }.into());
        }
        for partition in &model.partitions {
            let to = beside(&partition.table.name);
            steps.push(rename(Renamed::Table(partition.table.clone()), to));
        }
        for constraint in &prev.constraints {
            if !matches!(constraint.kind, ConstraintKind::Check(_)) {
                let to = beside(&constraint.name);
                steps.push(rename(Renamed::Index(within(&constraint.name)), to));
            }
        }
        for (key, unit) in &self.old.by_key {
            match (key, &unit.statement) {
                (Key::Index(name), Statement::CreateIndex(index)) if index.table == *table => {
                    steps.push(rename(Renamed::Index(name.clone()), beside(&name.name)));
                }
                (Key::Statistics(name), Statement::CreateStatistics(on)) if on.table == *table => {
                    steps.push(rename(
                        Renamed::Statistics(name.clone()),
                        beside(&name.name),
                    ));
                }
                _ => {}
            }
        }
        steps.push(rename(Renamed::Table(table.clone()), aside.name.clone()));
        for statement in steps {
            // Behind all other new names.
            let text = format!("table {table}: makes room for the one that takes its place");
            self.step(
                Phase::Expand,
                Stage::Rename,
                usize::MAX / 4,
                text,
                statement,
            )
            .locks(Lock::access_exclusive(table));
        }
    }

    /// The rows go to the new table, when it and its partitions are there and before anything else of it is.
    fn move_rows(
        &mut self,
        old: ModelId,
        table: &QualifiedName,
        aside: &QualifiedName,
        prev: &CreateTable,
    ) {
        let Some(next) = model_of(self.next, table).cloned() else {
            return;
        };
        let before = self.named.model(old).clone();
        let is_computed = |column: Option<&Column>| {
            column.is_some_and(|one| matches!(one.value, Some(ColumnValue::Generated(_))))
        };
        let created = self.new.table(table).map(|(create, _)| create.clone());
        let mut columns = Vec::new();
        for field in &next.fields {
            let Some(old_field) = before.field_named(field.name.as_str()) else {
                continue;
            };
            let find = |create: &CreateTable| {
                create
                    .columns
                    .iter()
                    .find(|one| one.name == field.name)
                    .cloned()
            };
            if is_computed(created.as_ref().and_then(find).as_ref()) {
                continue;
            }
            let from = &before.field(old_field).ty;
            let (old_type, new_type) =
                (type_sql(&self.named, from), type_sql(self.next, &field.ty));
            let value = crate::sql!("{name}", name = field.name);
            let value = if old_type == new_type {
                value
            } else {
                cast(&value, from, &field.ty, &new_type)
            };
            columns.push((field.name.clone(), value));
        }
        let lost: Vec<&str> = prev
            .columns
            .iter()
            .filter(|column| next.field_named(column.name.as_str()).is_none())
            .map(|column| column.name.as_str())
            .collect();
        let lost = (!lost.is_empty()).then(|| lost.join(", "));
        let text =
            format!("table {table}: made again, as PostgreSQL cannot change it in its place");
        let partitions = next
            .partitions
            .iter()
            .map(|one| Key::Partition(one.table.clone()));
        let place = std::iter::once(Key::Table(table.clone()))
            .chain(partitions)
            .map(|key| self.new.place(&key))
            .max()
            .unwrap_or_default();
        let copy = CopyRows {
            from: aside.clone(),
            to: table.clone(),
            columns,
        };
        let step = self.step(Phase::Expand, Stage::Make, place, &text, copy);
        step.locks(Lock::access_exclusive(table).long())
            .costs(
                HazardKind::Rewrite,
                format!(
                    "every row of {table} is written anew, and nobody reads or writes it meanwhile"
                ),
            )
            .costs(
                HazardKind::MayFail,
                format!("it fails if a row of {table} has no place in the new one"),
            );
        if let Some(lost) = lost {
            step.costs(
                HazardKind::DeletesData,
                format!("what is in {lost} of {table} is gone"),
            );
        }
        for field in next.fields.iter().filter(|field| field.sequence.is_some()) {
            let was = before
                .field_named(field.name.as_str())
                .map(|id| before.field(id));
            if was.is_none_or(|was| was.sequence.is_none())
                || crate::ddl::is_inherited(self.next, &next, field)
            {
                continue;
            }
            let column = field.name.clone();
            let kept = KeepNumber {
                table: aside.clone(),
                column: column.clone(),
            };
            self.step(Phase::Expand, Stage::Make, place, &text, kept);
            let restored = RestoreNumber {
                table: table.clone(),
                column,
            };
            self.step(Phase::Expand, Stage::Make, place, &text, restored);
        }
        self.step(
            Phase::Expand,
            Stage::Make,
            place,
            &text,
            Drop::Table(aside.clone()),
        )
        .locks(Lock::access_exclusive(table));
    }

    /// Everything that goes with the old table.
    fn forget(&mut self, old: ModelId, table: &QualifiedName) {
        let before = self.prev.model(old).clone();
        let forget = |units: &mut crate::diff::Units, model: &crate::schema::Model| {
            let mut tables: BTreeSet<&QualifiedName> = BTreeSet::from([&model.table]);
            tables.extend(model.partitions.iter().map(|one| &one.table));
            let comments: BTreeSet<_> =
                std::iter::once(crate::pg::CommentObject::Table(model.table.clone()))
                    .chain(model.fields.iter().map(|field| {
                        crate::pg::CommentObject::Column(model.table.clone(), field.name.clone())
                    }))
                    .map(|on| commented(&on))
                    .collect();
            units.by_key.retain(|key, unit| {
                let of = match (key, &unit.statement) {
                    (Key::Table(of) | Key::Partition(of), _) => of,
                    (Key::Trigger(of, _) | Key::Policy(of, _) | Key::RowSecurity(of, _), _) => of,
                    (Key::Reference(of, _), _) => of,
                    (Key::Index(_), Statement::CreateIndex(index)) => &index.table,
                    (Key::Statistics(_), Statement::CreateStatistics(on)) => &on.table,
                    (Key::Grant(..), Statement::Grant(grant)) => match &grant.on {
                        GrantObject::Table(of) => of,
                        GrantObject::Sequence(name) => {
                            return !model.fields.iter().any(|field| {
                                field.sequence == Some(Sequence::Serial)
                                    && name.schema == model.table.schema
                                    && crate::ddl::sequence_name(
                                        model.table.name.as_str(),
                                        field.name.as_str(),
                                    ) == name.name.as_str()
                            });
                        }
                        GrantObject::Schema(_) => return true,
                    },
                    (Key::Comment(on), _) => return !comments.contains(on),
                    _ => return true,
                };
                !tables.contains(of)
            });
        };
        let named = self.named.model(old).clone();
        debug_assert_eq!(named.table, *table);
        forget(&mut self.old, &named);
        forget(self.before.to_mut(), &before);
    }
}
