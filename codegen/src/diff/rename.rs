//! The old schema under its new names: what the database is after the renames and before anything else.
//!
//! PostgreSQL follows a rename in every expression that it stores, so that the author's text in the old schema is read with
//! the new names too. Where words alone cannot tell, the texts stay different, and the object is made again: that costs
//! time, and is never wrong.

use std::collections::BTreeMap;

use super::Matching;
use crate::fragment::lexer::{Kind, lex};
use crate::ident::{QualifiedName, needs_quotes};
use crate::schema::{BaseType, Default, IndexKey, IndexPart, Schema};
use crate::sql::{Literal, Sql, SqlExpr};

/// Old names and what they became.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) columns: BTreeMap<String, String>,
    pub(super) others: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn expression(&self, expression: &mut SqlExpr) {
        if let Some(text) = self.read(expression.as_str()) {
            *expression = SqlExpr::trusted(text);
        }
    }

    /// The text with new names, if it has any.
    fn read(&self, text: &str) -> Option<String> {
        if self.columns.is_empty() && self.others.is_empty() {
            return None;
        }
        let tokens = lex(text).ok()?;
        let mut result = String::new();
        let mut at = 0;
        for (place, token) in tokens.iter().enumerate() {
            if !matches!(token.kind, Kind::Word | Kind::Quoted) {
                continue;
            }
            let name = token.name(text)?;
            let before = place.checked_sub(1).and_then(|before| tokens.get(before));
            let is_call = tokens.get(place + 1).is_some_and(|next| next.is(text, "("));
            let is_type = before.is_some_and(|before| before.is(text, "::"));
            let column = self.columns.get(&name).filter(|_| !is_call && !is_type);
            if let Some(new) = column.or_else(|| self.others.get(&name)) {
                result.push_str(&text[at..token.range.start]);
                let mut sql = Sql::new();
                sql.push_ident(new);
                result.push_str(sql.as_str());
                at = token.range.end;
            }
        }
        result.push_str(&text[at..]);
        Some(result)
    }
}

/// The old schema with the new names of its types, tables, columns and labels.
pub(super) fn renamed(prev: &Schema, next: &Schema, matching: &Matching) -> Schema {
    let mut schema = prev.clone();
    let mut types = Names::default();
    let mut note = |old: &QualifiedName, new: &QualifiedName| {
        if old.name != new.name {
            types
                .others
                .insert(old.name.as_str().to_owned(), new.name.as_str().to_owned());
        }
    };
    for (&new, &old) in &matching.enums {
        note(&prev.enums[old].ty, &next.enums[new].ty);
        let item = &mut schema.enums[old];
        item.ty = next.enums[new].ty.clone();
        for label in &mut item.labels {
            if let Some(text) = new_label(matching, new, &label.text) {
                label.text = text;
            }
        }
    }
    for (&new, &old) in &matching.domains {
        note(&prev.domains[old].ty, &next.domains[new].ty);
        schema.domains[old].ty = next.domains[new].ty.clone();
    }
    for (&new, &old) in &matching.composites {
        note(&prev.composites[old].ty, &next.composites[new].ty);
        schema.composites[old].ty = next.composites[new].ty.clone();
    }
    for (&new, &old) in &matching.models {
        note(&prev.model(old).table, &next.model(new).table);
    }
    for (new, old) in matching.models.iter().map(|(&new, &old)| (new, old)) {
        let mut names = types.clone();
        let model = &mut schema.models[old.0];
        model.table = next.model(new).table.clone();
        for partition in &mut model.partitions {
            let others = &mut next.model(new).partitions.iter();
            if let Some(other) = others.find(|other| other.table.name == partition.table.name) {
                partition.table = other.table.clone();
            }
        }
        for (&(_, new_field), &old_field) in matching.fields_of(new) {
            let to = next.model(new).field(new_field).name.clone();
            let field = &mut model.fields[old_field.0];
            if field.name != to {
                names
                    .columns
                    .insert(field.name.as_str().to_owned(), to.as_str().to_owned());
                field.name = to;
            }
        }
        expressions(model, &names);
    }
    for field in 0..schema.models.len() {
        default_labels(&mut schema, field, matching);
    }
    for domain in &mut schema.domains {
        for check in &mut domain.checks {
            types.expression(&mut check.sql);
        }
    }
    schema
}

/// What an old label is called now.
fn new_label(matching: &Matching, place: usize, old: &str) -> Option<String> {
    matching
        .labels
        .iter()
        .find(|((item, _), from)| *item == place && from.as_str() == old)
        .map(|((_, new), _)| new.clone())
}

/// A default that is a label follows the label.
fn default_labels(schema: &mut Schema, model: usize, matching: &Matching) {
    for field in &mut schema.models[model].fields {
        let BaseType::Enum(id) = field.ty.base else {
            continue;
        };
        let Some(new) = matching
            .enums
            .iter()
            .find(|(_, old)| **old == id.0)
            .map(|(&new, _)| new)
        else {
            continue;
        };
        let follow = |literal: &mut Literal| {
            if let Literal::Text(text) = literal
                && let Some(label) = new_label(matching, new, text)
            {
                *text = label;
            }
        };
        match &mut field.default {
            Some(Default::Literal(literal)) => follow(literal),
            Some(Default::Array(literals)) => literals.iter_mut().for_each(follow),
            Some(Default::Sql(_)) | None => {}
        }
    }
}

fn expressions(model: &mut crate::schema::Model, names: &Names) {
    let part = |part: &mut IndexPart| {
        if let IndexKey::Expression(expression) = &mut part.key {
            names.expression(expression);
        }
    };
    for field in &mut model.fields {
        if let Some(expression) = &mut field.generated {
            names.expression(expression);
        }
        if let Some(Default::Sql(expression)) = &mut field.default {
            names.expression(expression);
        }
    }
    for check in &mut model.checks {
        names.expression(&mut check.sql);
    }
    for index in &mut model.indexes {
        index.parts.iter_mut().for_each(part);
        if let Some(predicate) = &mut index.predicate {
            names.expression(predicate);
        }
    }
    for exclusion in &mut model.exclusions {
        exclusion.parts.iter_mut().for_each(|(key, _)| part(key));
        if let Some(predicate) = &mut exclusion.predicate {
            names.expression(predicate);
        }
    }
    for statistics in &mut model.statistics {
        for on in &mut statistics.on {
            if let IndexKey::Expression(expression) = on {
                names.expression(expression);
            }
        }
    }
    for policy in &mut model.policies {
        for expression in policy.using.iter_mut().chain(&mut policy.check) {
            names.expression(expression);
        }
    }
    if let Some(by) = &mut model.partition_by {
        by.parts.iter_mut().for_each(part);
    }
}

/// Whether two pieces of SQL differ in white space and comments alone.
pub(super) fn is_same_sql(one: &str, other: &str) -> bool {
    one == other || {
        let words = |text: &str| -> Option<Vec<String>> {
            let tokens = lex(text).ok()?;
            Some(
                tokens
                    .iter()
                    .filter(|token| token.kind != Kind::OpenComment)
                    .map(|token| match (token.kind, token.name(text)) {
                        // A keyword in quotes is a name, and without them it is none.
                        (Kind::Quoted, Some(name)) if needs_quotes(&name) => format!("\"{name}"),
                        (_, Some(name)) => name,
                        (_, None) => token.text(text).to_owned(),
                    })
                    .collect(),
            )
        };
        words(one).is_some_and(|one| Some(one) == words(other))
    }
}
