//! Comparisons and orders, which every column has.

use super::filter::Condition;
use super::order::Key;
use super::{Clause, Column, Expr, Filter, Null, Nullability, Order, Value};
use crate::IntoValue;

/// `left operator value`
pub(super) fn compare<M>(
    mut left: Clause,
    operator: &'static str,
    value: impl Value,
    cast: &'static str,
) -> Filter<M> {
    left.text(operator).value(value, cast);
    Filter::from_clause(left)
}

/// A comparison by size.
fn bounded<M>(
    mut left: Clause,
    operator: &'static str,
    value: impl Value,
    cast: &'static str,
) -> Filter<M> {
    left.text(operator).bound(value, cast);
    Filter::from_clause(left)
}

fn between_columns<M>(mut left: Clause, operator: &'static str, right: Clause) -> Filter<M> {
    left.text(operator).clause(right);
    Filter::from_clause(left)
}

/// What columns and expressions alike can do.
macro_rules! operators {
    ($Self:ident) => {
        impl<M, T: Value, N> $Self<M, T, N> {
            /// Equals the value.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.eq("a@example.org");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn eq(self, value: impl IntoValue<T>) -> Filter<M> {
                let cast = self.casts().value;
                let place = self.place();
                let mut filter = compare(self.clause(), " = ", value.into_value(), cast);
                filter
                    .condition
                    .equal
                    .extend(place.map(|(_, info)| info.name));
                filter
            }

            /// Differs from the value. A NULL does not: see [`is_distinct_from`](Self::is_distinct_from).
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::email.ne("a@example.org");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn ne(self, value: impl IntoValue<T>) -> Filter<M> {
                let cast = self.casts().value;
                compare(self.clause(), " <> ", value.into_value(), cast)
            }

            /// Is less than the value.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::id.lt(10);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn lt(self, value: impl IntoValue<T>) -> Filter<M> {
                let cast = self.casts().value;
                bounded(self.clause(), " < ", value.into_value(), cast)
            }

            /// Is less than the value or equals it.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::id.le(10);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn le(self, value: impl IntoValue<T>) -> Filter<M> {
                let cast = self.casts().value;
                bounded(self.clause(), " <= ", value.into_value(), cast)
            }

            /// Is greater than the value.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::id.gt(10);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn gt(self, value: impl IntoValue<T>) -> Filter<M> {
                let cast = self.casts().value;
                bounded(self.clause(), " > ", value.into_value(), cast)
            }

            /// Is greater than the value or equals it.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::id.ge(10);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn ge(self, value: impl IntoValue<T>) -> Filter<M> {
                let cast = self.casts().value;
                bounded(self.clause(), " >= ", value.into_value(), cast)
            }

            /// Differs from the value, or is NULL.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.is_distinct_from("Ada");
            /// let query = User::query().filter(filter);
            /// ```
            pub fn is_distinct_from(self, value: impl IntoValue<T>) -> Filter<M> {
                let cast = self.casts().value;
                compare(
                    self.clause(),
                    " IS DISTINCT FROM ",
                    value.into_value(),
                    cast,
                )
            }

            /// Lies between the values, or equals one of them.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::id.between(1, 10);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn between(self, low: impl IntoValue<T>, high: impl IntoValue<T>) -> Filter<M> {
                let cast = self.casts().value;
                let mut clause = Clause::new();
                clause.text("(").clause(self.clause()).text(" BETWEEN ");
                clause.bound(low.into_value(), cast).text(" AND ");
                clause.bound(high.into_value(), cast).text(")");
                Filter::from_clause(clause)
            }

            /// Is one of the values: of an array, a slice, a `Vec` or anything to iterate over. Of none of them if there
            /// are none. They are sent as one array, so that the statement is the same however many they are.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::id.in_([1, 2, 3]);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn in_<V: IntoValue<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M>
            where
                Vec<T>: Value,
            {
                let cast = self.casts().array;
                let values: Vec<T> = values.into_iter().map(V::into_value).collect();
                let mut clause = self.clause();
                clause.text(" = ANY(").value(values, cast).text(")");
                Filter::from_clause(clause)
            }

            /// Is none of the values. A NULL is neither one of them nor none of them, unless there are none.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::id.not_in([1, 2, 3]);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn not_in<V: IntoValue<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M>
            where
                Vec<T>: Value,
            {
                let cast = self.casts().array;
                let values: Vec<T> = values.into_iter().map(V::into_value).collect();
                let mut clause = self.clause();
                clause.text(" <> ALL(").value(values, cast).text(")");
                Filter::from_clause(clause)
            }
        }

        impl<M, T, N> $Self<M, T, N> {
            /// Equals the other column or expression.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.eq_column(user::email);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn eq_column<O>(self, other: impl Into<Expr<M, T, O>>) -> Filter<M> {
                between_columns(self.clause(), " = ", other.into().clause())
            }

            /// Differs from the other column or expression.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.ne_column(user::email);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn ne_column<O>(self, other: impl Into<Expr<M, T, O>>) -> Filter<M> {
                between_columns(self.clause(), " <> ", other.into().clause())
            }

            /// Is less than the other column or expression.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.lt_column(user::email);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn lt_column<O>(self, other: impl Into<Expr<M, T, O>>) -> Filter<M> {
                between_columns(self.clause(), " < ", other.into().clause())
            }

            /// Is less than the other column or expression or equals it.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.le_column(user::email);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn le_column<O>(self, other: impl Into<Expr<M, T, O>>) -> Filter<M> {
                between_columns(self.clause(), " <= ", other.into().clause())
            }

            /// Is greater than the other column or expression.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.gt_column(user::email);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn gt_column<O>(self, other: impl Into<Expr<M, T, O>>) -> Filter<M> {
                between_columns(self.clause(), " > ", other.into().clause())
            }

            /// Is greater than the other column or expression or equals it.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.ge_column(user::email);
            /// let query = User::query().filter(filter);
            /// ```
            pub fn ge_column<O>(self, other: impl Into<Expr<M, T, O>>) -> Filter<M> {
                between_columns(self.clause(), " >= ", other.into().clause())
            }
        }

        impl<M, T, N: Nullability> $Self<M, T, N> {
            /// From the lowest to the highest, NULLs last.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().order_by(user::email.asc());
            /// ```
            pub fn asc(self) -> Order<M> {
                self.order(false)
            }

            /// From the highest to the lowest, NULLs first.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().order_by(user::created_at.desc());
            /// ```
            pub fn desc(self) -> Order<M> {
                self.order(true)
            }

            fn order(self, descending: bool) -> Order<M> {
                Order::new(Key {
                    column: self.place().map(|(index, _)| index),
                    cast: self.casts().value,
                    own: self.place().map_or("", |(_, info)| info.own()),
                    clause: self.clause(),
                    nullable: N::NULLABLE,
                    descending,
                    nulls_first: descending,
                })
            }
        }

        impl<M, T: Value> $Self<M, T, Null> {
            /// The value, or that one where it is NULL.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let query = User::query().select(user::full_name.or_else("nobody"));
            /// ```
            pub fn or_else(self, value: impl IntoValue<T>) -> Expr<M, T> {
                let casts = self.casts();
                let mut clause = Clause::new();
                clause.text("coalesce(").clause(self.clause()).text(", ");
                clause.value(value.into_value(), casts.value).text(")");
                Expr::with_casts(clause, casts)
            }
        }

        impl<M, T> $Self<M, T, Null> {
            /// Is NULL.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.is_null();
            /// let query = User::query().filter(filter);
            /// ```
            pub fn is_null(self) -> Filter<M> {
                let mut clause = self.clause();
                clause.text(" IS NULL");
                Filter::of(Condition::one(clause))
            }

            /// Is not NULL.
            ///
            /// ```
            /// # use pgwright::doc::*;
            /// let filter = user::full_name.is_not_null();
            /// let query = User::query().filter(filter);
            /// ```
            pub fn is_not_null(self) -> Filter<M> {
                let mut clause = self.clause();
                clause.text(" IS NOT NULL");
                Filter::of(Condition::one(clause))
            }
        }
    };
}

operators!(Column);
operators!(Expr);

impl<M, N> From<Column<M, bool, N>> for Filter<M> {
    /// True where the column is.
    fn from(column: Column<M, bool, N>) -> Self {
        Self::from_clause(column.clause())
    }
}

impl<M, N> From<Expr<M, bool, N>> for Filter<M> {
    /// True where the expression is.
    fn from(expression: Expr<M, bool, N>) -> Self {
        Self::from_clause(expression.clause())
    }
}
