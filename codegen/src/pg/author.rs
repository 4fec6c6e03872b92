//! SQL of the author inside statements of the compiler.

use crate::sql::{Render, Sql, SqlExpr};

/// An expression of the author with SQL after it. A `--` comment in its last line would swallow what follows, so that
/// then the rest stands on a line of its own.
#[derive(Clone, Copy, Debug)]
pub struct Closed<'a>(pub &'a SqlExpr);

impl Render for Closed<'_> {
    fn render(&self, sql: &mut Sql) {
        sql.push(self.0);
        if last_line_may_be_comment(self.0.as_str()) {
            sql.push_keyword("\n");
        }
    }
}

/// A whole statement (or several) that the author wrote, with the semicolon that ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorStatement(pub SqlExpr);

impl Render for AuthorStatement {
    fn render(&self, sql: &mut Sql) {
        let text = self.0.as_str().trim();
        sql.push(&SqlExpr::trusted(text));
        if last_line_may_be_comment(text) {
            // An empty statement is harmless where the semicolon stood before the comment.
            sql.push_keyword("\n;\n");
        } else if text.ends_with(';') {
            sql.push_keyword("\n");
        } else {
            sql.push_keyword(";\n");
        }
    }
}

/// Whether the last line holds `--`. It may stand inside a string; a newline more does no harm there.
fn last_line_may_be_comment(text: &str) -> bool {
    text.rsplit(['\n', '\r'])
        .next()
        .is_some_and(|line| line.contains("--"))
}

/// An expression after `DEFAULT`, where the grammar takes only a restricted one (`b_expr`: no `AT TIME ZONE`, `AND`,
/// `IN` …): in parentheses unless it is plainly a single call, cast or constant.
#[derive(Clone, Copy, Debug)]
pub struct DefaultExpression<'a>(pub &'a SqlExpr);

impl Render for DefaultExpression<'_> {
    fn render(&self, sql: &mut Sql) {
        if is_single_term(self.0.as_str()) {
            sql.push(self.0);
        } else {
            sql.push_keyword("(")
                .push(&Closed(self.0))
                .push_keyword(")");
        }
    }
}

/// Whether no white space or comment stands outside of quotes and brackets.
fn is_single_term(text: &str) -> bool {
    let text = text.trim();
    let starts_with_not = text
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("not"));
    let mut depth = 0_i32;
    let mut quote = None;
    let mut previous = ' ';
    for char in text.chars() {
        match (quote, char) {
            (Some(open), _) if open == char => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(char),
            // A dollar quote is rare enough to be put in parentheses.
            (None, '$') => return false,
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, '-') if previous == '-' => return false,
            (None, '*') if previous == '/' => return false,
            (None, _) if char.is_whitespace() && depth == 0 => return false,
            (None, _) => {}
        }
        previous = char;
    }
    !starts_with_not && quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default(text: &str) -> String {
        let mut sql = Sql::new();
        DefaultExpression(&SqlExpr::trusted(text)).render(&mut sql);
        sql.into_string()
    }

    #[test]
    fn a_default_has_parentheses_exactly_where_the_grammar_may_want_them() {
        for bare in [
            "now()",
            "'{}'::jsonb",
            "nextval('a b'::regclass)",
            "'a b'",
            "ARRAY[1, 2]",
            "-1",
            "CURRENT_DATE",
        ] {
            assert_eq!(default(bare), bare);
        }
        for complex in ["now() AT TIME ZONE 'utc'", "a AND b", "NOT(true)", "$$x$$"] {
            assert_eq!(default(complex), format!("({complex})"));
        }
        assert_eq!(default("1 -- one"), "(1 -- one\n)");
    }

    #[test]
    fn a_comment_at_the_end_swallows_nothing() {
        let mut sql = Sql::new();
        AuthorStatement(SqlExpr::trusted("SELECT 1 -- one")).render(&mut sql);
        assert_eq!(sql.as_str(), "SELECT 1 -- one\n;\n");
        let mut sql = Sql::new();
        AuthorStatement(SqlExpr::trusted("SELECT 1;\n")).render(&mut sql);
        assert_eq!(sql.as_str(), "SELECT 1;\n");
    }
}
