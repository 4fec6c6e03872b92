//! SQL that the author wrote, checked when the spec is read.
//!
//! Two judges look at each fragment. PostgreSQL's lexical rules decide alone whether it stays in its place: brackets,
//! quotes, comments and `;` are certain. A parser of PostgreSQL's grammar finds typos. What it is known not to
//! understand is passed on to the server.

mod analysis;
mod body;
mod catalog;
mod created;
mod expression;
pub(crate) mod lexer;
mod lexical;
mod parser;
mod search_path;
mod statement;

use std::ops::Range;

pub(crate) use analysis::Whole;
pub use analysis::{Analysis, Reference};
pub(crate) use catalog::{is_found_anywhere, is_own_operator_class};
pub(crate) use created::created;
pub use search_path::is_search_path_independent;

use crate::sql::SqlExpr;

/// What a fragment is, which decides what may be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A check of a table or domain.
    Check,
    /// The `where` of an index or exclusion constraint.
    Predicate,
    /// The `where` of a counter or sum.
    Filter,
    /// What a sum adds up.
    Sum,
    /// A default.
    Default,
    /// The expression of a generated column.
    Generated,
    /// The expression of an index or partition key.
    Key,
    /// The `when` of a trigger.
    When,
    /// `using` and `check` of a policy.
    Policy,
    /// A PL/pgSQL body.
    Body,
    /// The query of a view.
    View,
    /// One `CREATE FUNCTION`, `PROCEDURE` or `AGGREGATE`.
    Function,
    /// What follows the name of a partition: `FROM (…) TO (…)`, `IN (…)`, `WITH (…)`.
    PartitionBounds,
    /// Whole statements.
    Statements,
}

impl Kind {
    /// Where it stands, in words.
    fn place(self) -> &'static str {
        match self {
            Self::Check => "a check",
            Self::Predicate => "the `where` of an index",
            Self::Filter => "the `where` of a counter or sum",
            Self::Sum => "the expression of a sum",
            Self::Default => "a default",
            Self::Generated => "a generated column",
            Self::Key => "an index or partition key",
            Self::When => "the `when` of a trigger",
            Self::Policy => "a policy",
            Self::Body => "a body",
            Self::View => "a view",
            Self::Function => "a function",
            Self::PartitionBounds => "the bounds of a partition",
            Self::Statements => "raw SQL",
        }
    }
}

/// Why a text is not one fragment of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentError {
    /// The bytes of the text that are wrong.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl FragmentError {
    pub(crate) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Checks that a text is exactly one fragment of its kind.
///
/// # Errors
/// If it is certain that it is not: it could leave its place, or PostgreSQL would refuse it.
pub fn check(kind: Kind, text: &str) -> Result<Analysis, FragmentError> {
    let tokens = lexical::check(kind, text)?;
    match kind {
        Kind::Check
        | Kind::Predicate
        | Kind::Filter
        | Kind::Sum
        | Kind::Default
        | Kind::Generated
        | Kind::Key
        | Kind::When
        | Kind::Policy => expression::check(kind, text, &tokens),
        Kind::Body => body::check(text, &tokens),
        Kind::View => statement::view(text, &tokens),
        Kind::Function => statement::function(text, &tokens),
        Kind::PartitionBounds => statement::bounds(text, &tokens),
        Kind::Statements => statement::statements(text, &tokens),
    }
    .map(|()| Analysis::of(kind, text, &tokens))
}

/// The tokens of a text that can't leave its place, for those who read it themselves.
pub(crate) fn tokens(kind: Kind, text: &str) -> Result<Vec<lexer::Token>, FragmentError> {
    lexical::check(kind, text)
}

/// Checks a fragment, and that each bare name in it that certainly is a column is one of `columns`. `table` may be named
/// too: the row as a whole, or before a column.
///
/// # Errors
/// As [`check`], or if a column is unknown.
pub fn check_columns(
    kind: Kind,
    text: &str,
    table: &str,
    columns: &[&str],
) -> Result<Analysis, FragmentError> {
    let analysis = check(kind, text)?;
    match analysis.unknown_column(kind, table, columns) {
        Some(error) => Err(error),
        None => Ok(analysis),
    }
}

/// The names and keywords of a text as PostgreSQL reads them, in their order.
pub(crate) fn words(text: &str) -> Vec<String> {
    let tokens = lexer::lex(text).unwrap_or_default();
    tokens.iter().filter_map(|token| token.name(text)).collect()
}

/// The arguments of a function's definition, as far as they tell it from others of its name: what stands between the
/// first parentheses, without white space and comments.
pub(crate) fn arguments(text: &str) -> String {
    let tokens = lexer::lex(text).unwrap_or_default();
    let mut depth = 0_usize;
    let mut arguments: Vec<String> = Vec::new();
    for token in &tokens {
        if token.is(text, "(") {
            depth += 1;
            if depth == 1 {
                continue;
            }
        } else if token.is(text, ")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                break;
            }
        }
        if depth > 0 {
            arguments.push(
                token
                    .name(text)
                    .unwrap_or_else(|| token.text(text).to_owned()),
            );
        }
    }
    arguments.join(" ")
}

/// Whether statements may make more than they name: an extension's objects, or whatever a block does.
pub(crate) fn brings_unseen(text: &str) -> bool {
    words(text).iter().any(|word| {
        matches!(
            word.as_str(),
            "extension" | "do" | "call" | "import" | "load"
        )
    })
}

/// Those of `names` that an expression may read: rather one too many than one too few. An expression that cannot be
/// read with certainty, or that names the whole row, reads them all.
#[must_use]
pub fn columns_read<'a>(expression: &SqlExpr, names: &[&'a str]) -> Vec<&'a str> {
    let text = expression.as_str();
    let Ok(tokens) = lexer::lex(text) else {
        return names.to_vec();
    };
    Analysis::of(Kind::Check, text, &tokens).columns_read(names)
}

/// Whether an expression needs no parentheses where PostgreSQL's grammar takes only a simple one (a default, a key of an
/// index): a constant, a function call.
#[must_use]
pub fn stands_alone(expression: &SqlExpr) -> bool {
    parser::expression(expression.as_str())
        .node()
        .is_some_and(|node| expression::stands_alone(&node))
}

#[cfg(test)]
mod tests;
