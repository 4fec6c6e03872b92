//! `ALTER TABLE … ROW LEVEL SECURITY` and `CREATE POLICY`.

use super::{Closed, RoleSpec};
use crate::ident::{Ident, QualifiedName};
use crate::sql::{Keyword, Render, Sql, SqlExpr};

/// Row level security of a table, switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRowSecurity {
    /// The table.
    pub table: QualifiedName,
    /// `FORCE` instead of `ENABLE`: the owner is bound too.
    pub force: bool,
}

impl Render for SetRowSecurity {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER TABLE ")
            .push(&self.table)
            .push_keyword(if self.force {
                " FORCE ROW LEVEL SECURITY;\n"
            } else {
                " ENABLE ROW LEVEL SECURITY;\n"
            });
    }
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePolicy {
    /// Its name.
    pub name: Ident,
    /// The table.
    pub table: QualifiedName,
    /// `AS RESTRICTIVE`.
    pub restrictive: bool,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: &'static str,
    /// Roles; none means `PUBLIC`.
    pub to: Vec<Ident>,
    /// `USING`.
    pub using: Option<SqlExpr>,
    /// `WITH CHECK`.
    pub check: Option<SqlExpr>,
}

impl Render for CreatePolicy {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("CREATE POLICY ")
            .push(&self.name)
            .push_keyword(" ON ")
            .push(&self.table);
        if self.restrictive {
            sql.push_keyword("\n    AS RESTRICTIVE");
        }
        sql.push_keyword("\n    FOR ").push(&Keyword(self.command));
        sql.push_keyword(" TO ");
        if self.to.is_empty() {
            sql.push_keyword("PUBLIC");
        }
        sql.push(&Sql::join(", ", self.to.iter().map(RoleSpec)));
        if let Some(using) = &self.using {
            sql.push_keyword("\n    USING (")
                .push(&Closed(using))
                .push_keyword(")");
        }
        if let Some(check) = &self.check {
            sql.push_keyword("\n    WITH CHECK (")
                .push(&Closed(check))
                .push_keyword(")");
        }
        sql.push_keyword(";\n");
    }
}
