//! Aggregates: expressions over several rows, for [`select`](super::Query::select) and [`having`](super::Query::having).

use rust_decimal::Decimal;

use super::text::call;
use super::{Clause, Column, Expr, Null};
use crate::types::{Interval, Money};

/// A number, or something else that can be added up.
pub trait Sum {
    /// The type of a sum, as PostgreSQL has it: that of whole numbers has more room than they.
    type Sum;
}

/// A number, or something else that has an average.
pub trait Average {
    /// The type of an average, as PostgreSQL has it.
    type Average;
}

macro_rules! sum {
    ($($ty:ty => $sum:ty;)*) => {$(
        impl Sum for $ty {
            type Sum = $sum;
        }
    )*};
}

macro_rules! average {
    ($($ty:ty => $average:ty;)*) => {$(
        impl Average for $ty {
            type Average = $average;
        }
    )*};
}

sum! {
    i16 => i64;
    i32 => i64;
    i64 => Decimal;
    Decimal => Decimal;
    f32 => f32;
    f64 => f64;
    Money => Money;
    Interval => Interval;
}

average! {
    i16 => Decimal;
    i32 => Decimal;
    i64 => Decimal;
    Decimal => Decimal;
    f32 => f64;
    f64 => f64;
    Interval => Interval;
}

/// How many rows there are.
///
/// Beside [`group_by`](super::Query::group_by): how many in each group.
///
/// ```
/// # use pgwright::doc::*;
/// let query = User::query().select((user::full_name, pgwright::count_rows())).group_by(user::full_name);
/// ```
#[must_use]
pub fn count_rows<M>() -> Expr<M, i64> {
    Expr::from_clause("count(*)".into())
}

macro_rules! aggregates {
    ($Self:ident) => {
        impl<M, T, N> $Self<M, T, N> {
            /// How many rows have a value here that is not NULL.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::full_name.count());
            /// ```
            pub fn count(self) -> Expr<M, i64> {
                Expr::from_clause(call("count(", self.clause()))
            }

            /// How many different values there are, without NULL.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::full_name.count_distinct());
            /// ```
            pub fn count_distinct(self) -> Expr<M, i64> {
                Expr::from_clause(call("count(DISTINCT ", self.clause()))
            }

            /// The lowest value; NULL of no rows.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::created_at.min());
            /// ```
            pub fn min(self) -> Expr<M, T, Null> {
                let casts = self.casts();
                Expr::with_casts(call("min(", self.clause()), casts)
            }

            /// The highest value; NULL of no rows.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::created_at.max());
            /// ```
            pub fn max(self) -> Expr<M, T, Null> {
                let casts = self.casts();
                Expr::with_casts(call("max(", self.clause()), casts)
            }
        }

        impl<M, T: Sum, N> $Self<M, T, N> {
            /// The sum; NULL of no rows.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::id.sum());
            /// ```
            pub fn sum(self) -> Expr<M, T::Sum, Null> {
                Expr::from_clause(call("sum(", self.clause()))
            }
        }

        impl<M, T: Average, N> $Self<M, T, N> {
            /// The average; NULL of no rows.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::id.avg());
            /// ```
            pub fn avg(self) -> Expr<M, T::Average, Null> {
                Expr::from_clause(call("avg(", self.clause()))
            }
        }

        impl<M, N> $Self<M, bool, N> {
            /// Whether it is true in all rows that have a value; NULL of no rows.
            pub fn every(self) -> Expr<M, bool, Null> {
                Expr::from_clause(call("bool_and(", self.clause()))
            }

            /// Whether it is true in any row; NULL of no rows.
            pub fn any(self) -> Expr<M, bool, Null> {
                Expr::from_clause(call("bool_or(", self.clause()))
            }
        }
    };
}

aggregates!(Column);
aggregates!(Expr);

impl<M, T, N> Expr<M, T, N> {
    /// An aggregate over those rows alone of which the filter is true (`FILTER (WHERE …)`).
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().select(user::id.count().only(user::full_name.is_null()));
    /// ```
    #[must_use]
    pub fn only(self, filter: impl Into<super::Filter<M>>) -> Self {
        let filter = filter.into();
        if filter.condition.is_empty() {
            return self;
        }
        let casts = self.casts();
        let mut clause: Clause = self.clause();
        clause
            .text(" FILTER (WHERE ")
            .clause(filter.into_clause())
            .text(")");
        Self::with_casts(clause, casts)
    }
}
