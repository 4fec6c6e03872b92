//! PostgreSQL's lexical rules, for text that the author wrote.
//!
//! What ends a string, a comment or a quoted name is decided here and nowhere else: a fragment that passes can't
//! leave the place it is put in. The rules are those of the server's `scan.l`, with `standard_conforming_strings`
//! on.

use std::ops::Range;

/// A piece of SQL text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Its bytes.
    pub(crate) range: Range<usize>,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A string constant of any form, dollar quotes too.
    String,
    Number,
    /// `$1`.
    Parameter,
    Operator,
    /// `(`, `)`, `[`, `]`, `,`, `;`, `.`, `:`, and pairs of the last two.
    Punctuation,
    /// A line comment that nothing ends, so that it swallows what is put after the text.
    OpenComment,
}

/// What PostgreSQL's lexer can't read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LexError {
    pub(crate) range: Range<usize>,
    pub(crate) message: &'static str,
    pub(crate) help: &'static str,
}

impl Token {
    /// Its text.
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.range.clone()).unwrap_or_default()
    }

    /// Whether it is that word, in any case.
    pub(crate) fn is_word(&self, source: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.text(source).eq_ignore_ascii_case(word)
    }

    /// Whether it is that punctuation or operator.
    pub(crate) fn is(&self, source: &str, text: &str) -> bool {
        matches!(self.kind, Kind::Punctuation | Kind::Operator) && self.text(source) == text
    }

    /// The name it is, folded to lower case or with its quotes removed.
    pub(crate) fn name(&self, source: &str) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text(source).to_ascii_lowercase()),
            Kind::Quoted => {
                let inner = self.text(source).strip_prefix('"')?.strip_suffix('"')?;
                Some(inner.replace("\"\"", "\""))
            }
            _ => None,
        }
    }
}

/// Cuts the text into its pieces, without white space and closed comments.
///
/// # Errors
/// If a string, name or comment is not closed, or a character can be in no SQL.
pub(crate) fn lex(source: &str) -> Result<Vec<Token>, LexError> {
    let mut lexer = Lexer {
        source: source.as_bytes(),
        at: 0,
    };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
}

