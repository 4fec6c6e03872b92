//! `CREATE TYPE` (enums and composites) and `CREATE DOMAIN`.

use super::{Closed, DefaultClause};
use crate::ident::{Ident, QualifiedName};
use crate::schema::{NamedExpr, QualifiedNameOrIdent};
use crate::sql::{Literal, Render, Sql};

/// An enum type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateEnum {
    /// Its name.
    pub name: QualifiedName,
    /// Its labels in their order.
    pub labels: Vec<Literal>,
}

impl Render for CreateEnum {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("CREATE TYPE ")
            .push(&self.name)
            .push_keyword(" AS ENUM (\n    ")
            .push(&Sql::join(",\n    ", &self.labels))
            .push_keyword("\n);\n");
    }
}

/// A composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateComposite {
    /// Its name.
    pub name: QualifiedName,
    /// Its attributes with their types.
    pub attributes: Vec<(Ident, Sql)>,
}

impl Render for CreateComposite {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("CREATE TYPE ")
            .push(&self.name)
            .push_keyword(" AS (");
        let width = super::layout::width(self.attributes.iter().map(|(name, _)| name));
        for (index, (name, ty)) in self.attributes.iter().enumerate() {
            sql.push_keyword(if index == 0 { "\n    " } else { ",\n    " });
            super::layout::pad(sql, name, width);
            sql.push_keyword(" ").push(ty);
        }
        sql.push_keyword("\n);\n");
    }
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateDomain {
    /// Its name.
    pub name: QualifiedName,
    /// What it is made of.
    pub base: Sql,
    /// Collation, if not the base type's.
    pub collation: Option<QualifiedNameOrIdent>,
    /// Default.
    pub default: Option<DefaultClause>,
    /// Whether it takes no NULL.
    pub not_null: bool,
    /// Named checks.
    pub checks: Vec<NamedExpr>,
}

impl Render for CreateDomain {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("CREATE DOMAIN ")
            .push(&self.name)
            .push_keyword(" AS ")
            .push(&self.base);
        if let Some(collation) = &self.collation {
            sql.push_keyword(" COLLATE ").push(collation);
        }
        if self.not_null {
            sql.push_keyword(" NOT NULL");
        }
        if let Some(default) = &self.default {
            sql.push_keyword(" ").push(default);
        }
        for check in &self.checks {
            sql.push_keyword("\n    CONSTRAINT ")
                .push(&check.name)
                .push_keyword(" CHECK (")
                .push(&Closed(&check.sql))
                .push_keyword(")");
        }
        sql.push_keyword(";\n");
    }
}
