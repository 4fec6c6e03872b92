//! The statements of a schema, each under the name by which it is found again in another one.

use std::collections::BTreeMap;

use crate::ddl;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{CommentObject, CreateTable, GrantObject, Statement};
use crate::schema::Schema;
use crate::sql::Sql;

/// What a statement makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Roles,
    Schema(Ident),
    Extension(Ident),
    Enum(QualifiedName),
    Domain(QualifiedName),
    Composite(QualifiedName),
    /// A function that the compiler made.
    Function(QualifiedName, Sql),
    /// A function of the author, with its arguments.
    Routine(QualifiedName, String),
    Table(QualifiedName),
    Partition(QualifiedName),
    Reference(QualifiedName, Ident),
    Index(QualifiedName),
    Statistics(QualifiedName),
    View(QualifiedName),
    Trigger(QualifiedName, Ident),
    RowSecurity(QualifiedName, bool),
    Policy(QualifiedName, Ident),
    Grant(Sql, Ident),
    Comment(Sql),
    Raw(String),
}

/// A statement with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) place: usize,
    pub(super) statement: Statement,
}

/// The statements of a schema by what they make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) by_key: BTreeMap<Key, Unit>,
}

impl Units {
    /// Every statement of the schema, in the places that it has in `schema.sql`.
    pub(super) fn of(schema: &Schema) -> Self {
        let mut by_key: BTreeMap<Key, Unit> = BTreeMap::new();
        let statements = ddl::statements(schema)
            .into_iter()
            .flat_map(|section| section.statements);
        for (place, statement) in statements.enumerate() {
            let Some(key) = key(schema, &statement, &by_key) else {
                continue;
            };
            match (by_key.get_mut(&key), statement) {
                // A role may be granted rights on one object by several tables.
                (Some(_), Statement::Grant(_)) => {}
                (_, statement) => {
                    by_key.insert(key, Unit { place, statement });
                }
            }
        }
        Self { by_key }
    }

    /// The tables in their order.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&QualifiedName, &CreateTable, usize)> {
        self.by_key
            .iter()
            .filter_map(|(key, unit)| match (key, &unit.statement) {
                (Key::Table(name), Statement::CreateTable(table)) => {
                    Some((name, table, unit.place))
                }
                _ => None,
            })
    }

    pub(super) fn table(&self, name: &QualifiedName) -> Option<(&CreateTable, usize)> {
        let unit = self.by_key.get(&Key::Table(name.clone()))?;
        match &unit.statement {
            Statement::CreateTable(table) => Some((table, unit.place)),
            _ => None,
        }
    }

    pub(super) fn place(&self, key: &Key) -> usize {
        self.by_key.get(key).map_or(0, |unit| unit.place)
    }
}

/// What a statement makes; nothing for those that stand around the others.
fn key(schema: &Schema, statement: &Statement, known: &BTreeMap<Key, Unit>) -> Option<Key> {
    Some(match statement {
        Statement::RequireRoles(_) => Key::Roles,
        Statement::CreateSchema(create) => Key::Schema(create.name.clone()),
        Statement::CreateExtension(create) => Key::Extension(create.name.clone()),
        Statement::CreateEnum(create) => Key::Enum(create.name.clone()),
        Statement::CreateDomain(create) => Key::Domain(create.name.clone()),
        Statement::CreateComposite(create) => Key::Composite(create.name.clone()),
        Statement::CreateFunction(create) => {
            Key::Function(create.name.clone(), create.argument_types())
        }
        Statement::CreateTable(create) => Key::Table(create.name.clone()),
        Statement::CreatePartition(create) => Key::Partition(create.name.clone()),
        Statement::AddForeignKey(add) => Key::Reference(add.table.clone(), add.name.clone()),
        Statement::CreateIndex(create) => Key::Index(QualifiedName::new(
            create.table.schema.clone(),
            create.name.clone(),
        )),
        Statement::CreateStatistics(create) => Key::Statistics(create.name.clone()),
        Statement::CreateView(create) => Key::View(create.name.clone()),
        Statement::CreateTrigger(create) => Key::Trigger(create.table.clone(), create.name.clone()),
        Statement::SetRowSecurity(set) => Key::RowSecurity(set.table.clone(), set.force),
        Statement::CreatePolicy(create) => Key::Policy(create.table.clone(), create.name.clone()),
        Statement::Grant(grant) => Key::Grant(on(&grant.on), grant.role.clone()),
        Statement::Comment(comment) => Key::Comment(commented(&comment.on)),
        Statement::AuthorStatement(own) => {
            let function = schema
                .functions
                .iter()
                .filter(|item| item.sql == own.0)
                .map(|item| routine(&item.function, item.sql.as_str()))
                .find(|key| !known.contains_key(key));
            let raw = || {
                schema
                    .raw
                    .iter()
                    .filter(|item| item.create == own.0)
                    .map(|item| Key::Raw(item.name.clone()))
                    .find(|key| !known.contains_key(key))
            };
            function.or_else(raw)?
        }
        _ => return None,
    })
}

/// The key of a function of the author.
pub(super) fn routine(name: &QualifiedName, sql: &str) -> Key {
    Key::Routine(
        name.clone(),
        ddl::routine_arguments(sql).unwrap_or_default(),
    )
}

fn on(object: &GrantObject) -> Sql {
    let mut sql = Sql::new();
    sql.push(object);
    sql
}

pub(super) fn commented(object: &CommentObject) -> Sql {
    let mut sql = Sql::new();
    sql.push(object);
    sql
}
