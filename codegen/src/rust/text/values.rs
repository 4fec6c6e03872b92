//! Texts of the spec as Rust: literals, names in documentation, documentation itself.

use std::fmt::Write as _;

/// A string literal in one line.
pub(in crate::rust) fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for char in text.chars() {
        escape(&mut literal, char);
    }
    literal.push('"');
    literal
}

/// A string literal of SQL: its lines stand below each other.
pub(in crate::rust) fn sql_literal(sql: &str) -> String {
    if !sql.contains('\n') {
        return literal(sql);
    }
    let mut text = String::from("\"\\\n");
    for (index, line) in sql.split('\n').enumerate() {
        if index > 0 {
            // Behind a `\` at the end of a line, rustc drops white space: only the first line needs one.
            text.push('\n');
        }
        for char in line.chars() {
            escape(&mut text, char);
        }
    }
    text.push('"');
    text
}

fn escape(text: &mut String, char: char) {
    match char {
        '"' => text.push_str("\\\""),
        '\\' => text.push_str("\\\\"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        _ if is_plain(char) => text.push(char),
        _ => {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\u{{{:x}}}", u32::from(char));
        }
    }
}

/// Whether the character shows as itself: no control character, no mark that turns the direction of text (rustc refuses
/// those in strings and comments), nothing invisible.
fn is_plain(char: char) -> bool {
    !char.is_control()
        && !matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// A name of the spec in a doc comment, as code.
pub(in crate::rust) fn code(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|&char| is_plain(char) && char != '`')
        .collect();
    format!("`{}`", name.trim())
}

/// The author's documentation as lines of Markdown that rustdoc takes for prose: no line can be code, which rustdoc
/// would compile and run.
pub(super) fn doc_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let line: String = line
                .chars()
                .map(|char| if char == '\t' { ' ' } else { char })
                .filter(|&char| is_plain(char))
                .collect();
            // Four spaces before a line, or behind a bullet, make it code.
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            // So do three backticks or tildes, wherever a line or a list's entry begins.
            line.replace("```", "\\`\\`\\`").replace("~~~", "\\~\\~\\~")
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let empty = lines.iter().take_while(|line| line.is_empty()).count();
    lines.drain(..empty);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_holds_any_text() {
        for text in [
            "a\"b\\c\nd\re\tf\0g",
            "\u{202e}abc\u{2066}",
            "größe 名前 🙂",
            "{}%$1",
            "\"#\"##",
        ] {
            let parsed: syn::LitStr = syn::parse_str(&literal(text)).unwrap();
            assert_eq!(parsed.value(), text);
        }
    }

    #[test]
    fn sql_keeps_its_lines() {
        let text = "SELECT \"a\"\n  FROM b\nWHERE c = E'\\\\'";
        let literal = sql_literal(text);
        let parsed: syn::LitStr = syn::parse_str(&literal).unwrap();
        assert_eq!(parsed.value(), text);
        assert!(literal.starts_with("\"\\\nSELECT"));
    }

    #[test]
    fn no_documentation_is_code() {
        let lines = doc_lines(
            "\n\n    let x = 1;\n```rust\npanic!()\n```\n- \tx\n>  ~~~~\n# */ $$ \"\u{202e}\n\n",
        );
        assert_eq!(
            lines,
            [
                "let x = 1;",
                "\\`\\`\\`rust",
                "panic!()",
                "\\`\\`\\`",
                "- x",
                "> \\~\\~\\~~",
                "# */ $$ \""
            ]
        );
    }
}
