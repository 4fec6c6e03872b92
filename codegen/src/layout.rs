//! Puts a piece of SQL behind an indentation without touching what is inside its quotes.

use crate::fragment::lexer::lex;
use crate::sql::Sql;

impl Sql {
    /// The same SQL with every line but the first behind so many spaces more. A line break inside a string or a quoted
    /// name is part of the value and stays; SQL that cannot be read stays whole.
    #[must_use]
    pub(crate) fn indented(&self, spaces: usize) -> Self {
        let text = self.as_str();
        if !text.contains('\n') {
            return self.clone();
        }
        let margin = format!("\n{}", " ".repeat(spaces));
        // Most SQL has no value that is longer than a line, and to cut it into its pieces is slow.
        if has_whole_values(text) {
            return Self::from_laid_out(text.replace('\n', &margin));
        }
        let Ok(tokens) = lex(text) else {
            return self.clone();
        };
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

/// Whether each string and each quoted name is plainly closed on the line where it begins.
fn has_whole_values(text: &str) -> bool {
    let plain_dollars = || {
        text.split('$')
            .skip(1)
            .all(|after| after.starts_with(|next: char| next.is_ascii_digit()))
    };
    if text.contains('\\') || !plain_dollars() {
        return false;
    }
    let pairs = |line: &str, quote: char| line.split(quote).count() % 2 == 1;
    text.split('\n').all(|line| {
        match (line.contains('\''), line.contains('"')) {
            (false, false) => true,
            (true, false) => pairs(line, '\''),
            (false, true) => pairs(line, '"'),
            // One may be inside of the other.
            (true, true) => false,
        }
    })
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
    fn finds_the_ends_of_values_that_hold_other_quotes() {
        for text in [
            "'a\"\n\"'",
            "\"a'\n'\"",
            "E'\\'\n'",
            "$$'\n'$$",
            "$a$\n$a$",
            "'a''\n''b'",
            "\"'\" '\n'",
        ] {
            let value = sql!("{text}", text = SqlExpr::trusted(text));
            assert_eq!(value.indented(2).as_str(), text);
        }
        let value = sql!(
            "{text}",
            text = SqlExpr::trusted("a = 'b'\nAND \"c\" = $1\n")
        );
        assert_eq!(value.indented(1).as_str(), "a = 'b'\n AND \"c\" = $1\n ");
    }

    #[test]
    fn leaves_sql_that_cannot_be_read_as_it_is() {
        let value = sql!("{open}", open = SqlExpr::trusted("a\n'b\n"));
        assert_eq!(value.indented(4).as_str(), "a\n'b\n");
    }
}
