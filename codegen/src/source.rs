//! The text of a spec, and where in it things stand.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diag::Span;

/// A spec as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    /// Where each line but the first begins.
    lines: Vec<usize>,
    not_utf8: Option<usize>,
}

/// A place in a text as people count: from one, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Source {
    /// A spec from its text. The name is what diagnostics show: a path, mostly.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            name: name.into(),
            lines: text.match_indices('\n').map(|(at, _)| at + 1).collect(),
            text,
            not_utf8: None,
        }
    }

    /// A spec from the bytes of a file. Bytes that are not UTF-8 are replaced, and [`crate::compile`] reports them.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::new(name, text),
            Err(error) => Self {
                not_utf8: Some(error.valid_up_to()),
                ..Self::new(name, String::from_utf8_lossy(bytes))
            },
        }
    }

    /// The name that diagnostics show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the first bytes stood that are not UTF-8, if there were any.
    #[must_use]
    pub fn not_utf8(&self) -> Option<usize> {
        self.not_utf8
    }

    /// Line and column of a byte. An offset within a character counts as the character, one past the end as the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line = self.lines.partition_point(|&start| start <= offset);
        let start = line.checked_sub(1).map_or(0, |before| self.lines[before]);
        Position {
            line: line + 1,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// The place of `inside`, a range of bytes of a string's value, in this text. `string` is the span of the whole
    /// TOML string. Where the string holds escapes, bytes cannot be told apart and the whole string is the answer.
    #[must_use]
    pub fn inside(&self, string: &Span, value: &str, inside: Range<usize>) -> Span {
        let whole = || string.clone();
        let Some(raw) = self.text.get(string.clone()) else {
            return whole();
        };
        let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") {
            3
        } else if raw.starts_with(['"', '\'']) {
            1
        } else {
            return whole();
        };
        let Some(content) = raw.get(quotes..raw.len().saturating_sub(quotes)) else {
            return whole();
        };
        // TOML drops a newline right after the opening quotes of a string of several lines.
        let dropped = content.len().saturating_sub(value.len());
        if content.get(dropped..) != Some(value)
            || !matches!(&content[..dropped], "" | "\n" | "\r\n")
        {
            return whole();
        }
        let start = string.start + quotes + dropped;
        let from = inside.start.min(value.len());
        let to = inside.end.clamp(from, value.len());
        start + from..start + to
    }

    /// The span within the text, on the boundaries of characters.
    #[must_use]
    pub fn clamp(&self, span: &Span) -> Span {
        let start = self.floor(span.start);
        start..self.floor(span.end.max(start)).max(start)
    }

    fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// A value of the spec with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The bytes it was read from.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// Where each key of the spec stands. The resolved schema has no spans; whoever finds a mistake in it asks here.
///
/// A path is the way of keys from the top of the file, places in arrays as numbers from 0:
/// `["models", "Dataset", "fields", "user_id", "on_delete"]`, `["models", "Dataset", "indexes", "0", "where"]`,
/// `["enums", "UserTier", "values", "2"]`. The short form of a field (`name = "text?"`) has no `type` of its own: its
/// nearest ancestor, the field, answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    /// By paths; see [`key_of`].
    places: BTreeMap<Vec<u8>, Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    key: Span,
    value: Span,
}

impl Spans {
    /// Remembers a place. The first one of a path stays.
    pub fn insert(&mut self, path: &[String], key: Span, value: Span) {
        self.places
            .entry(key_of(path))
            .or_insert(Place { key, value });
    }

    /// Remembers where a constraint, index or policy of a model was written, by its name in the database.
    pub fn insert_named(&mut self, model: &str, object: &str, span: Span) {
        let path = ["models", model, "", object].map(str::to_owned);
        self.insert(&path, span.clone(), span);
    }

    /// What to underline for a path: the value where it is a scalar or an array, else the key. If the spec does not
    /// have the path, the nearest ancestor that it has answers; if nothing matches, the beginning of the file.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Span {
        self.nearest(path).map_or(0..0, |place| place.value.clone())
    }

    /// The key of a path, or of its nearest ancestor in the spec.
    #[must_use]
    pub fn key(&self, path: &[&str]) -> Span {
        self.nearest(path).map_or(0..0, |place| place.key.clone())
    }

    /// What to underline for exactly this path, if the spec has it.
    #[must_use]
    pub fn exact(&self, path: &[&str]) -> Option<Span> {
        self.places
            .get(&key_of(path))
            .map(|place| place.value.clone())
    }

    /// Where a constraint, index or policy of a model was written, by its name in the database; else the model.
    #[must_use]
    pub fn named(&self, model: &str, object: &str) -> Span {
        self.at(&["models", model, "", object])
    }

    fn nearest(&self, path: &[&str]) -> Option<&Place> {
        let mut key = key_of(path);
        for part in path.iter().rev() {
            if let Some(place) = self.places.get(&key) {
                return Some(place);
            }
            key.truncate(key.len() - part.len() - LENGTH);
        }
        self.places.get(&key)
    }
}

/// How many bytes say how long a part of a path is.
const LENGTH: usize = size_of::<usize>();

/// A path in one piece: each part behind its length, since a key may hold any character.
fn key_of(path: &[impl AsRef<str>]) -> Vec<u8> {
    let mut key = Vec::new();
    for part in path {
        let part = part.as_ref().as_bytes();
        key.extend_from_slice(&part.len().to_be_bytes());
        key.extend_from_slice(part);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source::new("x", "a\nüb\r\nc");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(4), Position { line: 2, column: 2 });
        assert_eq!(
            source.position(3),
            Position { line: 2, column: 1 },
            "within the ü"
        );
        assert_eq!(source.position(99), Position { line: 3, column: 2 });
    }

    #[test]
    fn a_place_in_a_string_is_found_unless_escapes_hide_it() {
        let text = r#"a = "x > 0" b = "x \" y" c = """
x"""  "#;
        let source = Source::new("x", text);
        assert_eq!(&text[source.inside(&(4..11), "x > 0", 2..3)], ">");
        assert_eq!(source.inside(&(16..24), "x \" y", 2..3), 16..24);
        let start = text.find("\"\"\"").expect("it is there");
        let end = text.rfind("\"\"\"").expect("it is there") + 3;
        assert_eq!(&text[source.inside(&(start..end), "x", 0..1)], "x");
    }

    #[test]
    fn a_path_that_is_not_there_is_answered_by_its_nearest_ancestor() {
        let mut spans = Spans::default();
        spans.insert(&["models".into(), "A".into()], 3..4, 3..4);
        assert_eq!(spans.at(&["models", "A", "fields", "x"]), 3..4);
        assert_eq!(spans.at(&["enums"]), 0..0);
    }
}
