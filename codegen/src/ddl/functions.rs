//! Functions that the author wrote.

use super::types::with_comment;
use crate::fragment::lexer::{Kind, lex};
use crate::pg::{AuthorStatement, CommentObject, Statement};
use crate::schema::{Function, Schema};
use crate::sql::{Sql, SqlExpr};

pub(super) fn function(schema: &Schema, item: &Function) -> Vec<Statement> {
    let overloaded = schema
        .functions
        .iter()
        .filter(|other| other.function == item.function)
        .count()
        > 1;
    let arguments = overloaded
        .then(|| arguments(item.sql.as_str()))
        .flatten()
        .map(|text| {
            let mut sql = Sql::new();
            sql.push(&SqlExpr::trusted(text));
            sql
        });
    with_comment(
        AuthorStatement(item.sql.clone()).into(),
        item.doc.as_ref(),
        CommentObject::Routine(item.function.clone(), arguments),
    )
}

/// The arguments between the first parentheses, without their defaults: what `COMMENT ON` takes to tell functions of
/// one name apart.
pub(crate) fn arguments(text: &str) -> Option<String> {
    let tokens = lex(text).ok()?;
    let open = tokens.iter().position(|token| token.is(text, "("))?;
    let mut depth = 0_usize;
    let mut in_default = false;
    let mut parts: Vec<&str> = Vec::new();
    for token in &tokens[open..] {
        if token.is(text, ")") || token.is(text, "]") {
            depth -= 1;
            if depth == 0 {
                return Some(joined(&parts));
            }
        }
        if depth == 1 && token.is(text, ",") {
            in_default = false;
        }
        let starts_default =
            token.is_word(text, "default") || token.is(text, "=") || token.is(text, ":=");
        if depth == 1 && starts_default && token.kind != Kind::Quoted {
            in_default = true;
        }
        if depth >= 1 && !in_default {
            parts.push(token.text(text));
        }
        if token.is(text, "(") || token.is(text, "[") {
            depth += 1;
        }
    }
    None
}

fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        let tight = matches!(*part, "," | "." | "(" | ")" | "[" | "]")
            || text.is_empty()
            || text.ends_with(['(', '.', '[']);
        if !tight {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn arguments_lose_their_defaults_alone() {
        let text = "CREATE FUNCTION f(a numeric(10,2) DEFAULT g(1, 2), INOUT b app.t[] = '{}', \"default\" int)";
        assert_eq!(
            arguments(text).as_deref(),
            Some("a numeric(10, 2), INOUT b app.t[], \"default\" int")
        );
        assert_eq!(arguments("CREATE FUNCTION f()").as_deref(), Some(""));
        assert_eq!(arguments("CREATE FUNCTION f("), None);
    }
}
