//! What checks say of a single value, as far as it is plain: comparisons with constants, lengths, lists and patterns.

use crate::fragment::lexer::{Kind, lex};

use super::pattern::{self, Piece, Syntax};

/// How many numbers are enough.
const USUAL: i64 = 1_000;

/// What a value has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Of numbers.
    pub(super) least: i64,
    pub(super) most: i64,
    /// Whether a check says what they are at most.
    is_bounded: bool,
    pub(super) multiple_of: i64,
    /// Of texts, in characters.
    pub(super) shortest: usize,
    pub(super) longest: usize,
    pub(super) one_of: Vec<String>,
    pub(super) pattern: Option<Vec<Piece>>,
    /// A check says something that is not understood.
    pub(super) unsure: bool,
}

/// A piece of a check.
#[derive(Clone, Debug, PartialEq)]
enum Word {
    /// The value itself.
    Value,
    /// A word, an operator or punctuation, in small letters.
    Text(String),
    Number(i64),
    String(String),
}

impl Limits {
    /// Of what nothing is said.
    pub(super) fn new(least: i64, most: i64, longest: usize) -> Self {
        Self {
            least,
            most,
            is_bounded: false,
            multiple_of: 1,
            shortest: 0,
            longest,
            one_of: Vec::new(),
            pattern: None,
            unsure: false,
        }
    }

    /// Takes what a check says of the value of that name. What does not name it says nothing.
    pub(super) fn read(&mut self, check: &str, name: &str) {
        let Some(words) = words(check, name) else {
            self.unsure |= check.to_lowercase().contains(&name.to_lowercase());
            return;
        };
        self.all(&words);
    }

    /// The bounds of numbers. Of multiples one is enough.
    pub(super) fn bounds(&self) -> (i64, i64) {
        match self.multiple_of {
            1 => (self.least, self.most),
            step => {
                let first = self.least.max(1).saturating_add(step - 1) / step;
                let first = first.saturating_mul(step);
                (first, first)
            }
        }
    }

    /// Conditions that all hold.
    fn all(&mut self, words: &[Word]) {
        let words = bare(words);
        if !words.contains(&Word::Value) {
            return;
        }
        let parts = split(words, "or");
        if parts.len() > 1 {
            // One of them is enough, and the value is there.
            let is_null = |part: &&[Word]| bare(part).get(1..) == Some(&text(["is", "null"]));
            if let Some(part) = parts.into_iter().find(|part| !is_null(part)) {
                self.all(part);
            }
            return;
        }
        let parts = split(words, "and");
        match parts.as_slice() {
            [one] => self.one(one),
            parts => parts.iter().for_each(|part| self.all(part)),
        }
    }

    /// A single condition.
    fn one(&mut self, words: &[Word]) {
        let (length, rest) = match words {
            [Word::Value, rest @ ..] => (false, rest),
            [
                Word::Text(call),
                Word::Text(open),
                inner @ ..,
                Word::Text(close),
            ] if open == "(" && close == ")" && inner == [Word::Value] && is_case(call) => {
                return;
            }
            [
                Word::Text(call),
                Word::Text(open),
                Word::Value,
                Word::Text(close),
                rest @ ..,
            ] if open == "(" && close == ")" && is_length(call) => (true, rest),
            _ => {
                self.unsure |= !is_lower(words);
                return;
            }
        };
        if !self.compared(length, rest) {
            self.unsure = true;
        }
    }

    /// Whether what is said behind the value, or behind its length, was understood.
    fn compared(&mut self, length: bool, rest: &[Word]) -> bool {
        let (Some(operator), operands) = (rest.first(), rest.get(1..).unwrap_or_default()) else {
            return false;
        };
        let Word::Text(operator) = operator else {
            return false;
        };
        match (operator.as_str(), operands) {
            (">=", [Word::Number(number)]) => self.bound(length, Some(*number), None),
            (">", [Word::Number(number)]) => self.bound(length, number.checked_add(1), None),
            ("<=", [Word::Number(number)]) => self.bound(length, None, Some(*number)),
            ("<", [Word::Number(number)]) => self.bound(length, None, number.checked_sub(1)),
            ("=", [Word::Number(number)]) => self.bound(length, Some(*number), Some(*number)),
            ("between", [Word::Number(least), Word::Text(and), Word::Number(most)])
                if and == "and" =>
            {
                self.bound(length, Some(*least), Some(*most));
            }
            ("%", [Word::Number(step), Word::Text(equals), Word::Number(0)])
                if !length && equals == "=" && *step > 0 =>
            {
                self.multiple_of = *step;
            }
            ("<>" | "!=", [Word::Number(_)]) => {}
            ("<>" | "!=", [Word::String(_)]) if !length => {
                self.shortest = self.shortest.max(1);
            }
            ("is", [.., Word::Text(null)]) if null == "null" && !length => {}
            ("=", [Word::String(text)]) if !length => self.one_of = vec![text.clone()],
            ("in", list) if !length => return self.list(list),
            ("=", [Word::Text(any), list @ ..]) if any == "any" && !length => {
                return self.list(list);
            }
            ("~" | "~*", [Word::String(pattern)]) if !length => {
                return self.matches(pattern, Syntax::Regex);
            }
            ("like" | "ilike" | "~~" | "~~*", [Word::String(pattern)]) if !length => {
                return self.matches(pattern, Syntax::Like);
            }
            ("similar", [Word::Text(to), Word::String(pattern)]) if to == "to" && !length => {
                return self.matches(pattern, Syntax::Similar);
            }
            ("=", operands) => return is_lower(operands),
            _ => return false,
        }
        true
    }

