//! Fragments that are more than an expression: views, functions, bodies, bounds and raw statements.

use squawk_syntax::{SyntaxKind as S, SyntaxNode};

use super::expression::{found, is_query};
use super::lexer::Token;
use super::parser::{self, Mistake, Parsed};
use super::{FragmentError, body};

/// Exactly one query that makes rows.
pub(super) fn view(text: &str, tokens: &[Token]) -> Result<(), FragmentError> {
    one_ended(text, tokens, "a view is one query")?;
    let help = "a view is one SELECT, VALUES or WITH … SELECT";
    let begins = ["select", "values", "with", "table"]
        .iter()
        .any(|word| tokens[0].is_word(text, word))
        || tokens[0].is(text, "(");
    if !begins {
        return Err(
            FragmentError::new(tokens[0].range.clone(), "a view begins with its query").help(help),
        );
    }
    match parser::statements(text) {
        Parsed::Unread => Ok(()),
        Parsed::Mistaken(mistake) => Err(syntax_error(text, tokens, &mistake, help)),
        Parsed::Tree { root, .. } => match root.children().next() {
            Some(node) if node.kind() == S::SELECT_INTO => Err(FragmentError::new(
                tokens[0].range.clone(),
                "a view cannot have `INTO`",
            )
            .help(help)),
            Some(node) if is_query(&node) => Ok(()),
            _ => Err(FragmentError::new(tokens[0].range.clone(), "this is no query").help(help)),
        },
    }
}

/// Exactly one statement that makes a function.
pub(super) fn function(text: &str, tokens: &[Token]) -> Result<(), FragmentError> {
    let help = "write one CREATE FUNCTION, CREATE PROCEDURE or CREATE AGGREGATE";
    let mut words = tokens.iter();
    let create = words
        .next()
        .is_some_and(|token| token.is_word(text, "create"));
    let mut object = words.next();
    if object.is_some_and(|token| token.is_word(text, "or"))
        && words
            .next()
            .is_some_and(|token| token.is_word(text, "replace"))
    {
        object = words.next();
    }
    let is_function = ["function", "procedure", "aggregate"]
        .iter()
        .any(|word| object.is_some_and(|token| token.is_word(text, word)));
    if !create || !is_function {
        return Err(FragmentError::new(tokens[0].range.clone(), "this is no function").help(help));
    }
    match parser::statements(text) {
        Parsed::Unread => Ok(()),
        Parsed::Mistaken(mistake) => Err(syntax_error(text, tokens, &mistake, help)),
        Parsed::Tree { root, .. } => {
            let statements: Vec<SyntaxNode> = root.children().collect();
            match statements.as_slice() {
                [one]
                    if matches!(
                        one.kind(),
                        S::CREATE_FUNCTION | S::CREATE_PROCEDURE | S::CREATE_AGGREGATE
                    ) =>
                {
                    body::of_function(text, tokens)
                }
                [] => Ok(()),
                [_, second, ..] => Err(FragmentError::new(
                    usize::from(second.text_range().start())..text.trim_end().len(),
                    "only one statement can stand here",
                )
                .help("give each function a key of its own; other statements belong into [raw]")),
                [_] => Err(
                    FragmentError::new(tokens[0].range.clone(), "this is no function").help(help),
                ),
            }
        }
    }
}

/// The bounds of a partition.
pub(super) fn bounds(text: &str, tokens: &[Token]) -> Result<(), FragmentError> {
    let help = "write `FROM (…) TO (…)`, `IN (…)` or `WITH (modulus 4, remainder 0)`; leave `values` out for the default partition";
    let begins = ["from", "in", "with"]
        .iter()
        .any(|word| tokens[0].is_word(text, word));
    if !begins {
        return Err(FragmentError::new(
            tokens[0].range.clone(),
            "these are no bounds of a partition",
        )
        .help(help));
    }
    let before = "CREATE TABLE a PARTITION OF b FOR VALUES ";
    match parser::wrapped(before, text, "\n;") {
        Parsed::Unread => Ok(()),
        Parsed::Mistaken(mistake) => Err(syntax_error(text, tokens, &mistake, help)),
        Parsed::Tree { root, .. } => {
            // Nothing but closed parentheses can follow: PARTITION BY, WITH, TABLESPACE are clauses of their own.
            let mut depth = 0_usize;
            for (index, token) in tokens.iter().enumerate() {
                match token.text(text) {
                    "(" if token.is(text, "(") => depth += 1,
                    ")" if token.is(text, ")") => depth = depth.saturating_sub(1),
                    word if depth == 0 && index > 0 && !word.eq_ignore_ascii_case("to") => {
                        return Err(FragmentError::new(
                            token.range.clone(),
                            format!("syntax error at `{word}`"),
                        )
                        .help(help));
                    }
                    _ => {}
                }
            }
            match root.children().count() {
                1 => Ok(()),
                _ => Err(FragmentError::new(
                    0..text.trim_end().len(),
                    "these are no bounds of a partition",
                )
                .help(help)),
            }
        }
    }
}

