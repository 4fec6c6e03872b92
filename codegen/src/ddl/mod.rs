//! From the schema to `schema.sql`: sections of statements, in an order that loads into an empty database.
//!
//! The file is one transaction: what fails halfway leaves nothing behind. Foreign keys come when every table is there,
//! so that tables may refer to each other in a circle. The author's functions, views and raw objects stand where what
//! they need is there and what needs them is not yet: see `order`.

mod functions;
mod grants;
mod mentions;
mod objects;
mod order;
mod purge;
mod raw;
mod roles;
mod table;
mod types;
mod views;

pub(crate) use functions::arguments as routine_arguments;
pub(crate) use grants::{object_name, sequence_name};
pub(crate) use mentions::Mentions;
pub(crate) use purge::name as purge_function;
pub(crate) use raw::runs_outside;
pub(crate) use table::is_inherited;

use crate::ident::Ident;
use crate::pg::{CreateExtension, CreateSchema, Set, SetValue, Statement, Transaction};
use crate::schema::Schema;
use crate::sql::{LineComment, Render, Sql};

/// Statements that belong together, under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// The statements, in their order.
    pub statements: Vec<Statement>,
}

/// The whole file `schema.sql`.
#[must_use]
pub fn schema_sql(schema: &Schema) -> String {
    let mut sql = Sql::new();
    sql.push(&LineComment(crate::GENERATED)).push_keyword("\n");
    for section in statements(schema) {
        sql.push_keyword("\n")
            .push(&LineComment(&format!("---- {} ----", section.title)))
            .push_keyword("\n");
        push_section(&mut sql, &section.statements);
    }
    sql.into_string()
}

/// Every statement that makes the database, in sections, in an order that loads. The kinds of a section are mixed
/// only where an object of the author needs it.
#[must_use]
pub fn statements(schema: &Schema) -> Vec<Section> {
    let mut sections = vec![Section {
        title: "Settings",
        statements: settings(schema),
    }];
    let mut add = |title, statements: Vec<Statement>| {
        if !statements.is_empty() {
            sections.push(Section { title, statements });
        }
    };
    add("Roles that must be there", roles::required(schema));
    add("Schemas", schemas(schema));
    add("Extensions", extensions(schema));
    let objects = objects::objects(schema);
    let mut current: Option<Section> = None;
    for object in order::sorted(&objects) {
        match &mut current {
            Some(section) if section.title == object.title => {
                section.statements.extend(object.statements.iter().cloned());
            }
            _ => {
                if let Some(done) = current.take() {
                    add(done.title, done.statements);
                }
                current = Some(Section {
                    title: object.title,
                    statements: object.statements.clone(),
                });
            }
        }
    }
    if let Some(done) = current {
        add(done.title, done.statements);
    }
    sections.push(Section {
        title: "End",
        statements: vec![Transaction::Commit.into()],
    });
    let outside = raw::outside_transaction(schema);
    if !outside.is_empty() {
        let mut statements = vec![search_path(schema, false).into()];
        statements.extend(outside);
        statements.push(
            Set {
                setting: "search_path",
                value: SetValue::Word("DEFAULT"),
                local: false,
            }
            .into(),
        );
        sections.push(Section {
            title: "What PostgreSQL refuses to run inside of a transaction",
            statements,
        });
    }
    sections
}

/// One blank line between statements; lines of one kind stand together, but for those of the author.
fn push_section(sql: &mut Sql, statements: &[Statement]) {
    let mut previous: Option<(&Statement, bool)> = None;
    for statement in statements {
        let mut text = Sql::new();
        statement.render(&mut text);
        let is_line = text.as_str().trim_end().lines().count() == 1;
        let is_author = matches!(statement, Statement::AuthorStatement(_));
        if let Some((before, was_line)) = previous
            && !(was_line && is_line && before.is_like(statement) && !is_author)
        {
            sql.push_keyword("\n");
        }
        sql.push(&text);
        previous = Some((statement, is_line));
    }
}

/// The transaction and its settings. Raw SQL of the spec is found by the search path; functions may name tables that
/// come after them; a bound of a partition means the same day in every time zone.
fn settings(schema: &Schema) -> Vec<Statement> {
    let set = |setting, value| {
        Statement::from(Set {
            setting,
            value,
            local: true,
        })
    };
    vec![
        Transaction::Begin.into(),
        set("client_encoding", SetValue::Text("UTF8")),
        set("standard_conforming_strings", SetValue::Word("on")),
        set("client_min_messages", SetValue::Word("warning")),
        set("check_function_bodies", SetValue::Word("off")),
        set("timezone", SetValue::Text("UTC")),
        set("datestyle", SetValue::Text("ISO, YMD")),
        set("intervalstyle", SetValue::Word("postgres")),
        search_path(schema, true).into(),
    ]
}

/// The settings of a file of a migration. They are the session's, and put back at the end of the file: psql runs it
/// without a transaction unless it is told to. A lock that is not to be had ends the file, so that nobody queues behind it.
pub(crate) fn migration_settings(
    schema: &Schema,
    old_schemas: &[Ident],
    waits: bool,
) -> Vec<Statement> {
    let timeout = waits.then_some(Set {
        setting: "lock_timeout",
        value: SetValue::Text("5s"),
        local: false,
    });
    settings(schema)
        .into_iter()
        .filter_map(|statement| match statement {
            // The encoding belongs to the client's connection.
            Statement::Set(set) if set.setting != "client_encoding" => Some(Set {
                local: false,
                value: match set.value {
                    SetValue::Names(mut names) => {
                        names.extend_from_slice(old_schemas);
                        SetValue::Names(names)
                    }
                    value => value,
                },
                ..set
            }),
            _ => None,
        })
        .chain(timeout)
        .map(Statement::from)
        .collect()
}

/// The schemas of the spec.
fn search_path(schema: &Schema, local: bool) -> Set {
    Set {
        setting: "search_path",
        value: SetValue::Names(spec_schemas(schema)),
        local,
    }
}

/// The schemas of the spec; `public` too where extensions may have been put before.
pub(crate) fn spec_schemas(schema: &Schema) -> Vec<Ident> {
    let mut names = schema.schemas.clone();
    let public = Ident::derived(&["public"]);
    if !schema.extensions.is_empty() && !names.contains(&public) {
        names.push(public);
    }
    names
}

/// The search path of a function that looks names up: what PostgreSQL brings, where the spec's objects and extensions
/// are, and temporary objects last, so that they can hide nothing.
pub(crate) fn function_search_path(schema: &Schema) -> Vec<Ident> {
    let mut path = vec![Ident::derived(&["pg_catalog"])];
    path.extend(spec_schemas(schema));
    path.push(Ident::derived(&["pg_temp"]));
    path
}

/// `public` comes with each new database, and the default schema may have been made for its owner.
fn schemas(schema: &Schema) -> Vec<Statement> {
    schema
        .schemas
        .iter()
        .map(|name| {
            Statement::from(CreateSchema {
                name: name.clone(),
                if_not_exists: *name == schema.default_schema || name.as_str() == "public",
            })
        })
        .collect()
}

/// They go to `public`, whatever the default schema is: the types and operators of an extension are found by the search
/// path alone, and every client has that one in it.
fn extensions(schema: &Schema) -> Vec<Statement> {
    let public = Ident::derived(&["public"]);
    let schemas = if schema.default_schema == public {
        Vec::new()
    } else {
        vec![public, schema.default_schema.clone()]
    };
    schema
        .extensions
        .iter()
        .map(|name| {
            Statement::from(CreateExtension {
                name: name.clone(),
                schemas: schemas.clone(),
            })
        })
        .collect()
}
