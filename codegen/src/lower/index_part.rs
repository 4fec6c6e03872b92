//! The text of one part of an index, exclusion or partition key: SQL's own words.

use crate::diag::nearest;
use crate::fragment::lexer::{Kind as TokenKind, Token};
use crate::fragment::{FragmentError, Kind, check, check_columns, tokens};
use crate::ident::Ident;
use crate::schema::{FieldId, IndexKey, IndexPart, Nulls, OperatorClass, QualifiedNameOrIdent};
use crate::sql::SqlExpr;

/// The table whose columns a part may name.
#[derive(Clone, Copy, Debug)]
pub struct PartScope<'a> {
    /// The table's name.
    pub table: &'a str,
    /// Its columns, in the order of the fields.
    pub columns: &'a [&'a str],
}

/// A part of an index: `a desc nulls last`, `lower(slug)`, `name gin_trgm_ops`,
/// `(a || b) COLLATE "C" text_pattern_ops(x=1) DESC`.
///
/// # Errors
/// If the text is no such part, or names a column that the table does not have.
pub fn parse_index_part(text: &str, scope: PartScope<'_>) -> Result<IndexPart, FragmentError> {
    let mut reader = Reader::new(text, scope)?;
    let part = reader.part()?;
    reader.end("a column or (expression), a collation, an operator class, `asc` or `desc`, `nulls first` or `nulls last`")?;
    Ok(part)
}

/// A part of an exclusion constraint: `room with =`, `during WITH &&`.
///
/// # Errors
/// As [`parse_index_part`], or if the operator is missing.
pub fn parse_exclusion_part(
    text: &str,
    scope: PartScope<'_>,
) -> Result<(IndexPart, SqlExpr), FragmentError> {
    let mut reader = Reader::new(text, scope)?;
    let part = reader.part()?;
    if !reader.take_word("with") {
        let range = reader.rest();
        return Err(
            FragmentError::new(range, "the operator is missing").help(format!(
                "write what must not be true of two rows: `{} with =`",
                text.trim()
            )),
        );
    }
    let operator = reader.operator()?;
    reader.end("one operator after `with`")?;
    Ok((part, operator))
}

/// A part of a partition key: a column or an expression, with a collation and operator class where needed.
///
/// # Errors
/// As [`parse_index_part`], or if it says an order, which a partition key has not.
pub fn parse_partition_part(text: &str, scope: PartScope<'_>) -> Result<IndexPart, FragmentError> {
    let part = parse_index_part(text, scope)?;
    let ordered = part.descending || part.nulls.is_some();
    if ordered {
        return Err(
            FragmentError::new(0..text.len(), "a partition key has no order")
                .help("remove `desc` and `nulls …`"),
        );
    }
    Ok(part)
}

/// What extended statistics are on: a column or an expression.
///
/// # Errors
/// As [`parse_index_part`], or if more than that is said.
pub fn parse_key(text: &str, scope: PartScope<'_>) -> Result<IndexKey, FragmentError> {
    let part = parse_index_part(text, scope)?;
    let plain = part.collation.is_none()
        && part.operator_class.is_none()
        && !part.descending
        && part.nulls.is_none();
    if plain {
        Ok(part.key)
    } else {
        Err(FragmentError::new(
            0..text.len(),
            "here stands a column or an (expression) alone",
        )
        .help("remove what follows it"))
    }
}

