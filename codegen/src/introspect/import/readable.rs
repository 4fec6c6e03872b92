//! Conditions as people write them: `state IN ('a', 'b')` where PostgreSQL shows what it made of that.
//!
//! This is more than looks: what PostgreSQL shows of an `IN` over a `varchar` it reads as something else again, so that
//! even a dump of such a database, loaded and dumped, is another text.

use crate::fragment::lexer::{Kind, Token, lex};

/// The text with every list of constants written as `IN`, or `NOT IN`.
pub(super) fn readable(text: &str) -> String {
    let Ok(tokens) = lex(text) else {
        return text.to_owned();
    };
    let reader = Reader {
        text,
        tokens: &tokens,
    };
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    let mut at = 0;
    while at < tokens.len() {
        if let Some((list, next)) = reader.list(at) {
            let start = tokens[at].range.start;
            result.push_str(text.get(done..start).unwrap_or_default());
            result.push_str(&list);
            done = next
                .checked_sub(1)
                .and_then(|last| tokens.get(last))
                .map_or(text.len(), |token| token.range.end);
            at = next;
        } else {
            at += 1;
        }
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl<'a> Reader<'a> {
    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is(self.text, text) || token.is_word(self.text, text))
    }

    /// Where the words end, if they stand there.
    fn words(&self, at: usize, words: &[&str]) -> Option<usize> {
        let stand = words
            .iter()
            .enumerate()
            .all(|(offset, word)| self.is(at + offset, word));
        stand.then_some(at + words.len())
    }

    /// A column, with what it is of.
    fn column(&self, at: usize) -> Option<usize> {
        let name = |at: usize| {
            self.tokens
                .get(at)
                .is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Quoted))
        };
        if !name(at) || at.checked_sub(1).is_some_and(|before| self.is(before, ".")) {
            return None;
        }
        if self.is(at + 1, ".") && name(at + 2) {
            Some(at + 3)
        } else {
            Some(at + 1)
        }
    }

    fn source(&self, from: usize, to: usize) -> Option<&'a str> {
        let (first, last) = (self.tokens.get(from)?, self.tokens.get(to.checked_sub(1)?)?);
        self.text.get(first.range.start..last.range.end)
    }

    /// `x = ANY (ARRAY['a'::t, …])` and `(x)::text = ANY ((ARRAY['a'::character varying, …])::text[])`.
    fn list(&self, at: usize) -> Option<(String, usize)> {
        let cast = self.is(at, "(");
        let start = at + usize::from(cast);
        let end = self.column(start)?;
        let column = self.source(start, end)?;
        let mut next = if cast {
            self.words(end, &[")", "::", "text"])?
        } else {
            end
        };
        let word = match (
            self.words(next, &["=", "any", "("]),
            self.words(next, &["<>", "all", "("]),
        ) {
            (Some(after), _) => {
                next = after;
                "IN"
            }
            (_, Some(after)) => {
                next = after;
                "NOT IN"
            }
            _ => return None,
        };
        if cast {
            next = self.words(next, &["("])?;
        }
        next = self.words(next, &["array", "["])?;
        let (items, after) = self.items(next, cast)?;
        next = if cast {
            self.words(after, &["]", ")", "::", "text", "[", "]", ")"])?
        } else {
            self.words(after, &["]", ")"])?
        };
        (items.len() > 1).then(|| (format!("{column} {word} ({})", items.join(", ")), next))
    }

    /// Constants of one type, each with its cast.
    fn items(&self, at: usize, varying: bool) -> Option<(Vec<&'a str>, usize)> {
        let mut items = Vec::new();
        let mut of: Option<Vec<&str>> = None;
        let mut next = at;
        loop {
            let token = self.tokens.get(next)?;
            items.push(token.text(self.text));
            next += 1;
            let mut ty = Vec::new();
            if token.kind == Kind::String {
                next = self.words(next, &["::"])?;
                while !self.is(next, ",") && !self.is(next, "]") {
                    ty.push(self.tokens.get(next)?.text(self.text));
                    next += 1;
                }
            } else if token.kind != Kind::Number || varying {
                return None;
            }
            if varying && ty != ["character", "varying"] || of.as_ref().is_some_and(|of| *of != ty)
            {
                return None;
            }
            of = Some(ty);
            if self.is(next, "]") {
                return Some((items, next));
            }
            next = self.words(next, &[","])?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn a_list_of_constants_is_an_in() {
        for (shown, expected) in [
            (
                "((status)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[]))",
                "(status IN ('a', 'it''s'))",
            ),
            (
                "state = ANY (ARRAY['new'::state, 'done'::state])",
                "state IN ('new', 'done')",
            ),
            (
                "(t.n <> ALL (ARRAY[1, 2])) AND (x > 0)",
                "(t.n NOT IN (1, 2)) AND (x > 0)",
            ),
            (
                "\"Odd\" = ANY (ARRAY['a'::text, 'b'::text])",
                "\"Odd\" IN ('a', 'b')",
            ),
        ] {
            assert_eq!(readable(shown), expected);
        }
    }

    #[test]
    fn what_is_no_such_list_stays() {
        for text in [
            "a = ANY (b)",
            "a = ANY (ARRAY['x'::text])",
            "(a)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text])",
            "a = ANY (ARRAY['x'::text, 'y'::citext])",
            "lower(a) = ANY (ARRAY['x'::text, lower('y'::text)])",
            "'state = ANY (ARRAY[1, 2])'",
            "x +",
            "'",
        ] {
            assert_eq!(readable(text), text);
        }
    }
}
