//! The parser of PostgreSQL's grammar, with what is known of its limits.

use std::ops::Range;

use squawk_syntax::ast::AstNode;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::lexer::{Kind as TokenKind, Token, lex};

/// Deeper texts are passed on unread: the parser is recursive.
const MAX_DEPTH: usize = 150;
/// Longer texts are passed on unread: chains of operators make deep trees, and take time with their square.
const MAX_TOKENS: usize = 4_000;

/// A mistake that the parser found, in bytes of the author's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) range: Range<usize>,
    pub(super) message: String,
}

/// What the parser says of a text.
pub(super) enum Parsed {
    /// Too long or too deep to be read.
    Unread,
    /// Not PostgreSQL, or a syntax that the parser does not know.
    Mistaken(Mistake),
    /// The tree, and where the author's text stands in it.
    Tree {
        root: SyntaxNode,
        text: Range<usize>,
    },
}

impl Parsed {
    /// The expression, if the text is one.
    pub(super) fn node(&self) -> Option<SyntaxNode> {
        match self {
            Self::Tree { root, text } => expression_of(root, text),
            Self::Unread | Self::Mistaken(_) => None,
        }
    }
}

const EXPRESSION: &str = "SELECT (";
/// Where the author's expression begins in the parsed text.
pub(super) const EXPRESSION_START: usize = EXPRESSION.len();

/// Reads an expression: the only target of a SELECT, in parentheses.
pub(super) fn expression(text: &str) -> Parsed {
    wrapped(EXPRESSION, text, "\n);")
}

/// Reads statements.
pub(super) fn statements(text: &str) -> Parsed {
    wrapped("", text, "\n")
}

/// Reads a text between others.
pub(super) fn wrapped(before: &str, text: &str, after: &str) -> Parsed {
    let fits = lex(text).is_ok_and(|tokens| is_readable(text, &tokens));
    if !fits {
        return Parsed::Unread;
    }
    let parse = SourceFile::parse(&format!("{before}{text}{after}"));
    let end = before.len() + text.len();
    let mistake = parse
        .errors()
        .into_iter()
        .find(|error| !is_known_limit(error.message()))
        .map(|error| Mistake {
            range: usize::from(error.range().start())..usize::from(error.range().end()),
            message: error.message().to_owned(),
        });
    match mistake {
        Some(mistake) => Parsed::Mistaken(Mistake {
            range: within(text, mistake.range, before.len()),
            ..mistake
        }),
        None => Parsed::Tree {
            root: parse.tree().syntax().clone(),
            text: before.len()..end,
        },
    }
}

/// A range of the wrapped text as one of the author's, at least one character long where there is one.
pub(super) fn within(text: &str, range: Range<usize>, before: usize) -> Range<usize> {
    let trimmed = text.trim_end().len();
    let mut start = range.start.saturating_sub(before).min(trimmed);
    let mut end = range
        .end
        .saturating_sub(before)
        .clamp(start, trimmed.max(start));
    if start == end {
        // A place between two characters: the piece that begins or ends there.
        let tokens = lex(text).unwrap_or_default();
        let token = tokens
            .iter()
            .find(|token| token.range.start >= start)
            .or_else(|| tokens.last());
        if let Some(token) = token {
            (start, end) = (token.range.start, token.range.end);
        }
    }
    start..end
}

/// What the parser refuses and PostgreSQL takes; found by comparing the two.
pub(super) fn is_known_limit(message: &str) -> bool {
    // `EXISTS (SELECT FROM t)`.
    message == "Expected a target after SELECT"
        // White space between two parts of a string may have comments.
        || message.starts_with("Comments between string literals")
}

/// Whether the parser can read the text without running out of stack or time. It reads the bodies of functions too, which
/// are strings of the text.
pub(super) fn is_readable(text: &str, tokens: &[Token]) -> bool {
    fits(text, tokens, MAX_DEPTH)
}

fn fits(text: &str, tokens: &[Token], depth: usize) -> bool {
    let mut brackets = 0_usize;
    let mut deepest = 0_usize;
    let mut nesting = 0_usize;
    let mut after_operand = false;
    for token in tokens {
        match token.kind {
            TokenKind::Punctuation => match token.text(text) {
                "(" | "[" => {
                    brackets += 1;
                    deepest = deepest.max(brackets);
                }
                ")" | "]" => brackets = brackets.saturating_sub(1),
                _ => {}
            },
            // A prefix operator nests.
            TokenKind::Operator => nesting += usize::from(!after_operand),
            TokenKind::Word => {
                const NESTS: [&str; 9] = [
                    "not", "case", "join", "explain", "with", "begin", "if", "loop", "schema",
                ];
                nesting += usize::from(NESTS.iter().any(|word| token.is_word(text, word)));
            }
            // So many strings within strings are no SQL that anybody means.
            TokenKind::String if depth == 0 => return false,
            TokenKind::String => {
                let body = inside(token.text(text));
                // A string that is no SQL ends in the lexer's error; only its brackets can make it deep.
                let shallow = match lex(body) {
                    Ok(tokens) => fits(body, &tokens, depth / 2),
                    Err(_) => body.matches(['(', '[']).count() <= depth / 2,
                };
                if !shallow {
                    return false;
                }
            }
            _ => {}
        }
        after_operand =
            token.kind != TokenKind::Operator && !token.is(text, "(") && !token.is(text, ",");
    }
    deepest + nesting <= depth && tokens.len() <= MAX_TOKENS
}

/// What stands between the quotes of a string of any form.
fn inside(string: &str) -> &str {
    let end = if string.starts_with('$') {
        string
            .get(1..)
            .and_then(|rest| rest.find('$'))
            .map_or(1, |end| end + 2)
    } else {
        string.find('\'').map_or(1, |start| start + 1)
    };
    let tail = if string.starts_with('$') { end } else { 1 };
    string
        .len()
        .checked_sub(tail)
        .and_then(|last| string.get(end..last))
        .unwrap_or_default()
}

/// The expression between the wrapper's parentheses, if the text is exactly one.
fn expression_of(root: &SyntaxNode, text: &Range<usize>) -> Option<SyntaxNode> {
    let mut statements = root.children();
    let select = statements.next()?;
    if statements.next().is_some() || select.kind() != SyntaxKind::SELECT {
        return None;
    }
    let target = only_child(&only_child(&only_child(&select)?)?)?;
    let parens = only_child(&target)?;
    let range = parens.text_range();
    let whole = usize::from(range.start()) + 1 == text.start
        && usize::from(range.end()) == text.end + "\n)".len();
    if target.kind() != SyntaxKind::TARGET || parens.kind() != SyntaxKind::PAREN_EXPR || !whole {
        return None;
    }
    only_child(&parens)
}

/// The child of a node that has no other.
pub(super) fn only_child(node: &SyntaxNode) -> Option<SyntaxNode> {
    let mut children = node.children();
    let child = children.next()?;
    children.next().is_none().then_some(child)
}
