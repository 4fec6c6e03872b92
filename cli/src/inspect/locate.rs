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
    let mut texts = Vec::new();
    for value in table.get_ref().values() {
        collect(value, &mut texts);
    }
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

/// How many bytes the word at the beginning has, at least a character.
fn word_length(text: &str) -> usize {
    let word: usize = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .map(char::len_utf8)
        .sum();
    word.max(text.chars().next().map_or(0, char::len_utf8))
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
    fn a_place_outside_of_every_fragment_is_not_in_the_spec() {
        let spec = "a = \"x + y\"\n";
        assert_eq!(located(spec, "SELEKT x + y", Some("SELEKT")), None);
    }
}
