//! `CREATE STATISTICS`.

use super::KeyColumn;
use crate::ident::QualifiedName;
use crate::sql::{Keyword, Render, Sql};

/// Extended statistics of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateStatistics {
    /// Their name.
    pub name: QualifiedName,
    /// `ndistinct`, `dependencies`, `mcv`; none means all.
    pub kinds: Vec<&'static str>,
    /// What they are about.
    pub on: Vec<KeyColumn>,
    /// The table.
    pub table: QualifiedName,
}

impl Render for CreateStatistics {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("CREATE STATISTICS ").push(&self.name);
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().map(|kind| Keyword(kind));
            sql.push_keyword(" (")
                .push(&Sql::join(", ", kinds))
                .push_keyword(")");
        }
        sql.push_keyword(" ON ")
            .push(&Sql::join(", ", &self.on))
            .push_keyword(" FROM ")
            .push(&self.table)
            .push_keyword(";\n");
    }
}
