//! The text of a type: PostgreSQL's own words, or a type of the spec by its Rust name.

mod builtin;
mod extension;

use std::ops::Range;

pub(crate) use extension::{extension_of, is_known as is_known_extension};

use crate::fragment::lexer::{Kind, LexError, Token, lex};
use crate::ident::{Ident, is_keyword};
use crate::schema::{BaseType, Sequence, Type};
use crate::sql::SqlExpr;

/// What a type's text may name beside PostgreSQL's own types.
pub struct TypeScope<'a> {
    /// Enums, domains and composites of the spec, by their Rust names.
    pub resolve: &'a dyn Fn(&str) -> Option<BaseType>,
    /// The Rust names that `resolve` knows, with their names in PostgreSQL: for suggestions.
    pub known: &'a [(String, String)],
    /// The extensions that the spec names.
    pub extensions: &'a [Ident],
    /// Whether raw SQL of the spec may make types.
    pub raw: bool,
    /// Names that raw SQL of the spec is seen to make.
    pub made: &'a [String],
}

/// A type as the author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedType {
    /// The type.
    pub ty: Type,
    /// Whether a `?` ends it.
    pub nullable: bool,
    /// `smallserial`, `serial` or `bigserial`.
    pub sequence: Option<Sequence>,
}

/// Why a text is no type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError {
    /// The bytes of the text that are wrong.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl TypeError {
    fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
            help: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<LexError> for TypeError {
    fn from(error: LexError) -> Self {
        Self::new(error.range, error.message).help(error.help)
    }
}

/// Reads a type: `bigint`, `text?`, `numeric(10,2)`, `text[]`, `timestamp(3) with time zone`, `FileFormat`, `vector(3)`.
///
/// # Errors
/// If the text is not exactly one type, names none that is known, or its modifiers are out of PostgreSQL's bounds.
pub fn parse_type(text: &str, scope: &TypeScope<'_>) -> Result<ParsedType, TypeError> {
    let trimmed = text.trim_end();
    let (element, nullable) = match trimmed.strip_suffix('?') {
        Some(element) => (element, true),
        None => (trimmed, false),
    };
    let tokens = lex(element)?;
    let mut reader = Reader {
        text: element,
        tokens: &tokens,
        at: 0,
    };
    let (base, sequence) = reader.element(scope)?;
    let dimensions = reader.dimensions()?;
    if let Some(rest) = reader.peek() {
        let range = rest.range.start..element.trim_end().len();
        return Err(TypeError::new(
            range,
            format!(
                "nothing can follow the type here, found `{}`",
                rest.text(element)
            ),
        )
        .help(
            "a type is a name, its modifiers in parentheses, `[]` for an array, `?` for nullable",
        ));
    }
    if sequence.is_some() && (dimensions > 0 || nullable) {
        return Err(TypeError::new(
            0..trimmed.len(),
            "a serial type is neither nullable nor an array",
        )
        .help(format!(
            "write `{}`",
            element.split(['[', '?']).next().unwrap_or(element).trim()
        )));
    }
    Ok(ParsedType {
        ty: Type { base, dimensions },
        nullable,
        sequence,
    })
}

