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
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.like("%@example.org");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn like(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " LIKE ", pattern.into_value(), "")
            }

            /// Does not match the pattern.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.not_like("%@example.org");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn not_like(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " NOT LIKE ", pattern.into_value(), "")
            }

            /// Matches the pattern in upper or lower case.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.ilike("A%");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn ilike(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " ILIKE ", pattern.into_value(), "")
            }

            /// Does not match the pattern, in upper or lower case.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.not_ilike("A%");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn not_ilike(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " NOT ILIKE ", pattern.into_value(), "")
            }

            /// Holds the text; `%` and `_` in it are letters like others.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.contains("50%");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn contains(self, text: impl AsRef<str>) -> Filter<M> {
                self.like(pattern("%", text.as_ref(), "%"))
            }

            /// Holds the text in upper or lower case.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.icontains("Ada");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn icontains(self, text: impl AsRef<str>) -> Filter<M> {
                self.ilike(pattern("%", text.as_ref(), "%"))
            }

            /// Begins with the text; `%` and `_` in it are letters like others.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.starts_with("ada");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn starts_with(self, text: impl AsRef<str>) -> Filter<M> {
                self.like(pattern("", text.as_ref(), "%"))
            }

            /// Begins with the text in upper or lower case.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.istarts_with("Ada");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn istarts_with(self, text: impl AsRef<str>) -> Filter<M> {
                self.ilike(pattern("", text.as_ref(), "%"))
            }

            /// Ends with the text; `%` and `_` in it are letters like others.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.ends_with(".org");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn ends_with(self, text: impl AsRef<str>) -> Filter<M> {
                self.like(pattern("%", text.as_ref(), ""))
            }

            /// Ends with the text in upper or lower case.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.iends_with(".ORG");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn iends_with(self, text: impl AsRef<str>) -> Filter<M> {
                self.ilike(pattern("%", text.as_ref(), ""))
            }

            /// Matches the regular expression (PostgreSQL's own kind).
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.matches("^[a-z]+@");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn matches(self, expression: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " ~ ", expression.into_value(), "")
            }

            /// In lower case; an index on `lower(column)` serves it.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.lower().eq("a@example.org");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn lower(self) -> Expr<M, String, N> {
                Expr::from_clause(call("lower(", self.clause()))
            }

            /// In upper case.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::email.upper());
            /// ```
            pub fn upper(self) -> Expr<M, String, N> {
                Expr::from_clause(call("upper(", self.clause()))
            }

            /// How many letters it has.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.length().gt(20);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn length(self) -> Expr<M, i32, N> {
                Expr::from_clause(call("length(", self.clause()))
            }
        }

        impl<M, T, N> $Self<M, T, N> {
            /// As PostgreSQL writes it.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::id.as_text());
            /// ```
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
