//! Cutting what PostgreSQL writes of an object into its parts.

use crate::fragment::lexer::{Token, lex};

/// The parts between the first parentheses after `before`, cut at their commas, and the text behind them.
pub(super) fn parts<'a>(definition: &'a str, before: &str) -> Option<(Vec<&'a str>, &'a str)> {
    let tokens = lex(definition).ok()?;
    let from = match before {
        "" => 0,
        word => {
            tokens
                .iter()
                .position(|token| token.is_word(definition, word))?
                + 1
        }
    };
    let open = from
        + tokens
            .get(from..)?
            .iter()
            .position(|token| token.is(definition, "("))?;
    let close = closing(definition, &tokens, open)?;
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = tokens.get(open)?.range.end;
    for token in tokens.get(open + 1..=close)? {
        let ends =
            depth == 0 && (token.is(definition, ",") || token.range == tokens.get(close)?.range);
        if ends {
            parts.push(definition.get(start..token.range.start)?.trim());
            start = token.range.end;
        }
        depth = deeper(definition, token, depth);
    }
    Some((
        parts,
        definition.get(tokens.get(close)?.range.end..)?.trim(),
    ))
}

/// What stands between the parentheses after a word that is outside of all others.
pub(super) fn after<'a>(definition: &'a str, word: &str) -> Option<&'a str> {
    let tokens = lex(definition).ok()?;
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        let opens = tokens
            .get(index + 1)
            .is_some_and(|next| next.is(definition, "("));
        if depth == 0 && token.is_word(definition, word) && opens {
            let close = closing(definition, &tokens, index + 1)?;
            let (open, close) = (
                tokens.get(index + 1)?.range.end,
                tokens.get(close)?.range.start,
            );
            return Some(definition.get(open..close)?.trim());
        }
        depth = deeper(definition, token, depth);
    }
    None
}

/// What stands between two words outside of parentheses, cut at its commas.
pub(super) fn between<'a>(definition: &'a str, from: &str, to: &str) -> Option<Vec<&'a str>> {
    let tokens = lex(definition).ok()?;
    let mut depth = 0_usize;
    let mut start = None;
    let mut parts = Vec::new();
    for token in &tokens {
        match start {
            None if depth == 0 && token.is_word(definition, from) => start = Some(token.range.end),
            Some(begin)
                if depth == 0 && (token.is(definition, ",") || token.is_word(definition, to)) =>
            {
                parts.push(definition.get(begin..token.range.start)?.trim());
                if token.is_word(definition, to) {
                    return Some(parts);
                }
                start = Some(token.range.end);
            }
            _ => {}
        }
        depth = deeper(definition, token, depth);
    }
    None
}

/// The text without parentheses that are around all of it.
pub(super) fn bare(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let Ok(tokens) = lex(text) else {
            return text;
        };
        let whole = tokens.first().is_some_and(|first| first.is(text, "("))
            && closing(text, &tokens, 0) == tokens.len().checked_sub(1);
        let inner = text.get(1..text.len().saturating_sub(1));
        match inner.filter(|_| whole) {
            Some(inner) => text = inner.trim(),
            None => return text,
        }
    }
}

/// A condition as people write it.
pub(super) fn condition(text: &str) -> String {
    super::readable::readable(bare(text))
}

fn closing(text: &str, tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        depth = deeper(text, token, depth);
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

fn deeper(text: &str, token: &Token, depth: usize) -> usize {
    if token.is(text, "(") || token.is(text, "[") {
        depth + 1
    } else if token.is(text, ")") || token.is(text, "]") {
        depth.saturating_sub(1)
    } else {
        depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_cut_at_its_own_commas() {
        let definition = r#"CREATE INDEX "i (" ON public.t USING btree (lower((a)::text), "odd, name" DESC, (b[1] || ','::text)) INCLUDE (c) WHERE (d > 0)"#;
        let (parts, rest) = parts(definition, "using").unwrap_or_default();
        assert_eq!(
            parts,
            [
                "lower((a)::text)",
                "\"odd, name\" DESC",
                "(b[1] || ','::text)"
            ]
        );
        assert_eq!(rest, "INCLUDE (c) WHERE (d > 0)");
        assert_eq!(after(definition, "where"), Some("d > 0"));
    }

    #[test]
    fn only_parentheses_around_all_of_a_text_are_taken_off() {
        assert_eq!(bare("((a > 0))"), "a > 0");
        assert_eq!(bare("(a > 0) AND (b > 0)"), "(a > 0) AND (b > 0)");
        assert_eq!(bare("(a = ')'::text)"), "a = ')'::text");
    }
}
