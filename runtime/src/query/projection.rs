//! What is read of each row: the whole of it, or some columns and expressions.

use super::{Clause, Column, Expr, Nullability};
use crate::{Model, Read, Result, Row};

/// What a query reads of each row of the model `M`.
///
/// A model reads whole rows. A column or an expression reads its value, which is an `Option` where it can be NULL. A
/// tuple of up to twelve of them reads a tuple.
pub trait Projection<M>: Sized {
    /// What is read.
    type Row: Send;

    /// Adds what is selected, if it is not the whole row.
    #[doc(hidden)]
    fn list(self, list: &mut Vec<Clause>);

    /// Reads it, from the ordinal on, which moves behind it.
    #[doc(hidden)]
    fn read(row: &Row<'_>, ordinal: &mut usize) -> Result<Self::Row>;
}

impl<M: Model> Projection<M> for M {
    type Row = M;

    fn list(self, _list: &mut Vec<Clause>) {}

    fn read(row: &Row<'_>, _ordinal: &mut usize) -> Result<M> {
        M::read_row(row)
    }
}

fn next<T: Read>(row: &Row<'_>, ordinal: &mut usize) -> Result<T> {
    let value = row.get(*ordinal)?;
    *ordinal += 1;
    Ok(value)
}

macro_rules! one {
    ($Self:ident) => {
        impl<M, T, N: Nullability> Projection<M> for $Self<M, T, N>
        where
            N::Of<T>: Read,
        {
            type Row = N::Of<T>;

            fn list(self, list: &mut Vec<Clause>) {
                let read = self.casts().read;
                let mut clause = self.clause();
                if !read.is_empty() {
                    clause.text(read);
                }
                list.push(clause);
            }

            fn read(row: &Row<'_>, ordinal: &mut usize) -> Result<Self::Row> {
                next(row, ordinal)
            }
        }
    };
}

one!(Column);
one!(Expr);

macro_rules! tuple {
    ($($part:ident)*) => {
        #[allow(non_snake_case, reason = "each variable is named like its type")]
        impl<M, $($part: Projection<M>),*> Projection<M> for ($($part,)*) {
            type Row = ($($part::Row,)*);

            fn list(self, list: &mut Vec<Clause>) {
                let ($($part,)*) = self;
                $($part.list(list);)*
            }

            fn read(row: &Row<'_>, ordinal: &mut usize) -> Result<Self::Row> {
                Ok(($($part::read(row, ordinal)?,)*))
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);

/// A struct of one's own that is read from some columns and expressions. It is made by [`projection!`](crate::projection),
/// and read by [`select_as`](super::Query::select_as).
pub trait Select<M>: Sized + Send {
    /// Adds what is selected.
    #[doc(hidden)]
    fn list(list: &mut Vec<Clause>);

    /// Reads it, from the ordinal on, which moves behind it.
    #[doc(hidden)]
    fn read(row: &Row<'_>, ordinal: &mut usize) -> Result<Self>;
}

/// Adds what a field of a [`Select`] is read from.
#[doc(hidden)]
pub fn select_field<M, T, P: Projection<M, Row = T>>(value: P, list: &mut Vec<Clause>) {
    value.list(list);
}

/// Reads a field of a [`Select`].
#[doc(hidden)]
pub fn read_field<T: Read>(row: &Row<'_>, ordinal: &mut usize) -> Result<T> {
    next(row, ordinal)
}

/// What reads a [`Select`].
#[derive(Debug)]
pub struct As<S>(std::marker::PhantomData<fn() -> S>);

impl<S> As<S> {
    pub(crate) const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<M, S: Select<M>> Projection<M> for As<S> {
    type Row = S;

    fn list(self, list: &mut Vec<Clause>) {
        S::list(list);
    }

    fn read(row: &Row<'_>, ordinal: &mut usize) -> Result<S> {
        S::read(row, ordinal)
    }
}

/// A struct that is read from some columns and expressions of a model.
///
/// ```
/// # use pgwright::doc::*;
/// use pgwright::projection;
///
/// projection! {
///     /// What a list shows of a user.
///     #[derive(Debug)]
///     pub struct Line of User {
///         /// Where mail goes.
///         pub email: String = user::email,
///         pub name: Option<String> = user::full_name,
///         pub letters: i32 = user::email.length(),
///     }
/// }
///
/// # async fn example(db: &pgwright::sqlx::PgPool) -> pgwright::Result<()> {
/// let lines: Vec<Line> = User::query().select_as::<Line>().all(db).await?;
/// # Ok(())
/// # }
/// ```
///
/// The types are checked: a column that can be NULL wants a field that is an `Option`.
#[macro_export]
macro_rules! projection {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident of $model:ty {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $ty:ty = $value:expr),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $ty),+
        }

        impl $crate::Select<$model> for $name {
            fn list(list: &mut ::std::vec::Vec<$crate::Clause>) {
                $($crate::select_field::<$model, $ty, _>($value, list);)+
            }

            fn read(
                row: &$crate::Row<'_>,
                ordinal: &mut ::core::primitive::usize,
            ) -> $crate::Result<Self> {
                ::core::result::Result::Ok(Self {
                    $($field: $crate::read_field::<$ty>(row, ordinal)?),+
                })
            }
        }
    };
}