    fn bound(&mut self, length: bool, least: Option<i64>, most: Option<i64>) {
        let size = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        if length {
            self.shortest = self.shortest.max(least.map_or(0, size));
            self.longest = self.longest.min(most.map_or(usize::MAX, size));
        } else {
            self.least = self.least.max(least.unwrap_or(i64::MIN));
            if let Some(most) = most {
                self.most = match self.is_bounded {
                    true => self.most.min(most),
                    false => most,
                };
                self.is_bounded = true;
            }
            // A bound that is above or below what is usual.
            if self.least > self.most {
                match self.is_bounded {
                    true => self.least = self.most,
                    false => self.most = self.least.saturating_add(USUAL),
                }
            }
        }
    }

    fn list(&mut self, words: &[Word]) -> bool {
        let mut texts = Vec::new();
        for word in words {
            match word {
                Word::String(text) => texts.push(text.clone()),
                Word::Number(number) => {
                    self.bound(false, Some(*number), Some(*number));
                    return true;
                }
                Word::Text(text) if ["(", ")", "[", "]", ",", "array"].contains(&text.as_str()) => {
                }
                _ => return false,
            }
        }
        if !self.one_of.is_empty() {
            texts.retain(|text| self.one_of.contains(text));
        }
        let is_known = !texts.is_empty();
        self.one_of = texts;
        is_known
    }

    fn matches(&mut self, pattern: &str, syntax: Syntax) -> bool {
        // Of two patterns nobody knows what matches both.
        let is_first = self.pattern.is_none();
        if is_first {
            self.pattern = pattern::parse(pattern, syntax);
        }
        is_first && self.pattern.is_some()
    }
}

fn is_length(call: &str) -> bool {
    ["length", "char_length", "character_length", "octet_length"].contains(&call)
}

fn is_case(call: &str) -> bool {
    ["lower", "btrim", "trim"].contains(&call)
}

/// Whether it is the value in small letters, or without blanks at its ends, which it is.
fn is_lower(words: &[Word]) -> bool {
    match words {
        [
            Word::Text(call),
            Word::Text(_),
            Word::Value,
            Word::Text(_),
            rest @ ..,
        ] if is_case(call) => {
            matches!(rest, [] | [Word::Text(_), Word::Value | Word::String(_)])
        }
        _ => false,
    }
}

fn text<const N: usize>(words: [&str; N]) -> [Word; N] {
    words.map(|word| Word::Text(word.to_owned()))
}

/// Without the parentheses around all of it.
fn bare(mut words: &[Word]) -> &[Word] {
    while let [Word::Text(open), inner @ .., Word::Text(close)] = words {
        let mut depth = 0_i32;
        let closes_early = inner.iter().any(|word| {
            match word {
                Word::Text(text) if text == "(" => depth += 1,
                Word::Text(text) if text == ")" => depth -= 1,
                _ => {}
            }
            depth < 0
        });
        if open != "(" || close != ")" || closes_early {
            break;
        }
        words = inner;
    }
    words
}

