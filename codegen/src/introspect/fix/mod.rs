//! From what differs to a migration that brings a database back to its spec.
//!
//! What PostgreSQL itself says of a new database of the spec is told to the one that was changed, so that both say the same
//! afterwards. Nothing is dropped that was not named, and nothing of the live database gets into SQL but names. Every
//! statement does nothing where nothing is to be done: other databases run the same file unharmed.

mod added;
mod around;
mod columns;
mod constraints;
mod indexes;
mod missing;
mod objects;
mod rights;
mod tables;
mod types;
mod views;

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{Catalog, Key, Object};
use super::compare::{Aspect, Difference, Found, compare};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{AuthorStatement, Repair, Statement, Unless, UnlessThere, WithOwner};
use crate::plan::{Hazard, HazardKind, Lock, Phase, Plan, Step};
use crate::schema::{ModelId, Schema, TriggerKind};
use crate::sql::{Keyword, Literal, Sql, SqlExpr};
use crate::{ddl, sql, triggers};

/// What leads back to the spec, and what does not come back by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// The steps.
    pub plan: Plan,
    /// What stays as it is.
    pub left: Vec<Left>,
}

/// Something that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The object.
    pub object: Key,
    /// Why.
    pub why: String,
    /// What to do.
    pub help: String,
}

/// Plans the way from a database as it was found to what its spec says. Both catalogs were read under the same settings.
///
/// `drop` names what may go although it may hold data or do something that somebody wants, as [`name`] says it.
#[must_use]
pub fn fix(found: &Catalog, expected: &Catalog, schema: &Schema, drop: &BTreeSet<String>) -> Fix {
    let differences = compare(found, expected);
    let (have, want) = (found.by_key(), expected.by_key());
    let statements = ddl::statements(schema)
        .into_iter()
        .flat_map(|section| section.statements)
        .collect();
    let mut fixer = Fixer {
        schema,
        found: have,
        expected: want,
        in_order: expected,
        statements,
        drop,
        differences: differences
            .iter()
            .map(|difference| (difference.object.clone(), difference.found.clone()))
            .collect(),
        steps: Vec::new(),
        left: Vec::new(),
        owned: Vec::new(),
        weakened: BTreeSet::new(),
    };
    // In the order in which they were made, so that what others need comes before them.
    let mut known: BTreeMap<&Key, &Difference> = differences
        .iter()
        .map(|difference| (&difference.object, difference))
        .collect();
    for object in &expected.objects {
        if let Some(difference) = known.remove(&object.key) {
            fixer.difference(difference);
        }
    }
    for difference in known.into_values().filter(|difference| difference.counts()) {
        fixer.difference(difference);
    }
    fixer.finish()
}

/// How an object is named by whoever lets it go: `trigger public.users.audit`.
#[must_use]
pub fn name(key: &Key) -> String {
    key.to_string().replace('`', "")
}

/// Where a step stands in its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Foundation,
    Type,
    /// What goes, and what makes way.
    Removal,
    Function,
    Sequence,
    Table,
    Column,
    Key,
    Reference,
    View,
    Trigger,
    Other,
    Rights,
}

struct Fixer<'a> {
    schema: &'a Schema,
    found: BTreeMap<&'a Key, &'a Object>,
    expected: BTreeMap<&'a Key, &'a Object>,
    /// What is expected, in the order in which it was made.
    in_order: &'a Catalog,
    /// What the spec makes.
    statements: Vec<Statement>,
    drop: &'a BTreeSet<String>,
    differences: BTreeMap<Key, Found>,
    steps: Vec<(Phase, Place, Step)>,
    left: Vec<Left>,
    /// Commands that the owner of most tables ends.
    owned: Vec<Sql>,
    /// Tables whose triggers did not do their work.
    weakened: BTreeSet<(String, String)>,
}

