//! From a place in generated SQL back to the fragment of the spec that stands there.

use pgwright_codegen::diag::Span;
use pgwright_codegen::source::Source;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Shorter texts are in too many places to mean one.
const SHORTEST: usize = 3;

/// The longest text of the spec that stands in the statement, at the offset if there is one. Names that only happen to
/// be in the statement do not count: a fragment has something in it that is no letter.
pub(super) fn locate(source: &Source, statement: &str, offset: Option<usize>) -> Option<Span> {
    let table = DeTable::parse(source.text()).ok()?;
    let mut texts = texts_of(table.get_ref());
    // The first of equals, as the file has them.
    texts.retain(|(text, _)| text.len() >= SHORTEST && statement.contains(text));
    texts.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    match offset {
        Some(offset) => texts.iter().find_map(|(text, span)| {
            let places = statement.match_indices(text).map(|(at, _)| at);
            let at = places
                .into_iter()
                .find(|at| (*at..at + text.len()).contains(&offset))?;
            let from = offset - at;
            let to = from + word_length(text.get(from..)?);
            Some(source.inside(span, text, from..to))
        }),
        None => {
            let is_name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
            let (text, span) = texts.iter().find(|(text, _)| !is_name(text))?;
            Some(source.inside(span, text, 0..text.len()))
        }
    }
}

/// A line of a function's body, counted from 1 as PL/pgSQL does; without a line the whole body. The body stands in a text
/// of the spec, or a text of the spec stands in the body.
pub(super) fn locate_line(source: &Source, body: &str, line: Option<usize>) -> Option<Span> {
    let table = DeTable::parse(source.text()).ok()?;
    let texts = texts_of(table.get_ref());
    let start: usize = match line {
        Some(line) => body
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum(),
        None => 0,
    };
    let rest = body.get(start..)?;
    let wanted = match line {
        Some(_) => rest.lines().next().unwrap_or_default(),
        None => rest,
    };
    let start = start + (wanted.len() - wanted.trim_start().len());
    let end = start + wanted.trim().len();
    for (text, span) in &texts {
        if body.trim().len() >= SHORTEST
            && let Some(at) = text.find(body)
        {
            return Some(source.inside(span, text, at + start..at + end));
        }
    }
    let mut within: Vec<_> = texts
        .iter()
        .filter(|(text, _)| text.len() >= SHORTEST)
        .filter_map(|(text, span)| Some((body.find(text)?, text, span)))
        .filter(|(at, text, _)| *at < end && at + text.len() > start)
        .collect();
    within.sort_by_key(|(_, text, _)| std::cmp::Reverse(text.len()));
    let (at, text, span) = within.first()?;
    let inside = start.saturating_sub(*at)..(end - at).min(text.len());
    Some(source.inside(span, text, inside))
}

/// How many bytes the word at the beginning has, at least a character.
fn word_length(text: &str) -> usize {
    let word: usize = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .map(char::len_utf8)
        .sum();
    word.max(text.chars().next().map_or(0, char::len_utf8))
}

/// Every text of the spec with its place.
fn texts_of<'a>(table: &'a DeTable<'_>) -> Vec<(&'a str, Span)> {
    let mut texts = Vec::new();
    for value in table.values() {
        collect(value, &mut texts);
    }
    texts
}

fn collect<'a>(value: &'a Spanned<DeValue<'_>>, texts: &mut Vec<(&'a str, Span)>) {
    match value.get_ref() {
        DeValue::String(text) => texts.push((text, value.span())),
        DeValue::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        DeValue::Table(table) => table.values().for_each(|item| collect(item, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located<'a>(spec: &'a str, statement: &str, at: Option<&str>) -> Option<&'a str> {
        let source = Source::new("schema.toml", spec);
        let offset = at.map(|word| statement.find(word).unwrap());
        locate(&source, statement, offset).map(|span| &spec[span])
    }

    #[test]
    fn the_word_that_the_server_names_is_underlined_in_the_fragment() {
        let spec = "[models.A]\ntable = \"size\"\nchecks = [{ sql = \"size > lenght(name)\" }]\n";
        let statement = "ALTER TABLE size ADD CHECK (size > lenght(name))";
        assert_eq!(located(spec, statement, Some("lenght")), Some("lenght"));
    }

    #[test]
    fn without_a_place_the_longest_fragment_of_the_statement_is_meant() {
        let spec = "a = \"value\"\nb = \"x + y\"\nc = \"x + y + z\"\n";
        assert_eq!(
            located(spec, "SELECT value, x + y + z", None),
            Some("x + y + z")
        );
        assert_eq!(located(spec, "SELECT value", None), None);
    }

    #[test]
    fn a_line_of_a_body_is_found_in_the_text_that_holds_it_and_in_the_text_that_it_holds() {
        let line = |spec: &str, body: &str, line| {
            let source = Source::new("schema.toml", spec);
            locate_line(&source, body, line).map(|span| spec[span].to_string())
        };
        let spec = "a = \"\"\"\nCREATE FUNCTION f() AS $$\nBEGIN\n  RETURN x(1);\nEND\n$$\"\"\"\n";
        let body = "\nBEGIN\n  RETURN x(1);\nEND\n";
        assert_eq!(line(spec, body, Some(3)).as_deref(), Some("RETURN x(1);"));
        let spec = "where = \"state > ''\"\n";
        let body = "BEGIN\n  IF NEW.state > '' THEN\n    PERFORM 1;\n  END IF;\nEND";
        assert_eq!(line(spec, body, Some(2)).as_deref(), Some("state > ''"));
        assert_eq!(line(spec, body, Some(3)), None);
    }

    #[test]
    fn a_place_outside_of_every_fragment_is_not_in_the_spec() {
        let spec = "a = \"x + y\"\n";
        assert_eq!(located(spec, "SELEKT x + y", Some("SELEKT")), None);
    }
}