/// Reads tokens from left to right.
struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'a Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(self.text, text));
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self
            .peek()
            .is_some_and(|token| token.is_word(self.text, word));
        self.at += usize::from(found);
        found
    }

    /// All of these words, one after another, or none of them.
    fn take_words(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        let found = words.iter().all(|word| self.take_word(word));
        if !found {
            self.at = start;
        }
        found
    }

    /// The bytes from a token on to where the reader stands.
    fn since(&self, start: usize) -> Range<usize> {
        let from = self
            .tokens
            .get(start)
            .map_or(self.text.len(), |token| token.range.start);
        let to = match self
            .at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
        {
            Some(token) => token.range.end.max(from),
            None => from,
        };
        from..to
    }

    fn element(
        &mut self,
        scope: &TypeScope<'_>,
    ) -> Result<(BaseType, Option<Sequence>), TypeError> {
        let Some(first) = self.peek() else {
            return Err(TypeError::new(0..self.text.len(), "a type is missing")
                .help("write a type of PostgreSQL, such as `text` or `bigint?`"));
        };
        let Some(name) = first.name(self.text) else {
            return Err(TypeError::new(
                first.range.clone(),
                format!(
                    "a type begins with its name, not with `{}`",
                    first.text(self.text)
                ),
            )
            .help("write a type of PostgreSQL, such as `text` or `bigint?`"));
        };
        let start = self.at;
        let qualified = self
            .tokens
            .get(start + 1)
            .is_some_and(|token| token.is(self.text, "."));
        if qualified {
            if name != "pg_catalog" {
                return self.foreign().map(|base| (base, None));
            }
            self.at += 2;
        } else if first.kind == Kind::Quoted && name != "char" {
            return self.foreign().map(|base| (base, None));
        }
        let Some(token) = self.peek() else {
            return Err(TypeError::new(
                self.since(start),
                "the type's name is missing after the schema",
            ));
        };
        let written = token.text(self.text);
        let is_lower = !written.bytes().any(|byte| byte.is_ascii_uppercase());
        if !qualified
            && !is_lower
            && let Some(base) = (scope.resolve)(written)
        {
            self.at += 1;
            return Ok((base, None));
        }
        if let Some(found) = self.builtin()? {
            return Ok(found);
        }
        if let Some(base) = (scope.resolve)(written).filter(|_| !qualified) {
            self.at += 1;
            return Ok((base, None));
        }
        if !qualified && extension::may_exist(&written.to_ascii_lowercase(), is_lower, scope) {
            return self.foreign().map(|base| (base, None));
        }
        Err(extension::unknown(written, token.range.clone(), scope))
    }

    /// A type whose existence only a server knows: a name and a list of modifiers, and nothing else.
    fn foreign(&mut self) -> Result<BaseType, TypeError> {
        let start = self.at;
        loop {
            let part = self.next();
            let name = part.and_then(|token| token.name(self.text));
            let (Some(part), Some(name)) = (part, name) else {
                return Err(TypeError::new(
                    self.since(start),
                    "a name is missing in this type",
                ));
            };
            if part.text(self.text).starts_with(['u', 'U']) && part.kind == Kind::Quoted {
                return Err(TypeError::new(
                    part.range.clone(),
                    "a type's name cannot have unicode escapes",
                )
                .help("write the characters themselves between double quotes"));
            }
            if let Err(error) = Ident::new(name.as_str()) {
                return Err(TypeError::new(part.range.clone(), error.to_string()));
            }
            if part.kind == Kind::Word && is_keyword(&name) {
                return Err(TypeError::new(
                    part.range.clone(),
                    format!("`{name}` is a word of PostgreSQL's own and no type's name"),
                )
                .help(format!("write `\"{name}\"` if the type has this name")));
            }
            if !self.take(".") {
                break;
            }
        }
        if self.peek().is_some_and(|token| token.is(self.text, "(")) {
            self.modifiers()?;
        }
        Ok(BaseType::Other(SqlExpr::trusted(
            self.text.get(self.since(start)).unwrap_or_default(),
        )))
    }

    /// `(Point, 4326)`: words, numbers and strings with commas between them.
    fn modifiers(&mut self) -> Result<(), TypeError> {
        let start = self.at;
        self.at += 1;
        loop {
            let _sign = self.take("-") || self.take("+");
            let plain = self.next().is_some_and(|token| match token.kind {
                Kind::Word => !is_keyword(&token.text(self.text).to_ascii_lowercase()),
                Kind::Number | Kind::String => true,
                _ => false,
            });
            let separator = self.next();
            if plain && separator.is_some_and(|token| token.is(self.text, ")")) {
                return Ok(());
            }
            if !plain || !separator.is_some_and(|token| token.is(self.text, ",")) {
                return Err(TypeError::new(self.since(start), "these are no modifiers of a type")
                    .help("modifiers are names and numbers with commas between them: `geometry(Point, 4326)`"));
            }
        }
    }

    fn dimensions(&mut self) -> Result<u8, TypeError> {
        let start = self.at;
        let mut dimensions = 0_u8;
        if self.take_word("array") {
            if self.take("[") {
                self.array_size(start)?;
            }
            return Ok(1);
        }
        while self.take("[") {
            self.array_size(start)?;
            dimensions = dimensions.saturating_add(1);
        }
        if dimensions > 6 {
            return Err(TypeError::new(
                self.since(start),
                "an array has at most 6 dimensions in PostgreSQL",
            ));
        }
        Ok(dimensions)
    }

    /// What follows `[`: an optional size, which PostgreSQL does not enforce, and `]`.
    fn array_size(&mut self, start: usize) -> Result<(), TypeError> {
        if let Some(token) = self.peek().filter(|token| token.kind == Kind::Number) {
            if token.text(self.text).parse::<i32>().is_err() {
                return Err(TypeError::new(
                    token.range.clone(),
                    "an array's size is a whole number",
                ));
            }
            self.at += 1;
        }
        if self.take("]") {
            Ok(())
        } else {
            self.at += usize::from(self.peek().is_some());
            Err(TypeError::new(
                self.since(start),
                "an array is written `[]` after its type",
            ))
        }
    }
}

#[cfg(test)]
mod tests;
