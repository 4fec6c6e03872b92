//! Columns and expressions: what filters and orders are made of.

use std::marker::PhantomData;

use super::filter::Condition;
use super::order::Key;
use super::{Clause, ColumnInfo, Filter, Order, Value};
use crate::{IntoValue, Model};

/// Marks a column that takes no NULL.
#[derive(Clone, Copy, Debug)]
pub enum NotNull {}

/// Marks a column that takes NULL.
#[derive(Clone, Copy, Debug)]
pub enum Null {}

/// Types that are only spoken of: nothing of them is held.
type Types<M, T, N> = PhantomData<fn() -> (M, T, N)>;

/// A column of the model `M` whose values are `T`; `N` says whether it takes NULL.
pub struct Column<M, T, N = NotNull> {
    index: usize,
    info: &'static ColumnInfo,
    types: Types<M, T, N>,
}

impl<M, T, N> Clone for Column<M, T, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, N> Copy for Column<M, T, N> {}

impl<M, T, N> std::fmt::Debug for Column<M, T, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.info.name)
    }
}

impl<M: Model, T, N> Column<M, T, N> {
    /// The column at a place of the model's table; called by generated code alone.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(index: usize) -> Self {
        Self {
            index,
            info: &M::TABLE.columns[index],
            types: PhantomData,
        }
    }
}

impl<M, T, N> Column<M, T, N> {
    /// The column's name as SQL has it, quoted where it must be.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.info.name
    }

    /// What generated code says of the column.
    #[doc(hidden)]
    #[must_use]
    pub const fn info(self) -> &'static ColumnInfo {
        self.info
    }

    fn casts(&self) -> (&'static str, &'static str) {
        (self.info.cast, self.info.array_cast)
    }

    fn place(&self) -> Option<(usize, &'static ColumnInfo)> {
        Some((self.index, self.info))
    }

    fn clause(self) -> Clause {
        self.info.name.into()
    }
}

/// An expression over the columns of the model `M` whose values are `T`; `N` says whether it can be NULL.
pub struct Expr<M, T, N = NotNull> {
    clause: Clause,
    casts: (&'static str, &'static str),
    types: Types<M, T, N>,
}

impl<M, T, N> Clone for Expr<M, T, N> {
    fn clone(&self) -> Self {
        Self {
            clause: self.clause.clone(),
            ..*self
        }
    }
}

impl<M, T, N> std::fmt::Debug for Expr<M, T, N> {
    /// The SQL without the values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.clause.fmt(f)
    }
}

impl<M, T, N> Expr<M, T, N> {
    /// An expression that binds tighter than any operator: a name, a call, or something in parentheses.
    #[doc(hidden)]
    #[must_use]
    pub fn from_clause(clause: Clause) -> Self {
        Self {
            clause,
            casts: ("", ""),
            types: PhantomData,
        }
    }

    fn casts(&self) -> (&'static str, &'static str) {
        self.casts
    }

    fn place(&self) -> Option<(usize, &'static ColumnInfo)> {
        None
    }

    fn clause(self) -> Clause {
        self.clause
    }
}

/// Whether an expression can be NULL, as a type says it.
pub trait Nullability {
    /// Whether it can.
    #[doc(hidden)]
    const NULLABLE: bool;
}

impl Nullability for NotNull {
    const NULLABLE: bool = false;
}

impl Nullability for Null {
    const NULLABLE: bool = true;
}

