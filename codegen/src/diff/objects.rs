//! What is defined by its text: functions, triggers, views, policies, rights, comments, the author's own objects.

use std::collections::BTreeSet;

use super::units::{Key, routine};
use super::{Diff, Stage, described, is_same, rendered};
use crate::ddl;
use crate::fragment::lexer::lex;
use crate::ident::QualifiedName;
use crate::pg::{
    AlterTable, AuthorStatement, ColumnValue, Comment, CommentObject, CreateTrigger, Drop,
    DropComment, Grant, GrantObject, LockTable, Repair, ReplaceFunction, Revoke, Statement,
    TableAction,
};
use crate::plan::{HazardKind, Lock, Phase, Plan, Step};
use crate::schema::{ModelId, Schema, Sequence, TriggerKind};
use crate::sql::{Sql, SqlExpr};
use crate::triggers;

/// The way to the first schema of a database.
pub(super) fn first(next: &Schema) -> Plan {
    let alone: BTreeSet<&str> = next
        .raw
        .iter()
        .filter(|raw| ddl::runs_outside(raw))
        .map(|raw| raw.create.as_str())
        .collect();
    let mut steps = Vec::new();
    for section in ddl::statements(next) {
        for statement in section.statements {
            let phase = match &statement {
                Statement::Transaction(_) | Statement::Set(_) => continue,
                Statement::AuthorStatement(own) if alone.contains(own.0.as_str()) => {
                    Phase::Concurrent
                }
                _ => Phase::Expand,
            };
            steps.push(Step {
                phase,
                statement,
                change: section.title.to_owned(),
                lock: None,
                hazards: Vec::new(),
            });
        }
    }
    Plan {
        steps,
        old_schemas: Vec::new(),
    }
}

