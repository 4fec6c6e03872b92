//! Columns that get another type beside a running application: expand, copy, contract.
//!
//! A column of the new type is added beside the old one, and a trigger gives it its value in every row that is written. The
//! rows that are there get theirs a part at a time, then indexes and keys are built over it, and checks prove that every row
//! has it. In the transaction that follows, it takes the old one's place and name. Until then the old column is what it was,
//! so that everything here is in the names of the old schema.

use std::collections::{BTreeMap, BTreeSet};

use super::types::{TypeChange, cast};
use super::{ColumnChange, Columns, is_generated, model_of};
use crate::ddl::{self, Mentions};
use crate::diff::backfill::When;
use crate::diff::depend::is_key_in;
use crate::diff::rename::Names;
use crate::diff::types::TypeChanges;
use crate::diff::units::{Key, commented};
use crate::diff::{Diff, Stage, is_same};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterTable, Analyze, Column, CommentObject, ConstraintKind, CopyColumns, CreateIndex,
    CreateIndexConcurrently, Follow, Key as IndexKey, KeyColumn, Statement, TableAction,
    TableConstraint, type_sql,
};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::{BaseType, CompositeId, DomainId, EnumId, Type};
use crate::sql::{Sql, SqlExpr};

/// Columns of a table that get another type without a rewrite.
#[derive(Clone, Debug)]
pub(in crate::diff) struct Aside {
    /// The table, by its new name.
    pub(super) table: QualifiedName,
    /// The table, by its old name.
    pub(super) prev_table: QualifiedName,
    /// The model, for people.
    pub(super) model: String,
    pub(super) place: usize,
    /// The trigger's function, and the trigger.
    pub(super) function: QualifiedName,
    pub(super) trigger: Ident,
    pub(super) columns: Vec<Shadow>,
    pub(super) built: Vec<(Ident, Built)>,
}

/// A column of the new type.
#[derive(Clone, Debug)]
pub(super) struct Shadow {
    /// What it is called until it takes its place.
    pub(super) name: Ident,
    /// The column whose place it takes, by its old name and by its new one.
    pub(super) prev: Ident,
    pub(super) next: Ident,
    /// Whether it takes no NULL.
    pub(super) is_set: bool,
    /// The check that proves that every row has it.
    pub(super) check: Ident,
    ty: Sql,
    value: Sql,
}

/// What was built over the new columns.
#[derive(Clone, Debug)]
pub(super) enum Built {
    /// An index, by its name.
    Index(Ident),
    /// A unique or primary key.
    Key(TableConstraint),
}

