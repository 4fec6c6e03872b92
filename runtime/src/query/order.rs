//! Orders.

use std::marker::PhantomData;

use super::{Clause, ColumnInfo, Writer};

/// One key of an order: a column or an expression, and its direction.
///
/// ```
/// # use pgwright::doc::*;
/// let query = User::query().order_by((user::full_name.asc().nulls_first(), user::id.desc()));
/// assert!(query.sql().ends_with("ORDER BY full_name NULLS FIRST, id DESC"));
/// ```
#[derive(Debug)]
pub struct Order<M> {
    pub(crate) key: Key,
    model: PhantomData<fn() -> M>,
}

impl<M> Clone for Order<M> {
    fn clone(&self) -> Self {
        Self::new(self.key.clone())
    }
}

/// What an [`Order`] is, whatever the model.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The place of the column among those of the table, if it is one.
    pub(crate) column: Option<usize>,
    pub(crate) clause: Clause,
    /// What follows a parameter that is compared with it.
    pub(crate) cast: &'static str,
    /// What follows it in an ORDER BY; see [`ColumnInfo::own`].
    pub(crate) own: &'static str,
    pub(crate) nullable: bool,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

impl<M> Order<M> {
    pub(crate) fn new(key: Key) -> Self {
        Self {
            key,
            model: PhantomData,
        }
    }

    /// NULLs come before everything else.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().order_by(user::full_name.asc().nulls_first());
    /// ```
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.key.nulls_first = true;
        self
    }

    /// NULLs come behind everything else.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().order_by(user::full_name.desc().nulls_last());
    /// ```
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.key.nulls_first = false;
        self
    }
}

impl Key {
    /// A column, NULLs where PostgreSQL puts them.
    pub(crate) fn of_column(index: usize, column: &'static ColumnInfo, descending: bool) -> Self {
        Self {
            column: Some(index),
            clause: column.operand.into(),
            cast: column.cast,
            own: column.own(),
            nullable: column.nullable,
            descending,
            nulls_first: descending,
        }
    }

    /// The key of the opposite order, if that is wanted.
    pub(crate) fn turned(&self, backward: bool) -> Self {
        Self {
            descending: self.descending != backward,
            nulls_first: self.nulls_first != backward,
            ..self.clone()
        }
    }

    /// Writes it; `distinct` says that it has to be what is selected.
    pub(crate) fn write(&self, writer: &mut Writer, distinct: bool) {
        writer.clause(&self.clause);
        if !distinct {
            writer.text(self.own);
        }
        if self.descending {
            writer.text(" DESC");
        }
        // PostgreSQL takes NULL for larger than everything.
        if self.nullable && self.nulls_first != self.descending {
            writer.text(if self.nulls_first {
                " NULLS FIRST"
            } else {
                " NULLS LAST"
            });
        }
    }
}

/// What [`order_by`](super::Query::order_by) takes: one [`Order`], or several as an array, a `Vec` or a tuple.
pub trait IntoOrder<M> {
    /// The keys, the first of which counts most.
    fn into_order(self) -> Vec<Order<M>>;
}

impl<M> IntoOrder<M> for Order<M> {
    fn into_order(self) -> Vec<Order<M>> {
        vec![self]
    }
}

impl<M> IntoOrder<M> for Vec<Order<M>> {
    fn into_order(self) -> Vec<Order<M>> {
        self
    }
}

impl<M, const N: usize> IntoOrder<M> for [Order<M>; N] {
    fn into_order(self) -> Vec<Order<M>> {
        self.into()
    }
}

macro_rules! tuple {
    ($($order:ident)*) => {
        impl<M> IntoOrder<M> for ($(tuple!(@ $order),)*) {
            fn into_order(self) -> Vec<Order<M>> {
                let ($($order,)*) = self;
                vec![$($order),*]
            }
        }
    };
    (@ $order:ident) => { Order<M> };
}

tuple!(a b);
tuple!(a b c);
tuple!(a b c d);