/// The parts between the word, where it stands in no parentheses; the `AND` of a `BETWEEN` is none.
fn split<'w>(words: &'w [Word], at: &str) -> Vec<&'w [Word]> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut between) = (0, 0_i32, false);
    for (index, word) in words.iter().enumerate() {
        let Word::Text(text) = word else { continue };
        match text.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            "between" if depth == 0 => between = true,
            "and" if depth == 0 && between => between = false,
            text if depth == 0 && text == at => {
                parts.push(words.get(start..index).unwrap_or_default());
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(words.get(start..).unwrap_or_default());
    parts
}

/// The pieces of a check without casts, and without parentheses around the value alone.
fn words(check: &str, name: &str) -> Option<Vec<Word>> {
    let mut words: Vec<Word> = Vec::new();
    let tokens = lex(check).ok()?;
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        let text = token.text(check);
        if text == "::" {
            // The type's name, and what follows it.
            while let Some(token) = tokens.next_if(|token| {
                matches!(token.kind, Kind::Word | Kind::Quoted) || token.text(check) == "."
            }) {
                // `x::text AND` ends at the word.
                if let Some(Word::Text(word)) = reserved(token.text(check)) {
                    words.push(Word::Text(word));
                    break;
                }
            }
            continue;
        }
        words.push(match token.kind {
            Kind::Word | Kind::Quoted if token.name(check).is_some_and(|own| own == name) => {
                Word::Value
            }
            Kind::Word if name == "VALUE" && token.is_word(check, "value") => Word::Value,
            Kind::Number => match text.parse::<i64>() {
                Ok(number) => Word::Number(number),
                // Up to the next whole number: what is above it is above the fraction too.
                Err(_) => Word::Number(text.split('.').next()?.parse().ok()?),
            },
            Kind::String => Word::String(string(text)?),
            _ => Word::Text(text.to_ascii_lowercase()),
        });
        // A sign.
        if let [.., before, Word::Text(minus), Word::Number(number)] = words.as_slice()
            && minus == "-"
            && matches!(before, Word::Text(text) if text != ")")
        {
            let number = Word::Number(-number);
            words.truncate(words.len() - 2);
            words.push(number);
        }
        // `(name)`, which is no call.
        if let [.., Word::Text(open), Word::Value, Word::Text(close)] = words.as_slice()
            && open == "("
            && close == ")"
        {
            let called = words.len().checked_sub(4).and_then(|at| words.get(at));
            let is_call =
                matches!(called, Some(Word::Text(call)) if is_length(call) || is_case(call));
            if !is_call {
                words.truncate(words.len() - 3);
                words.push(Word::Value);
            }
        }
    }
    Some(words)
}

fn reserved(text: &str) -> Option<Word> {
    let text = text.to_ascii_lowercase();
    [
        "and", "or", "is", "in", "between", "like", "ilike", "similar", "not",
    ]
    .contains(&text.as_str())
    .then_some(Word::Text(text))
}

/// What a string constant says.
fn string(text: &str) -> Option<String> {
    let (escapes, text) = match text.strip_prefix(['e', 'E']) {
        Some(text) => (true, text),
        None => (false, text),
    };
    let inner = text
        .strip_prefix('\'')?
        .strip_suffix('\'')?
        .replace("''", "'");
    Some(match escapes {
        true => inner.replace("\\\\", "\\"),
        false => inner,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(check: &str) -> Limits {
        let mut limits = Limits::new(1, 1000, 200);
        limits.read(check, "size");
        limits
    }

    fn narrowed(check: &str) -> (i64, i64) {
        read(check).bounds()
    }

    #[test]
    fn bounds_come_from_plain_comparisons() {
        assert_eq!(narrowed("size >= 0"), (1, 1000));
        assert_eq!(narrowed("size > 5 AND size<=10"), (6, 10));
        assert_eq!(narrowed("(size BETWEEN 3 AND 7)"), (3, 7));
        assert_eq!(narrowed("((size)::int >= 3) AND ((size) < 7.5)"), (3, 6));
        assert_eq!(narrowed("size < -3"), (-4, -4));
        assert_eq!(narrowed("size IS NULL OR size > 9"), (10, 1000));
        assert_eq!(narrowed("size >= 5000"), (5000, 6000));
        assert_eq!(narrowed("size <= 3000 AND size >= 2000"), (2000, 3000));
        assert_eq!(narrowed("size >= 2000 AND size <= 3000"), (2000, 3000));
        assert_eq!(narrowed("size % 2 = 0"), (2, 2));
        assert_eq!(narrowed("size % 5 = 0 AND size > 7"), (10, 10));
        assert_eq!(narrowed("size IN (5, 6)"), (5, 5));
        assert_eq!(narrowed("\"size\" = 4"), (4, 4));
        assert_eq!(narrowed("other > 5"), (1, 1000));
        assert_eq!(narrowed("size + 1 > 5"), (1, 1000));
    }

    #[test]
    fn what_is_not_understood_is_known_to_be_so() {
        for check in [
            "size + 1 > 5",
            "f(size)",
            "size < other",
            "size ~ '(?=x)'",
            "size ~ 'a' AND size ~ 'b'",
        ] {
            assert!(read(check).unsure, "{check}");
        }
        for check in [
            "size > 5",
            "other + 1 > 5",
            "lower(size) = size",
            "size = lower(size)",
            "size <> ''",
        ] {
            assert!(!read(check).unsure, "{check}");
        }
    }

    #[test]
    fn texts_have_lengths_lists_and_patterns() {
        let limits = read("char_length(size) BETWEEN 2 AND 5 AND size <> 'x'");
        assert_eq!((limits.shortest, limits.longest), (2, 5));
        assert_eq!(read("size IN ('a', 'b''c')").one_of, ["a", "b'c"]);
        assert_eq!(
            read("size = ANY (ARRAY['a'::text, 'b'::text])").one_of,
            ["a", "b"]
        );
        let limits = read("size::text ~* '^x+$' AND length(size) < 12");
        assert!(limits.pattern.is_some() && !limits.unsure);
        assert_eq!(limits.longest, 11);
        assert!(read("size SIMILAR TO '[a-z]+'").pattern.is_some());
    }
}
