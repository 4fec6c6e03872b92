//! Texts.

use super::compare::compare;
use super::{Clause, Column, Expr, Filter, Value};
use crate::IntoValue;

/// A text, or an id or a domain of one.
pub trait Text: Value {}

impl Text for String {}

/// The pattern that matches what holds the text, with `%` and `_` in it as they are.
fn pattern(before: &str, text: &str, behind: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push_str(before);
    for char in text.chars() {
        if matches!(char, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern.push_str(behind);
    pattern
}

/// `function(expression)`
pub(super) fn call(function: &'static str, argument: Clause) -> Clause {
    let mut clause = Clause::new();
    clause.text(function).clause(argument).text(")");
    clause
}

macro_rules! texts {
    ($Self:ident) => {
        impl<M, T: Text, N> $Self<M, T, N> {
            /// Matches the pattern, in which `%` stands for any text and `_` for any letter. A backslash takes the next
            /// letter as it is.
            pub fn like(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " LIKE ", pattern.into_value(), "")
            }

            /// Does not match the pattern.
            pub fn not_like(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " NOT LIKE ", pattern.into_value(), "")
            }

            /// Matches the pattern in upper or lower case.
            pub fn ilike(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " ILIKE ", pattern.into_value(), "")
            }

            /// Does not match the pattern, in upper or lower case.
            pub fn not_ilike(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " NOT ILIKE ", pattern.into_value(), "")
            }

            /// Holds the text; `%` and `_` in it are letters like others.
            pub fn contains(self, text: impl AsRef<str>) -> Filter<M> {
                self.like(pattern("%", text.as_ref(), "%"))
            }

            /// Holds the text in upper or lower case.
            pub fn icontains(self, text: impl AsRef<str>) -> Filter<M> {
                self.ilike(pattern("%", text.as_ref(), "%"))
            }

            /// Begins with the text; `%` and `_` in it are letters like others.
            pub fn starts_with(self, text: impl AsRef<str>) -> Filter<M> {
                self.like(pattern("", text.as_ref(), "%"))
            }

            /// Begins with the text in upper or lower case.
            pub fn istarts_with(self, text: impl AsRef<str>) -> Filter<M> {
                self.ilike(pattern("", text.as_ref(), "%"))
            }

            /// Ends with the text; `%` and `_` in it are letters like others.
            pub fn ends_with(self, text: impl AsRef<str>) -> Filter<M> {
                self.like(pattern("%", text.as_ref(), ""))
            }

            /// Ends with the text in upper or lower case.
            pub fn iends_with(self, text: impl AsRef<str>) -> Filter<M> {
                self.ilike(pattern("%", text.as_ref(), ""))
            }

            /// Matches the regular expression (PostgreSQL's own kind).
            pub fn matches(self, expression: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " ~ ", expression.into_value(), "")
            }

            /// In lower case; an index on `lower(column)` serves it.
            pub fn lower(self) -> Expr<M, String, N> {
                Expr::from_clause(call("lower(", self.clause()))
            }

            /// In upper case.
            pub fn upper(self) -> Expr<M, String, N> {
                Expr::from_clause(call("upper(", self.clause()))
            }

            /// How many letters it has.
            pub fn length(self) -> Expr<M, i32, N> {
                Expr::from_clause(call("length(", self.clause()))
            }
        }

        impl<M, T, N> $Self<M, T, N> {
            /// As PostgreSQL writes it.
            pub fn as_text(self) -> Expr<M, String, N> {
                let mut clause = call("(", self.clause());
                clause.text("::text");
                Expr::from_clause(clause)
            }
        }
    };
}

texts!(Column);
texts!(Expr);
