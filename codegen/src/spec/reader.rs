//! Reading with all mistakes at once: a value that is wrong is reported and left out, and reading goes on.

use toml::de::{DeInteger, DeTable, DeValue};

use super::hints;
use super::shape::Word;
use super::value::Value;
use crate::diag::{Diagnostic, Span, nearest};
use crate::source::{Source, Spanned, Spans};

/// A value of the TOML file with its place.
pub type Node<'a> = toml::Spanned<DeValue<'a>>;

/// Reads values, gathers what is wrong, and remembers where each key stands.
#[derive(Debug)]
pub struct Reader<'s> {
    source: &'s Source,
    path: Vec<String>,
    /// What was found wrong so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Where each key stands.
    pub spans: Spans,
    /// Keys whose value could not be read, or that are not known: what they would have said is missing for no other
    /// reason.
    pub unread: Vec<(Vec<String>, Span)>,
}

/// A table with known keys, made by `section!`.
pub trait Section: Default {
    /// What it is, with an article: "a field".
    const WHAT: &'static str;
    /// The known keys.
    const KEYS: &'static [&'static str];
    /// The keys that must be there.
    const REQUIRED: &'static [&'static str];

    /// Reads the value of a key; whether the key is known.
    fn read_key(&mut self, key: &str, span: Span, node: &Node<'_>, reader: &mut Reader<'_>)
    -> bool;
}

impl<'s> Reader<'s> {
    /// A reader at the top of a file.
    #[must_use]
    pub fn new(source: &'s Source) -> Self {
        Self {
            source,
            path: Vec::new(),
            diagnostics: Vec::new(),
            spans: Spans::default(),
            unread: Vec::new(),
        }
    }

    /// Reads the value of a key, or of a place in an array.
    pub fn at<T: Value>(&mut self, key: &str, span: Span, node: &Node<'_>) -> Option<Spanned<T>> {
        self.path.push(key.to_owned());
        let place = match node.get_ref() {
            DeValue::Table(_) => span.clone(),
            _ => node.span(),
        };
        self.spans.insert(&self.path, span.clone(), place.clone());
        let value = T::read(node, &span, self);
        if value.is_none() {
            self.unread.push((self.path.clone(), node.span()));
        }
        self.path.pop();
        value.map(|value| Spanned::new(value, place))
    }

    /// Reads a table with known keys.
    pub fn section<T: Section>(&mut self, node: &Node<'_>, at: &Span) -> Option<T> {
        let DeValue::Table(table) = node.get_ref() else {
            return self.expected("a table", node);
        };
        Some(self.table(table, at))
    }

    /// Reads the keys of a table.
    pub fn table<T: Section>(&mut self, table: &DeTable<'_>, at: &Span) -> T {
        let mut section = T::default();
        for (key, value) in table {
            let name: &str = key.get_ref();
            if !section.read_key(name, key.span(), value, self) {
                self.unknown_key(name, key.span(), T::WHAT, T::KEYS);
            }
        }
        let missing: Vec<&str> = T::REQUIRED
            .iter()
            .copied()
            .filter(|required| !table.contains_key(*required))
            .collect();
        if !missing.is_empty() {
            self.missing(&missing, T::WHAT, at.clone());
        }
        section
    }

    /// Reports keys that must be there.
    pub fn missing(&mut self, keys: &[&str], what: &str, at: Span) {
        let list: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        let list = list.join(", ");
        let (noun, verb) = if keys.len() == 1 {
            ("key", "is")
        } else {
            ("keys", "are")
        };
        let diagnostic =
            Diagnostic::error("missing-key", format!("{what} needs the {noun} {list}"), at)
                .label(format!("{list} {verb} missing"));
        let help: Vec<_> = keys
            .iter()
            .map(|key| {
                hints::missing(key, what).unwrap_or_else(|| format!("write `{key} = \"…\"`"))
            })
            .collect();
        self.diagnostics.push(diagnostic.help(help.join("; ")));
    }