impl Fixer<'_> {
    fn difference(&mut self, difference: &Difference) {
        let key = &difference.object;
        match &difference.found {
            Found::Missing => {
                if let Some(object) = self.expected.get(key).copied() {
                    self.missing(object);
                }
            }
            Found::Different(aspects) | Found::NotInForce(aspects) => {
                if let Some(object) = self.expected.get(key).copied() {
                    self.different(object, aspects);
                }
            }
            Found::Unexpected => self.unexpected(key),
            Found::Unknown => {}
        }
    }

    fn different(&mut self, object: &Object, aspects: &[Aspect]) {
        let rest: Vec<&Aspect> = aspects
            .iter()
            .filter(|aspect| !self.is_of_rights(object, aspect))
            .collect();
        if rest.is_empty() {
            return;
        }
        match object.key.kind.as_str() {
            "table" | "foreign table" => self.table(object, &rest),
            "column" => self.column(object, &rest),
            "constraint" => self.constraint(object, &rest),
            "index" => self.index(object, &rest),
            "view" | "materialized view" => self.view(object, &rest),
            "function" | "procedure" | "aggregate" => self.function(object),
            "trigger" => self.trigger(object, &rest),
            "policy" => self.policy(object),
            "rule" => self.rule(object, &rest),
            "statistics" => self.statistics(object),
            "sequence" => self.sequence(object, &rest),
            "enum" => self.labels(object, &rest),
            "domain" => self.domain(object, &rest),
            _ => self.leave_aspects(object, &rest),
        }
    }

    /// What nobody of the spec made, on something of the spec.
    fn unexpected(&mut self, key: &Key) {
        let named = name(key);
        if !self.drop.contains(&named) {
            self.leave(
                key,
                "the spec does not know it",
                format!("take it into the spec, or let it go by `--drop \"{named}\"`"),
            );
            return;
        }
        self.remove(key);
    }

    fn leave(&mut self, key: &Key, why: impl Into<String>, help: impl Into<String>) {
        self.left.push(Left {
            object: key.clone(),
            why: why.into(),
            help: help.into(),
        });
    }

    fn leave_aspects(&mut self, object: &Object, aspects: &[&Aspect]) {
        for aspect in aspects {
            let text = |text: &Option<String>| {
                text.as_ref()
                    .map_or_else(|| "nothing".to_owned(), |text| format!("`{text}`"))
            };
            self.leave(
                &object.key,
                format!(
                    "its {} is {}, should be {}, and cannot be changed in its place",
                    aspect.what.replace('_', " "),
                    text(&aspect.found),
                    text(&aspect.expected)
                ),
                "write a migration that makes it anew and moves what it holds",
            );
        }
    }

    fn step(
        &mut self,
        phase: Phase,
        place: Place,
        object: &Key,
        what: &str,
        statement: impl Into<Statement>,
    ) -> &mut Step {
        self.steps.push((
            phase,
            place,
            Step {
                phase,
                statement: statement.into(),
                change: format!("{object}: {what}"),
                locks: Vec::new(),
                hazards: Vec::new(),
            },
        ));
        let last = self.steps.len() - 1;
        &mut self.steps[last].2
    }

    /// The schema whose names definitions leave out.
    fn path(&self) -> Ident {
        self.schema.default_schema.clone()
    }

    fn unless(&self, condition: Sql, statements: Vec<Sql>) -> Unless {
        Unless {
            schema: self.path(),
            condition,
            statements,
        }
    }

    fn unless_there(&self, statement: Sql) -> UnlessThere {
        UnlessThere {
            schema: self.path(),
            statement,
        }
    }

    /// The statement of the spec that makes something of that name.
    fn made_by(&self, is: impl Fn(&Statement) -> bool) -> Option<Sql> {
        let statement = self.statements.iter().find(|statement| is(statement))?;
        let mut text = Sql::new();
        text.push(statement);
        Some(text)
    }

    /// Remembers that triggers of the table were off, so that what they keep true may not be.
    fn weaken(&mut self, key: &Key) {
        self.weakened.insert((key.schema.clone(), key.on.clone()));
    }

    fn finish(mut self) -> Fix {
        self.repairs();
        if !self.owned.is_empty() {
            let mut schemas: Vec<Ident> = self.schema.schemas.clone();
            if !schemas.contains(&self.schema.default_schema) {
                schemas.push(self.schema.default_schema.clone());
            }
            let statement = WithOwner {
                schemas,
                commands: std::mem::take(&mut self.owned),
            };
            self.steps.push((
                Phase::Expand,
                Place::Rights,
                Step {
                    phase: Phase::Expand,
                    statement: statement.into(),
                    change: "what belongs to somebody else".to_owned(),
                    locks: Vec::new(),
                    hazards: Vec::new(),
                },
            ));
        }
        self.steps.sort_by_key(|(phase, place, _)| (*phase, *place));
        Fix {
            plan: Plan {
                steps: self.steps.into_iter().map(|(_, _, step)| step).collect(),
                old_schemas: Vec::new(),
            },
            left: self.left,
        }
    }

    /// What triggers keep true was not kept while they were off.
    fn repairs(&mut self) {
        for maintained in triggers::maintained(self.schema) {
            let model = self.schema.model(maintained.model);
            let mut tables = vec![maintained.model];
            tables.extend(children(self.schema, maintained.model));
            let weak = tables.iter().any(|&id| {
                let table = &self.schema.model(id).table;
                let key = (
                    table.schema.as_str().to_owned(),
                    table.name.as_str().to_owned(),
                );
                self.weakened.contains(&key)
            });
            let key = Key {
                kind: "table".to_owned(),
                schema: model.table.schema.as_str().to_owned(),
                on: String::new(),
                name: model.table.name.as_str().to_owned(),
            };
            match (weak, maintained.repair_function) {
                (true, Some(function)) => {
                    self.step(
                        Phase::Backfill,
                        Place::Other,
                        &key,
                        "what its triggers did not keep true meanwhile",
                        Repair {
                            function,
                            in_parts: true,
                        },
                    );
                }
                (true, None) => self.leave(
                    &key,
                    "entries of a ledger may have been written while its triggers were off, and nobody knows their numbers",
                    "`check` says whether they add up",
                ),
                (false, _) => {}
            }
        }
    }
}