impl Diff<'_> {
    /// What everything else stands on: roles, schemas, extensions.
    pub(super) fn foundations(&mut self) {
        let mut steps: Vec<(String, Statement)> = Vec::new();
        let mut gone: Vec<(usize, String, Drop)> = Vec::new();
        for (key, unit) in &self.new.by_key {
            let old = self.old.by_key.get(key);
            let comes = match key {
                Key::Roles => old.is_none_or(|old| old.statement != unit.statement),
                Key::Schema(_) | Key::Extension(_) => old.is_none(),
                _ => false,
            };
            if comes {
                steps.push((format!("{}: new", described(key)), unit.statement.clone()));
            }
        }
        for key in self.old.by_key.keys() {
            if self.new.by_key.contains_key(key) {
                continue;
            }
            let drop = match key {
                // What came with the database stays.
                Key::Schema(name) if name.as_str() != "public" => (0, Drop::Schema(name.clone())),
                // It may live in a schema that goes.
                Key::Extension(name) => (1, Drop::Extension(name.clone())),
                _ => continue,
            };
            let (place, drop) = drop;
            gone.push((place, format!("{}: removed", described(key)), drop));
        }
        for (what, statement) in steps {
            self.step(Phase::Expand, Stage::Rename, 0, what, statement);
        }
        for (place, what, statement) in gone {
            self.step(Phase::Contract, Stage::Leave, place, what, statement);
        }
    }

    pub(super) fn make_objects(&mut self) {
        self.defaults();
        self.functions();
        self.triggers();
        self.views();
        self.policies();
        self.grants();
        self.comments();
        self.raw();
        self.maintained();
    }

    /// Defaults that call a function which is made again.
    fn defaults(&mut self) {
        let touched: Vec<_> = self.touched.defaults.iter().cloned().collect();
        for (table, column) in touched {
            let find = |units: &super::Units| {
                let (create, place) = units.table(&table)?;
                let column = create
                    .columns
                    .iter()
                    .find(|one| one.name.as_str() == column)?;
                Some((column.clone(), place))
            };
            let (Some((old, place)), new) = (find(&self.old), find(&self.new)) else {
                continue;
            };
            let text = format!("{table}.{column}: its default is made again");
            self.step(
                Phase::Expand,
                Stage::Remove,
                place,
                &text,
                AlterTable::one(table.clone(), TableAction::DropDefault(old.name.clone())),
            )
            .locks(Lock::access_exclusive(&table));
            if let Some((new, place)) = new
                && new.value == old.value
                && let Some(ColumnValue::Default(default)) = new.value
            {
                self.step(
                    Phase::Expand,
                    Stage::Make,
                    place,
                    &text,
                    AlterTable::one(table.clone(), TableAction::SetDefault(new.name, default)),
                )
                .locks(Lock::access_exclusive(&table));
            }
        }
    }

    fn functions(&mut self) {
        let mut steps: Vec<(Phase, Stage, usize, String, Statement)> = Vec::new();
        for (key, unit) in &self.before.by_key {
            let next = self.new.by_key.get(key);
            let what = described(key);
            let remade = self.touched.remade.contains(key);
            match (key, &unit.statement, next.map(|next| &next.statement)) {
                (Key::Function(name, arguments), Statement::CreateFunction(_), None) => {
                    steps.push((
                        Phase::Expand,
                        Stage::Remove,
                        unit.place,
                        format!("{what}: removed"),
                        Drop::Routine(name.clone(), arguments.clone()).into(),
                    ))
                }
                (
                    Key::Function(name, arguments),
                    Statement::CreateFunction(old),
                    Some(Statement::CreateFunction(new)),
                ) => {
                    if old == new {
                        continue;
                    }
                    let place = self.new.place(key);
                    if old.returns == new.returns && old.arguments == new.arguments {
                        if old.comment.is_some() && new.comment.is_none() {
                            let on = CommentObject::Routine(name.clone(), Some(arguments.clone()));
                            steps.push((
                                Phase::Expand,
                                Stage::Make,
                                place,
                                format!("{what}: changed"),
                                DropComment(on).into(),
                            ));
                        }
                        steps.push((
                            Phase::Expand,
                            Stage::Make,
                            place,
                            format!("{what}: changed"),
                            ReplaceFunction(new.clone()).into(),
                        ));
                    } else {
                        steps.push((
                            Phase::Expand,
                            Stage::Remove,
                            unit.place,
                            format!("{what}: made again"),
                            Drop::Routine(name.clone(), arguments.clone()).into(),
                        ));
                        steps.push((
                            Phase::Expand,
                            Stage::Make,
                            place,
                            format!("{what}: made again"),
                            new.clone().into(),
                        ));
                    }
                }
                (Key::Routine(name, arguments), old, next_statement) => {
                    let drop = |text: &str| {
                        let mut sql = Sql::new();
                        sql.push(&SqlExpr::trusted(text));
                        Drop::Routine(name.clone(), sql)
                    };
                    match next_statement {
                        None => {
                            // Another one of its name may have the same arguments under other names.
                            let followed = self.new.by_key.keys().any(
                                |other| matches!(other, Key::Routine(other, _) if other == name),
                            );
                            let (phase, stage) = if followed || self.is_over_views(old) {
                                (Phase::Expand, Stage::Remove)
                            } else {
                                (Phase::Contract, Stage::Leave)
                            };
                            steps.push((
                                phase,
                                stage,
                                unit.place,
                                format!("{what}: removed"),
                                drop(arguments).into(),
                            ));
                        }
                        Some(next) => {
                            let place = self.new.place(key);
                            let same = is_same(old, next);
                            if !remade && same {
                                continue;
                            }
                            if !remade && is_replaceable(old, next) {
                                if let Some(statement) = or_replace(next) {
                                    steps.push((
                                        Phase::Expand,
                                        Stage::Make,
                                        place,
                                        format!("{what}: changed"),
                                        statement,
                                    ));
                                }
                                continue;
                            }
                            steps.push((
                                Phase::Expand,
                                Stage::Remove,
                                unit.place,
                                format!("{what}: made again"),
                                drop(arguments).into(),
                            ));
                            steps.push((
                                Phase::Expand,
                                Stage::Make,
                                place,
                                format!("{what}: made again"),
                                next.clone(),
                            ));
                        }
                    }
                }
                _ => {}
            }
        }
        for (key, unit) in &self.new.by_key {
            if matches!(key, Key::Function(..) | Key::Routine(..))
                && !self.before.by_key.contains_key(key)
            {
                steps.push((
                    Phase::Expand,
                    Stage::Make,
                    unit.place,
                    format!("{}: new", described(key)),
                    unit.statement.clone(),
                ));
            }
        }
        for (phase, stage, place, what, statement) in steps {
            self.step(phase, stage, place, what, statement);
        }
    }

    /// Whether a function's head, or its body in SQL's own form, names a view that is removed.
    fn is_over_views(&self, function: &Statement) -> bool {
        let Statement::AuthorStatement(own) = function else {
            return false;
        };
        let outside = ddl::Mentions::of(own.0.as_str()).outside;
        self.touched
            .views
            .iter()
            .any(|view| outside.contains(view.name.as_str()))
    }

    /// A trigger keeps its name and the function it calls whatever its table is called.
    fn triggers(&mut self) {
        let pick = |units: &super::Units| -> Vec<(usize, CreateTrigger)> {
            let mut found: Vec<_> = units
                .by_key
                .values()
                .filter_map(|unit| match &unit.statement {
                    Statement::CreateTrigger(trigger) => Some((unit.place, trigger.clone())),
                    _ => None,
                })
                .collect();
            found.sort_by_key(|(place, _)| *place);
            found
        };
        let (before, named) = (pick(&self.before), pick(&self.old));
        // Both are made of the same triggers of the spec, in their order.
        let in_step = before.len() == named.len();
        let removed = self.removed_functions();
        let mut kept: BTreeSet<Key> = BTreeSet::new();
        let mut drops = Vec::new();
        for (index, (place, old)) in before.iter().enumerate() {
            let table = self.table_now(&old.table);
            let own = Key::Trigger(table.clone(), old.name.clone());
            let mut now = named
                .get(index)
                .map(|(_, trigger)| trigger.clone())
                .filter(|_| in_step);
            if let Some(now) = &mut now {
                // What it was called is what it is called.
                now.name = old.name.clone();
                now.function = old.function.clone();
            }
            let stays = now.is_some_and(|now| {
                let remade = self.touched.remade.contains(&Key::Trigger(
                    now.table.clone(),
                    named[index].1.name.clone(),
                ));
                let next = self
                    .new
                    .by_key
                    .get(&Key::Trigger(now.table.clone(), now.name.clone()));
                !remade && next.is_some_and(|next| is_same(&now.into(), &next.statement))
            }) && !removed.contains(&old.function);
            if stays {
                kept.insert(own);
            } else {
                drops.push((*place, old.name.clone(), table));
            }
        }
        for (place, name, table) in drops {
            // A view that is removed takes its triggers along.
            let on_view = self.before.by_key.contains_key(&Key::View(table.clone()));
            if on_view && self.touched.views.contains(&table) {
                continue;
            }
            let step = self.step(
                Phase::Expand,
                Stage::Remove,
                place,
                format!("trigger {name} on {table}: removed"),
                Drop::Trigger(name.clone(), table.clone()),
            );
            step.locks(Lock::access_exclusive(&table));
        }
        let adds: Vec<_> = self
            .new
            .by_key
            .iter()
            .filter(|(key, _)| matches!(key, Key::Trigger(..)) && !kept.contains(key))
            .map(|(key, unit)| (described(key), unit.place, unit.statement.clone()))
            .collect();
        for (what, place, statement) in adds {
            let Statement::CreateTrigger(trigger) = &statement else {
                continue;
            };
            let table = trigger.table.clone();
            let is_kept = self.is_kept(&table);
            let step = self.step(
                Phase::Expand,
                Stage::Make,
                place,
                format!("{what}: made"),
                statement,
            );
            if is_kept {
                step.locks(Lock::share_row_exclusive(&table));
            }
        }
    }

    /// The functions of the compiler that are dropped, for a while or for good.
    fn removed_functions(&self) -> BTreeSet<Sql> {
        let removed = self.before.by_key.iter().filter_map(|(key, unit)| {
            let Key::Function(name, _) = key else {
                return None;
            };
            let next = self.new.by_key.get(key).map(|next| &next.statement);
            let replaced = match (&unit.statement, next) {
                (Statement::CreateFunction(old), Some(Statement::CreateFunction(new))) => {
                    old.returns == new.returns && old.arguments == new.arguments
                }
                _ => false,
            };
            (!replaced).then(|| rendered(name))
        });
        removed.collect()
    }

    /// What a table of the old schema is called now.
    fn table_now(&self, old: &QualifiedName) -> QualifiedName {
        let place = self
            .prev
            .models
            .iter()
            .position(|model| model.table == *old);
        place.map_or_else(
            || old.clone(),
            |place| self.named.models[place].table.clone(),
        )
    }

    fn views(&mut self) {
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

    fn policies(&mut self) {
        let mut steps: Vec<(Stage, usize, String, Statement)> = Vec::new();
        for (key, unit) in &self.old.by_key {
            let same = self
                .new
                .by_key
                .get(key)
                .is_some_and(|next| is_same(&unit.statement, &next.statement));
            match key {
                Key::Policy(table, name) if !same || self.touched.remade.contains(key) => {
                    steps.push((
                        Stage::Remove,
                        unit.place,
                        described(key),
                        Drop::Policy(name.clone(), table.clone()).into(),
                    ));
                }
                Key::RowSecurity(table, force) if !same && self.is_kept(table) => {
                    let action = if *force {
                        TableAction::NoForceRowSecurity
                    } else {
                        TableAction::DisableRowSecurity
                    };
                    steps.push((
                        Stage::Make,
                        unit.place,
                        described(key),
                        AlterTable::one(table.clone(), action).into(),
                    ));
                }
                _ => {}
            }
        }
        for (key, unit) in &self.new.by_key {
            let same = self
                .old
                .by_key
                .get(key)
                .is_some_and(|old| is_same(&old.statement, &unit.statement));
            let wanted = match key {
                Key::Policy(..) => !same || self.touched.remade.contains(key),
                Key::RowSecurity(..) => !same,
                _ => false,
            };
            if wanted {
                steps.push((
                    Stage::Make,
                    unit.place,
                    described(key),
                    unit.statement.clone(),
                ));
            }
        }
        for (stage, place, what, statement) in steps {
            self.step(Phase::Expand, stage, place, what, statement);
        }
    }

    fn grants(&mut self) {
        let mut steps: Vec<(Stage, usize, String, Statement)> = Vec::new();
        let privileges = |unit: Option<&super::units::Unit>| match unit.map(|unit| &unit.statement)
        {
            Some(Statement::Grant(grant)) => grant.privileges.clone(),
            _ => Vec::new(),
        };
        for (key, unit) in &self.old.by_key {
            let Statement::Grant(grant) = &unit.statement else {
                continue;
            };
            if !self.is_there(&grant.on) {
                continue;
            }
            let next = privileges(self.new.by_key.get(key));
            let all = grant
                .privileges
                .iter()
                .chain(&next)
                .any(|word| word.starts_with("ALL"));
            let gone: Vec<&'static str> = if all && next != grant.privileges {
                grant.privileges.clone()
            } else {
                grant
                    .privileges
                    .iter()
                    .copied()
                    .filter(|word| !next.contains(word))
                    .collect()
            };
            if !gone.is_empty() {
                let revoke = Revoke(Grant {
                    privileges: gone,
                    ..grant.clone()
                });
                steps.push((Stage::Remove, unit.place, described(key), revoke.into()));
            }
        }
        for (key, unit) in &self.new.by_key {
            let Statement::Grant(grant) = &unit.statement else {
                continue;
            };
            let prev = privileges(self.old.by_key.get(key));
            let all = grant
                .privileges
                .iter()
                .chain(&prev)
                .any(|word| word.starts_with("ALL"));
            let new: Vec<&'static str> = if all && prev != grant.privileges {
                grant.privileges.clone()
            } else {
                grant
                    .privileges
                    .iter()
                    .copied()
                    .filter(|word| !prev.contains(word))
                    .collect()
            };
            if !new.is_empty() {
                let grant = Grant {
                    privileges: new,
                    ..grant.clone()
                };
                steps.push((Stage::Make, unit.place, described(key), grant.into()));
            }
        }
        for (stage, place, what, statement) in steps {
            self.step(Phase::Expand, stage, place, what, statement);
        }
    }

    /// Whether what a right is about is in both schemas.
    fn is_there(&self, on: &GrantObject) -> bool {
        match on {
            GrantObject::Schema(name) => self.new.by_key.contains_key(&Key::Schema(name.clone())),
            GrantObject::Table(name) => self.is_kept(name),
            GrantObject::Sequence(name) => self.next.models.iter().any(|model| {
                model.table.schema == name.schema
                    && model.fields.iter().any(|field| {
                        field.sequence == Some(Sequence::Serial)
                            && ddl::sequence_name(model.table.name.as_str(), field.name.as_str())
                                == name.name.as_str()
                    })
            }),
        }
    }

    fn comments(&mut self) {
        let mut steps: Vec<(usize, String, Statement)> = Vec::new();
        for (key, unit) in &self.old.by_key {
            let Statement::Comment(comment) = &unit.statement else {
                continue;
            };
            if !self.new.by_key.contains_key(key)
                && self.has_object(&comment.on)
                && !self.is_made_again(key, comment)
            {
                steps.push((
                    unit.place,
                    described(key),
                    DropComment(comment.on.clone()).into(),
                ));
            }
        }
        for (key, unit) in &self.new.by_key {
            let Statement::Comment(comment) = &unit.statement else {
                continue;
            };
            let same = self
                .old
                .by_key
                .get(key)
                .is_some_and(|old| old.statement == unit.statement);
            if !same || self.is_made_again(key, comment) {
                steps.push((unit.place, described(key), unit.statement.clone()));
            }
        }
        for (place, what, statement) in steps {
            self.step(Phase::Expand, Stage::Make, place, what, statement);
        }
    }

    /// Whether an object lost its comment as it was made again.
    fn is_made_again(&self, key: &Key, comment: &Comment) -> bool {
        self.touched.remade.contains(key)
            || match &comment.on {
                CommentObject::View(name) | CommentObject::MaterializedView(name) => {
                    self.touched.views.contains(name)
                }
                CommentObject::Routine(name, _) => {
                    self.touched.functions.contains(name.name.as_str())
                }
                CommentObject::Column(table, column) => {
                    let generated = self.old.table(table).is_some_and(|(create, _)| {
                        create.columns.iter().any(|one| {
                            one.name == *column
                                && matches!(one.value, Some(ColumnValue::Generated(_)))
                        })
                    });
                    generated
                        && self
                            .touched
                            .columns
                            .contains(&(table.clone(), column.as_str().to_owned()))
                }
                CommentObject::Table(_) | CommentObject::Type(_) | CommentObject::Domain(_) => {
                    false
                }
            }
    }

    /// Whether the new schema has what a comment is about.
    fn has_object(&self, on: &CommentObject) -> bool {
        let has = |key: Key| self.new.by_key.contains_key(&key);
        match on {
            CommentObject::Table(name) => has(Key::Table(name.clone())),
            CommentObject::Column(table, column) => {
                let models = &self.next.models;
                models.iter().any(|model| {
                    model.table == *table && model.field_named(column.as_str()).is_some()
                })
            }
            CommentObject::Type(name) => {
                has(Key::Enum(name.clone())) || has(Key::Composite(name.clone()))
            }
            CommentObject::Domain(name) => has(Key::Domain(name.clone())),
            CommentObject::View(name) | CommentObject::MaterializedView(name) => {
                has(Key::View(name.clone()))
            }
            CommentObject::Routine(name, _) => self.next.functions.iter().any(|item| {
                item.function == *name
                    && self
                        .before
                        .by_key
                        .contains_key(&routine(name, item.sql.as_str()))
            }),
        }
    }

    fn raw(&mut self) {
        let drop = self.drop;
        let mut steps = Vec::new();
        let mut problems = Vec::new();
        let mut staying: Vec<(String, BTreeSet<String>)> = Vec::new();
        for old in &self.prev.raw {
            let next = self.next.raw.iter().find(|raw| raw.name == old.name);
            let same = next.is_some_and(|next| {
                super::rename::is_same_sql(next.create.as_str(), old.create.as_str())
            });
            let in_the_way = self.is_raw_in_the_way(old.create.as_str());
            if old.drop.is_none() && (same && in_the_way || next.is_none()) {
                staying.push((
                    old.name.clone(),
                    ddl::Mentions::of(old.create.as_str()).outside,
                ));
            }
            if same && !(in_the_way && old.drop.is_some()) {
                continue;
            }
            let early = next.is_some() || self.is_raw_over_early(old.create.as_str());
            let place = self.before.place(&Key::Raw(old.name.clone()));
            let how = old
                .drop
                .as_ref()
                .or(next.and_then(|next| next.drop.as_ref()));
            match how {
                Some(sql) => {
                    let (phase, stage) = if early {
                        (Phase::Expand, Stage::Remove)
                    } else {
                        (Phase::Contract, Stage::Leave)
                    };
                    steps.push((
                        phase,
                        stage,
                        place,
                        format!("raw.{}: removed", old.name),
                        Statement::from(AuthorStatement(sql.clone())),
                    ));
                }
                None if drop.contains(&format!("raw.{}", old.name)) => {}
                None => problems.push(old.name.clone()),
            }
            if let (Some(next), true) = (next, same) {
                steps.push((
                    Phase::Expand,
                    Stage::Make,
                    self.new.place(&Key::Raw(next.name.clone())),
                    format!("raw.{}: made again", next.name),
                    AuthorStatement(next.create.clone()).into(),
                ));
            }
        }
        for raw in &self.next.raw {
            let same = self.prev.raw.iter().any(|old| {
                old.name == raw.name
                    && super::rename::is_same_sql(old.create.as_str(), raw.create.as_str())
            });
            if !same {
                let phase = if ddl::runs_outside(raw) {
                    Phase::Concurrent
                } else {
                    Phase::Expand
                };
                let place = self.new.place(&Key::Raw(raw.name.clone()));
                steps.push((
                    phase,
                    Stage::Make,
                    place,
                    format!("raw.{}: new", raw.name),
                    AuthorStatement(raw.create.clone()).into(),
                ));
            }
        }
        for (phase, stage, place, what, statement) in steps {
            self.step(phase, stage, place, what, statement);
        }
        self.warn_of_raw(&staying);
        for name in problems {
            self.problem(
                format!("`raw.{name}` is gone or changed, and the spec does not say how to remove it"),
                format!("write `drop = \"…\"` in it in a migration before this one, or remove it in a data step and name it: `--drop raw.{name}`"),
            );
        }
    }

    /// Whether an object of the author's own SQL holds no rows and names what changes.
    pub(super) fn is_raw_in_the_way(&self, create: &str) -> bool {
        holds_no_rows(create) && self.touched.is_in(create, None)
    }

    /// Whether an object that goes is over something that PostgreSQL is told to remove or to change before the last part.
    fn is_raw_over_early(&self, create: &str) -> bool {
        if !holds_no_rows(create) {
            return false;
        }
        let mut early = self.touched.clone();
        early.tables.retain(|table| self.takes_a_name(table));
        let new = &self.new;
        early.columns.retain(|(table, column)| {
            new.table(table).is_some_and(|(table, _)| {
                table.columns.iter().any(|one| one.name.as_str() == column)
            })
        });
        early.is_in(create, None)
    }

    /// Says of each step that fails while something stays that nobody said how to remove.
    fn warn_of_raw(&mut self, staying: &[(String, BTreeSet<String>)]) {
        for (_, step) in &mut self.steps {
            let names: &[&str] = match &step.statement {
                Statement::Drop(
                    Drop::Table(name)
                    | Drop::View(name)
                    | Drop::MaterializedView(name)
                    | Drop::Type(name)
                    | Drop::Domain(name)
                    | Drop::Sequence(name)
                    | Drop::Routine(name, _),
                ) => &[name.name.as_str()],
                Statement::AlterTable(alter) => match alter.actions.as_slice() {
                    [TableAction::DropColumn(column) | TableAction::SetType { column, .. }] => {
                        &[alter.table.name.as_str(), column.as_str()]
                    }
                    _ => continue,
                },
                _ => continue,
            };
            let found: Vec<String> = staying
                .iter()
                .filter(|(_, mentions)| names.iter().all(|name| mentions.contains(*name)))
                .map(|(raw, _)| {
                    format!(
                        "it fails while raw.{raw} is there, which names it and has no `drop`: remove it in a data step before"
                    )
                })
                .collect();
            for text in found {
                step.costs(HazardKind::MayFail, text);
            }
        }
    }

    /// Columns that the database keeps and that mean something else now, or are new: their rows are set right after the
    /// triggers are there.
    fn maintained(&mut self) {
        let before = triggers::maintained(&self.named);
        let mut steps = Vec::new();
        let mut locks: BTreeSet<QualifiedName> = BTreeSet::new();
        let mut problems = Vec::new();
        for next in triggers::maintained(self.next) {
            let model = self.next.model(next.model);
            let table = &model.table;
            let children: Vec<&QualifiedName> = fed_by(self.next, next.model)
                .into_iter()
                .map(|child| &self.next.model(child).table)
                .filter(|child| self.is_kept(child))
                .collect();
            let same = before
                .iter()
                .any(|old| self.named.model(old.model).table == *table && old.drift == next.drift);
            if same || !self.is_kept(table) {
                continue;
            }
            match &next.repair_function {
                Some(function) if !children.is_empty() => {
                    locks.extend(children.into_iter().cloned());
                    let columns: Vec<&str> = next
                        .columns
                        .iter()
                        .map(|&field| model.field(field).name.as_str())
                        .collect();
                    steps.push((
                        format!(
                            "{}: {} of the rows that are there",
                            model.name,
                            columns.join(", ")
                        ),
                        function.clone(),
                        table.clone(),
                    ));
                }
                Some(_) => {}
                None => problems.push(model.name.clone()),
            }
        }
        let online = self.online;
        for child in locks {
            self.step(
                Phase::Expand,
                Stage::Rename,
                0,
                format!("{child}: whoever writes it now is waited for, so that the new triggers miss nothing"),
                LockTable { table: child.clone(), mode: "SHARE ROW EXCLUSIVE" },
            )
            .locks(Lock::share_row_exclusive(&child));
        }
        for (what, function, table) in steps {
            self.step(
                Phase::Backfill,
                Stage::Make,
                usize::MAX / 4,
                what,
                Repair {
                    function,
                    in_parts: online,
                },
            )
            .costs(
                HazardKind::Weakens,
                format!("until it is done, {table} counts from 0 what its triggers saw alone"),
            );
        }
        for model in problems {
            self.problem(
                format!("`models.{model}` becomes a ledger, or another one, and has rows already, whose numbers and balances nobody wrote"),
                "make a new model for the ledger, and put its entries in with a data step",
            );
        }
    }
}

