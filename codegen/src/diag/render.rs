//! Diagnostics as people read them: file, line and column, the text underlined, help.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, Span};
use crate::source::Source;

/// Renders diagnostics like rustc's, one after another with an empty line between them. Colours are for a terminal;
/// without them the text is the same everywhere.
#[must_use]
pub fn render(source: &Source, diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = match colour {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    let mut text = String::new();
    for diagnostic in diagnostics {
        if !text.is_empty() {
            text.push('\n');
        }
        for line in renderer.render(&[group(source, diagnostic)]).lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

fn group<'a>(source: &'a Source, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let primary = visible(source, &diagnostic.primary.span);
    let secondary: Vec<(Span, &str)> = diagnostic
        .secondary
        .iter()
        .map(|label| (visible(source, &label.span), label.text.as_str()))
        .collect();
    // The renderer reads the whole text it is given; only the lines between the labels matter.
    let start = secondary
        .iter()
        .map(|(span, _)| span.start)
        .fold(primary.start, usize::min);
    let end = secondary
        .iter()
        .map(|(span, _)| span.end)
        .fold(primary.end, usize::max);
    let text = source.text();
    let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let to = text[end..]
        .find('\n')
        .map_or(text.len(), |newline| end + newline);
    let at = |span: &Span| span.start - from..span.end - from;
    let label = Some(diagnostic.primary.text.as_str()).filter(|text| !text.is_empty());
    let mut snippet = Snippet::source(text[from..to].replace('\r', " "))
        .line_start(source.position(from).line)
        .path(source.name())
        .annotation(AnnotationKind::Primary.span(at(&primary)).label(label));
    for (span, text) in &secondary {
        snippet = snippet.annotation(AnnotationKind::Context.span(at(span)).label(Some(*text)));
    }
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

/// The span within the text. A long value of several lines is underlined to the end of its first line.
fn visible(source: &Source, span: &Span) -> Span {
    let span = source.clamp(span);
    let text = &source.text()[span.clone()];
    if text.lines().count() > 4 {
        let first = text.lines().next().map_or(0, str::len);
        return span.start..span.start + first;
    }
    span
}
