//! What stands in the way of a change: exactly that is removed before it and made again after it.

use std::collections::BTreeSet;

use super::Diff;
use super::columns::{ColumnChange, Columns, TypeChange};
use super::is_same;
use super::types::TypeChanges;
use super::units::Key;
use crate::ddl::Mentions;
use crate::fragment::created;
use crate::fragment::lexer::{Kind, lex};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    Column, ColumnValue, ConstraintKind, DefaultClause, Key as IndexKey, KeyColumn, Statement,
};

/// What changes so that PostgreSQL refuses it while something hangs on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    /// Columns that get another type or another value, or go.
    pub(super) columns: BTreeSet<(QualifiedName, String)>,
    /// Columns that are taken away and added again, with the indexes and keys over them.
    pub(super) rebuilt: BTreeSet<(QualifiedName, String)>,
    /// Tables that have a column of another type.
    pub(super) retyped: BTreeSet<QualifiedName>,
    /// Tables that get other columns; a `*` means others then.
    pub(super) shapes: BTreeSet<QualifiedName>,
    /// Tables that go.
    pub(super) tables: BTreeSet<QualifiedName>,
    /// Names of types that are replaced or go.
    pub(super) types: BTreeSet<String>,
    /// Names of functions, and of what the author's own SQL makes, that are removed, for a while or for good.
    pub(super) functions: BTreeSet<String>,
    /// Views that are removed, for a while or for good.
    pub(super) views: BTreeSet<QualifiedName>,
    /// What stays as it is and must be made again.
    pub(super) remade: BTreeSet<Key>,
    /// Constraints that stay as they are and must be made again.
    pub(super) constraints: BTreeSet<(QualifiedName, String)>,
    /// Columns whose default must be taken away and given back.
    pub(super) defaults: BTreeSet<(QualifiedName, String)>,
}

impl Touched {
    /// Whether a column is taken away and added again.
    fn is_rebuilt(&self, table: &QualifiedName, column: &Ident) -> bool {
        self.rebuilt
            .contains(&(table.clone(), column.as_str().to_owned()))
    }

    /// Whether an expression on a table may name something that changes. It holds no query, so that a word that is a
    /// view's name is something else: a label, for one.
    pub(super) fn is_in_expression(&self, text: &str, table: Option<&QualifiedName>) -> bool {
        self.names(text, table, false)
    }

    /// Whether a text on a table may name something that changes.
    pub(super) fn is_in(&self, text: &str, table: Option<&QualifiedName>) -> bool {
        self.names(text, table, true)
    }

    fn names(&self, text: &str, table: Option<&QualifiedName>, views: bool) -> bool {
        if self.types.is_empty()
            && self.functions.is_empty()
            && self.views.is_empty()
            && self.tables.is_empty()
            && self.columns.is_empty()
        {
            return false;
        }
        let mentions = Mentions::of(text);
        let names: BTreeSet<&str> = mentions.all().collect();
        let has = |name: &str| names.contains(name);
        // In an expression over a table, a column that is called like a type is none.
        let in_types = self.types.iter().any(|name| has(name))
            && (views || table.is_none() || {
                let casts = cast_names(text);
                let named = |name: &String| {
                    mentions.inside.contains(name)
                        || casts.as_ref().is_none_or(|casts| casts.contains(name))
                };
                self.types.iter().any(named)
            });
        in_types
            || self.functions.iter().any(|name| has(name))
            || (views && self.views.iter().any(|view| has(view.name.as_str())))
            || self.tables.iter().any(|table| has(table.name.as_str()))
            || self
                .columns
                .iter()
                .any(|(of, column)| has(column) && (Some(of) == table || has(of.name.as_str())))
    }

    /// Whether a query names something that changes; its `*` stands for columns that it does not name.
    fn is_in_query(&self, text: &str) -> bool {
        let star = text.contains('*') || text.to_ascii_lowercase().contains("natural");
        let mentions = Mentions::of(text);
        let names: BTreeSet<&str> = mentions.all().collect();
        self.is_in(text, None)
            || (star
                && self
                    .shapes
                    .iter()
                    .chain(self.columns.iter().map(|(table, _)| table))
                    .any(|table| names.contains(table.name.as_str())))
    }
}