/// `left operator value`
fn compare<M>(
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

/// What columns and expressions alike can do.
macro_rules! operators {
    ($Self:ident) => {
        impl<M, T: Value, N> $Self<M, T, N> {
            /// Equals the value.
            pub fn eq(self, value: impl IntoValue<T>) -> Filter<M> {
                let (cast, _) = self.casts();
                let place = self.place();
                let mut filter = compare(self.clause(), " = ", value.into_value(), cast);
                filter
                    .condition
                    .equal
                    .extend(place.map(|(_, info)| info.name));
                filter
            }

            /// Differs from the value. A NULL does not: see [`is_distinct_from`](Self::is_distinct_from).
            pub fn ne(self, value: impl IntoValue<T>) -> Filter<M> {
                let (cast, _) = self.casts();
                compare(self.clause(), " <> ", value.into_value(), cast)
            }

            /// Is less than the value.
            pub fn lt(self, value: impl IntoValue<T>) -> Filter<M> {
                let (cast, _) = self.casts();
                bounded(self.clause(), " < ", value.into_value(), cast)
            }

            /// Is less than the value or equals it.
            pub fn le(self, value: impl IntoValue<T>) -> Filter<M> {
                let (cast, _) = self.casts();
                bounded(self.clause(), " <= ", value.into_value(), cast)
            }

            /// Is greater than the value.
            pub fn gt(self, value: impl IntoValue<T>) -> Filter<M> {
                let (cast, _) = self.casts();
                bounded(self.clause(), " > ", value.into_value(), cast)
            }

            /// Is greater than the value or equals it.
            pub fn ge(self, value: impl IntoValue<T>) -> Filter<M> {
                let (cast, _) = self.casts();
                bounded(self.clause(), " >= ", value.into_value(), cast)
            }

            /// Differs from the value, or is NULL.
            pub fn is_distinct_from(self, value: impl IntoValue<T>) -> Filter<M> {
                let (cast, _) = self.casts();
                compare(
                    self.clause(),
                    " IS DISTINCT FROM ",
                    value.into_value(),
                    cast,
                )
            }

            /// Lies between the values, or equals one of them.
            pub fn between(self, low: impl IntoValue<T>, high: impl IntoValue<T>) -> Filter<M> {
                let (cast, _) = self.casts();
                let mut clause = Clause::new();
                clause.text("(").clause(self.clause()).text(" BETWEEN ");
                clause.bound(low.into_value(), cast).text(" AND ");
                clause.bound(high.into_value(), cast).text(")");
                Filter::from_clause(clause)
            }

            /// Is one of the values: of an array, a slice, a `Vec` or anything to iterate over. Of none of them if there
            /// are none. They are sent as one array, so that the statement is the same however many they are.
            pub fn in_<V: IntoValue<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M>
            where
                Vec<T>: Value,
            {
                let (_, cast) = self.casts();
                let values: Vec<T> = values.into_iter().map(V::into_value).collect();
                let mut clause = self.clause();
                clause.text(" = ANY(").value(values, cast).text(")");
                Filter::from_clause(clause)
            }

            /// Is none of the values. A NULL is neither one of them nor none of them, unless there are none.
            pub fn not_in<V: IntoValue<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M>
            where
                Vec<T>: Value,
            {
                let (_, cast) = self.casts();
                let values: Vec<T> = values.into_iter().map(V::into_value).collect();
                let mut clause = self.clause();
                clause.text(" <> ALL(").value(values, cast).text(")");
                Filter::from_clause(clause)
            }
        }

        impl<M, T, N: Nullability> $Self<M, T, N> {
            /// From the lowest to the highest, NULLs last.
            pub fn asc(self) -> Order<M> {
                self.order(false)
            }

            /// From the highest to the lowest, NULLs first.
            pub fn desc(self) -> Order<M> {
                self.order(true)
            }

            fn order(self, descending: bool) -> Order<M> {
                Order::new(Key {
                    column: self.place().map(|(index, _)| index),
                    cast: self.casts().0,
                    clause: self.clause(),
                    nullable: N::NULLABLE,
                    descending,
                    nulls_first: descending,
                })
            }
        }

        impl<M, T> $Self<M, T, Null> {
            /// Is NULL.
            pub fn is_null(self) -> Filter<M> {
                let mut clause = self.clause();
                clause.text(" IS NULL");
                Filter::of(Condition::one(clause))
            }

            /// Is not NULL.
            pub fn is_not_null(self) -> Filter<M> {
                let mut clause = self.clause();
                clause.text(" IS NOT NULL");
                Filter::of(Condition::one(clause))
            }
        }

        impl<M, N> $Self<M, String, N> {
            /// Matches the pattern, in which `%` stands for any text and `_` for any letter.
            pub fn like(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " LIKE ", pattern.into_value(), "")
            }

            /// Matches the pattern in upper or lower case.
            pub fn ilike(self, pattern: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " ILIKE ", pattern.into_value(), "")
            }
        }
    };
}

operators!(Column);
operators!(Expr);
