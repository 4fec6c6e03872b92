//! Whole objects that nothing else can say.

use crate::fragment::lexer::lex;
use crate::pg::{AuthorStatement, Statement};
use crate::schema::{Raw, Schema};

pub(super) fn raw(item: &Raw) -> Vec<Statement> {
    if runs_outside(item) {
        Vec::new()
    } else {
        vec![AuthorStatement(item.create.clone()).into()]
    }
}

/// The raw objects that PostgreSQL refuses to make inside of a transaction, in the order of the spec.
pub(super) fn outside_transaction(schema: &Schema) -> Vec<Statement> {
    schema
        .raw
        .iter()
        .filter(|item| runs_outside(item))
        .map(|item| AuthorStatement(item.create.clone()).into())
        .collect()
}

/// Whether the text starts as a statement that runs on its own alone.
pub(crate) fn runs_outside(item: &Raw) -> bool {
    let text = item.create.as_str();
    let Ok(tokens) = lex(text) else {
        return false;
    };
    let starts = |words: &[&str]| {
        words.iter().enumerate().all(|(index, word)| {
            tokens
                .get(index)
                .is_some_and(|token| token.is_word(text, word))
        })
    };
    const ALONE: &[&[&str]] = &[
        &["vacuum"],
        &["alter", "system"],
        &["create", "database"],
        &["create", "tablespace"],
        &["create", "subscription"],
        &["create", "index", "concurrently"],
        &["create", "unique", "index", "concurrently"],
        &["reindex", "database"],
        &["reindex", "system"],
        &["reindex", "index", "concurrently"],
        &["reindex", "table", "concurrently"],
        &["reindex", "schema", "concurrently"],
    ];
    ALONE.iter().any(|words| starts(words))
}
