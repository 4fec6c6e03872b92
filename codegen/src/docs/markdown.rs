//! The author's text in Markdown, where none of it can break out of its place.

/// A text in code quotes that are longer than any in it, on one line. In a table, `|` would end the cell.
pub(super) fn code(text: &str) -> String {
    let text: String = one_line(text).replace('|', "\\|");
    let mut longest = 0;
    let mut run = 0;
    for char in text.chars() {
        run = if char == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let quotes = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{quotes}{pad}{text}{pad}{quotes}")
}

/// Documentation in a cell of a table: one line, Markdown as the author wrote it, but no HTML and no end of the cell.
pub(super) fn cell(text: &str) -> String {
    escape(&one_line(text)).replace('|', "\\|")
}

/// Documentation as a paragraph of its own.
pub(super) fn paragraph(doc: Option<&str>) -> String {
    match doc {
        Some(doc) if !doc.trim().is_empty() => {
            let lines: Vec<_> = doc.lines().map(|line| escape(line.trim())).collect();
            // A line that looks like a heading or a fence would end the paragraph.
            let lines: Vec<_> = lines
                .iter()
                .map(
                    |line| match line.starts_with(['#', '-', '=', '>', '~', '`', '+', '*']) {
                        true if !line.starts_with("```") && line.starts_with(['`', '*']) => {
                            line.clone()
                        }
                        true => format!("\\{line}"),
                        false => line.clone(),
                    },
                )
                .collect();
            format!("{}\n\n", lines.join("\n"))
        }
        _ => String::new(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_author_ends_its_place() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(cell("a|b\n<script>"), "a\\|b &lt;script&gt;");
        assert_eq!(paragraph(Some("# x\n``` y")), "\\# x\n\\``` y\n\n");
    }
}
