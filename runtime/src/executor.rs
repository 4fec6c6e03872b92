//! What a statement runs on.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

/// Something that runs statements: `&PgPool`, `&mut PgConnection`, `&mut Transaction` or `&mut PoolConnection`.
///
/// sqlx's own trait is not implemented for a `&mut Transaction`; with this one, `&mut tx` is enough.
pub trait Executor<'c>: Send + Sized {
    /// Where the connection comes from.
    fn source(self) -> Source<'c>;
}

/// Where the connection of a statement comes from.
#[derive(Debug)]
#[non_exhaustive]
pub enum Source<'c> {
    /// Any connection of a pool.
    Pool(&'c PgPool),
    /// This one.
    Connection(&'c mut PgConnection),
}

impl<'c> Executor<'c> for Source<'c> {
    fn source(self) -> Source<'c> {
        self
    }
}

impl<'c> Executor<'c> for &'c PgPool {
    fn source(self) -> Source<'c> {
        Source::Pool(self)
    }
}

impl<'c> Executor<'c> for &'c mut PgConnection {
    fn source(self) -> Source<'c> {
        Source::Connection(self)
    }
}

impl<'c> Executor<'c> for &'c mut Transaction<'_, Postgres> {
    fn source(self) -> Source<'c> {
        Source::Connection(self)
    }
}

impl<'c> Executor<'c> for &'c mut PoolConnection<Postgres> {
    fn source(self) -> Source<'c> {
        Source::Connection(self)
    }
}
