//! What is left of a file that is not TOML: its tables that are, each in its place.
//!
//! After a mistake such as an array that is never closed, a parser takes the rest of the file for part of it, and
//! reports a mistake for each line. Tables begin on lines of their own, so each is judged alone.

use toml::de::DeTable;

/// A mistake of the text, by its place in the file.
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) at: std::ops::Range<usize>,
    /// What was left open, if that is what is wrong.
    pub(super) unclosed: Option<&'static str>,
}

/// The text with everything blanked that is not TOML, byte for byte as long, and one mistake for each table that is not.
pub(super) fn recover(text: &str) -> (String, Vec<SyntaxError>) {
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
        let part = text.get(range.clone()).unwrap_or_default();
        if let Some(mut error) = syntax_error(part) {
            error.at = error.at.start + range.start..error.at.end + range.start;
            errors.push(error);
        }
        // The table itself is there, whatever is wrong in it.
        let header = part.find('\n').map_or(part.len(), |newline| newline + 1);
        let (header, rest) = part.split_at(header);
        let header_is_toml = header.starts_with('[') && syntax_error(header).is_none();
        kept.push_str(if header_is_toml { header } else { "" });
        let blanked = if header_is_toml { rest } else { part };
        kept.extend(
            blanked
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
        );
        index += 1;
    }
    (kept, errors)
}

/// From each line that begins with `[` to the next.
fn chunks(text: &str) -> Vec<std::ops::Range<usize>> {
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
