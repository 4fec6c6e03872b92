//! Puts a piece of SQL behind an indentation without touching what is inside its quotes.

use crate::fragment::lexer::lex;
use crate::sql::Sql;

impl Sql {
    /// The same SQL with every line but the first behind so many spaces more. A line break inside a string or a quoted
    /// name is part of the value and stays; SQL that cannot be read stays whole.
    #[must_use]
    pub(crate) fn indented(&self, spaces: usize) -> Self {
        let text = self.as_str();
        let Ok(tokens) = lex(text) else {
            return self.clone();
        };
        let margin = format!("\n{}", " ".repeat(spaces));
        let mut result = String::with_capacity(text.len());
        let mut at = 0;
        for token in &tokens {
            result.push_str(&text[at..token.range.start].replace('\n', &margin));
            result.push_str(&text[token.range.clone()]);
            at = token.range.end;
        }
        result.push_str(&text[at..].replace('\n', &margin));
        Self::from_laid_out(result)
    }
}

#[cfg(test)]
mod tests {
    use crate::sql;
    use crate::sql::{Literal, SqlExpr};

    #[test]
    fn indents_lines_of_sql_and_leaves_lines_of_values_alone() {
        let value = sql!(
            "SELECT\n{text},\n{name}",
            text = Literal::text("a\nb"),
            name = SqlExpr::trusted("\"c\nd\" || $$e\nf$$")
        );
        let expected = "SELECT\n  'a\nb',\n  \"c\nd\" || $$e\nf$$";
        assert_eq!(value.indented(2).as_str(), expected);
    }

    #[test]
    fn leaves_sql_that_cannot_be_read_as_it_is() {
        let value = sql!("{open}", open = SqlExpr::trusted("a\n'b\n"));
        assert_eq!(value.indented(4).as_str(), "a\n'b\n");
    }
}
