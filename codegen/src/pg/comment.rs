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

impl Render for Comment {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("COMMENT ON ");
        match &self.on {
            CommentObject::Table(name) => sql.push_keyword("TABLE ").push(name),
            CommentObject::Column(table, column) => sql
                .push_keyword("COLUMN ")
                .push(table)
                .push_keyword(".")
                .push(column),
            CommentObject::Type(name) => sql.push_keyword("TYPE ").push(name),
            CommentObject::Domain(name) => sql.push_keyword("DOMAIN ").push(name),
            CommentObject::View(name) => sql.push_keyword("VIEW ").push(name),
            CommentObject::MaterializedView(name) => {
                sql.push_keyword("MATERIALIZED VIEW ").push(name)
            }
            CommentObject::Routine(name, arguments) => {
                let signature = arguments
                    .as_ref()
                    .map(|arguments| crate::sql!("({arguments})", arguments = arguments));
                sql.push_keyword("ROUTINE ").push(name).push(&signature)
            }
        };
        sql.push_keyword(" IS ")
            .push(&Literal::text(self.text.as_str()))
            .push_keyword(";\n");
    }
}