struct Reader<'a> {
    text: &'a str,
    scope: PartScope<'a>,
    tokens: Vec<Token>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, scope: PartScope<'a>) -> Result<Self, FragmentError> {
        let tokens = tokens(Kind::Key, text)?;
        Ok(Self {
            text,
            scope,
            tokens,
            at: 0,
        })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self
            .peek()
            .is_some_and(|token| token.is_word(self.text, word));
        self.at += usize::from(found);
        found
    }

    fn is(&self, ahead: usize, text: &str) -> bool {
        self.tokens
            .get(self.at + ahead)
            .is_some_and(|token| token.is(self.text, text))
    }

    fn rest(&self) -> std::ops::Range<usize> {
        let end = self.text.trim_end().len();
        self.peek().map_or(end, |token| token.range.start)..end
    }

    fn end(&self, parts: &str) -> Result<(), FragmentError> {
        match self.peek() {
            None => Ok(()),
            Some(token) => {
                let error = FragmentError::new(
                    self.rest(),
                    format!("syntax error at `{}`", token.text(self.text)),
                );
                let expression = check(Kind::Key, self.text).is_ok();
                Err(error.help(if expression && token.kind != TokenKind::Word {
                    format!(
                        "put parentheses around an expression: `({})`",
                        self.text.trim()
                    )
                } else {
                    format!("this has {parts}, in this order")
                }))
            }
        }
    }

    fn part(&mut self) -> Result<IndexPart, FragmentError> {
        let key = self.key()?;
        let collation = if self.take_word("collate") {
            Some(self.name("a collation")?)
        } else {
            None
        };
        let operator_class = self.operator_class()?;
        let descending = !self.take_word("asc") && self.take_word("desc");
        let nulls = if self.take_word("nulls") {
            if self.take_word("first") {
                Some(Nulls::First)
            } else if self.take_word("last") {
                Some(Nulls::Last)
            } else {
                return Err(FragmentError::new(
                    self.rest(),
                    "`nulls` is followed by `first` or `last`",
                )
                .help("write `nulls first` or `nulls last`"));
            }
        } else {
            None
        };
        Ok(IndexPart {
            key,
            collation,
            operator_class,
            descending,
            nulls,
        })
    }

    fn key(&mut self) -> Result<IndexKey, FragmentError> {
        // A column whose name is no plain word needs no quotes here if nothing else is said.
        if let Some(field) = self.field(self.text.trim()) {
            self.at = self.tokens.len();
            return Ok(IndexKey::Field(field));
        }
        if self.is(0, "(") {
            let open = self.tokens[self.at].range.clone();
            let close = self.closing()?;
            return self
                .expression(open.end..close.start)
                .map(IndexKey::Expression);
        }
        let Some(token) = self.peek().cloned() else {
            return Err(FragmentError::new(
                0..self.text.len(),
                "a column is missing",
            ));
        };
        let Some(name) = token.name(self.text) else {
            return Err(FragmentError::new(
                token.range.clone(),
                format!("`{}` is no column", token.text(self.text)),
            )
            .help("write a column, or an expression in parentheses"));
        };
        let start = token.range.start;
        let mut ahead = 1;
        while self.is(ahead, ".") {
            ahead += 2;
        }
        if self.is(ahead, "(") {
            self.at += ahead;
            let close = self.closing()?;
            return self.expression(start..close.end).map(IndexKey::Expression);
        }
        let bare = token.kind == TokenKind::Word;
        let exact = self.field(token.text(self.text)).filter(|_| bare);
        match exact.or_else(|| self.field(&name)) {
            Some(field) => {
                self.at += 1;
                Ok(IndexKey::Field(field))
            }
            None => Err(self.unknown(&token, &name)),
        }
    }

    fn field(&self, name: &str) -> Option<FieldId> {
        self.scope
            .columns
            .iter()
            .position(|column| *column == name)
            .map(FieldId)
    }

    fn unknown(&self, token: &Token, name: &str) -> FragmentError {
        let is_more = self
            .tokens
            .get(self.at + 1)
            .is_some_and(|next| next.kind == TokenKind::Operator || next.is(self.text, "::"));
        if is_more {
            return FragmentError::new(
                0..self.text.trim_end().len(),
                "an expression stands in parentheses",
            )
            .help(format!("write `({})`", self.text.trim()));
        }
        let error = FragmentError::new(
            token.range.clone(),
            format!("`{}` has no column `{name}`", self.scope.table),
        );
        match nearest(name, self.scope.columns.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("write a column of the model, or an expression in parentheses"),
        }
    }

    /// From an opening bracket to behind the one that closes it; its place.
    fn closing(&mut self) -> Result<std::ops::Range<usize>, FragmentError> {
        let open = self.peek().map_or(0..0, |token| token.range.clone());
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            if token.is(self.text, "(") || token.is(self.text, "[") {
                depth += 1;
            } else if token.is(self.text, ")") || token.is(self.text, "]") {
                depth -= 1;
                if depth == 0 {
                    return Ok(token.range.clone());
                }
            }
        }
        Err(FragmentError::new(open, "this `(` is not closed").help("add the `)` that closes it"))
    }

    fn expression(&self, range: std::ops::Range<usize>) -> Result<SqlExpr, FragmentError> {
        let inner = self.text.get(range.clone()).unwrap_or_default();
        let lead = inner.len() - inner.trim_start().len();
        let inner = inner.trim();
        match check_columns(Kind::Key, inner, self.scope.table, self.scope.columns) {
            Ok(_) => Ok(SqlExpr::trusted(inner)),
            Err(mut error) => {
                let from = range.start + lead;
                error.range = error.range.start + from..error.range.end + from;
                Err(error)
            }
        }
    }

    /// A name that may have a schema.
    fn name(&mut self, what: &str) -> Result<QualifiedNameOrIdent, FragmentError> {
        let first = self.ident(what)?;
        if !self.is(0, ".") {
            return Ok(QualifiedNameOrIdent {
                schema: None,
                name: first,
            });
        }
        self.at += 1;
        let name = self.ident(what)?;
        Ok(QualifiedNameOrIdent {
            schema: Some(first),
            name,
        })
    }

    fn ident(&mut self, what: &str) -> Result<Ident, FragmentError> {
        let token = self.peek().cloned();
        let name = token.as_ref().and_then(|token| token.name(self.text));
        let (Some(token), Some(name)) = (token, name) else {
            return Err(FragmentError::new(
                self.rest(),
                format!("the name of {what} is missing"),
            ));
        };
        self.at += 1;
        Ident::new(name).map_err(|error| FragmentError::new(token.range, error.to_string()))
    }

    fn operator_class(&mut self) -> Result<Option<OperatorClass>, FragmentError> {
        let Some(token) = self.peek() else {
            return Ok(None);
        };
        let keyword = ["asc", "desc", "nulls", "with", "collate"]
            .iter()
            .any(|word| token.is_word(self.text, word));
        if keyword || token.name(self.text).is_none() {
            return Ok(None);
        }
        let range = token.range.clone();
        let name = self.name("an operator class")?;
        let slip = ["desc", "asc", "nulls", "collate", "with"]
            .into_iter()
            .find(|word| {
                strsim::damerau_levenshtein(word, &name.name.as_str().to_lowercase()) == 1
            });
        if let Some(word) = slip.filter(|_| name.schema.is_none()) {
            return Err(FragmentError::new(
                range,
                format!("there is no operator class `{}`", name.name),
            )
            .help(format!("did you mean `{word}`?")));
        }
        let parameters = if self.is(0, "(") {
            Some(self.parameters()?)
        } else {
            None
        };
        Ok(Some(OperatorClass { name, parameters }))
    }

    /// `(siglen=32)`.
    fn parameters(&mut self) -> Result<SqlExpr, FragmentError> {
        let start = self.at;
        let open = self.tokens[start].range.start;
        let close = self.closing()?;
        let inner = &self.tokens[start + 1..self.at - 1];
        let each = inner.split(|token| token.is(self.text, ","));
        let good = each.into_iter().all(|parameter| match parameter {
            [name, equals, value @ ..] => {
                let plain = |token: &Token| {
                    matches!(
                        token.kind,
                        TokenKind::Word | TokenKind::Number | TokenKind::String
                    )
                };
                name.name(self.text).is_some()
                    && equals.is(self.text, "=")
                    && match value {
                        [value] => plain(value),
                        [sign, value] => sign.is(self.text, "-") && value.kind == TokenKind::Number,
                        _ => false,
                    }
            }
            _ => false,
        });
        if !good {
            return Err(FragmentError::new(
                open..close.end,
                "these are no parameters of an operator class",
            )
            .help("write `(name = value, …)`"));
        }
        Ok(SqlExpr::trusted(
            self.text.get(open..close.end).unwrap_or_default(),
        ))
    }

    fn operator(&mut self) -> Result<SqlExpr, FragmentError> {
        let start = self.rest();
        if self.take_word("operator") && self.is(0, "(") {
            let first = self.at;
            let close = self.closing()?;
            let inner = &self.tokens[first + 1..self.at - 1];
            let good = match inner {
                [operator] => operator.kind == TokenKind::Operator,
                [schema, dot, operator] => {
                    schema.name(self.text).is_some()
                        && dot.is(self.text, ".")
                        && operator.kind == TokenKind::Operator
                }
                _ => false,
            };
            if good {
                return Ok(SqlExpr::trusted(
                    self.text.get(start.start..close.end).unwrap_or_default(),
                ));
            }
        } else if let Some(token) = self
            .peek()
            .filter(|token| token.kind == TokenKind::Operator)
        {
            let operator = SqlExpr::trusted(token.text(self.text));
            self.at += 1;
            return Ok(operator);
        }
        Err(
            FragmentError::new(start, "an operator is missing after `with`")
                .help("write an operator such as `=` or `&&`, or `OPERATOR(schema.=)`"),
        )
    }
}

#[cfg(test)]
mod tests;