/// The models whose rows add up to columns of a model.
fn fed_by(schema: &Schema, parent: ModelId) -> Vec<ModelId> {
    let mut found = Vec::new();
    for trigger in &schema.triggers {
        let child = match &trigger.kind {
            TriggerKind::Counter(counter) if counter.into.model == parent => counter.count,
            TriggerKind::Sum(sum) if sum.into.model == parent => sum.of,
            TriggerKind::Ledger(ledger)
                if ledger.balance.model == parent || ledger.on == parent =>
            {
                ledger.on
            }
            _ => continue,
        };
        if !found.contains(&child) {
            found.push(child);
        }
    }
    found
}

/// Whether a function can take the place of another one: everything before its body but the promises is the same.
pub(super) fn is_replaceable(old: &Statement, new: &Statement) -> bool {
    let (Statement::AuthorStatement(old), Statement::AuthorStatement(new)) = (old, new) else {
        return false;
    };
    match (head(old.0.as_str()), head(new.0.as_str())) {
        (Some(old), Some(new)) => old == new,
        _ => false,
    }
}

/// The words of a `CREATE FUNCTION` or `PROCEDURE` up to its language or body: name, arguments, result.
fn head(text: &str) -> Option<Vec<String>> {
    const ENDS: &[&str] = &[
        "as",
        "language",
        "begin",
        "return",
        "immutable",
        "stable",
        "volatile",
        "strict",
        "called",
        "security",
        "cost",
        "rows",
        "parallel",
        "set",
        "window",
        "leakproof",
        "not",
        "support",
        "transform",
        "external",
    ];
    let tokens = lex(text).ok()?;
    let mut words: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    let mut closed = false;
    for token in &tokens {
        if token.is(text, "(") {
            depth += 1;
        } else if token.is(text, ")") {
            depth = depth.saturating_sub(1);
            closed |= depth == 0;
        }
        if closed && depth == 0 && ENDS.iter().any(|word| token.is_word(text, word)) {
            break;
        }
        words.push(
            token
                .name(text)
                .unwrap_or_else(|| token.text(text).to_owned()),
        );
    }
    if words.get(1).map(String::as_str) == Some("or") {
        words.drain(1..3);
    }
    matches!(
        words.get(1).map(String::as_str),
        Some("function" | "procedure")
    )
    .then_some(words)
}