impl Diff<'_> {
    /// Decides which columns get another type beside the old one, and why others cannot, and takes the first steps.
    pub(in crate::diff) fn set_aside(&mut self, types: &TypeChanges, columns: &mut Columns) {
        if !self.online || self.options.rewrite {
            return;
        }
        let mut tables: BTreeMap<QualifiedName, Vec<usize>> = BTreeMap::new();
        for (place, change) in columns.changes.iter().enumerate() {
            if change.ty == TypeChange::Rewrite && !is_computed(change) {
                tables.entry(change.table.clone()).or_default().push(place);
            }
        }
        for (table, places) in tables {
            let whys: Vec<Option<String>> = places
                .iter()
                .map(|&place| self.why_rewritten(types, &columns.changes[place]))
                .collect();
            // A table that is written anew for one column is written for all of them.
            if let Some(why) = whys.iter().flatten().next().cloned() {
                for (&place, own) in places.iter().zip(whys) {
                    columns.changes[place].why = Some(own.unwrap_or_else(|| why.clone()));
                }
                continue;
            }
            let changes: Vec<ColumnChange> = places
                .iter()
                .map(|&place| columns.changes[place].clone())
                .collect();
            let Some(aside) = self.aside(&table, &changes) else {
                continue;
            };
            for (&place, shadow) in places.iter().zip(&aside.columns) {
                columns.changes[place].aside = Some(shadow.name.clone());
            }
            self.asides.push(aside);
        }
        for place in 0..self.asides.len() {
            self.build_aside(place);
            let aside = self.asides[place].clone();
            self.begin_aside(&aside, columns);
        }
    }

    /// Why a column cannot get its type beside the old one.
    fn why_rewritten(&self, types: &TypeChanges, change: &ColumnChange) -> Option<String> {
        let (prev_type, next_type) = (change.prev_type.as_ref()?, change.next_type.as_ref()?);
        if types.replaces(&self.named, prev_type) {
            return Some("its type is replaced by another one of its name".to_owned());
        }
        if self.type_of_before(next_type).is_none() {
            return Some(
                "its new type comes with the same migration: make the type in one before"
                    .to_owned(),
            );
        }
        let models =
            [&self.named, self.next].map(|schema| (schema, model_of(schema, &change.table)));
        for (schema, model) in models {
            let model = model?;
            if model.partition_by.is_some() || !model.partitions.is_empty() {
                return Some("the table is partitioned".to_owned());
            }
            let parent = schema
                .models_with_ids()
                .find(|(_, one)| one.table == model.table);
            let has_children = parent.is_some_and(|(id, _)| {
                schema
                    .models
                    .iter()
                    .any(|other| other.inherits.contains(&id))
            });
            if !model.inherits.is_empty() || has_children {
                return Some("the table inherits, or is inherited from".to_owned());
            }
        }
        let (table, _) = self.old.table(&change.table)?;
        let name = change.name();
        let computed = table.columns.iter().find(|column| {
            is_generated(column)
                && self
                    .touched
                    .columns
                    .contains(&(change.table.clone(), column.name.as_str().to_owned()))
        });
        if let Some(computed) = computed {
            return Some(format!(
                "`{}` is computed of columns, and PostgreSQL adds such a column in no other way",
                computed.name
            ));
        }
        let included = |include: &[Ident]| include.iter().any(|one| one.as_str() == name);
        for constraint in &table.constraints {
            let why = match &constraint.kind {
                ConstraintKind::Exclude {
                    parts,
                    predicate,
                    include,
                    ..
                } => {
                    let keys = parts.iter().any(|(key, _)| names_key(key, name));
                    (keys
                        || included(include)
                        || predicate.as_ref().is_some_and(|sql| names(sql, name)))
                    .then_some("which is built under a lock alone")
                }
                ConstraintKind::Unique { include, .. } if included(include) => {
                    Some("which other tables may refer to, and which includes it")
                }
                _ => None,
            };
            if let Some(why) = why {
                return Some(format!("`{}` is over it, {why}", constraint.name));
            }
        }
        None
    }

    /// The type as the old schema calls it; nothing if that does not have it. A new enum may come early.
    fn type_of_before(&self, ty: &Type) -> Option<Sql> {
        let base = match &ty.base {
            BaseType::Builtin(_) => return Some(type_sql(self.next, ty)),
            BaseType::Other(_) => {
                let there = self
                    .next
                    .extensions
                    .iter()
                    .all(|name| self.prev.extensions.contains(name));
                return there.then(|| type_sql(self.next, ty));
            }
            BaseType::Enum(id) => match self.matching.enums.get(&id.0) {
                Some(&old) => BaseType::Enum(EnumId(old)),
                None => {
                    let schema = &self.next.enumeration(*id).ty.schema;
                    return self
                        .prev
                        .schemas
                        .contains(schema)
                        .then(|| type_sql(self.next, ty));
                }
            },
            BaseType::Domain(id) => BaseType::Domain(DomainId(*self.matching.domains.get(&id.0)?)),
            BaseType::Composite(id) => {
                BaseType::Composite(CompositeId(*self.matching.composites.get(&id.0)?))
            }
        };
        Some(type_sql(
            self.prev,
            &Type {
                base,
                dimensions: ty.dimensions,
            },
        ))
    }

    fn aside(&mut self, table: &QualifiedName, changes: &[ColumnChange]) -> Option<Aside> {
        let (prev, next) = (model_of(&self.named, table)?, model_of(self.next, table)?);
        let old_id = self
            .named
            .models_with_ids()
            .find(|(_, model)| model.table == *table)?
            .0;
        let before = self.prev.model(old_id);
        let mut taken: BTreeSet<String> = [&prev.fields, &next.fields, &before.fields]
            .into_iter()
            .flatten()
            .map(|field| field.name.as_str().to_owned())
            .collect();
        let mut columns = Vec::new();
        for change in changes {
            let (column, old) = (change.next.as_ref()?, change.prev.as_ref()?);
            let place = prev.field_named(column.name.as_str())?;
            let prev_name = before.field(place).name.clone();
            let name = free(&[column.name.as_str(), "new"], &mut taken);
            let next_type = change.next_type.as_ref()?;
            if let BaseType::Enum(id) = &next_type.base
                && !self.matching.enums.contains_key(&id.0)
            {
                self.early_types
                    .insert(Key::Enum(self.next.enumeration(*id).ty.clone()));
            }
            let ty = self.type_of_before(next_type)?;
            let from = crate::sql!("NEW.{column}", column = prev_name);
            let value = cast(&from, change.prev_type.as_ref()?, next_type, &ty);
            columns.push(Shadow {
                check: Ident::derived(&[before.table.name.as_str(), name.as_str(), "is_set"]),
                name,
                prev: prev_name,
                next: column.name.clone(),
                is_set: !old.nullable && !column.nullable,
                ty,
                value,
            });
        }
        let first = columns.first()?.name.clone();
        Some(Aside {
            table: table.clone(),
            prev_table: before.table.clone(),
            model: next.name.clone(),
            place: changes.first()?.place,
            function: QualifiedName::new(
                before.table.schema.clone(),
                Ident::derived(&[before.table.name.as_str(), first.as_str(), "follow"]),
            ),
            trigger: self.last_trigger(&before.table),
            columns,
            built: Vec::new(),
        })
    }

    /// A name behind those of all triggers of a table: the last of them sees what the others made of a row.
    fn last_trigger(&self, table: &QualifiedName) -> Ident {
        let is_last = |name: &Ident| {
            self.before
                .by_key
                .keys()
                .chain(self.new.by_key.keys())
                .all(|key| match key {
                    Key::Trigger(of, other) => of != table || other < name,
                    _ => true,
                })
        };
        ["zz", "~", "\u{10ffff}", "\u{10ffff}\u{10ffff}"]
            .into_iter()
            .map(|start| Ident::derived(&[start, "follow"]))
            .find(is_last)
            .unwrap_or_else(|| Ident::derived(&["\u{10ffff}\u{10ffff}\u{10ffff}"]))
    }

    /// Finds the indexes and keys that are built over the new columns. Others over the old ones are made again.
    fn build_aside(&mut self, place: usize) {
        let aside = self.asides[place].clone();
        let of_table = |name: &str| {
            aside
                .columns
                .iter()
                .any(|column| column.next.as_str() == name)
        };
        let mut built = Vec::new();
        let mut again = Vec::new();
        let mut touched = self.touched.clone();
        touched
            .columns
            .retain(|(table, column)| *table != aside.table || !of_table(column));
        for (key, unit) in &self.old.by_key {
            let (Key::Index(name), Statement::CreateIndex(index)) = (key, &unit.statement) else {
                continue;
            };
            let over = index.keys.iter().any(|key| {
                aside
                    .columns
                    .iter()
                    .any(|column| names_key(key, column.next.as_str()))
            }) || index.include.iter().any(|column| of_table(column.as_str()))
                || index.predicate.as_ref().is_some_and(|sql| {
                    aside
                        .columns
                        .iter()
                        .any(|column| names(sql, column.next.as_str()))
                });
            if index.table != aside.table || !over {
                continue;
            }
            let same = self
                .new
                .by_key
                .get(key)
                .is_some_and(|next| is_same(&unit.statement, &next.statement));
            let is_touched = index
                .keys
                .iter()
                .any(|key| is_key_in(&touched, key, &aside.table))
                || index
                    .predicate
                    .as_ref()
                    .is_some_and(|sql| touched.is_in(sql.as_str(), Some(&aside.table)));
            if same && !is_touched && self.is_concurrent(index) {
                built.push((key.clone(), Built::Index(name.name.clone())));
            } else {
                again.push(key.clone());
            }
        }
        self.touched.remade.extend(again);
        let constraints = self
            .old
            .table(&aside.table)
            .map_or_else(Vec::new, |(table, _)| table.constraints.clone());
        let mut taken: BTreeSet<String> = self
            .before
            .by_key
            .keys()
            .chain(self.new.by_key.keys())
            .filter_map(|key| match key {
                Key::Index(name) => Some(name.name.as_str().to_owned()),
                _ => None,
            })
            .collect();
        taken.extend(
            self.before
                .tables()
                .chain(self.new.tables())
                .flat_map(|(_, table, _)| &table.constraints)
                .map(|constraint| constraint.name.as_str().to_owned()),
        );
        let mut ready = Vec::new();
        for (key, index) in built {
            self.touched.remade.remove(&key);
            if let Built::Index(name) = &index {
                ready.push((free(&[name.as_str(), "new"], &mut taken), index));
            }
        }
        for constraint in constraints {
            let over = match &constraint.kind {
                ConstraintKind::PrimaryKey(columns) | ConstraintKind::Unique { columns, .. } => {
                    columns.iter().any(|column| of_table(column.as_str()))
                }
                ConstraintKind::Check(_) | ConstraintKind::Exclude { .. } => false,
            };
            if over && !self.is_constraint_removed(&aside.table, &constraint) {
                ready.push((
                    free(&[constraint.name.as_str(), "new"], &mut taken),
                    Built::Key(constraint),
                ));
            }
        }
        self.asides[place].built = ready;
    }

    /// Everything up to the moment when the new columns take their places.
    fn begin_aside(&mut self, aside: &Aside, columns: &Columns) {
        let table = &aside.prev_table;
        let listed: Vec<&str> = aside
            .columns
            .iter()
            .map(|column| column.next.as_str())
            .collect();
        let text = format!("{}.{}: another type", aside.model, listed.join(", "));
        let mut actions = Vec::new();
        let mut proofs = Vec::new();
        for shadow in &aside.columns {
            let next = columns.changes.iter().find(|change| {
                change.table == aside.table && change.aside.as_ref() == Some(&shadow.name)
            });
            actions.push(TableAction::AddColumn(Column {
                name: shadow.name.clone(),
                ty: shadow.ty.clone(),
                collation: next.and_then(|change| change.next.as_ref()?.collation.clone()),
                nullable: true,
                value: None,
            }));
            let condition = if shadow.is_set {
                crate::sql!("{new} IS NOT NULL", new = shadow.name)
            } else {
                crate::sql!(
                    "({old} IS NULL) = ({new} IS NULL)",
                    old = shadow.prev,
                    new = shadow.name
                )
            };
            proofs.push((
                shadow.check.clone(),
                TableAction::AddConstraint {
                    constraint: TableConstraint {
                        name: shadow.check.clone(),
                        kind: ConstraintKind::Check(SqlExpr::trusted(condition.into_string())),
                    },
                    not_valid: true,
                },
            ));
            // The comment of the old one goes with it.
            let comment = CommentObject::Column(aside.table.clone(), shadow.next.clone());
            self.touched
                .remade
                .insert(Key::Comment(commented(&comment)));
        }
        self.step(
            Phase::Shadow,
            Stage::Make,
            aside.place,
            &text,
            AlterTable {
                table: table.clone(),
                actions,
            },
        )
        .locks(Lock::access_exclusive(table));
        let mut search_path = vec![Ident::derived(&["pg_catalog"])];
        search_path.extend(ddl::spec_schemas(self.prev));
        search_path.push(Ident::derived(&["pg_temp"]));
        let follow = Follow {
            table: table.clone(),
            function: aside.function.clone(),
            trigger: aside.trigger.clone(),
            sets: aside
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.value.clone()))
                .collect(),
            search_path,
        };
        self.step(Phase::Shadow, Stage::Make, aside.place, &text, follow)
            .locks(Lock::share_row_exclusive(table))
            .costs(
                HazardKind::BreaksOldCode,
                format!(
                    "whoever writes a {} that is no value of the new type fails from here on",
                    listed.join(" or ")
                ),
            );
        let (checks, adds): (Vec<Ident>, Vec<TableAction>) = proofs.into_iter().unzip();
        self.step(
            Phase::Shadow,
            Stage::Make,
            aside.place,
            &text,
            AlterTable {
                table: table.clone(),
                actions: adds,
            },
        )
        .locks(Lock::access_exclusive(table));
        let skipped = self.skipped(table, None, When::Before);
        let fires = self.fires(table, None, When::Before);
        let copy = CopyColumns {
            table: table.clone(),
            columns: aside
                .columns
                .iter()
                .map(|column| (column.prev.clone(), column.name.clone()))
                .collect(),
            skipped,
        };
        let step = self.step(Phase::Copy, Stage::Make, aside.place, &text, copy);
        step.costs(
            HazardKind::MayFail,
            format!(
                "it fails if a value of {} is none of the new type",
                listed.join(" or ")
            ),
        );
        step.hazards.extend(fires);
        self.recompute(table, aside.place, When::Before);
        self.index_aside(aside, &text);
        for check in checks {
            self.step(
                Phase::ShadowProof,
                Stage::Make,
                aside.place,
                &text,
                AlterTable::one(table.clone(), TableAction::ValidateConstraint(check)),
            )
            .locks(Lock::share_update_exclusive(table).long());
        }
        // Nothing is known of their values until then, and the first statements after the swap are planned by it.
        self.step(
            Phase::ShadowProof,
            Stage::Make,
            aside.place,
            &text,
            Analyze(table.clone()),
        )
        .locks(Lock::share_update_exclusive(table).long());
    }

    /// The indexes over the new columns, in the names that tables and columns have at first.
    fn index_aside(&mut self, aside: &Aside, text: &str) {
        let names = self.names_before(aside);
        let column = |name: &Ident| {
            names
                .columns
                .get(name.as_str())
                .and_then(|name| Ident::new(name.clone()).ok())
                .unwrap_or_else(|| name.clone())
        };
        let mut indexes = Vec::new();
        for (name, built) in &aside.built {
            let mut index = match built {
                Built::Index(of) => {
                    let key =
                        Key::Index(QualifiedName::new(aside.table.schema.clone(), of.clone()));
                    match self.old.by_key.get(&key).map(|unit| &unit.statement) {
                        Some(Statement::CreateIndex(index)) => index.clone(),
                        _ => continue,
                    }
                }
                Built::Key(constraint) => key_index(constraint),
            };
            index.name = name.clone();
            index.table = aside.prev_table.clone();
            for key in &mut index.keys {
                match &mut key.what {
                    KeyColumn::Column(name) => *name = column(name),
                    KeyColumn::Expression(sql) => names.expression(sql),
                }
            }
            index.include = index.include.iter().map(&column).collect();
            if let Some(predicate) = &mut index.predicate {
                names.expression(predicate);
            }
            indexes.push(index);
        }
        for index in indexes {
            self.step(
                Phase::ShadowIndex,
                Stage::Make,
                aside.place,
                text,
                CreateIndexConcurrently(index),
            )
            .locks(Lock::share_update_exclusive(&aside.prev_table).long());
        }
    }

    /// From the new names to those of the start, and from the old columns to those beside them.
    fn names_before(&self, aside: &Aside) -> Names {
        let mut names = Names::default();
        for (&new_id, &old_id) in &self.matching.models {
            let (new, old) = (self.next.model(new_id), self.prev.model(old_id));
            let mut note = |from: &Ident, to: &Ident| {
                if from != to {
                    names
                        .others
                        .insert(from.as_str().to_owned(), to.as_str().to_owned());
                }
            };
            note(&new.table.name, &old.table.name);
            if new.table == aside.table {
                for (&(_, new_field), &old_field) in self.matching.fields_of(new_id) {
                    let (from, to) = (&new.field(new_field).name, &old.field(old_field).name);
                    if from != to {
                        names
                            .columns
                            .insert(from.as_str().to_owned(), to.as_str().to_owned());
                    }
                }
            }
        }
        let mut types = |from: &QualifiedName, to: &QualifiedName| {
            if from.name != to.name {
                names
                    .others
                    .insert(from.name.as_str().to_owned(), to.name.as_str().to_owned());
            }
        };
        for (&new, &old) in &self.matching.enums {
            types(&self.next.enums[new].ty, &self.prev.enums[old].ty);
        }
        for (&new, &old) in &self.matching.domains {
            types(&self.next.domains[new].ty, &self.prev.domains[old].ty);
        }
        for (&new, &old) in &self.matching.composites {
            types(&self.next.composites[new].ty, &self.prev.composites[old].ty);
        }
        for shadow in &aside.columns {
            names.columns.insert(
                shadow.next.as_str().to_owned(),
                shadow.name.as_str().to_owned(),
            );
        }
        names
    }
}

