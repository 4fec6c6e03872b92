//! Dates and times.

use super::text::call;
use super::{Clause, Column, Expr, Value};
use crate::IntoValue;
use crate::types::{Date, DateTime, NaiveDateTime};

/// A part of a date or a time.
///
/// ```
/// # use pgwright::doc::*;
/// use pgwright::{DatePart, count_rows};
///
/// let query = User::query().select((user::created_at.trunc(DatePart::Day), count_rows()));
/// assert!(query.sql().contains("'day'"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each variant is the part of that name")]
#[non_exhaustive]
pub enum DatePart {
    Century,
    Decade,
    Year,
    Quarter,
    Month,
    /// Weeks begin on Monday.
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

impl DatePart {
    const fn quoted(self) -> &'static str {
        match self {
            Self::Century => "'century'",
            Self::Decade => "'decade'",
            Self::Year => "'year'",
            Self::Quarter => "'quarter'",
            Self::Month => "'month'",
            Self::Week => "'week'",
            Self::Day => "'day'",
            Self::Hour => "'hour'",
            Self::Minute => "'minute'",
            Self::Second => "'second'",
        }
    }
}

/// A date or a date with a time.
pub trait Temporal: Value {
    /// What makes it this type again when PostgreSQL has made another one of it.
    #[doc(hidden)]
    const BACK: &'static str = "";
}

impl Temporal for DateTime {}
impl Temporal for NaiveDateTime {}
impl Temporal for Date {
    const BACK: &'static str = "::date";
}

/// `function('part', expression`
fn of_part(function: &'static str, part: DatePart, expression: Clause) -> Clause {
    let mut clause = Clause::new();
    clause
        .text(function)
        .text(part.quoted())
        .text(", ")
        .clause(expression);
    clause
}

macro_rules! times {
    ($Self:ident) => {
        impl<M, T: Temporal, N> $Self<M, T, N> {
            /// The beginning of the year, the month, the day … that it lies in; a `timestamptz` in the session's time zone.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::created_at.trunc(pgwright::DatePart::Month));
            /// ```
            pub fn trunc(self, part: DatePart) -> Expr<M, T, N> {
                let mut clause = of_part("(date_trunc(", part, self.clause());
                clause.text(")").text(T::BACK).text(")");
                Expr::from_clause(clause)
            }

            /// The year, the month, the day … as a number; of a `timestamptz` in the session's time zone.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::created_at.part(pgwright::DatePart::Year).eq(2024.0);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn part(self, part: DatePart) -> Expr<M, f64, N> {
                let mut clause = of_part("date_part(", part, self.clause());
                clause.text(")");
                Expr::from_clause(clause)
            }
        }

        impl<M, N> $Self<M, DateTime, N> {
            /// The beginning of the year, the month, the day … that it lies in, in a time zone (`Europe/Berlin`).
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::created_at.trunc_in(pgwright::DatePart::Day, "Europe/Berlin"));
            /// ```
            pub fn trunc_in(
                self,
                part: DatePart,
                zone: impl IntoValue<String>,
            ) -> Expr<M, DateTime, N> {
                let mut clause = of_part("date_trunc(", part, self.clause());
                clause.text(", ").value(zone.into_value(), "").text(")");
                Expr::from_clause(clause)
            }

            /// What a clock in the time zone showed.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::created_at.at_time_zone("Europe/Berlin"));
            /// ```
            pub fn at_time_zone(self, zone: impl IntoValue<String>) -> Expr<M, NaiveDateTime, N> {
                let mut clause = Clause::new();
                clause
                    .text("timezone(")
                    .value(zone.into_value(), "")
                    .text(", ");
                clause.clause(self.clause()).text(")");
                Expr::from_clause(clause)
            }

            /// What a calendar in the time zone showed.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::created_at.date_in("Europe/Berlin"));
            /// ```
            pub fn date_in(self, zone: impl IntoValue<String>) -> Expr<M, Date, N> {
                let mut clause = call("(", self.at_time_zone(zone).clause());
                clause.text("::date");
                Expr::from_clause(call("(", clause))
            }
        }
    };
}

times!(Column);
times!(Expr);
