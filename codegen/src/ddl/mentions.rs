//! Which names a text of the author mentions.
//!
//! Only words are compared: nobody but the server knows what a name means. A mention therefore never does more than
//! choose an order, and one that is wrong costs nothing where the order is free.

use std::collections::BTreeSet;

use crate::fragment::lexer::{Kind, lex};

/// Names of a text, split by where they stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentions {
    /// Outside of strings: PostgreSQL looks these up when the statement runs.
    pub(crate) outside: BTreeSet<String>,
    /// Inside of strings: a body, or a name for `nextval`.
    pub(crate) inside: BTreeSet<String>,
}

impl Mentions {
    /// The names of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut mentions = Self::default();
        mentions.add(text);
        mentions
    }

    /// Adds the names of another text.
    pub(crate) fn add(&mut self, text: &str) {
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
    pub(crate) fn add_name(&mut self, name: &str) {
        self.outside.insert(name.to_owned());
    }

    /// All names, wherever they stand.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
