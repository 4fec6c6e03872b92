//! What a statement runs on.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, Transaction};

/// Something that runs statements: `&PgPool`, `&mut PgConnection`, `&mut Transaction` or `&mut PoolConnection`.
///
/// sqlx's own trait is not implemented for a `&mut Transaction`; with this one, `&mut tx` is enough.
pub trait Executor<'c>: Send + Sized {
    /// The executor of sqlx behind it.
    type Inner: PgExecutor<'c>;

    /// The executor of sqlx behind it.
    fn into_inner(self) -> Self::Inner;
}

impl<'c> Executor<'c> for &'c PgPool {
    type Inner = Self;

    fn into_inner(self) -> Self::Inner {
        self
    }
}

impl<'c> Executor<'c> for &'c mut PgConnection {
    type Inner = Self;

    fn into_inner(self) -> Self::Inner {
        self
    }
}

impl<'c> Executor<'c> for &'c mut Transaction<'_, Postgres> {
    type Inner = &'c mut PgConnection;

    fn into_inner(self) -> Self::Inner {
        &mut **self
    }
}

impl<'c> Executor<'c> for &'c mut PoolConnection<Postgres> {
    type Inner = &'c mut PgConnection;

    fn into_inner(self) -> Self::Inner {
        &mut **self
    }
}
