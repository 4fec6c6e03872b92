//! Text of a spec that knows which object each part of it came from.

use std::ops::Range;

use super::super::catalog::Key;

/// A part of the spec that can also be said in another way: the object, and which part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) key: Key,
    /// Empty for the whole object.
    pub(super) part: &'static str,
}

impl Piece {
    pub(super) fn new(key: &Key, part: &'static str) -> Self {
        Self {
            key: key.clone(),
            part,
        }
    }
}

/// Text with marks.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    text: String,
    marks: Vec<(Range<usize>, Piece)>,
}

impl Text {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn marks(&self) -> &[(Range<usize>, Piece)] {
        &self.marks
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        let start = self.text.len();
        self.text.push_str(&other.text);
        let moved = other.marks.iter();
        self.marks.extend(
            moved.map(|(range, piece)| (range.start + start..range.end + start, piece.clone())),
        );
        self
    }

    /// Says what all of it came from.
    pub(super) fn marked(mut self, piece: Piece) -> Self {
        self.marks.push((0..self.text.len(), piece));
        self
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self {
            text,
            marks: Vec::new(),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// Keys and values in their order: an inline table, or the lines of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries(Vec<(String, Text)>);

impl Entries {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn set(&mut self, key: &str, value: impl Into<Text>) -> &mut Self {
        self.0.push((bare(key), value.into()));
        self
    }

    pub(super) fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.set(key, string(value))
    }

    pub(super) fn flag(&mut self, key: &str, value: bool) -> &mut Self {
        if value {
            self.set(key, "true");
        }
        self
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `{ a = 1, b = 2 }`.
    pub(super) fn inline(&self) -> Text {
        if self.0.is_empty() {
            return "{}".into();
        }
        let mut text = Text::from("{ ");
        for (index, (key, value)) in self.0.iter().enumerate() {
            text.push(if index > 0 { ", " } else { "" })
                .push(key)
                .push(" = ")
                .append(value);
        }
        text.push(" }");
        text
    }

    /// A line each.
    pub(super) fn lines(&self) -> Text {
        let mut text = Text::new();
        for (key, value) in &self.0 {
            text.push(key).push(" = ").append(value).push("\n");
        }
        text
    }

    /// A line each, with the values below each other.
    pub(super) fn aligned(&self) -> Text {
        let width = self
            .0
            .iter()
            .map(|(key, _)| key.chars().count())
            .filter(|&width| width <= 32)
            .max()
            .unwrap_or(0);
        let mut text = Text::new();
        for (key, value) in &self.0 {
            text.push(&format!("{key:width$} = "))
                .append(value)
                .push("\n");
        }
        text
    }
}

/// `[a, b]`, on one line where it is short, else one line each.
pub(super) fn list(items: Vec<Text>) -> Text {
    let length: usize = items
        .iter()
        .map(|item| item.as_str().chars().count() + 2)
        .sum();
    let tables = items
        .iter()
        .filter(|item| item.as_str().starts_with('{'))
        .count();
    let mut text = Text::new();
    if length <= 90 && tables <= 1 {
        text.push("[");
        for (index, item) in items.iter().enumerate() {
            text.push(if index > 0 { ", " } else { "" }).append(item);
        }
        text.push("]");
    } else {
        text.push("[\n");
        for item in &items {
            text.push("  ").append(item).push(",\n");
        }
        text.push("]");
    }
    text
}

/// `["a", "b"]`.
pub(super) fn strings<'a>(items: impl IntoIterator<Item = &'a str>) -> Text {
    list(items.into_iter().map(|item| string(item).into()).collect())
}

/// A key, bare where TOML allows it.
pub(super) fn bare(key: &str) -> String {
    let plain = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if plain { key.to_owned() } else { string(key) }
}

/// A string on one line.
pub(super) fn string(text: &str) -> String {
    // SQL is full of double quotes; a literal string needs no escapes.
    let literal =
        text.contains(['"', '\\']) && !text.contains('\'') && !text.chars().any(char::is_control);
    if literal {
        return format!("'{text}'");
    }
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    escape(text, false, &mut result);
    result.push('"');
    result
}

/// SQL: over several lines where it has them. White space around it means nothing.
pub(super) fn sql(text: &str) -> String {
    let text = text.trim();
    if !text.contains('\n') {
        return string(text);
    }
    let odd = |char: char| char.is_control() && char != '\n' && char != '\t';
    if !text.contains("'''") && !text.ends_with('\'') && !text.contains(odd) {
        return format!("'''\n{text}\n'''");
    }
    let mut result = String::from("\"\"\"\n");
    escape(text, true, &mut result);
    result.push_str("\n\"\"\"");
    result
}

fn escape(text: &str, lines: bool, result: &mut String) {
    for char in text.chars() {
        match char {
            '\n' if lines => result.push('\n'),
            '\n' => result.push_str("\\n"),
            '\t' => result.push_str("\\t"),
            '\r' => result.push_str("\\r"),
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            char if char.is_control() => result.push_str(&format!("\\u{:04X}", u32::from(char))),
            char => result.push(char),
        }
    }
}

/// A comment of the spec: `# ` before each line, without characters that TOML allows in none.
pub(super) fn comment(text: &str) -> String {
    let mut result = String::new();
    for line in text.split(['\n', '\r']) {
        let line: String = line.chars().filter(|char| !char.is_control()).collect();
        result.push_str(format!("# {line}").trim_end());
        result.push('\n');
    }
    result
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]
    use super::*;

    #[test]
    fn every_text_comes_back_from_toml_as_it_was() {
        for text in [
            "",
            "a",
            "it's \"so\"",
            "\\",
            "tab\there",
            "bell\u{7}",
            "a\r\nb",
            "'''",
            "\u{1F600}",
            "'",
            "\u{7f}",
        ] {
            for written in [string(text), format!("{{ {} = 1 }}", bare(text))] {
                let document = format!("x = {written}");
                assert!(document.parse::<toml::Table>().is_ok(), "{document}");
            }
            let table: toml::Table = format!("x = {}", string(text)).parse().unwrap();
            assert_eq!(table["x"].as_str().unwrap(), text);
        }
        for text in ["a\nb", "'''\nb", "x\n'", "a\u{7}\n\"\"\"\\", "a\r\nb"] {
            let table: toml::Table = format!("x = {}", sql(text)).parse().unwrap();
            assert_eq!(table["x"].as_str().unwrap().trim(), text.trim());
        }
    }

    #[test]
    fn marks_move_with_their_text() {
        let key = Key {
            kind: "t".into(),
            schema: String::new(),
            on: String::new(),
            name: "n".into(),
        };
        let mut text = Text::from("ab");
        text.append(&Text::from("cd").marked(Piece::new(&key, "")));
        assert_eq!(text.marks()[0].0, 2..4);
    }
}
