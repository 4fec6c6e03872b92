//! The values of a row's columns that relations go by.

use std::sync::Arc;

use crate::query::Bind;
use crate::{Args, Model, Value};

/// A model that has relations.
///
/// ```
/// # fn used() {
/// fn of<User: pgwright::Related, R: pgwright::Model>(user: &User, rows: pgwright::Relation<User, R>) -> pgwright::Query<R> {
///     rows.of(user)
/// }
/// # }
/// ```
pub trait Related: Model + Clone + Send + Sync {
    /// Takes the value of a column, by its place among the columns of the table.
    #[doc(hidden)]
    fn key<K: Keys<Self>>(column: usize, keys: K) -> K::Out;
}

/// What is done with the values of one column.
#[doc(hidden)]
pub trait Keys<M>: Sized {
    /// What comes of it.
    type Out: Default;

    /// The column takes no NULL.
    fn of<T>(self, value: fn(&M) -> T) -> Self::Out
    where
        T: Value,
        Vec<T>: Value,
        Vec<Option<T>>: Value;

    /// The column takes NULL.
    fn maybe<T>(self, value: fn(&M) -> Option<T>) -> Self::Out
    where
        T: Value,
        Vec<T>: Value,
        Vec<Option<T>>: Value;
}

/// The value of one row: none if it is NULL.
pub(super) struct OfRow<'r, M>(pub(super) &'r M);

impl<M> Keys<M> for OfRow<'_, M> {
    type Out = Option<Arc<dyn Bind>>;

    fn of<T: Value>(self, value: fn(&M) -> T) -> Self::Out {
        Some(Arc::new(value(self.0)))
    }

    fn maybe<T: Value>(self, value: fn(&M) -> Option<T>) -> Self::Out {
        let value = value(self.0)?;
        Some(Arc::new(value))
    }
}

/// The values of all rows, as one array.
pub(super) struct OfRows<'r, 'a, M> {
    pub(super) rows: &'r [&'r M],
    pub(super) args: &'a mut Args,
}

impl<M> Keys<M> for OfRows<'_, '_, M> {
    type Out = ();

    fn of<T>(self, value: fn(&M) -> T)
    where
        Vec<T>: Value,
    {
        let values: Vec<T> = self.rows.iter().map(|row| value(row)).collect();
        self.args.add(values);
    }

    fn maybe<T>(self, value: fn(&M) -> Option<T>)
    where
        Vec<Option<T>>: Value,
    {
        let values: Vec<Option<T>> = self.rows.iter().map(|row| value(row)).collect();
        self.args.add(values);
    }
}
