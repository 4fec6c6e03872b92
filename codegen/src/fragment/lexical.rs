//! What is certain without a grammar: a fragment that passes cannot leave its place.

use super::lexer::{Kind as TokenKind, LexError, Token, lex};
use super::{FragmentError, Kind};

impl From<LexError> for FragmentError {
    fn from(error: LexError) -> Self {
        Self::new(error.range, error.message).help(error.help)
    }
}

/// The tokens of a text whose brackets, quotes and comments are closed, and that has `;` only where its kind may.
pub(super) fn check(kind: Kind, text: &str) -> Result<Vec<Token>, FragmentError> {
    let tokens = lex(text)?;
    if tokens.is_empty() {
        return Err(FragmentError::new(
            0..text.len(),
            format!("{} cannot be empty", kind.place()),
        ));
    }
    brackets(kind, text, &tokens)?;
    if let Some(comment) = tokens.iter().find(|token| token.kind == TokenKind::OpenComment)
        // The compiler puts a line break after whole statements and bodies.
        && !matches!(kind, Kind::Statements | Kind::Body | Kind::View | Kind::Function)
    {
        return Err(FragmentError::new(
            comment.range.clone(),
            "this comment would swallow what follows the fragment",
        )
        .help("remove the comment, or write it as /* … */"));
    }
    let tokens: Vec<Token> = tokens
        .into_iter()
        .filter(|token| token.kind != TokenKind::OpenComment)
        .collect();
    if let Some(token) = tokens
        .iter()
        .find(|token| token.kind == TokenKind::Parameter)
        && !matches!(kind, Kind::Statements | Kind::Body | Kind::Function)
    {
        return Err(FragmentError::new(
            token.range.clone(),
            format!("{} has no parameters", kind.place()),
        )
        .help("write the value itself"));
    }
    if tokens.is_empty() {
        return Err(FragmentError::new(
            0..text.len(),
            format!("{} cannot be only a comment", kind.place()),
        ));
    }
    Ok(tokens)
}

fn brackets(kind: Kind, text: &str, tokens: &[Token]) -> Result<(), FragmentError> {
    let mut open: Vec<&Token> = Vec::new();
    for token in tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Punctuation)
    {
        match token.text(text) {
            "(" | "[" => open.push(token),
            close @ (")" | "]") => {
                let expected = if close == ")" { "(" } else { "[" };
                match open.pop() {
                    Some(token) if token.text(text) == expected => {}
                    Some(token) => {
                        return Err(FragmentError::new(
                            token.range.clone(),
                            format!("this `{}` is closed by `{close}`", token.text(text)),
                        )
                        .help("close each bracket with its own kind"));
                    }
                    None => {
                        return Err(FragmentError::new(
                            token.range.clone(),
                            format!("this `{close}` closes nothing"),
                        )
                        .help(format!("remove it, or add the `{expected}` that it closes")));
                    }
                }
            }
            ";" if !may_have_semicolons(kind) => {
                return Err(FragmentError::new(
                    token.range.clone(),
                    format!(
                        "{} holds one expression and cannot have a `;`",
                        kind.place()
                    ),
                )
                .help("remove it; whole statements belong into [raw]"));
            }
            _ => {}
        }
    }
    match open.pop() {
        Some(token) => Err(FragmentError::new(
            token.range.clone(),
            format!("this `{}` is not closed", token.text(text)),
        )
        .help(if token.text(text) == "(" {
            "add the `)` that closes it"
        } else {
            "add the `]` that closes it"
        })),
        None => Ok(()),
    }
}

/// A statement may end in one, a body has them between its own.
fn may_have_semicolons(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Statements | Kind::Body | Kind::View | Kind::Function
    )
}
