//! What a statement runs on.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::session::Settings;
use crate::{Db, Held, Tx};

/// Something that runs statements: a `&Db` or `&Tx`, or what sqlx has: `&PgPool`, `&mut PgConnection`, `&mut Transaction` or
/// `&mut PoolConnection`.
///
/// sqlx's own trait is not implemented for a `&mut Transaction`; with this one, `&mut tx` is enough.
///
/// A function that takes one works with each of them:
///
/// ```
/// # use pgwright::doc::*;
/// use pgwright::{Db, Executor, Result, Tx};
///
/// async fn how_many(db: impl Executor<'_>) -> Result<i64> {
///     User::query().filter(user::full_name.is_null()).count(db).await
/// }
///
/// async fn twice(db: &Db, tx: &Tx) -> Result<i64> {
///     Ok(how_many(db).await? + how_many(tx).await?)
/// }
/// # let _ = twice;
/// ```
pub trait Executor<'c>: Send + Sized {
    /// Where the connection comes from.
    fn source(self) -> Source<'c>;
}

/// Where the connection of a statement comes from.
#[derive(Debug)]
#[non_exhaustive]
pub enum Source<'c> {
    /// Any connection of a database.
    Db(&'c Db),
    /// The connection of a transaction.
    Tx(&'c Tx),
    /// A connection of a database that is held.
    Held(&'c mut Held),
    /// Any connection of a pool of sqlx.
    Pool(&'c PgPool),
    /// This one.
    Connection(&'c mut PgConnection),
}

impl Source<'_> {
    /// The same source for one statement of several.
    pub(crate) fn reborrow(&mut self) -> Source<'_> {
        match self {
            Self::Db(db) => Source::Db(db),
            Self::Tx(tx) => Source::Tx(tx),
            Self::Held(held) => Source::Held(held),
            Self::Pool(pool) => Source::Pool(pool),
            Self::Connection(connection) => Source::Connection(connection),
        }
    }

    pub(crate) fn settings(&self) -> Option<&Settings> {
        match self {
            Self::Db(db) => Some(&db.shelf().settings),
            Self::Tx(tx) => Some(tx.settings()),
            Self::Held(held) => Some(held.settings()),
            Self::Pool(_) | Self::Connection(_) => None,
        }
    }
}

impl<'c> Executor<'c> for Source<'c> {
    fn source(self) -> Source<'c> {
        self
    }
}

impl<'c> Executor<'c> for &'c Db {
    fn source(self) -> Source<'c> {
        Source::Db(self)
    }
}

impl<'c> Executor<'c> for &'c Tx {
    fn source(self) -> Source<'c> {
        Source::Tx(self)
    }
}

impl<'c> Executor<'c> for &'c mut Held {
    fn source(self) -> Source<'c> {
        Source::Held(self)
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
