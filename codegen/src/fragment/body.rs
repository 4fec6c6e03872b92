//! PL/pgSQL: the blocks of triggers, and those inside of the quotes of functions.

use std::ops::Range;

use squawk_syntax::ast::{self, AstNode};

use super::FragmentError;
use super::lexer::{Kind as TokenKind, Token, lex};
use super::parser::{self, Mistake, Parsed};
use super::statement::syntax_error;

const HELP: &str = "a body is a PL/pgSQL block: BEGIN … END;";

/// A PL/pgSQL block.
pub(super) fn check(text: &str, tokens: &[Token]) -> Result<(), FragmentError> {
    if !tokens.iter().any(|token| token.is_word(text, "begin")) {
        return Err(
            FragmentError::new(tokens[0].range.clone(), "this body has no `BEGIN`").help(HELP),
        );
    }
    match mistake(text, tokens) {
        Some(mistake) => Err(syntax_error(text, tokens, &mistake, HELP)),
        None => Ok(()),
    }
}

/// The block between the dollar quotes of a `CREATE FUNCTION … LANGUAGE plpgsql`. Other quotes are passed on.
pub(super) fn of_function(text: &str, tokens: &[Token]) -> Result<(), FragmentError> {
    let is_plpgsql = tokens.windows(2).any(|pair| {
        let name = pair[1].name(text);
        pair[0].is_word(text, "language") && name.is_some_and(|name| name == "plpgsql")
    });
    let body = tokens.windows(2).find_map(|pair| {
        let quoted = pair[1].kind == TokenKind::String && pair[1].text(text).starts_with('$');
        (quoted && pair[0].is_word(text, "as")).then(|| inner(text, &pair[1]))?
    });
    let Some(place) = body.filter(|_| is_plpgsql) else {
        return Ok(());
    };
    let block = text.get(place.clone()).unwrap_or_default();
    // What cannot be cut into tokens is found when the function is made; the quotes hold it.
    let Ok(inside) = lex(block) else {
        return Ok(());
    };
    match mistake(block, &inside) {
        Some(mistake) => {
            let mut error = syntax_error(block, &inside, &mistake, HELP);
            error.range = error.range.start + place.start..error.range.end + place.start;
            Err(error)
        }
        None => Ok(()),
    }
}

/// The bytes between dollar quotes.
fn inner(text: &str, token: &Token) -> Option<Range<usize>> {
    let tag = token.text(text).get(1..)?.find('$')? + 2;
    Some(token.range.start + tag..token.range.end.checked_sub(tag)?)
}

fn mistake(text: &str, tokens: &[Token]) -> Option<Mistake> {
    if !parser::is_readable(text, tokens) {
        return None;
    }
    let text = &without_into(text, tokens);
    let mut tag = "$body$".to_owned();
    while text.contains(&tag) {
        tag.insert(1, 'b');
    }
    let before = format!("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS {tag}");
    let parse = squawk_syntax::SourceFile::parse(&format!("{before}{text}\n{tag};"));
    let block = parse
        .tree()
        .syntax()
        .children()
        .next()
        .and_then(ast::CreateFunction::cast)
        .and_then(|function| function.plpgsql())?;
    let error = block.errors().into_iter().find(|error| {
        let message = error.message();
        // A second DECLARE may begin another declaration.
        !parser::is_known_limit(message) && !message.contains("expected a declaration, got")
    })?;
    let range = usize::from(error.range().start())..usize::from(error.range().end());
    let range = parser::within(text, range, before.len());
    let words = error.message().to_owned();
    if let Some(at) = tokens
        .iter()
        .position(|token| token.range.start == range.start)
        && is_sql(text, &tokens[at])
    {
        return statement(text, &tokens[at..]);
    }
    Some(Mistake {
        range,
        message: words,
    })
}

/// The parser reads a block's SQL whole or not at all: the mistake is found by reading the statement alone. If there is
/// none, the statement is of a form that the parser knows outside of blocks only.
fn statement(text: &str, tokens: &[Token]) -> Option<Mistake> {
    let start = tokens.first()?.range.start;
    let end = tokens
        .iter()
        .find(|token| token.is(text, ";"))
        .map_or(text.len(), |token| token.range.start);
    match parser::statements(text.get(start..end)?) {
        Parsed::Mistaken(mistake) => Some(Mistake {
            range: mistake.range.start + start..mistake.range.end + start,
            ..mistake
        }),
        Parsed::Unread | Parsed::Tree { .. } => None,
    }
}

fn is_sql(text: &str, token: &Token) -> bool {
    const COMMANDS: [&str; 7] = [
        "select", "insert", "update", "delete", "merge", "with", "values",
    ];
    COMMANDS.iter().any(|command| token.is_word(text, command))
}

/// The text with each `INTO variable, …` of a query blanked out, byte for byte: the parser does not know it there.
fn without_into(text: &str, tokens: &[Token]) -> String {
    let mut blanks: Vec<Range<usize>> = Vec::new();
    // Since the last `;`: whether the statement has an INTO of its own kind, which the parser knows.
    let mut known = false;
    for (index, token) in tokens.iter().enumerate() {
        if token.is(text, ";") {
            known = false;
        }
        known |= ["execute", "fetch", "import"]
            .iter()
            .any(|word| token.is_word(text, word));
        let after = index.checked_sub(1).and_then(|before| tokens.get(before));
        let is_target = after
            .is_some_and(|before| before.is_word(text, "insert") || before.is_word(text, "merge"));
        if token.is_word(text, "into") && !known && !is_target {
            let end = variables(text, tokens, index + 1);
            if let Some(last) = tokens.get(end) {
                blanks.push(token.range.start..last.range.end);
            }
        }
    }
    let mut bytes = text.to_owned();
    for blank in blanks {
        let spaces = " ".repeat(blank.len());
        bytes.replace_range(blank, &spaces);
    }
    bytes
}

/// The last token of a list of variables that begins at a token.
fn variables(text: &str, tokens: &[Token], start: usize) -> usize {
    let at = |index: usize| tokens.get(index);
    let mut index = start;
    if at(index).is_some_and(|token| token.is_word(text, "strict")) {
        index += 1;
    }
    loop {
        // A name with its fields and elements.
        while at(index + 1).is_some_and(|token| token.is(text, ".")) {
            index += 2;
        }
        if at(index + 1).is_some_and(|token| token.is(text, "[")) {
            while at(index + 1).is_some_and(|token| !token.is(text, "]") && !token.is(text, ";")) {
                index += 1;
            }
            index += 1;
        }
        if !at(index + 1).is_some_and(|token| token.is(text, ",")) {
            return index;
        }
        index += 2;
    }
}