fn is_computed(change: &ColumnChange) -> bool {
    change.prev.as_ref().is_none_or(is_generated) || change.next.as_ref().is_none_or(is_generated)
}

/// The unique index that a key stands on.
fn key_index(constraint: &TableConstraint) -> CreateIndex {
    let (columns, include, nulls_not_distinct) = match &constraint.kind {
        ConstraintKind::Unique {
            columns,
            include,
            nulls_not_distinct,
            ..
        } => (columns.clone(), include.clone(), *nulls_not_distinct),
        ConstraintKind::PrimaryKey(columns) => (columns.clone(), Vec::new(), false),
        ConstraintKind::Check(_) | ConstraintKind::Exclude { .. } => {
            (Vec::new(), Vec::new(), false)
        }
    };
    let keys = columns.into_iter().map(|column| IndexKey {
        what: KeyColumn::Column(column),
        collation: None,
        operator_class: None,
        descending: false,
        nulls: None,
    });
    CreateIndex {
        name: constraint.name.clone(),
        table: QualifiedName::new(constraint.name.clone(), constraint.name.clone()),
        unique: true,
        using: None,
        keys: keys.collect(),
        include,
        nulls_not_distinct,
        with: Vec::new(),
        predicate: None,
    }
}

fn names(sql: &SqlExpr, column: &str) -> bool {
    Mentions::of(sql.as_str()).all().any(|name| name == column)
}

fn names_key(key: &IndexKey, column: &str) -> bool {
    match &key.what {
        KeyColumn::Column(name) => name.as_str() == column,
        KeyColumn::Expression(sql) => names(sql, column),
    }
}

/// A name that nobody has.
fn free(parts: &[&str], taken: &mut BTreeSet<String>) -> Ident {
    let mut parts: Vec<&str> = parts.to_vec();
    loop {
        let name = Ident::derived(&parts);
        if taken.insert(name.as_str().to_owned()) {
            return name;
        }
        parts.push("new");
    }
}
