//! The statements of an SQL file.
//!
//! Whatever a file holds is sent to the server statement by statement, as psql does: some statements refuse to share a
//! message with others, and an error is then one statement's.

/// A statement of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Where its text begins, in bytes.
    pub start: usize,
    /// Its text, without the semicolon.
    pub text: &'a str,
}

/// Splits a file as psql does: semicolons end a statement unless they stand in a string, a quoted name, a comment,
/// brackets, or the body of a function in SQL's own form (`BEGIN ATOMIC … END`).
#[must_use]
pub fn statements(script: &str) -> Vec<Statement<'_>> {
    let mut splitter = Splitter {
        bytes: script.as_bytes(),
        at: 0,
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut state = State::default();
    while let Some(token) = splitter.next() {
        match token {
            Token::Open => state.brackets += 1,
            Token::Close => state.brackets = state.brackets.saturating_sub(1),
            Token::Word(range) => state.word(&script[range]),
            Token::Other => state.words = state.words.max(1),
            Token::Blank => {}
            Token::End if state.brackets == 0 && state.blocks == 0 => {
                push(&mut found, script, start, splitter.at - 1, &state);
                start = splitter.at;
                state = State::default();
            }
            Token::End => {}
        }
    }
    push(&mut found, script, start, script.len(), &state);
    found
}

fn push<'a>(
    found: &mut Vec<Statement<'a>>,
    script: &'a str,
    from: usize,
    to: usize,
    state: &State,
) {
    // Blanks and comments alone are no statement.
    if state.words == 0 {
        return;
    }
    let text = &script[from..to];
    let start = from + (text.len() - text.trim_start().len());
    let text = text.trim();
    found.push(Statement { start, text });
}

/// What decides whether a semicolon ends the statement.
#[derive(Default)]
struct State {
    brackets: usize,
    blocks: usize,
    words: usize,
    routine: bool,
    created: bool,
}

impl State {
    /// psql's rule: only within `CREATE [OR REPLACE] FUNCTION | PROCEDURE` do `begin`, `case` and `end` nest.
    fn word(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        match (self.words, &*word) {
            (0, "create") => self.created = true,
            (1..4, "function" | "procedure") if self.created => self.routine = true,
            _ => {}
        }
        self.words += 1;
        if !self.routine || self.brackets > 0 {
            return;
        }
        match &*word {
            "begin" => self.blocks += 1,
            "case" if self.blocks > 0 => self.blocks += 1,
            "end" => self.blocks = self.blocks.saturating_sub(1),
            _ => {}
        }
    }
}

enum Token {
    Blank,
    Word(std::ops::Range<usize>),
    Open,
    Close,
    End,
    Other,
}

struct Splitter<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Splitter<'_> {
    fn next(&mut self) -> Option<Token> {
        let start = self.at;
        let byte = *self.bytes.get(start)?;
        self.at += 1;
        let next = self.bytes.get(self.at).copied();
        Some(match byte {
            b'(' | b'[' => Token::Open,
            b')' | b']' => Token::Close,
            b';' => Token::End,
            b'\'' => {
                self.quoted(b'\'', false);
                Token::Other
            }
            b'"' => {
                self.quoted(b'"', false);
                Token::Other
            }
            b'-' if next == Some(b'-') => {
                self.until(|rest| rest.starts_with(b"\n"));
                Token::Blank
            }
            b'/' if next == Some(b'*') => {
                self.comment();
                Token::Blank
            }
            b'$' => {
                self.dollar(start);
                Token::Other
            }
            byte if byte.is_ascii_whitespace() => Token::Blank,
            byte if is_word(byte) && !byte.is_ascii_digit() => {
                while self
                    .bytes
                    .get(self.at)
                    .is_some_and(|&byte| is_word(byte) || byte == b'$')
                {
                    self.at += 1;
                }
                let is_prefix = self.bytes.get(self.at) == Some(&b'\'');
                if is_prefix && matches!(&self.bytes[start..self.at], b"e" | b"E") {
                    self.at += 1;
                    self.quoted(b'\'', true);
                    return Some(Token::Other);
                }
                Token::Word(start..self.at)
            }
            _ => Token::Other,
        })
    }

    /// Goes past the closing quote; a doubled one is part of the text.
    fn quoted(&mut self, quote: u8, escapes: bool) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            if byte == b'\\' && escapes {
                self.at += 1;
            } else if byte == quote {
                if self.bytes.get(self.at) != Some(&quote) {
                    return;
                }
                self.at += 1;
            }
        }
        self.at = self.bytes.len();
    }

    /// Comments nest.
    fn comment(&mut self) {
        let mut depth = 1;
        self.at += 1;
        while depth > 0 && self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            let (step, change) = if rest.starts_with(b"/*") {
                (2, 1)
            } else if rest.starts_with(b"*/") {
                (2, -1)
            } else {
                (1, 0)
            };
            self.at += step;
            depth += change;
        }
    }

    /// `$tag$ … $tag$`; a dollar that opens nothing stands alone.
    fn dollar(&mut self, start: usize) {
        let mut end = self.at;
        while self.bytes.get(end).is_some_and(|&byte| is_word(byte)) {
            end += 1;
        }
        let opens = self.bytes.get(end) == Some(&b'$')
            && !self.bytes.get(self.at).is_some_and(u8::is_ascii_digit);
        if !opens {
            return;
        }
        let tag = &self.bytes[start..=end];
        self.at = end + 1;
        self.until(|rest| rest.starts_with(tag));
        self.at = (self.at + tag.len()).min(self.bytes.len());
    }

    fn until(&mut self, found: impl Fn(&[u8]) -> bool) {
        while self.at < self.bytes.len() && !found(&self.bytes[self.at..]) {
            self.at += 1;
        }
    }
}

/// Letters, digits, `_`, and whatever is not ASCII.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<&str> {
        statements(script).iter().map(|one| one.text).collect()
    }

    #[test]
    fn semicolons_in_strings_names_comments_and_brackets_end_nothing() {
        let script = "SELECT ';', \"a;b\", 'it''s;', E'\\';' /* ; /* ; */ ; */; -- ;\nSELECT $a$;$b$;$a$;SELECT (1;2)";
        assert_eq!(
            texts(script),
            [
                "SELECT ';', \"a;b\", 'it''s;', E'\\';' /* ; /* ; */ ; */",
                "-- ;\nSELECT $a$;$b$;$a$",
                "SELECT (1;2)"
            ]
        );
    }

    #[test]
    fn a_body_in_sql_form_is_one_statement_and_a_transaction_is_three() {
        let script = "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; BEGIN; SELECT 1; END;";
        let found = texts(script);
        assert_eq!(found.len(), 4);
        assert!(found[0].ends_with("SELECT 2; END"));
        assert_eq!(&found[1..], ["BEGIN", "SELECT 1", "END"]);
    }

    #[test]
    fn comments_alone_are_no_statement_and_places_are_bytes() {
        let script = "-- ü;\n;;  SELECT 1;\n/* end */";
        let found = statements(script);
        assert_eq!(found.len(), 1);
        assert_eq!(&script[found[0].start..], "SELECT 1;\n/* end */");
    }

    #[test]
    fn what_is_never_closed_reaches_to_the_end_without_panic() {
        for script in [
            "SELECT 'a;",
            "SELECT $x$;",
            "/* ;",
            "SELECT \"",
            "SELECT E'\\",
            "$1; $",
            "(((;",
        ] {
            let found = statements(script);
            assert!(found.len() <= 2, "{script}");
        }
    }
}
