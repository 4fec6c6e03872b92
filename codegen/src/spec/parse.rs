//! From text to [`Spec`].

use toml::de::{DeTable, DeValue};

use super::Spec;
use super::reader::Reader;
use super::recover::{SyntaxError, is_duplicate, recover};
use crate::diag::Diagnostic;
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
    /// Whether the text is TOML at all. If it is not, keys may be missing that the author wrote.
    pub is_toml: bool,
}

/// Reads a spec. Never fails: what could not be read is left out and reported.
#[must_use]
pub fn parse(source: &Source) -> Parsed {
    let mut reader = Reader::new(source);
    if let Some(offset) = source.not_utf8() {
        reader.diagnostics.push(
            Diagnostic::error(
                "not-utf8",
                "the file is not UTF-8",
                offset..offset + '\u{fffd}'.len_utf8(),
            )
            .label("no character")
            .help("save the file as UTF-8"),
        );
        return Parsed {
            spec: Spec::default(),
            spans: reader.spans,
            diagnostics: reader.diagnostics,
            is_toml: false,
        };
    }
    let (mut document, mut errors) = DeTable::parse_recoverable(source.text());
    let is_toml = errors.iter().all(|error| is_duplicate(error.message()));
    let kept;
    if !is_toml {
        let (text, broken) = recover(source.text());
        for error in broken {
            reader.diagnostics.push(syntax(error));
        }
        kept = text;
        (document, errors) = DeTable::parse_recoverable(&kept);
    }
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let mut diagnostic = Diagnostic::error("toml", message(error.message()), span);
        if is_duplicate(error.message()) {
            diagnostic = diagnostic
                .label("stands there already")
                .help("remove one of them, or bring them together");
        }
        reader.diagnostics.push(diagnostic);
    }
    let top = 0..source.text().lines().next().map_or(0, str::len);
    let node = toml::Spanned::new(document.span(), DeValue::Table(document.into_inner()));
    let spec = reader.section(&node, &top).unwrap_or_default();
    Parsed {
        spec,
        spans: reader.spans,
        diagnostics: reader.diagnostics,
        is_toml,
    }
}

fn syntax(error: SyntaxError) -> Diagnostic {
    let diagnostic = Diagnostic::error("toml", message(&error.message), error.at);
    match error.unclosed {
        Some(bracket) => diagnostic.help(format!(
            "look for a {bracket} that is missing here or above"
        )),
        None => diagnostic.help("nothing of this table was read; mend it, and look again"),
    }
}

/// The parser's message in the form of ours: one line, no final dot.
fn message(text: &str) -> String {
    text.lines()
        .collect::<Vec<_>>()
        .join(", ")
        .trim_end_matches('.')
        .to_owned()
}
