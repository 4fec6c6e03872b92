//! Which names a text of the author mentions.
//!
//! Only words are compared: nobody but the server knows what a name means. A mention therefore never does more than
//! choose an order, and one that is wrong costs nothing where the order is free.

use std::collections::BTreeSet;

use crate::fragment::lexer::{Kind, lex};

/// Names of a text, split by where they stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Mentions {
    /// Outside of strings: PostgreSQL looks these up when the statement runs.
    pub(super) outside: BTreeSet<String>,
    /// Inside of strings: a body, or a name for `nextval`.
    pub(super) inside: BTreeSet<String>,
}

impl Mentions {
    /// The names of a text.
    pub(super) fn of(text: &str) -> Self {
        let mut mentions = Self::default();
        mentions.add(text);
        mentions
    }

    /// Adds the names of another text.
    pub(super) fn add(&mut self, text: &str) {
        let Ok(tokens) = lex(text) else {
            self.inside.extend(words(text));
            return;
        };
        for token in tokens {
            if token.kind == Kind::String {
                self.inside.extend(words(token.text(text)));
            } else if let Some(name) = token.name(text) {
                self.outside.insert(name);
            }
        }
    }

    /// Adds a name as it is.
    pub(super) fn add_name(&mut self, name: &str) {
        self.outside.insert(name.to_owned());
    }

    /// All names, wherever they stand.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.outside.iter().chain(&self.inside).map(String::as_str)
    }
}

/// The words of a text, in the author's case and folded, and what stands between double quotes.
fn words(text: &str) -> Vec<String> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
    let mut words = Vec::new();
    for word in text
        .split(|char| !is_word(char))
        .filter(|word| !word.is_empty())
    {
        words.push(word.to_ascii_lowercase());
    }
    // Every second piece is inside of quotes.
    words.extend(text.split('"').skip(1).step_by(2).map(str::to_owned));
    words
}

/// The name of the object that each `CREATE` of a raw text makes.
pub(super) fn created(text: &str) -> Vec<String> {
    let Ok(tokens) = lex(text) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let mut index = 0;
    let mut starts = true;
    while let Some(token) = tokens.get(index) {
        if starts && token.is_word(text, "create") {
            let mut at = index + 1;
            while tokens
                .get(at)
                .is_some_and(|token| token.kind == Kind::Word && is_kind_word(token.text(text)))
            {
                at += 1;
            }
            let mut name = tokens.get(at).and_then(|token| token.name(text));
            if tokens.get(at + 1).is_some_and(|token| token.is(text, ".")) {
                name = tokens.get(at + 2).and_then(|token| token.name(text));
            }
            names.extend(name);
            index = at;
        }
        starts = tokens.get(index).is_some_and(|token| token.is(text, ";"));
        index += 1;
    }
    names
}

/// Words that stand between `CREATE` and the name.
fn is_kind_word(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "access",
        "aggregate",
        "cast",
        "class",
        "collation",
        "concurrently",
        "configuration",
        "constraint",
        "conversion",
        "data",
        "database",
        "default",
        "dictionary",
        "domain",
        "event",
        "exists",
        "extension",
        "family",
        "foreign",
        "function",
        "global",
        "if",
        "index",
        "language",
        "local",
        "materialized",
        "method",
        "not",
        "operator",
        "or",
        "parser",
        "policy",
        "procedural",
        "procedure",
        "publication",
        "recursive",
        "replace",
        "role",
        "rule",
        "schema",
        "search",
        "sequence",
        "server",
        "statistics",
        "subscription",
        "table",
        "tablespace",
        "temp",
        "template",
        "temporary",
        "text",
        "trigger",
        "trusted",
        "type",
        "unique",
        "unlogged",
        "view",
        "wrapper",
    ];
    WORDS
        .binary_search(&word.to_ascii_lowercase().as_str())
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_a_raw_object_makes_is_found() {
        assert_eq!(
            created("CREATE TYPE floats AS RANGE (subtype = float8)"),
            ["floats"]
        );
        assert_eq!(
            created("create unique index if not exists \"A b\" on t (x); CREATE SEQUENCE app.s;"),
            ["A b", "s"]
        );
        assert_eq!(created("ALTER TABLE t ADD x int"), [""; 0]);
        assert_eq!(created("CREATE CAST (a AS b) WITHOUT FUNCTION"), [""; 0]);
    }

    #[test]
    fn names_are_told_apart_by_where_they_stand() {
        let mentions = Mentions::of(
            "CREATE FUNCTION f(u Users) AS $$ SELECT \"Odd name\" FROM other $$ -- nothing",
        );
        assert!(mentions.outside.contains("users"));
        assert!(!mentions.outside.contains("other"));
        assert!(mentions.inside.contains("other"));
        assert!(mentions.inside.contains("Odd name"));
        assert!(!mentions.all().any(|name| name == "nothing"));
    }
}
