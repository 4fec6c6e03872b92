//! A difference that fits a screen.

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};
use std::fmt::Write;

/// The first lines of a unified difference; colours are stripped where they cannot be shown.
#[must_use]
pub fn short_diff(prev: &str, next: &str, most: usize) -> String {
    let diff = TextDiff::from_lines(prev, next);
    let mut out = String::new();
    let (mut shown, mut hidden) = (0, 0);
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        if shown < most {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "    {}", hunk.header());
        }
        for change in hunk.iter_changes() {
            if shown >= most {
                hidden += usize::from(change.tag() != ChangeTag::Equal);
                continue;
            }
            shown += 1;
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', AnsiColor::Red.on_default()),
                ChangeTag::Insert => ('+', AnsiColor::Green.on_default()),
                ChangeTag::Equal => (' ', Style::new()),
            };
            let line = change.to_string_lossy();
            let _ = writeln!(
                out,
                "    {style}{sign}{}{style:#}",
                line.trim_end_matches('\n')
            );
        }
    }
    if hidden > 0 {
        let _ = writeln!(out, "    … and {hidden} more changed lines");
    }
    out
}