const OPERATOR: &[u8] = b"~!@#^&|`?+-*/%<>=";

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.source.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self) -> Result<Option<Token>, LexError> {
        loop {
            let start = self.at;
            let Some(&byte) = self.source.get(start) else {
                return Ok(None);
            };
            let kind = match byte {
                byte if is_space(byte) => {
                    self.at += 1;
                    continue;
                }
                0 => {
                    return Err(LexError {
                        range: start..start + 1,
                        message: "a NUL character can be in no SQL",
                        help: "remove the character",
                    });
                }
                b'-' if self.peek(1) == b'-' => {
                    if self.line_comment() {
                        continue;
                    }
                    Kind::OpenComment
                }
                b'/' if self.peek(1) == b'*' => {
                    self.block_comment()?;
                    continue;
                }
                b'\'' => self.string(start, false)?,
                b'e' | b'E' if self.peek(1) == b'\'' => {
                    self.at += 1;
                    self.string(start, true)?
                }
                b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if self.peek(1) == b'\'' => {
                    self.at += 1;
                    self.string(start, false)?
                }
                b'u' | b'U' if self.peek(1) == b'&' && self.peek(2) == b'\'' => {
                    self.at += 2;
                    self.string(start, false)?
                }
                b'u' | b'U' if self.peek(1) == b'&' && self.peek(2) == b'"' => {
                    self.at += 2;
                    self.quoted_name(start)?
                }
                b'"' => self.quoted_name(start)?,
                b'$' => self.dollar(start)?,
                byte if starts_name(byte) => {
                    self.skip(continues_name);
                    self.visible(start)?;
                    Kind::Word
                }
                byte if byte.is_ascii_digit() || byte == b'.' && self.peek(1).is_ascii_digit() => {
                    self.number();
                    Kind::Number
                }
                byte if OPERATOR.contains(&byte) => {
                    self.operator();
                    Kind::Operator
                }
                b'(' | b')' | b'[' | b']' | b',' | b';' | b'.' | b':' => {
                    self.at += 1;
                    let next = self.peek(0);
                    if byte == b':' && matches!(next, b':' | b'=') || byte == b'.' && next == b'.' {
                        self.at += 1;
                    }
                    Kind::Punctuation
                }
                _ => {
                    return Err(LexError {
                        range: start..start + 1,
                        message: "this character can be in no SQL outside of a string",
                        help: "remove the character, or put it into a string: '…'",
                    });
                }
            };
            return Ok(Some(Token {
                kind,
                range: start..self.at,
            }));
        }
    }

    fn skip(&mut self, goes_on: impl Fn(u8) -> bool) {
        while self.source.get(self.at).is_some_and(|&byte| goes_on(byte)) {
            self.at += 1;
        }
    }

    /// PostgreSQL takes every character beyond ASCII for a letter. One that is not seen was never meant to be a name.
    fn visible(&self, start: usize) -> Result<(), LexError> {
        let word = std::str::from_utf8(&self.source[start..self.at]).unwrap_or_default();
        let hidden = word.char_indices().find(|(_, char)| {
            matches!(
                char,
                '\u{a0}' | '\u{ad}' | '\u{180e}' | '\u{feff}' | '\u{2000}'..='\u{200f}'
            ) || matches!(char, '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}')
        });
        match hidden {
            Some((at, char)) => Err(LexError {
                range: start + at..start + at + char.len_utf8(),
                message: "this character is not seen, and PostgreSQL takes it for a letter",
                help: "write a plain space, or put the name between double quotes",
            }),
            None => Ok(()),
        }
    }

    /// Whether a line break ends the comment.
    fn line_comment(&mut self) -> bool {
        self.skip(|byte| byte != b'\n' && byte != b'\r' && byte != 0);
        matches!(self.peek(0), b'\n' | b'\r')
    }

    fn block_comment(&mut self) -> Result<(), LexError> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                // A NUL is refused by the caller, unless it is the end of the text.
                (0, _) => {
                    return Err(LexError {
                        range: start..start + 2,
                        message: "this comment is not closed",
                        help: "end it with `*/`; comments nest, so each `/*` inside needs its own",
                    });
                }
                _ => self.at += 1,
            }
        }
    }

    /// A string from its first quote on; `escapes` where a backslash escapes.
    fn string(&mut self, start: usize, escapes: bool) -> Result<Kind, LexError> {
        loop {
            self.at += 1;
            loop {
                match self.peek(0) {
                    0 => {
                        return Err(LexError {
                            range: start..start + 1,
                            message: "this string is not closed",
                            help: "end it with `'`; a quote inside is written twice: ''",
                        });
                    }
                    b'\\' if escapes => {
                        // The character after the backslash may be the last of the text.
                        self.at += if self.at + 1 < self.source.len() {
                            2
                        } else {
                            1
                        };
                    }
                    b'\'' if self.peek(1) == b'\'' => self.at += 2,
                    b'\'' => break,
                    _ => self.at += 1,
                }
            }
            self.at += 1;
            // A string goes on, by the same rules, after white space with a line break in it.
            let after = self.at;
            if !self.continued() {
                self.at = after;
                return Ok(Kind::String);
            }
        }
    }

    fn continued(&mut self) -> bool {
        let mut line_break = false;
        loop {
            match self.peek(0) {
                b'\n' | b'\r' => {
                    line_break = true;
                    self.at += 1;
                }
                byte if is_space(byte) => self.at += 1,
                b'-' if self.peek(1) == b'-' => {
                    if !self.line_comment() {
                        return false;
                    }
                }
                byte => return line_break && byte == b'\'',
            }
        }
    }

    fn quoted_name(&mut self, start: usize) -> Result<Kind, LexError> {
        self.at += 1;
        let first = self.at;
        loop {
            match self.peek(0) {
                0 => {
                    return Err(LexError {
                        range: start..start + 1,
                        message: "this quoted name is not closed",
                        help: "end it with `\"`; a quote inside is written twice: \"\"",
                    });
                }
                b'"' if self.peek(1) == b'"' => self.at += 2,
                b'"' if self.at == first => {
                    return Err(LexError {
                        range: start..self.at + 1,
                        message: "a quoted name cannot be empty",
                        help: "write a name between the quotes; a string has single quotes",
                    });
                }
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Ok(Kind::Quoted)
    }

    /// `$1`, or a dollar-quoted string.
    fn dollar(&mut self, start: usize) -> Result<Kind, LexError> {
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            self.skip(|byte| byte.is_ascii_digit());
            return Ok(Kind::Parameter);
        }
        if starts_name(self.peek(0)) {
            self.skip(|byte| continues_name(byte) && byte != b'$');
        }
        if self.peek(0) != b'$' {
            return Err(LexError {
                range: start..start + 1,
                message: "this `$` begins neither a parameter nor a dollar quote",
                help: "a dollar quote is $$ … $$ or $tag$ … $tag$",
            });
        }
        self.at += 1;
        let tag = &self.source[start..self.at];
        let rest = &self.source[self.at..];
        let Some(end) = rest.windows(tag.len()).position(|window| window == tag) else {
            return Err(LexError {
                range: start..self.at,
                message: "this dollar quote is not closed",
                help: "end it with the same tag that begins it",
            });
        };
        if let Some(nul) = rest[..end].iter().position(|&byte| byte == 0) {
            return Err(LexError {
                range: self.at + nul..self.at + nul + 1,
                message: "a NUL character can be in no SQL",
                help: "remove the character",
            });
        }
        self.at += end + tag.len();
        Ok(Kind::String)
    }

    fn number(&mut self) {
        // `1..10` is two numbers with `..` between them.
        let mut point = false;
        while let Some(&byte) = self.source.get(self.at) {
            let exponent = matches!(byte, b'e' | b'E')
                && (self.peek(1).is_ascii_digit()
                    || matches!(self.peek(1), b'+' | b'-') && self.peek(2).is_ascii_digit());
            if exponent {
                self.at += 2;
            } else if byte == b'.' && !point && self.peek(1) != b'.' {
                point = true;
                self.at += 1;
            } else if byte.is_ascii_alphanumeric() || byte == b'_' {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    fn operator(&mut self) {
        let start = self.at;
        while OPERATOR.contains(&self.peek(0)) {
            let comment = matches!((self.peek(0), self.peek(1)), (b'-', b'-') | (b'/', b'*'));
            if comment && self.at > start {
                break;
            }
            self.at += 1;
        }
        // An operator of several characters ends in + or - only if it holds one of these.
        let special = |byte: &u8| b"~!@#^&|`?%".contains(byte);
        while self.at > start + 1
            && matches!(self.source[self.at - 1], b'+' | b'-')
            && !self.source[start..self.at].iter().any(special)
        {
            self.at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        lex(source)
            .expect("the test's text is lexically right")
            .iter()
            .map(|token| token.text(source))
            .collect()
    }

    #[test]
    fn strings_names_and_comments_end_where_the_server_ends_them() {
        assert_eq!(texts("'a''b' 'c\\'"), ["'a''b'", "'c\\'"]);
        assert_eq!(texts(r"E'a\'b' x"), [r"E'a\'b'", "x"]);
        assert_eq!(texts("E'a' -- c\n 'b\\'c'"), ["E'a' -- c\n 'b\\'c'"]);
        assert_eq!(texts("'a' 'b'"), ["'a'", "'b'"]);
        assert_eq!(texts("a /* b /* c */ d */ e -- f\n g"), ["a", "e", "g"]);
        assert_eq!(texts("$$a$b$ $$ $b$ $$ $b$"), ["$$a$b$ $$", "$b$ $$ $b$"]);
        assert_eq!(texts("a$b$c $1"), ["a$b$c", "$1"]);
        assert_eq!(texts("\"a\"\"b\".\"c\""), ["\"a\"\"b\"", ".", "\"c\""]);
        assert_eq!(texts("U&'d\\0061' U&\"d\""), ["U&'d\\0061'", "U&\"d\""]);
    }

    #[test]
    fn operators_are_cut_as_the_server_cuts_them() {
        assert_eq!(texts("a<-1"), ["a", "<", "-", "1"]);
        assert_eq!(texts("a@-1"), ["a", "@-", "1"]);
        assert_eq!(texts("a*/* c */b"), ["a", "*", "b"]);
        assert_eq!(texts("a->>'b'::text"), ["a", "->>", "'b'", "::", "text"]);
        assert_eq!(texts("1..10 1.5e-3 .5"), ["1", "..", "10", "1.5e-3", ".5"]);
    }

    #[test]
    fn what_is_not_closed_is_an_error() {
        for bad in [
            "'a",
            "E'a\\'",
            "\"a",
            "\"\"",
            "$$ a",
            "$a$ $b$",
            "/* a",
            "/* /* */",
            "a \0",
            "'\0'",
            "$$\0$$",
            "\\d",
            "{",
            "E'\\",
            "a\u{a0}> 0",
            "\u{feff}a",
        ] {
            assert!(lex(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_comment_to_the_end_is_seen() {
        let tokens = lex("a > 0 -- b").expect("lexically right");
        assert_eq!(
            tokens.last().map(|token| token.kind),
            Some(Kind::OpenComment)
        );
    }
}
