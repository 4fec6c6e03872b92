//! `DROP`.

use crate::ident::{Ident, QualifiedName};
use crate::sql::{Render, Sql};

/// Removes an object. Never `CASCADE`: what hangs on it was removed before, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum Drop {
    Table(QualifiedName),
    Type(QualifiedName),
    Domain(QualifiedName),
    View(QualifiedName),
    MaterializedView(QualifiedName),
    /// With the arguments that tell it from others of its name.
    Routine(QualifiedName, Sql),
    Trigger(Ident, QualifiedName),
    Policy(Ident, QualifiedName),
    Index(QualifiedName),
    Statistics(QualifiedName),
    Sequence(QualifiedName),
    Schema(Ident),
    Extension(Ident),
}

impl Render for Drop {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("DROP ");
        match self {
            Self::Table(name) => sql.push_keyword("TABLE ").push(name),
            Self::Type(name) => sql.push_keyword("TYPE ").push(name),
            Self::Domain(name) => sql.push_keyword("DOMAIN ").push(name),
            Self::View(name) => sql.push_keyword("VIEW ").push(name),
            Self::MaterializedView(name) => sql.push_keyword("MATERIALIZED VIEW ").push(name),
            Self::Routine(name, arguments) => sql
                .push_keyword("ROUTINE ")
                .push(name)
                .push_keyword("(")
                .push(arguments)
                .push_keyword(")"),
            Self::Trigger(name, table) => sql
                .push_keyword("TRIGGER ")
                .push(name)
                .push_keyword(" ON ")
                .push(table),
            Self::Policy(name, table) => sql
                .push_keyword("POLICY ")
                .push(name)
                .push_keyword(" ON ")
                .push(table),
            Self::Index(name) => sql.push_keyword("INDEX ").push(name),
            Self::Statistics(name) => sql.push_keyword("STATISTICS ").push(name),
            Self::Sequence(name) => sql.push_keyword("SEQUENCE ").push(name),
            Self::Schema(name) => sql.push_keyword("SCHEMA ").push(name),
            Self::Extension(name) => sql.push_keyword("EXTENSION ").push(name),
        };
        sql.push_keyword(";\n");
    }
}
