//! `CREATE VIEW` and `CREATE MATERIALIZED VIEW`.

use super::AuthorStatement;
use crate::ident::QualifiedName;
use crate::sql::{Render, Sql, SqlExpr};

/// A view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateView {
    /// Its name.
    pub name: QualifiedName,
    /// Whether it is materialized.
    pub materialized: bool,
    /// The query.
    pub query: SqlExpr,
}

impl Render for CreateView {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(if self.materialized {
            "CREATE MATERIALIZED VIEW "
        } else {
            "CREATE VIEW "
        });
        sql.push(&self.name)
            .push_keyword(" AS\n")
            .push(&AuthorStatement(self.query.clone()));
    }
}
