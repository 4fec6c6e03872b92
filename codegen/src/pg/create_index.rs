//! `CREATE INDEX`, and keys as indexes, exclusion constraints and partitioned tables write them.

use super::Closed;
use super::constraint::push_include;
use super::create_table::With;
use crate::ident::{Ident, QualifiedName};
use crate::schema::{Nulls, OperatorClass, QualifiedNameOrIdent, StorageParameter};
use crate::sql::{Render, Sql, SqlExpr};

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateIndex {
    /// Its name; it lives in the table's schema.
    pub name: Ident,
    /// The table.
    pub table: QualifiedName,
    /// `UNIQUE`.
    pub unique: bool,
    /// The access method, if not `btree`.
    pub using: Option<Ident>,
    /// The keys.
    pub keys: Vec<Key>,
    /// `INCLUDE`.
    pub include: Vec<Ident>,
    /// `NULLS NOT DISTINCT` (PostgreSQL 15 and newer).
    pub nulls_not_distinct: bool,
    /// Storage parameters.
    pub with: Vec<StorageParameter>,
    /// `WHERE`.
    pub predicate: Option<SqlExpr>,
}

/// An index that is built beside writers. PostgreSQL refuses it inside of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateIndexConcurrently(pub CreateIndex);

impl Render for CreateIndexConcurrently {
    fn render(&self, sql: &mut Sql) {
        self.0.push_to(sql, true);
    }
}

impl Render for CreateIndex {
    fn render(&self, sql: &mut Sql) {
        self.push_to(sql, false);
    }
}

impl CreateIndex {
    fn push_to(&self, sql: &mut Sql, concurrently: bool) {
        sql.push_keyword(if self.unique {
            "CREATE UNIQUE INDEX "
        } else {
            "CREATE INDEX "
        });
        if concurrently {
            sql.push_keyword("CONCURRENTLY ");
        }
        sql.push(&self.name)
            .push_keyword(" ON ")
            .push(&self.table)
            .push_keyword(" ");
        if let Some(using) = &self.using {
            sql.push_keyword("USING ").push(using).push_keyword(" ");
        }
        sql.push_keyword("(")
            .push(&Sql::join(", ", &self.keys))
            .push_keyword(")");
        push_include(sql, &self.include);
        if self.nulls_not_distinct {
            sql.push_keyword(" NULLS NOT DISTINCT");
        }
        if !self.with.is_empty() {
            sql.push_keyword(" ").push(&With(&self.with));
        }
        if let Some(predicate) = &self.predicate {
            sql.push_keyword(" WHERE ").push(&Closed(predicate));
        }
        sql.push_keyword(";\n");
    }
}

/// One key of an index, an exclusion constraint or a partitioned table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// What it is.
    pub what: KeyColumn,
    /// Collation.
    pub collation: Option<QualifiedNameOrIdent>,
    /// Operator class.
    pub operator_class: Option<OperatorClass>,
    /// Highest first.
    pub descending: bool,
    /// Where NULLs stand.
    pub nulls: Option<Nulls>,
}

/// A column or an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyColumn {
    /// A column.
    Column(Ident),
    /// An expression, without parentheses around it.
    Expression(SqlExpr),
}

impl Render for KeyColumn {
    fn render(&self, sql: &mut Sql) {
        match self {
            Self::Column(column) => sql.push(column),
            Self::Expression(expression) => sql
                .push_keyword("(")
                .push(&Closed(expression))
                .push_keyword(")"),
        };
    }
}

impl Render for Key {
    fn render(&self, sql: &mut Sql) {
        sql.push(&self.what);
        if let Some(collation) = &self.collation {
            sql.push_keyword(" COLLATE ").push(collation);
        }
        if let Some(class) = &self.operator_class {
            sql.push_keyword(" ").push(&class.name);
            if let Some(parameters) = &class.parameters {
                sql.push_keyword(" ").push(&Closed(parameters));
            }
        }
        if self.descending {
            sql.push_keyword(" DESC");
        }
        sql.push_keyword(match self.nulls {
            None => "",
            Some(Nulls::First) => " NULLS FIRST",
            Some(Nulls::Last) => " NULLS LAST",
        });
    }
}