/// One or more whole statements. The parser knows most commands, not all: what it calls unknown is passed on.
pub(super) fn statements(text: &str, tokens: &[Token]) -> Result<(), FragmentError> {
    match parser::statements(text) {
        Parsed::Mistaken(mistake) => {
            let before = tokens
                .iter()
                .rfind(|token| token.range.end <= mistake.range.start);
            let at_start = before.is_none_or(|token| token.is(text, ";"));
            if at_start && mistake.message.starts_with("expected command") {
                return command(text, tokens, mistake.range.start);
            }
            Err(syntax_error(
                text,
                tokens,
                &mistake,
                "write whole statements with `;` between them",
            ))
        }
        _ => Ok(()),
    }
}

/// Words that begin a command of PostgreSQL.
const COMMANDS: &[&str] = &[
    "abort",
    "alter",
    "analyse",
    "analyze",
    "begin",
    "call",
    "checkpoint",
    "close",
    "cluster",
    "comment",
    "commit",
    "copy",
    "create",
    "deallocate",
    "declare",
    "delete",
    "discard",
    "do",
    "drop",
    "end",
    "execute",
    "explain",
    "fetch",
    "grant",
    "import",
    "insert",
    "listen",
    "load",
    "lock",
    "merge",
    "move",
    "notify",
    "prepare",
    "reassign",
    "refresh",
    "reindex",
    "release",
    "reset",
    "revoke",
    "rollback",
    "savepoint",
    "security",
    "select",
    "set",
    "show",
    "start",
    "table",
    "truncate",
    "unlisten",
    "update",
    "vacuum",
    "values",
    "with",
];

/// A command that the parser does not know: it may be one of PostgreSQL's all the same.
fn command(text: &str, tokens: &[Token], at: usize) -> Result<(), FragmentError> {
    let is_command = |token: &Token| COMMANDS.iter().any(|word| token.is_word(text, word));
    let mut rest = tokens.iter().skip_while(|token| token.range.end <= at);
    let (Some(first), second) = (rest.next(), rest.next()) else {
        return Ok(());
    };
    if is_command(first) && !second.is_some_and(is_command) {
        return Ok(());
    }
    let found = if is_command(first) {
        second.unwrap_or(first)
    } else {
        first
    };
    Err(FragmentError::new(
        found.range.clone(),
        format!("`{}` begins no command of PostgreSQL", found.text(text)),
    )
    .help("write whole statements with `;` between them"))
}

/// Refuses a `;` before the end.
fn one_ended(text: &str, tokens: &[Token], rule: &str) -> Result<(), FragmentError> {
    let Some(at) = tokens.iter().position(|token| token.is(text, ";")) else {
        return Ok(());
    };
    let rest = &tokens[at + 1..];
    if rest.is_empty() && at > 0 {
        return Ok(());
    }
    Err(FragmentError::new(
        tokens[at].range.start..text.trim_end().len(),
        format!("{rule}, and nothing after it"),
    )
    .help("whole statements belong into [raw]"))
}

pub(super) fn syntax_error(
    text: &str,
    tokens: &[Token],
    mistake: &Mistake,
    help: &str,
) -> FragmentError {
    let (range, found) = found(text, tokens, mistake);
    FragmentError::new(
        range,
        format!("syntax error at `{found}`: {}", words(&mistake.message)),
    )
    .help(help)
}

/// The parser's message in words: it calls tokens by its own names.
fn words(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|first| first.to_lowercase().to_string());
    let rest = chars.as_str();
    // A message may begin with a word of SQL in capitals.
    let lower = match first {
        Some(first) if !rest.starts_with(|next: char| next.is_uppercase()) => {
            format!("{first}{rest}")
        }
        _ => message.to_owned(),
    };
    lower
        .split(' ')
        .map(|word| {
            let bare = word.trim_end_matches([',', '.']);
            let name = match bare {
                "R_PAREN" => "`)`".to_owned(),
                "L_PAREN" => "`(`".to_owned(),
                "R_BRACK" => "`]`".to_owned(),
                "L_BRACK" => "`[`".to_owned(),
                "SEMICOLON" => "`;`".to_owned(),
                "COMMA" => "`,`".to_owned(),
                "IDENT" => "a name".to_owned(),
                "EOF" => "the end".to_owned(),
                "INT_NUMBER" => "a number".to_owned(),
                "STRING" => "a string".to_owned(),
                _ => match bare.strip_suffix("_KW") {
                    Some(keyword) => format!("`{keyword}`"),
                    None => bare.to_owned(),
                },
            };
            format!("{name}{}", &word[bare.len()..])
        })
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end_matches('.')
        .to_owned()
}
