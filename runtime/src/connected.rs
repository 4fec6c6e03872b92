//! A connection for several statements.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use crate::{Error, Executor, Held, Result, Rule, Source, TxConnection};

/// A connection, for as long as the value lives.
pub(crate) enum Connected<'c> {
    Db(Held),
    Tx(TxConnection<'c>),
    Pool(PoolConnection<Postgres>),
    Connection(&'c mut PgConnection),
}

impl<'c> Connected<'c> {
    /// Takes one connection of the pool, or the one there is.
    pub(crate) async fn of(db: impl Executor<'c>, rules: &[Rule]) -> Result<Self> {
        match db.source() {
            Source::Db(db) => Ok(Self::Db(db.acquire().await?)),
            Source::Tx(tx) => Ok(Self::Tx(tx.connection().await?)),
            Source::Pool(pool) => match pool.acquire().await {
                Ok(connection) => Ok(Self::Pool(connection)),
                Err(error) => Err(Error::from_sqlx(error, rules)),
            },
            Source::Connection(connection) => Ok(Self::Connection(connection)),
        }
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Db(held) => held,
            Self::Tx(connection) => connection,
            Self::Pool(connection) => connection,
            Self::Connection(connection) => connection,
        }
    }
}
