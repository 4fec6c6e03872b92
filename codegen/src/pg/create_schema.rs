//! `CREATE SCHEMA` and `CREATE EXTENSION`.

use crate::ident::Ident;
use crate::sql::{Render, Sql};

/// A schema of PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSchema {
    /// Its name.
    pub name: Ident,
    /// Whether one that is there is taken as it is (`public` comes with each new database).
    pub if_not_exists: bool,
}

impl Render for CreateSchema {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(if self.if_not_exists {
            "CREATE SCHEMA IF NOT EXISTS "
        } else {
            "CREATE SCHEMA "
        })
        .push(&self.name)
        .push_keyword(";\n");
    }
}

/// An extension. Trusted ones can be made by the owner of the database; others must be there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateExtension {
    /// Its name.
    pub name: Ident,
}

impl Render for CreateExtension {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("CREATE EXTENSION IF NOT EXISTS ")
            .push(&self.name)
            .push_keyword(";\n");
    }
}
