//! `GRANT`.

use super::RoleSpec;
use crate::ident::{Ident, QualifiedName};
use crate::sql::{Keyword, Render, Sql};

/// Rights for a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `SELECT`, `USAGE` …
    pub privileges: Vec<&'static str>,
    /// On what.
    pub on: GrantObject,
    /// For whom.
    pub role: Ident,
}

/// What a right is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum GrantObject {
    Schema(Ident),
    Table(QualifiedName),
    Sequence(QualifiedName),
}

impl Render for Grant {
    fn render(&self, sql: &mut Sql) {
        let privileges = self.privileges.iter().map(|word| Keyword(word));
        sql.push_keyword("GRANT ")
            .push(&Sql::join(", ", privileges))
            .push(&self.on)
            .push_keyword(" TO ")
            .push(&RoleSpec(&self.role))
            .push_keyword(";\n");
    }
}

/// Takes rights from a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoke(pub Grant);

impl Render for Revoke {
    fn render(&self, sql: &mut Sql) {
        let privileges = self.0.privileges.iter().map(|word| Keyword(word));
        sql.push_keyword("REVOKE ")
            .push(&Sql::join(", ", privileges))
            .push(&self.0.on)
            .push_keyword(" FROM ")
            .push(&RoleSpec(&self.0.role))
            .push_keyword(";\n");
    }
}

impl Render for GrantObject {
    fn render(&self, sql: &mut Sql) {
        match self {
            Self::Schema(name) => sql.push_keyword(" ON SCHEMA ").push(name),
            Self::Table(name) => sql.push_keyword(" ON TABLE ").push(name),
            Self::Sequence(name) => sql.push_keyword(" ON SEQUENCE ").push(name),
        };
    }
}
