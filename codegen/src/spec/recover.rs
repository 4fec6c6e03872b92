//! What is left of a file that is not TOML: its tables that are, each in its place.
//!
//! After a mistake such as an array that is never closed, a parser takes the rest of the file for part of it, and
//! reports a mistake for each line. Tables begin on lines of their own, so each is judged alone.

use std::ops::Range;

use toml::de::DeTable;

/// What of a file could not be read, since it is not TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// All of it is there.
    Nothing,
    /// Keys of tables.
    Keys,
    /// Whole tables.
    Tables,
}

/// A mistake of the text, by its place in the file.
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) at: Range<usize>,
    /// What was left open, if that is what is wrong.
    pub(super) unclosed: Option<&'static str>,
}

/// The text with everything blanked that is not TOML, byte for byte as long, and each mistake in it. What is blanked is
/// the key with the mistake; only where that does not help, the whole table.
pub(super) fn recover(text: &str) -> (String, Vec<SyntaxError>, Lost) {
    let mut lost = Lost::Keys;
    let chunks = chunks(text);
    let mut kept = String::with_capacity(text.len());
    let mut errors = Vec::new();
    let mut index = 0;
    while let Some(range) = chunks.get(index) {
        // An array or a string of several lines may have a line that looks like the beginning of a table.
        let whole = (index..chunks.len().min(index + 8)).find_map(|last| {
            let end = chunks.get(last)?.end;
            let part = text.get(range.start..end)?;
            syntax_error(part).is_none().then_some((last, part))
        });
        if let Some((last, part)) = whole {
            kept.push_str(part);
            index = last + 1;
            continue;
        }
        let mut part = text.get(range.clone()).unwrap_or_default().to_owned();
        for _ in 0..MISTAKES_OF_A_TABLE {
            let Some(error) = syntax_error(&part) else {
                break;
            };
            // Without its header a table's keys would be those of the table before it.
            let header = part.find('\n').unwrap_or(part.len());
            let lines = match part.starts_with('[') && error.at.start <= header {
                true => {
                    lost = Lost::Tables;
                    0..part.len()
                }
                false => lines_of_key(&part, error.at.start),
            };
            part = blank(&part, &lines);
            errors.push(SyntaxError {
                at: error.at.start + range.start..error.at.end + range.start,
                ..error
            });
        }
        if syntax_error(&part).is_some() {
            lost = Lost::Tables;
            part = blank(&part, &(0..part.len()));
        }
        kept.push_str(&part);
        index += 1;
    }
    (kept, errors, lost)
}

/// More mistakes than these in one table say that it is something else.
const MISTAKES_OF_A_TABLE: usize = 16;

/// From the line of the key before the mistake to the end of the line with the mistake.
fn lines_of_key(text: &str, at: usize) -> Range<usize> {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    // What is never closed is found at the end; the last line that says something is meant.
    let said = text[..at].trim_end().len();
    let end = text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline);
    let mut start = 0;
    let mut offset = 0;
    for line in text[..said.max(at.min(end))].split_inclusive('\n') {
        let key = line.trim_start();
        let begins = key.split_once('=').is_some_and(|(name, _)| {
            !name.trim().is_empty()
                && name
                    .chars()
                    .all(|char| char.is_alphanumeric() || "_-. \t\"'".contains(char))
        });
        if begins || key.starts_with('[') && offset == 0 {
            start = offset;
        }
        offset += line.len();
    }
    start..end
}

fn blank(text: &str, range: &Range<usize>) -> String {
    let (before, rest) = text.split_at(range.start);
    let (inside, after) = rest.split_at(range.end.saturating_sub(range.start));
    let blanked = inside
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' });
    before.chars().chain(blanked).chain(after.chars()).collect()
}

/// From each line that begins with `[` to the next.
fn chunks(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('[') && offset > 0 {
            starts.push(offset);
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect()
}

fn syntax_error(text: &str) -> Option<SyntaxError> {
    let (_, errors) = DeTable::parse_recoverable(text);
    let mut errors = errors.iter().filter(|error| !is_duplicate(error.message()));
    let first = errors.next()?;
    let unclosed = errors
        .chain([first])
        .find_map(|error| match error.message() {
            message if message.starts_with("unclosed array") => Some("`]`"),
            message if message.starts_with("unclosed inline table") => Some("`}`"),
            _ => None,
        });
    Some(SyntaxError {
        message: first.message().to_owned(),
        at: first.span().unwrap_or(0..0),
        unclosed,
    })
}

/// A key that stands twice: the text is TOML's syntax, and everything else can be read.
pub(super) fn is_duplicate(message: &str) -> bool {
    message.starts_with("duplicate key")
}