/// The names of an expression that may be those of types: where a cast has one. Nothing if it cannot be read.
fn cast_names(text: &str) -> Option<BTreeSet<String>> {
    let tokens = lex(text).ok()?;
    let mut found = BTreeSet::new();
    for (place, token) in tokens.iter().enumerate() {
        let Some(name) = token.name(text) else {
            continue;
        };
        let before = place.checked_sub(1).and_then(|before| tokens.get(before));
        let after = tokens.get(place + 1);
        let is_cast = before.is_some_and(|before| {
            before.is(text, "::") || before.is(text, ".") || before.is_word(text, "as")
        }) || after.is_some_and(|after| {
            after.kind == Kind::String || after.is(text, "(") || after.is(text, "[")
        });
        if is_cast {
            found.insert(name);
        }
    }
    Some(found)
}

impl Diff<'_> {
    /// Finds everything that must be made again, until nothing more follows.
    pub(super) fn find_dependents(&mut self, types: &TypeChanges, columns: &Columns) {
        self.touched.types.extend(types.names());
        for change in &columns.changes {
            let key = (change.table.clone(), change.name().to_owned());
            if change.is_rebuilt() {
                self.touched.rebuilt.insert(key.clone());
            }
            if change.is_in_the_way() {
                self.touched.columns.insert(key);
            }
            if change.ty != TypeChange::Same {
                self.touched.retyped.insert(change.table.clone());
            }
            if change.prev.is_none() || change.next.is_none() {
                self.touched.shapes.insert(change.table.clone());
            }
        }
        let gone: Vec<QualifiedName> = self
            .old
            .tables()
            .filter(|(name, ..)| self.new.table(name).is_none())
            .map(|(name, ..)| name.clone())
            .collect();
        self.touched.tables.extend(gone);
        for (&new_id, &old_id) in &self.matching.models {
            let (new, old) = (self.next.model(new_id), self.prev.model(old_id));
            let same = new.table == old.table
                && self
                    .matching
                    .fields_of(new_id)
                    .all(|(&(_, field), &from)| new.field(field).name == old.field(from).name);
            if !same {
                self.touched.shapes.insert(new.table.clone());
            }
        }
        self.touch_functions();
        loop {
            let before = (
                self.touched.remade.len(),
                self.touched.columns.len(),
                self.touched.rebuilt.len(),
                self.touched.constraints.len(),
                self.touched.defaults.len(),
                self.touched.views.len(),
                self.touched.functions.len(),
            );
            self.touch_raw();
            self.find_objects();
            self.find_in_tables();
            let after = (
                self.touched.remade.len(),
                self.touched.columns.len(),
                self.touched.rebuilt.len(),
                self.touched.constraints.len(),
                self.touched.defaults.len(),
                self.touched.views.len(),
                self.touched.functions.len(),
            );
            if before == after {
                return;
            }
        }
    }

    /// Functions of the author that cannot be replaced in their place.
    fn touch_functions(&mut self) {
        let mut names = Vec::new();
        for (key, unit) in &self.before.by_key {
            let Key::Routine(name, _) = key else { continue };
            let next = self.new.by_key.get(key);
            let removed = next.is_none_or(|next| {
                !is_same(&unit.statement, &next.statement)
                    && !super::objects::is_replaceable(&unit.statement, &next.statement)
            });
            if removed {
                names.push(name.name.as_str().to_owned());
            }
        }
        self.touched.functions.extend(names);
    }

    /// What the author's own SQL makes, where it is made again: everything that names it must be, too.
    fn touch_raw(&mut self) {
        let mut names = Vec::new();
        for old in &self.prev.raw {
            let Some(next) = self.next.raw.iter().find(|raw| raw.name == old.name) else {
                continue;
            };
            let same = super::rename::is_same_sql(next.create.as_str(), old.create.as_str());
            let removed = if same {
                old.drop.is_some() && self.is_raw_in_the_way(old.create.as_str())
            } else {
                old.drop.is_some() || next.drop.is_some()
            };
            if removed {
                names.extend(created(old.create.as_str()));
            }
        }
        self.touched.functions.extend(names);
    }

    fn find_objects(&mut self) {
        let mut found = Vec::new();
        for (key, unit) in &self.before.by_key {
            if self.touched.remade.contains(key) {
                continue;
            }
            match (key, &unit.statement) {
                (Key::View(name), Statement::CreateView(view)) => {
                    let kept = self
                        .new
                        .by_key
                        .get(key)
                        .is_some_and(|next| is_same(&unit.statement, &next.statement));
                    if !kept || self.touched.is_in_query(view.query.as_str()) {
                        self.touched.views.insert(name.clone());
                        found.push(key.clone());
                    }
                }
                (Key::Routine(name, _), Statement::AuthorStatement(own))
                    if self.new.by_key.contains_key(key) && self.is_bound(own.0.as_str()) =>
                {
                    self.touched.functions.insert(name.name.as_str().to_owned());
                    found.push(key.clone());
                }
                _ => {}
            }
        }
        for (key, unit) in &self.old.by_key {
            let touched = &self.touched;
            if touched.remade.contains(key) {
                continue;
            }
            let hit = match (key, &unit.statement) {
                (Key::Trigger(table, _), Statement::CreateTrigger(trigger)) => {
                    touched.views.contains(table)
                        || trigger.update_of.iter().any(|column| {
                            touched
                                .columns
                                .contains(&(table.clone(), column.as_str().to_owned()))
                        })
                        || trigger.when.as_ref().is_some_and(|when| {
                            touched.is_in_expression(when.as_str(), Some(table))
                        })
                        || touched.functions.iter().any(|name| {
                            Mentions::of(trigger.function.as_str())
                                .all()
                                .any(|mention| mention == name)
                        })
                }
                (Key::Policy(table, _), Statement::CreatePolicy(policy)) => policy
                    .using
                    .iter()
                    .chain(&policy.check)
                    .any(|sql| touched.is_in(sql.as_str(), Some(table))),
                (Key::Index(_), Statement::CreateIndex(index)) => {
                    index
                        .keys
                        .iter()
                        .any(|key| is_key_in(touched, key, &index.table))
                        || index
                            .include
                            .iter()
                            .any(|column| touched.is_rebuilt(&index.table, column))
                        || index.predicate.as_ref().is_some_and(|sql| {
                            touched.is_in_expression(sql.as_str(), Some(&index.table))
                        })
                }
                (Key::Statistics(_), Statement::CreateStatistics(statistics)) => {
                    statistics.on.iter().any(|key| match key {
                        KeyColumn::Expression(sql) => {
                            touched.is_in_expression(sql.as_str(), Some(&statistics.table))
                        }
                        KeyColumn::Column(name) => touched
                            .columns
                            .contains(&(statistics.table.clone(), name.as_str().to_owned())),
                    })
                }
                (Key::Reference(table, _), Statement::AddForeignKey(key)) => {
                    let is = |table: &QualifiedName, column: &Ident| {
                        touched
                            .columns
                            .contains(&(table.clone(), column.as_str().to_owned()))
                    };
                    key.columns.iter().any(|column| is(table, column))
                        || key.to.iter().any(|column| is(&key.target, column))
                        || touched.tables.contains(&key.target)
                        || self.loses_its_key(&key.target, &key.to)
                }
                _ => false,
            };
            if hit {
                found.push(key.clone());
            }
        }
        self.touched.remade.extend(found);
    }

    /// Whether what is outside of a function's body, or a body in SQL's own form, names what changes.
    fn is_bound(&self, sql: &str) -> bool {
        let outside = Mentions::of(sql).outside;
        let has = |name: &str| outside.contains(name);
        self.touched.types.iter().any(|name| has(name))
            || self
                .touched
                .tables
                .iter()
                .any(|table| has(table.name.as_str()))
            || self
                .touched
                .views
                .iter()
                .any(|view| has(view.name.as_str()))
            || (has("atomic") && self.touched.is_in(sql, None))
    }

    /// Whether the key that a reference needs is made again.
    pub(super) fn loses_its_key(&self, target: &QualifiedName, to: &[Ident]) -> bool {
        let Some((table, _)) = self.old.table(target) else {
            return false;
        };
        let wanted: BTreeSet<_> = to.iter().collect();
        let of = |columns: &[Ident]| columns.iter().collect::<BTreeSet<_>>() == wanted;
        table.constraints.iter().any(|constraint| {
            let covers = match &constraint.kind {
                ConstraintKind::PrimaryKey(columns) => of(columns),
                ConstraintKind::Unique { columns, .. } => of(columns),
                ConstraintKind::Check(_) | ConstraintKind::Exclude { .. } => false,
            };
            covers && self.is_constraint_removed(target, constraint)
        })
    }

    fn find_in_tables(&mut self) {
        let mut columns = Vec::new();
        let mut constraints = Vec::new();
        let mut defaults = Vec::new();
        for (name, table, _) in self.old.tables() {
            if !self.is_kept(name) {
                continue;
            }
            for column in &table.columns {
                let key = (name.clone(), column.name.as_str().to_owned());
                match &column.value {
                    Some(ColumnValue::Generated(sql))
                        if self.touched.is_in_expression(sql.as_str(), Some(name)) =>
                    {
                        columns.push(key);
                    }
                    Some(ColumnValue::Default(DefaultClause::Expression(sql)))
                        if self.touched.is_in_expression(sql.as_str(), None) =>
                    {
                        defaults.push(key);
                    }
                    _ => {}
                }
            }
            for constraint in &table.constraints {
                let hit = match &constraint.kind {
                    ConstraintKind::Check(sql) => {
                        self.touched.is_in_expression(sql.as_str(), Some(name))
                    }
                    ConstraintKind::Exclude {
                        parts, predicate, ..
                    } => {
                        parts
                            .iter()
                            .any(|(key, _)| is_key_in(&self.touched, key, name))
                            || predicate.as_ref().is_some_and(|sql| {
                                self.touched.is_in_expression(sql.as_str(), Some(name))
                            })
                    }
                    ConstraintKind::PrimaryKey(columns) => columns
                        .iter()
                        .any(|column| self.touched.is_rebuilt(name, column)),
                    ConstraintKind::Unique {
                        columns, include, ..
                    } => columns
                        .iter()
                        .chain(include)
                        .any(|column| self.touched.is_rebuilt(name, column)),
                };
                if hit {
                    constraints.push((name.clone(), constraint.name.as_str().to_owned()));
                }
            }
        }
        // Where the column is generated no more, what was computed stays.
        let rebuilt = columns.iter().filter(|(table, column)| {
            self.new.table(table).is_some_and(|(next, _)| {
                next.columns.iter().any(|one| {
                    one.name.as_str() == column
                        && matches!(one.value, Some(ColumnValue::Generated(_)))
                })
            })
        });
        self.touched.rebuilt.extend(rebuilt.cloned());
        self.touched.columns.extend(columns);
        self.touched.constraints.extend(constraints);
        self.touched.defaults.extend(defaults);
    }
}

/// Whether a key of an index holds an expression over what changes. PostgreSQL follows columns by itself.
pub(super) fn is_key_in(touched: &Touched, key: &IndexKey, table: &QualifiedName) -> bool {
    let expression = match &key.what {
        KeyColumn::Expression(sql) => touched.is_in_expression(sql.as_str(), Some(table)),
        KeyColumn::Column(name) => touched.is_rebuilt(table, name),
    };
    let class = key.operator_class.as_ref();
    expression || class.is_some_and(|class| touched.functions.contains(class.name.name.as_str()))
}

/// Whether a column must be taken away and made again, as what it is made of changes.
pub(super) fn is_remade(touched: &Touched, change: &ColumnChange, column: &Column) -> bool {
    matches!(column.value, Some(ColumnValue::Generated(_)))
        && touched
            .columns
            .contains(&(change.table.clone(), column.name.as_str().to_owned()))
}
