//! Functions, views and raw objects.

use super::Type;
use crate::ident::{Ident, QualifiedName};
use crate::sql::SqlExpr;

/// A function carried as SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The key in the spec, which is the function's name unless the SQL qualifies it.
    pub name: String,
    /// The function's name as its SQL says it.
    pub function: QualifiedName,
    /// Documentation.
    pub doc: Option<String>,
    /// The whole `CREATE FUNCTION` (or `PROCEDURE`, `AGGREGATE`) statement.
    pub sql: SqlExpr,
}

/// A view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The key in the spec.
    pub name: String,
    /// The view's name.
    pub view: QualifiedName,
    /// Documentation.
    pub doc: Option<String>,
    /// The query.
    pub sql: SqlExpr,
    /// Whether it is materialized.
    pub materialized: bool,
    /// The columns, where the view is a typed read-only model.
    pub columns: Vec<ViewColumn>,
}

/// A column of a typed view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewColumn {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Whether it takes NULL.
    pub nullable: bool,
}

/// A whole object that nothing else can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The key in the spec.
    pub name: String,
    /// How it is made.
    pub create: SqlExpr,
    /// How it is removed.
    pub drop: Option<SqlExpr>,
    /// What it must come after.
    pub after: Vec<RawAfter>,
}

/// A section and a key that a raw object comes after (`models.User`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAfter {
    /// `models`, `views`, `functions`, `triggers`, `raw` …
    pub section: &'static str,
    /// The key in it.
    pub name: String,
}
