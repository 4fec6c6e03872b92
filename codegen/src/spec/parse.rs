//! From text to [`Spec`].

use toml::de::{DeTable, DeValue};

use super::Spec;
use super::reader::Reader;
use super::recover::{Lost, SyntaxError, is_duplicate, recover};
use crate::diag::{Diagnostic, Span};
use crate::source::{Source, Spans};

/// What was read, and what was wrong with it.
#[derive(Debug)]
pub struct Parsed {
    /// The spec, as far as it could be read.
    pub spec: Spec,
    /// Where each key stands.
    pub spans: Spans,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Keys whose value could not be read, or that are not known.
    pub unread: Vec<(Vec<String>, Span)>,
    /// What the author wrote that could not be read.
    pub lost: Lost,
}

/// Reads a spec. Never fails: what could not be read is left out and reported.
#[must_use]
pub fn parse(source: &Source) -> Parsed {
    let mut reader = Reader::new(source);
    if let Some(diagnostic) = not_a_text(source) {
        reader.diagnostics.push(diagnostic);
        return Parsed {
            spec: Spec::default(),
            spans: reader.spans,
            unread: reader.unread,
            diagnostics: reader.diagnostics,
            lost: Lost::Tables,
        };
    }
    let (mut document, mut errors) = DeTable::parse_recoverable(source.text());
    let is_toml = errors.iter().all(|error| is_duplicate(error.message()));
    let mut lost = Lost::Nothing;
    let kept;
    if !is_toml {
        let (text, broken, what) = recover(source.text());
        lost = what;
        for error in broken {
            reader.diagnostics.push(syntax(error));
        }
        kept = text;
        (document, errors) = DeTable::parse_recoverable(&kept);
    }
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        reader.diagnostics.push(if is_duplicate(error.message()) {
            let key = source.text().get(span.clone()).unwrap_or_default();
            Diagnostic::error(
                "duplicate-key",
                format!("the key `{key}` stands twice"),
                span,
            )
            .label("it stands above already")
            .help("remove one of them, or bring them together")
        } else {
            Diagnostic::error("toml", message(error.message()), span)
        });
    }
    let top = 0..source.text().lines().next().map_or(0, str::len);
    let node = toml::Spanned::new(document.span(), DeValue::Table(document.into_inner()));
    let spec = reader.section(&node, &top).unwrap_or_default();
    Parsed {
        spec,
        spans: reader.spans,
        unread: reader.unread,
        diagnostics: reader.diagnostics,
        lost,
    }
}

fn not_a_text(source: &Source) -> Option<Diagnostic> {
    if let Some(offset) = source.not_utf8() {
        let span = offset..offset + '\u{fffd}'.len_utf8();
        return Some(
            Diagnostic::error("not-utf8", "the file is not UTF-8", span)
                .label("no character")
                .help("save the file as UTF-8"),
        );
    }
    let offset = source.text().find('\0')?;
    Some(
        Diagnostic::error("nul", "the file holds a NUL character", offset..offset + 1)
            .help("remove it; perhaps the file is not a text, or saved as UTF-16"),
    )
}

fn syntax(error: SyntaxError) -> Diagnostic {
    let help = match (&error.unclosed, error.message.as_str()) {
        (Some(bracket), _) => format!("look for a {bracket} that is missing here or above"),
        (None, text) if text.starts_with("missing comma") => "write a `,` before it".to_owned(),
        (None, text) if text.contains("string") => "write a text between `\"` on one line, or between `\"\"\"` on several".to_owned(),
        (None, text) if text.contains("table") => "a header is written `[models.Name]`, a table in a line `{ key = value }`".to_owned(),
        (None, text) if text.contains("key") => "a line is `key = value`; a key of other signs than letters, digits, `_` and `-` stands between `\"`".to_owned(),
        _ => "a text stands between `\"`, an array between `[` and `]`, a table between `{` and `}`".to_owned(),
    };
    Diagnostic::error("toml", message(&error.message), error.at).help(help)
}

/// The parser's message in the form of ours: one line, no final dot.
fn message(text: &str) -> String {
    text.lines()
        .collect::<Vec<_>>()
        .join(", ")
        .trim_end_matches('.')
        .to_owned()
}
