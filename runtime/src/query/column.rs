//! Columns and expressions: what filters and orders are made of.

use std::marker::PhantomData;

use super::{Clause, ColumnInfo};
use crate::Model;

/// Marks a column that takes no NULL.
#[derive(Clone, Copy, Debug)]
pub enum NotNull {}

/// Marks a column that takes NULL.
#[derive(Clone, Copy, Debug)]
pub enum Null {}

/// Types that are only spoken of: nothing of them is held.
type Types<M, T, N> = PhantomData<fn() -> (M, T, N)>;

/// A column of the model `M` whose values are `T`; `N` says whether it takes NULL.
///
/// ```
/// # use pgwright::doc::*;
/// let young = user::created_at.gt(pgwright::chrono::DateTime::UNIX_EPOCH);
/// let query = User::query()
///     .filter(young.and(user::full_name.is_null()))
///     .order_by(user::email.asc());
/// assert!(query.sql().ends_with("ORDER BY email"));
/// ```
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
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// assert_eq!(user::email.name(), "email");
    /// ```
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

    pub(crate) fn casts(&self) -> Casts {
        Casts {
            value: self.info.cast,
            array: self.info.array_cast,
            read: self
                .info
                .select
                .strip_prefix(self.info.name)
                .unwrap_or_default(),
        }
    }

    pub(crate) fn place(&self) -> Option<(usize, &'static ColumnInfo)> {
        Some((self.index, self.info))
    }

    pub(crate) fn clause(self) -> Clause {
        self.info.operand.into()
    }
}

/// What follows SQL where values travel as something else than they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Casts {
    /// A value that is sent.
    pub(crate) value: &'static str,
    /// An array of values that is sent.
    pub(crate) array: &'static str,
    /// What is read.
    pub(crate) read: &'static str,
}

/// An expression over the columns of the model `M` whose values are `T`; `N` says whether it can be NULL.
///
/// ```
/// # use pgwright::doc::*;
/// let name = user::full_name.or_else("nobody").lower();
/// let query = User::query().order_by(name.asc());
/// ```
pub struct Expr<M, T, N = NotNull> {
    clause: Clause,
    casts: Casts,
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
            casts: Casts::default(),
            types: PhantomData,
        }
    }

    pub(crate) fn with_casts(clause: Clause, casts: Casts) -> Self {
        Self {
            clause,
            casts,
            types: PhantomData,
        }
    }

    pub(crate) fn casts(&self) -> Casts {
        self.casts
    }

    pub(crate) fn place(&self) -> Option<(usize, &'static ColumnInfo)> {
        None
    }

    pub(crate) fn clause(self) -> Clause {
        self.clause
    }
}

impl<M, T, N> From<Column<M, T, N>> for Expr<M, T, N> {
    fn from(column: Column<M, T, N>) -> Self {
        let casts = column.casts();
        Self::with_casts(column.clause(), casts)
    }
}

/// Whether an expression can be NULL, as a type says it.
pub trait Nullability {
    /// Whether it can.
    #[doc(hidden)]
    const NULLABLE: bool;
    /// What is read of it: a value, or a value or none.
    type Of<T>;
}

impl Nullability for NotNull {
    const NULLABLE: bool = false;
    type Of<T> = T;
}

impl Nullability for Null {
    const NULLABLE: bool = true;
    type Of<T> = Option<T>;
}
