//! Whether what an index names is found in `pg_catalog`, which every session searches.
//!
//! `CREATE INDEX CONCURRENTLY` is a file of its own, where no `search_path` can be set. What it names must be PostgreSQL's own,
//! or be found by its number: the label of an enum is, whatever schema the enum is in.

use super::lexer::{Kind, lex};
use crate::sql::SqlExpr;

/// Functions that an index may call, none of which is an extension's.
const FUNCTIONS: &[&str] = &[
    "abs",
    "array_length",
    "btrim",
    "cardinality",
    "ceil",
    "ceiling",
    "char_length",
    "coalesce",
    "concat",
    "date_part",
    "date_trunc",
    "extract",
    "floor",
    "greatest",
    "jsonb_array_length",
    "jsonb_extract_path",
    "jsonb_extract_path_text",
    "jsonb_typeof",
    "least",
    "left",
    "length",
    "lower",
    "ltrim",
    "md5",
    "mod",
    "nullif",
    "octet_length",
    "regexp_replace",
    "replace",
    "reverse",
    "right",
    "round",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "substring",
    "timezone",
    "to_tsvector",
    "trim",
    "trunc",
    "tsrange",
    "tstzrange",
    "upper",
];

/// Operators that no common extension has too.
const OPERATORS: &[&str] = &[
    "=", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "||", "->", "->>", "#>", "#>>", "~",
    "~*", "!~", "!~*",
];

/// Words of expressions that name nothing, and types that are PostgreSQL's own.
const WORDS: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "between",
    "bigint",
    "boolean",
    "both",
    "case",
    "cast",
    "date",
    "distinct",
    "else",
    "end",
    "epoch",
    "false",
    "from",
    "ilike",
    "in",
    "int4",
    "int8",
    "integer",
    "is",
    "isnull",
    "json",
    "jsonb",
    "leading",
    "like",
    "not",
    "notnull",
    "null",
    "numeric",
    "or",
    "regconfig",
    "similar",
    "smallint",
    "symmetric",
    "text",
    "then",
    "timestamp",
    "timestamptz",
    "to",
    "trailing",
    "true",
    "unknown",
    "uuid",
    "varchar",
    "when",
    "year",
    "month",
    "day",
    "hour",
];

/// Whether an expression over an index's table means the same whatever `search_path` is: it names PostgreSQL's own functions and
/// types, and columns whose operators are PostgreSQL's too. `is_plain` says so of a column, and nothing of a name that is none.
/// What is not known for sure is not.
pub(crate) fn is_found_anywhere(
    expression: &SqlExpr,
    is_plain: &dyn Fn(&str) -> Option<bool>,
) -> bool {
    let text = expression.as_str();
    let Ok(tokens) = lex(text) else { return false };
    let next_is = |place: usize, what: &str| {
        tokens
            .get(place + 1)
            .is_some_and(|token| token.is(text, what))
    };
    tokens.iter().enumerate().all(|(place, token)| {
        let Some(name) = token.name(text) else {
            return match token.kind {
                // A function of a schema, or a field of a row.
                Kind::Punctuation => !token.is(text, "."),
                Kind::Operator => OPERATORS.contains(&token.text(text)),
                Kind::Number | Kind::String => true,
                _ => false,
            };
        };
        let is_quoted = token.kind == Kind::Quoted;
        if next_is(place, "(") {
            if is_quoted {
                return false;
            }
            return FUNCTIONS.contains(&name.as_str()) || WORDS.contains(&name.as_str());
        }
        match is_plain(&name) {
            Some(plain) => plain,
            None => !is_quoted && WORDS.contains(&name.as_str()),
        }
    })
}

/// Operator classes that are PostgreSQL's own.
pub(crate) fn is_own_operator_class(name: &str) -> bool {
    const CLASSES: &[&str] = &[
        "array_ops",
        "bpchar_pattern_ops",
        "jsonb_ops",
        "jsonb_path_ops",
        "range_ops",
        "inet_ops",
        "text_ops",
        "text_pattern_ops",
        "tsvector_ops",
        "varchar_pattern_ops",
    ];
    CLASSES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::is_found_anywhere;
    use crate::sql::SqlExpr;

    fn found(text: &str) -> bool {
        is_found_anywhere(&SqlExpr::trusted(text), &|name| match name {
            "status" | "name" | "a b" | "size" => Some(true),
            "email" => Some(false),
            _ => None,
        })
    }

    #[test]
    fn what_is_postgresqls_own_is_found_by_everybody() {
        for text in [
            "status = 'queued'",
            "lower(name)",
            "\"a b\" IS NOT NULL AND size > 10",
            "coalesce(name, '') <> ''",
            "(name::text || 'x')",
            "status IN ('a', 'b')",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn what_may_be_an_extensions_or_the_authors_is_not() {
        for text in [
            "fine(name)",
            "app.fine(name)",
            "email = 'x'",
            "name::kind = 'x'",
            "name = 'x'::kind",
            "size OPERATOR(app.=) 1",
            "unaccent(name)",
            "\"lower\"(name)",
            "name = $1",
            "name % 'x'",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