    /// Reports a key that is not known.
    pub fn unknown_key(&mut self, key: &str, span: Span, what: &str, known: &[&'static str]) {
        let diagnostic =
            Diagnostic::error("unknown-key", format!("{what} has no key `{key}`"), span)
                .label("unknown key");
        let help = hints::unknown(key, what).or_else(|| {
            nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
        });
        let help = help.unwrap_or_else(|| {
            let list: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
            format!("its keys are {}", list.join(", "))
        });
        self.diagnostics.push(diagnostic.help(help));
    }

    /// Reports a value of the wrong kind.
    pub fn expected<T>(&mut self, what: &str, node: &Node<'_>) -> Option<T> {
        let found = match node.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let mut diagnostic = Diagnostic::error(
            "wrong-type",
            format!("expected {what}, found {found}"),
            node.span(),
        )
        .label(format!("expected {what}"));
        if what == "a string"
            && matches!(
                node.get_ref(),
                DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)
            )
        {
            diagnostic = diagnostic.help(format!(
                "write it between quotes: `\"{}\"`",
                self.raw(node.span())
            ));
        }
        if let DeValue::String(text) = node.get_ref()
            && ((what == "an integer" && text.parse::<i64>().is_ok())
                || (what == "`true` or `false`" && matches!(text.as_ref(), "true" | "false")))
        {
            diagnostic = diagnostic.help(format!("write it without quotes: `{text}`"));
        }
        let written = match what {
            "a table" => {
                Some("write its keys between braces, `{ key = … }`, or under a header of its own")
            }
            "a type as a string, or a table with the key `type`" => {
                Some("write `name = \"text\"`, or `name = { type = \"text\", … }`")
            }
            "a string, a number, a boolean or an array of them" => Some(
                "write JSON as a string: `default = \"{}\"`, and an expression in `default_sql`",
            ),
            "an integer" => Some("write a number without quotes"),
            "`true` or `false`" => Some("write `true` or `false`, without quotes"),
            "a string" => Some("write a text between quotes"),
            _ => None,
        };
        if let (None, Some(written)) = (&diagnostic.help, written) {
            diagnostic = diagnostic.help(written);
        }
        if what == "an array" {
            diagnostic = diagnostic.help(match node.get_ref() {
                DeValue::Table(_) | DeValue::Array(_) => {
                    "write it between brackets: `[{ … }]`".to_owned()
                }
                _ => format!("write it between brackets: `[{}]`", self.raw(node.span())),
            });
        }
        self.diagnostics.push(diagnostic);
        None
    }

    /// Which of the known words stands there. Capitals do not matter: they are PostgreSQL's words.
    pub fn word(&mut self, what: &str, words: &[Word], node: &Node<'_>) -> Option<usize> {
        let DeValue::String(text) = node.get_ref() else {
            let list: Vec<_> = words
                .iter()
                .map(|word| format!("`\"{}\"`", word.word))
                .collect();
            let missing = self.expected("a string", node);
            if let Some(diagnostic) = self.diagnostics.last_mut() {
                diagnostic.help = Some(format!("write one of {}", list.join(", ")));
            }
            return missing;
        };
        let known = words
            .iter()
            .position(|word| word.word.eq_ignore_ascii_case(text.trim()));
        if known.is_none() {
            let list: Vec<_> = words
                .iter()
                .map(|word| format!("`{}`", word.word))
                .collect();
            let near = nearest(text, words.iter().map(|word| word.word));
            self.diagnostics.push(
                Diagnostic::error(
                    "unknown-word",
                    format!("`{text}` is not {what}"),
                    node.span(),
                )
                .help(near.map_or_else(
                    || format!("write one of {}", list.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                )),
            );
        }
        known
    }

    /// A string as a text that PostgreSQL can hold.
    pub fn text(&mut self, text: &str, span: Span) -> Option<String> {
        if text.contains('\0') {
            self.diagnostics.push(
                Diagnostic::error(
                    "nul",
                    "no text of PostgreSQL can hold a NUL character",
                    span,
                )
                .help("remove `\\u0000`"),
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// A whole number that fits 64 bits.
    pub fn integer(&mut self, value: &DeInteger<'_>, span: Span) -> Option<i64> {
        let number = i64::from_str_radix(value.as_str(), value.radix()).ok();
        if number.is_none() {
            self.diagnostics.push(
                Diagnostic::error("integer-range", "the integer does not fit 64 bits", span)
                    .help("TOML's integers go from -9223372036854775808 to 9223372036854775807; write a larger number as a string"),
            );
        }
        number
    }

    /// The characters of the file at a place.
    #[must_use]
    pub fn raw(&self, span: Span) -> &'s str {
        self.source.text().get(span).unwrap_or_default()
    }
}
