//! `COMMENT ON`.

use crate::ident::{Ident, QualifiedName};
use crate::sql::{Literal, Render, Sql};

/// The comment of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The object.
    pub on: CommentObject,
    /// The text.
    pub text: String,
}

/// What a comment is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum CommentObject {
    Table(QualifiedName),
    Column(QualifiedName, Ident),
    Type(QualifiedName),
    Domain(QualifiedName),
    View(QualifiedName),
    MaterializedView(QualifiedName),
    /// A function, procedure or aggregate, with its arguments where the name alone does not say which.
    Routine(QualifiedName, Option<Sql>),
}

/// Takes the comment of an object away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropComment(pub CommentObject);

impl Render for DropComment {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("COMMENT ON ")
            .push(&self.0)
            .push_keyword(" IS NULL;\n");
    }
}

impl Render for CommentObject {
    fn render(&self, sql: &mut Sql) {
        match self {
            Self::Table(name) => sql.push_keyword("TABLE ").push(name),
            Self::Column(table, column) => sql
                .push_keyword("COLUMN ")
                .push(table)
                .push_keyword(".")
                .push(column),
            Self::Type(name) => sql.push_keyword("TYPE ").push(name),
            Self::Domain(name) => sql.push_keyword("DOMAIN ").push(name),
            Self::View(name) => sql.push_keyword("VIEW ").push(name),
            Self::MaterializedView(name) => sql.push_keyword("MATERIALIZED VIEW ").push(name),
            Self::Routine(name, arguments) => {
                let signature = arguments
                    .as_ref()
                    .map(|arguments| crate::sql!("({arguments})", arguments = arguments));
                sql.push_keyword("ROUTINE ").push(name).push(&signature)
            }
        };
    }
}

impl Render for Comment {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("COMMENT ON ")
            .push(&self.on)
            .push_keyword(" IS ")
            .push(&Literal::text(self.text.as_str()))
            .push_keyword(";\n");
    }
}
