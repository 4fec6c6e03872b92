//! `CREATE SCHEMA` and `CREATE EXTENSION`.

use crate::ident::Ident;
use crate::sql;
use crate::sql::{DollarQuoted, Render, Sql};

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
    /// Where it goes if it does not say so itself: the first of these that is there. None: wherever the search path
    /// leads.
    pub schemas: Vec<Ident>,
}

impl Render for CreateExtension {
    fn render(&self, sql: &mut Sql) {
        let create = sql!("CREATE EXTENSION IF NOT EXISTS {name};", name = self.name);
        if self.schemas.is_empty() {
            sql.push(&create).push_keyword("\n");
            return;
        }
        // `WITH SCHEMA` is an error for an extension that knows where it goes.
        let body = sql!(
            "\nDECLARE
    path text := pg_catalog.current_setting('search_path');
BEGIN
    SET LOCAL search_path = {schemas};
    {create}
    PERFORM pg_catalog.set_config('search_path', path, true);
END
",
            schemas = Sql::join(", ", &self.schemas),
            create = create
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}
