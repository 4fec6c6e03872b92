//! What raw SQL makes.

use super::lexer::{Kind, lex};

/// The name of the object that each `CREATE` of a raw text makes.
pub(crate) fn created(text: &str) -> Vec<String> {
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
    use super::created;

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
}
