//! A connection for several statements.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Executor as _, PgConnection, Postgres, Row as _, SqlStr};
use sqlx_core::transaction::TransactionManager as _;

use crate::session::{BoxFuture, Fate};
use crate::{Error, Held, Operation, Result, Rule, Source, TxConnection};

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
    pub(crate) fn of(source: Source<'c>, rules: &'static [Rule]) -> Operation<'c, Self> {
        Box::pin(async move {
            match source {
                Source::Db(db) => Ok(Self::Db(db.acquire().await?)),
                Source::Held(held) => Ok(Self::Borrowed(held)),
                Source::Tx(tx) => Ok(Self::Tx(tx.connection().await?)),
                Source::Pool(pool) => match pool.acquire().await {
                    Ok(connection) => Ok(Self::Pool(connection)),
                    Err(error) => Err(Error::from_sqlx(error, rules)),
                },
                Source::Connection(connection) => Ok(Self::Connection(connection)),
            }
        })
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

    /// Begins a transaction, or a savepoint of the one there is: what is done in it counts when it is [ended](Unit::end) by
    /// an `Ok`, and is rolled back otherwise.
    pub(crate) fn begin<'u>(&'u mut self, rules: &'static [Rule]) -> Operation<'u, Unit<'u, 'c>> {
        Box::pin(self.begin_unit(rules))
    }

    async fn begin_unit(&mut self, rules: &'static [Rule]) -> Result<Unit<'_, 'c>> {
        let fail = |error| Error::from_sqlx(error, rules);
        let own = !self.is_in_theirs().await.map_err(fail)?;
        if own {
            let sql = self.begin_alone();
            self.set_fate(Fate::Close);
            let done = Manager::begin(self, sql).await;
            self.set_fate(Fate::Check);
            done.map_err(fail)?;
        } else {
            self.execute(SAVEPOINT).await.map_err(fail)?;
        }
        Ok(Unit {
            connected: self,
            rules,
            own,
            open: true,
        })
    }

    /// Whether a statement that fails would end a transaction that is under way.
    pub(crate) async fn is_in_transaction(&mut self, rules: &'static [Rule]) -> Result<bool> {
        if Manager::get_transaction_depth(self) > 0 {
            return Ok(true);
        }
        let theirs = self.is_in_theirs().await;
        theirs.map_err(|error| Error::from_sqlx(error, rules))
    }

    /// Whether somebody began a transaction by a statement, of which sqlx knows nothing: it would send another `BEGIN`,
    /// which does nothing, and a `COMMIT`, which ends the transaction that is not ours.
    async fn is_in_theirs(&mut self) -> sqlx::Result<bool> {
        let may_be = match self {
            Self::Borrowed(_) | Self::Connection(_) => Manager::get_transaction_depth(self) == 0,
            Self::Db(_) | Self::Tx(_) | Self::Pool(_) => false,
        };
        if !may_be {
            return Ok(false);
        }
        // Outside of a transaction a statement is one, that begins when the statement does.
        let sql = "SELECT pg_catalog.now() <> pg_catalog.statement_timestamp()";
        sqlx::raw_sql(sql).fetch_one(&mut **self).await?.try_get(0)
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

/// A savepoint of a transaction that somebody began by a statement.
const SAVEPOINT: &str = "SAVEPOINT pgwright_unit";

/// Several statements of which all count or none.
pub(crate) struct Unit<'u, 'c> {
    connected: &'u mut Connected<'c>,
    rules: &'static [Rule],
    /// Whether sqlx knows of it. Else it is a savepoint of a transaction that sqlx knows nothing of.
    own: bool,
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

    /// Ends it as what was done in it ended. If it is dropped instead, what was done is rolled back too, but for a savepoint
    /// of a transaction that sqlx knows nothing of.
    pub(crate) async fn end<T>(mut self, result: Result<T>) -> Result<T> {
        match &result {
            Ok(_) => self.keep().await?,
            Err(_) if self.own => {}
            Err(error) if error.is_connection() => {}
            Err(_) => self.undo().await,
        }
        result
    }

    fn keep(&mut self) -> Operation<'_, ()> {
        Box::pin(async move {
            if self.own {
                self.connected.set_fate(Fate::Close);
                let done = Manager::commit(self.connected).await;
                self.connected.set_fate(Fate::Check);
                done.map_err(|error| Error::of_commit(error, self.rules))?;
                self.open = false;
                self.connected.set_fate(Fate::Keep);
            } else {
                let done = self.connected.execute("RELEASE SAVEPOINT pgwright_unit");
                done.await
                    .map_err(|error| Error::from_sqlx(error, self.rules))?;
            }
            Ok(())
        })
    }

    fn undo(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let undo = "ROLLBACK TO SAVEPOINT pgwright_unit; RELEASE SAVEPOINT pgwright_unit";
            // Why it failed says more than why it cannot be undone: then the server refuses whatever comes.
            let _ = sqlx::raw_sql(undo).execute(&mut **self.connected).await;
        })
    }
}

impl Drop for Unit<'_, '_> {
    fn drop(&mut self) {
        if self.open && self.own {
            // It is sent with whatever is sent next.
            Manager::start_rollback(self.connected);
        }
    }
}