/// The models whose rows keep columns of a model.
fn children(schema: &Schema, parent: ModelId) -> Vec<ModelId> {
    let of = |kind: &TriggerKind| match kind {
        TriggerKind::Counter(counter) if counter.into.model == parent => Some(counter.count),
        TriggerKind::Sum(sum) if sum.into.model == parent => Some(sum.of),
        TriggerKind::Ledger(ledger) if ledger.balance.model == parent || ledger.on == parent => {
            Some(ledger.on)
        }
        _ => None,
    };
    schema
        .triggers
        .iter()
        .filter_map(|trigger| of(&trigger.kind))
        .collect()
}

/// A definition that PostgreSQL wrote of a new database of the spec.
fn definition(text: &str) -> SqlExpr {
    SqlExpr::trusted(text)
}

/// A whole statement, without its semicolon.
fn plain(sql: Sql) -> AuthorStatement {
    AuthorStatement(SqlExpr::trusted(sql.into_string()))
}

/// A name of a database. PostgreSQL has none that an [`Ident`] could not be.
fn ident(name: &str) -> Ident {
    Ident::derived(&[name])
}

fn qualified(schema: &str, name: &str) -> QualifiedName {
    QualifiedName::new(ident(schema), ident(name))
}

/// The table that an object is on.
fn table_of(key: &Key) -> QualifiedName {
    qualified(&key.schema, &key.on)
}

/// The object's own name, with its schema.
fn own_name(key: &Key) -> QualifiedName {
    qualified(&key.schema, &key.name)
}

/// The number of a table for the catalog; nothing where it is not there.
fn regclass(name: &QualifiedName) -> Sql {
    let text = sql!("{name}", name = name);
    sql!(
        "pg_catalog.to_regclass({name})",
        name = Literal::text(text.into_string())
    )
}

fn may_fail(text: String) -> Hazard {
    Hazard::new(HazardKind::MayFail, text)
}

fn exclusive(step: &mut Step, table: &QualifiedName) {
    step.locks = vec![Lock::access_exclusive(table)];
}

fn keyword(text: &'static str) -> Keyword {
    Keyword(text)
}
