//! SQL text that cannot be put together wrongly.
//!
//! [`Sql`] is built from keywords (`&'static str`), names, literals, the author's own SQL and dollar-quoted bodies,
//! and never from a `String`. [`sql!`](crate::sql!) is the template form: the text is a literal of this source, each
//! `{name}` in it is given by name and must be [`Render`]. Escaping lives here and in [`crate::ident`].

use std::fmt::{self, Write as _};

/// SQL text made of safe parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sql(String);

/// What can stand in SQL.
pub trait Render {
    /// Writes itself at the end of `sql`.
    fn render(&self, sql: &mut Sql);
}

impl Sql {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a keyword, punctuation or white space: text of the compiler's own source.
    pub fn push_keyword(&mut self, text: &'static str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    /// Adds a part.
    pub fn push(&mut self, part: &(impl Render + ?Sized)) -> &mut Self {
        part.render(self);
        self
    }

    pub(crate) fn push_ident(&mut self, name: &str) {
        if crate::ident::needs_quotes(name) {
            self.0.push('"');
            for char in name.chars() {
                if char == '"' {
                    self.0.push('"');
                }
                self.0.push(char);
            }
            self.0.push('"');
        } else {
            self.0.push_str(name);
        }
    }

    fn push_string(&mut self, text: &str) {
        // The server's quote_literal: E'' only where a backslash is inside, so that the value is the same
        // whatever standard_conforming_strings says. A NUL can be in no PostgreSQL text.
        if text.contains('\\') {
            self.0.push('E');
        }
        self.0.push('\'');
        for char in text.chars().filter(|&char| char != '\0') {
            if char == '\'' || char == '\\' {
                self.0.push(char);
            }
            self.0.push(char);
        }
        self.0.push('\'');
    }

    /// Parts with a separator between them.
    pub fn join<T: Render>(separator: &'static str, parts: impl IntoIterator<Item = T>) -> Self {
        let mut sql = Self::new();
        for (index, part) in parts.into_iter().enumerate() {
            if index > 0 {
                sql.push_keyword(separator);
            }
            part.render(&mut sql);
        }
        sql
    }

    /// The text of a template; called by [`sql!`](crate::sql!) alone.
    #[doc(hidden)]
    #[must_use]
    pub fn from_template(template: fmt::Arguments<'_>) -> Self {
        let mut text = String::new();
        // Writing to a String cannot fail, and `Part` never returns an error.
        let _ = text.write_fmt(template);
        Self(text)
    }

    /// Text that was SQL before it was laid out; called by [`crate::layout`] alone.
    pub(crate) fn from_laid_out(text: String) -> Self {
        Self(text)
    }

    /// The SQL text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The SQL text, by value.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Render for Sql {
    fn render(&self, sql: &mut Sql) {
        sql.0.push_str(&self.0);
    }
}

impl<T: Render + ?Sized> Render for &T {
    fn render(&self, sql: &mut Sql) {
        (**self).render(sql);
    }
}

impl<T: Render> Render for Option<T> {
    fn render(&self, sql: &mut Sql) {
        if let Some(part) = self {
            part.render(sql);
        }
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A keyword chosen at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyword(pub &'static str);

impl Render for Keyword {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(self.0);
    }
}

/// A constant in SQL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Literal {
    /// A text constant, quoted.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number as the author wrote it: digits, sign, point and exponent, nothing else. Made by [`Literal::number`].
    Number(Number),
    /// `true` or `false`.
    Boolean(bool),
    /// `NULL`.
    Null,
}

/// The text of a number; see [`Literal::number`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

impl Number {
    /// The digits as they stand.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Literal {
    /// A text constant.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number from its text, if it is one that PostgreSQL reads bare (`-12`, `0.50`, `1e6`).
    #[must_use]
    pub fn number(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let mut split = digits.splitn(2, ['e', 'E']);
        let mantissa = split.next().unwrap_or_default();
        let exponent = split.next();
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let exponent_ok = exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && all_digits(exponent)
        });
        (!whole.is_empty() && all_digits(whole) && all_digits(fraction) && exponent_ok)
            .then(|| Self::Number(Number(text.trim_start_matches('+').to_owned())))
    }
}

impl Render for Literal {
    fn render(&self, sql: &mut Sql) {
        match self {
            Self::Text(text) => sql.push_string(text),
            Self::Integer(number) => {
                let _ = write!(sql.0, "{number}");
            }
            Self::Number(Number(text)) => sql.0.push_str(text),
            Self::Boolean(true) => sql.0.push_str("true"),
            Self::Boolean(false) => sql.0.push_str("false"),
            Self::Null => sql.0.push_str("NULL"),
        }
    }
}

/// SQL that the author wrote. It is trusted, since its author owns the database, and was found to be exactly one
/// fragment of its kind as far as a parser is sure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SqlExpr(String);

impl SqlExpr {
    /// Takes the author's text. Whoever calls this has checked the fragment (`lower`), or is a test.
    #[must_use]
    pub fn trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The author's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Render for SqlExpr {
    fn render(&self, sql: &mut Sql) {
        sql.0.push_str(&self.0);
    }
}

/// A body between dollar quotes whose tag does not occur in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DollarQuoted<T>(pub T);

impl<T: Render> Render for DollarQuoted<T> {
    fn render(&self, sql: &mut Sql) {
        let mut body = Sql::new();
        self.0.render(&mut body);
        let mut tag = "$$".to_owned();
        let mut number = 0_u32;
        // The first place where the tag is found must be the closing one: a body that holds the tag, or that ends in
        // a part of it, would close early.
        while format!("{}{tag}", body.0).find(&tag) != Some(body.0.len()) {
            tag = if number == 0 {
                "$body$".to_owned()
            } else {
                format!("$body{number}$")
            };
            number += 1;
        }
        sql.0.push_str(&tag);
        sql.0.push_str(&body.0);
        sql.0.push_str(&tag);
    }
}

/// Text for a `COMMENT ON` or a `--` line: the lines of a comment, which no text can leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineComment<'a>(pub &'a str);

impl Render for LineComment<'_> {
    fn render(&self, sql: &mut Sql) {
        for (index, line) in self.0.split(['\n', '\r']).enumerate() {
            if index > 0 {
                sql.0.push('\n');
            }
            sql.0.push_str("-- ");
            sql.0.extend(line.chars().filter(|&char| char != '\0'));
        }
    }
}

/// Adapts a [`Render`] to the formatting machinery; made by [`sql!`](crate::sql!) alone.
#[doc(hidden)]
pub struct Part<'a, T: ?Sized>(pub &'a T);

impl<T: Render + ?Sized> fmt::Display for Part<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sql = Sql::new();
        self.0.render(&mut sql);
        f.write_str(&sql.0)
    }
}

/// SQL from a template: `sql!("SELECT {column} FROM {table}", column = ident, table = name)`.
///
/// The template is a literal; each placeholder is named, given, and [`Render`](crate::sql::Render). Variables are not
/// captured from the scope, so that no `String` can slip in. `{{` and `}}` stand for braces.
#[macro_export]
macro_rules! sql {
    ($template:literal $(, $name:ident = $part:expr)* $(,)?) => {
        $crate::sql::Sql::from_template(::core::format_args!(
            // `concat!` keeps `format_args!` from capturing variables.
            ::core::concat!($template)
            $(, $name = $crate::sql::Part(&$part))*
        ))
    };
}
