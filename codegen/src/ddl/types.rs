//! Enums, domains and composite types.

use super::mentions::Mentions;
use crate::pg::{
    Comment, CommentObject, CreateComposite, CreateDomain, CreateEnum, DefaultClause, Statement,
    type_sql,
};
use crate::schema::{Composite, Default, Domain, Enum, Schema, Type};
use crate::sql::Literal;

pub(super) fn enumeration(item: &Enum) -> Vec<Statement> {
    let create = CreateEnum {
        name: item.ty.clone(),
        labels: item
            .labels
            .iter()
            .map(|label| Literal::text(label.text.as_str()))
            .collect(),
    };
    with_comment(
        create.into(),
        item.doc.as_ref(),
        CommentObject::Type(item.ty.clone()),
    )
}

pub(super) fn domain(schema: &Schema, item: &Domain) -> Vec<Statement> {
    let create = CreateDomain {
        name: item.ty.clone(),
        base: type_sql(schema, &item.base),
        collation: item.collation.clone(),
        default: item
            .default
            .as_ref()
            .map(|default| default_clause(schema, &item.base, default)),
        not_null: item.not_null,
        checks: item.checks.clone(),
    };
    with_comment(
        create.into(),
        item.doc.as_ref(),
        CommentObject::Domain(item.ty.clone()),
    )
}

pub(super) fn domain_mentions(item: &Domain) -> Mentions {
    let mut mentions = Mentions::default();
    for check in &item.checks {
        mentions.add(check.sql.as_str());
    }
    if let Some(Default::Sql(expression)) = &item.default {
        mentions.add(expression.as_str());
    }
    if let Some(collation) = &item.collation {
        mentions.add_name(collation.name.as_str());
    }
    mentions
}

pub(super) fn composite(schema: &Schema, item: &Composite) -> Vec<Statement> {
    let create = CreateComposite {
        name: item.ty.clone(),
        attributes: item
            .attributes
            .iter()
            .map(|(name, ty)| (name.clone(), type_sql(schema, ty)))
            .collect(),
    };
    with_comment(
        create.into(),
        item.doc.as_ref(),
        CommentObject::Type(item.ty.clone()),
    )
}

/// A default as SQL, for a column or a domain of that type.
pub(super) fn default_clause(schema: &Schema, ty: &Type, default: &Default) -> DefaultClause {
    match default {
        Default::Literal(literal) => DefaultClause::Literal(literal.clone()),
        Default::Array(elements) => DefaultClause::Array {
            elements: elements.clone(),
            ty: type_sql(schema, ty),
        },
        Default::Sql(expression) => DefaultClause::Expression(expression.clone()),
    }
}

/// A statement, and the comment of what it makes.
pub(super) fn with_comment(
    statement: Statement,
    doc: Option<&String>,
    on: CommentObject,
) -> Vec<Statement> {
    let comment = doc.map(|text| {
        Statement::from(Comment {
            on,
            text: text.clone(),
        })
    });
    std::iter::once(statement).chain(comment).collect()
}