/// `CREATE OR REPLACE` of the author's function.
fn or_replace(statement: &Statement) -> Option<Statement> {
    let Statement::AuthorStatement(own) = statement else {
        return None;
    };
    let text = own.0.as_str();
    let tokens = lex(text).ok()?;
    let create = tokens
        .first()
        .filter(|token| token.is_word(text, "create"))?;
    if tokens.get(1).is_some_and(|token| token.is_word(text, "or")) {
        return Some(statement.clone());
    }
    let (before, after) = text.split_at(create.range.end);
    Some(AuthorStatement(SqlExpr::trusted(format!("{before} OR REPLACE{after}"))).into())
}

/// Whether what the author's own SQL makes holds no rows, so that it can be made again.
fn holds_no_rows(create: &str) -> bool {
    const NONE: &[&str] = &[
        "view",
        "index",
        "trigger",
        "function",
        "procedure",
        "rule",
        "policy",
        "aggregate",
        "statistics",
        "cast",
        "operator",
    ];
    let Ok(tokens) = lex(create) else {
        return false;
    };
    let words: Vec<String> = tokens
        .iter()
        .take(4)
        .filter_map(|token| token.name(create))
        .collect();
    words.first().is_some_and(|word| word == "create")
        && words
            .iter()
            .skip(1)
            .any(|word| NONE.contains(&word.as_str()))
        && !words.iter().any(|word| word == "table")
}
