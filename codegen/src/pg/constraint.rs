//! Constraints inside a `CREATE TABLE`.

use super::{Closed, Key};
use crate::ident::Ident;
use crate::schema::Deferrable;
use crate::sql::{Render, Sql, SqlExpr};

/// A named constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableConstraint {
    /// Its name.
    pub name: Ident,
    /// What it demands.
    pub kind: ConstraintKind,
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey(Vec<Ident>),
    /// `UNIQUE`.
    Unique {
        /// The columns.
        columns: Vec<Ident>,
        /// `INCLUDE`.
        include: Vec<Ident>,
        /// `NULLS NOT DISTINCT` (PostgreSQL 15 and newer).
        nulls_not_distinct: bool,
        /// When it is checked.
        deferrable: Deferrable,
    },
    /// `CHECK`.
    Check(SqlExpr),
    /// `EXCLUDE`.
    Exclude {
        /// The access method.
        using: Option<Ident>,
        /// Keys, each with its operator.
        parts: Vec<(Key, SqlExpr)>,
        /// `INCLUDE`.
        include: Vec<Ident>,
        /// Which rows it binds.
        predicate: Option<SqlExpr>,
        /// When it is checked.
        deferrable: Deferrable,
    },
}

impl Render for TableConstraint {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("CONSTRAINT ")
            .push(&self.name)
            .push_keyword(" ");
        match &self.kind {
            ConstraintKind::PrimaryKey(columns) => {
                sql.push_keyword("PRIMARY KEY (")
                    .push(&Sql::join(", ", columns))
                    .push_keyword(")");
            }
            ConstraintKind::Unique {
                columns,
                include,
                nulls_not_distinct,
                deferrable,
            } => {
                sql.push_keyword(if *nulls_not_distinct {
                    "UNIQUE NULLS NOT DISTINCT ("
                } else {
                    "UNIQUE ("
                });
                sql.push(&Sql::join(", ", columns)).push_keyword(")");
                push_include(sql, include);
                sql.push(deferrable);
            }
            ConstraintKind::Check(condition) => {
                sql.push_keyword("CHECK (")
                    .push(&Closed(condition))
                    .push_keyword(")");
            }
            ConstraintKind::Exclude {
                using,
                parts,
                include,
                predicate,
                deferrable,
            } => {
                sql.push_keyword("EXCLUDE ");
                if let Some(using) = using {
                    sql.push_keyword("USING ").push(using).push_keyword(" ");
                }
                sql.push_keyword("(");
                for (index, (key, operator)) in parts.iter().enumerate() {
                    if index > 0 {
                        sql.push_keyword(", ");
                    }
                    sql.push(key).push_keyword(" WITH ").push(&Closed(operator));
                }
                sql.push_keyword(")");
                push_include(sql, include);
                if let Some(predicate) = predicate {
                    sql.push_keyword(" WHERE (")
                        .push(&Closed(predicate))
                        .push_keyword(")");
                }
                sql.push(deferrable);
            }
        }
    }
}

/// ` INCLUDE (…)`, if there is something to include.
pub(super) fn push_include(sql: &mut Sql, include: &[Ident]) {
    if !include.is_empty() {
        sql.push_keyword(" INCLUDE (")
            .push(&Sql::join(", ", include))
            .push_keyword(")");
    }
}

impl Render for Deferrable {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(match self {
            Self::No => "",
            Self::Immediate => " DEFERRABLE INITIALLY IMMEDIATE",
            Self::Deferred => " DEFERRABLE INITIALLY DEFERRED",
        });
    }
}
