//! A connection for several statements.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Database, PgConnection, Postgres, SqlStr};
use sqlx_core::transaction::TransactionManager as _;

use crate::session::Fate;
use crate::{Error, Executor, Held, Result, Rule, Source, TxConnection};

type Manager = <Postgres as Database>::TransactionManager;

/// A connection, for as long as the value lives.
pub(crate) enum Connected<'c> {
    Db(Held),
    Borrowed(&'c mut Held),
    Tx(TxConnection<'c>),
    Pool(PoolConnection<Postgres>),
    Connection(&'c mut PgConnection),
}

impl<'c> Connected<'c> {
    /// Takes one connection of the pool, or the one there is.
    pub(crate) async fn of(db: impl Executor<'c>, rules: &[Rule]) -> Result<Self> {
        match db.source() {
            Source::Db(db) => Ok(Self::Db(db.acquire().await?)),
            Source::Held(held) => Ok(Self::Borrowed(held)),
            Source::Tx(tx) => Ok(Self::Tx(tx.connection().await?)),
            Source::Pool(pool) => match pool.acquire().await {
                Ok(connection) => Ok(Self::Pool(connection)),
                Err(error) => Err(Error::from_sqlx(error, rules)),
            },
            Source::Connection(connection) => Ok(Self::Connection(connection)),
        }
    }

    /// What operations run on.
    pub(crate) fn source(&mut self) -> Source<'_> {
        match self {
            Self::Db(held) => Source::Held(held),
            Self::Borrowed(held) => Source::Held(held),
            Self::Tx(connection) => Source::Held(connection.held()),
            Self::Pool(connection) => Source::Connection(connection),
            Self::Connection(connection) => Source::Connection(connection),
        }
    }

    /// Begins a transaction, or a savepoint of the one there is. Unless it is committed it is rolled back.
    pub(crate) async fn begin(&mut self, rules: &'static [Rule]) -> Result<Unit<'_, 'c>> {
        let sql = self.begin_alone();
        self.set_fate(Fate::Close);
        let done = Manager::begin(self, sql).await;
        self.set_fate(Fate::Check);
        done.map_err(|error| Error::from_sqlx(error, rules))?;
        Ok(Unit {
            connected: self,
            rules,
            open: true,
        })
    }

    /// What begins a transaction where none is under way and the session's settings are not one's own.
    fn begin_alone(&self) -> Option<SqlStr> {
        let held = match self {
            Self::Db(held) => held,
            Self::Borrowed(held) => &**held,
            Self::Tx(_) | Self::Pool(_) | Self::Connection(_) => return None,
        };
        (Manager::get_transaction_depth(held) == 0)
            .then(|| held.begin_alone())
            .flatten()
    }

    /// What becomes of a connection that nobody had before; between a message and its answer it can only be closed.
    fn set_fate(&mut self, fate: Fate) {
        if let Self::Db(held) = self {
            held.set_fate(fate);
        }
    }
}

impl Deref for Connected<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Self::Db(held) => held,
            Self::Borrowed(held) => held,
            Self::Tx(connection) => connection,
            Self::Pool(connection) => connection,
            Self::Connection(connection) => connection,
        }
    }
}

impl DerefMut for Connected<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Db(held) => held,
            Self::Borrowed(held) => held,
            Self::Tx(connection) => connection,
            Self::Pool(connection) => connection,
            Self::Connection(connection) => connection,
        }
    }
}

/// Several statements of which all count or none.
pub(crate) struct Unit<'u, 'c> {
    connected: &'u mut Connected<'c>,
    rules: &'static [Rule],
    open: bool,
}

impl Unit<'_, '_> {
    /// What operations run on.
    pub(crate) fn source(&mut self) -> Source<'_> {
        self.connected.source()
    }

    /// The connection itself.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        self.connected
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        self.connected.set_fate(Fate::Close);
        let done = Manager::commit(self.connected).await;
        self.connected.set_fate(Fate::Check);
        done.map_err(|error| Error::from_sqlx(error, self.rules))?;
        self.open = false;
        self.connected.set_fate(Fate::Keep);
        Ok(())
    }
}

impl Drop for Unit<'_, '_> {
    fn drop(&mut self) {
        if self.open {
            // It is sent with whatever is sent next.
            Manager::start_rollback(self.connected);
        }
    }
}
