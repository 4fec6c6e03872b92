//! The rows of a statement, one by one as they come.

use sqlx::Executor as _;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx_core::transaction::TransactionManager as _;
use tracing::Instrument as _;

use super::{Call, Got, LOOKUPS, Manager, was_forgotten};
use crate::query::wait_until_taken;
use crate::session::{Fate, Held};
use crate::watch::Watch;
use crate::{Error, Operation, Result, Source};

/// Reads a row, and leaves what it read for whoever polls the stream.
pub(crate) type Put<'c> = Box<dyn FnMut(&PgRow) -> Result<()> + Send + 'c>;

/// Has the rows of a statement read and put where they are taken from, one by one as they come. Nothing is sent again: rows
/// may have been seen.
pub(crate) fn stream<'c>(
    source: Source<'c>,
    mut call: Call,
    mut put: Put<'c>,
) -> Operation<'c, ()> {
    Box::pin(async move {
        let watch = Watch::new(&call, &source);
        let span = watch.span.clone();
        let poured = pour_from(source, &mut call, &mut put);
        let result = poured.instrument(span).await.map(Got::Count);
        watch.done(&call, &result);
        result.map(drop)
    })
}

async fn pour_from(source: Source<'_>, call: &mut Call, put: &mut Put<'_>) -> Result<u64> {
    match source {
        Source::Db(db) => {
            let mut held = match call.statement.reads {
                true => db.acquire_to_read().await?,
                false => db.acquire().await?,
            };
            let result = pour_held(&mut held, call, put).await;
            if result.is_ok() {
                held.set_fate(Fate::Keep);
            }
            result
        }
        Source::Held(held) => pour_held(held, call, put).await,
        Source::Tx(tx) => {
            let mut connection = tx.lock().await?;
            let result = pour_held(connection.held(), call, put).await;
            // A row that cannot be read is no failure to the server.
            if let Err(error) = &result
                && !matches!(error, Error::Decode { .. })
            {
                connection.failed();
            }
            result
        }
        Source::Pool(pool) => {
            let mut connection = pool.acquire().await.map_err(|error| call.error(error))?;
            pour(&mut connection, call, put).await
        }
        Source::Connection(connection) => pour(connection, call, put).await,
    }
}

async fn pour_held(held: &mut Held, call: &mut Call, put: &mut Put<'_>) -> Result<u64> {
    let pgbouncer = held.settings().pgbouncer;
    let alone = pgbouncer && Manager::get_transaction_depth(held) == 0;
    call.statement.persistent &= !pgbouncer;
    match pour_once(held, call, put, alone).await {
        // Not a row of it was seen.
        Err(Error::Database(error)) if alone && was_forgotten(&error) => {
            pour_once(held, call, put, alone).await
        }
        result => result,
    }
}

async fn pour_once(
    held: &mut Held,
    call: &mut Call,
    put: &mut Put<'_>,
    alone: bool,
) -> Result<u64> {
    let pgbouncer = held.settings().pgbouncer;
    if alone {
        let begin = held.begin_alone();
        // If the stream is dropped on the way, nobody knows how far it came.
        held.set_fate(Fate::Close);
        let begun = Manager::begin(held, begin).await;
        begun.map_err(|error| call.error(error))?;
    }
    let result = match held.learn(call.spec, !pgbouncer).await {
        Ok(()) => pour(held, call, put).await,
        Err(error) => Err(call.error(error)),
    };
    match &result {
        Err(error) => {
            held.failed(error);
            if alone && !error.is_connection() {
                Manager::start_rollback(held);
                held.set_fate(Fate::Check);
            }
        }
        Ok(_) if alone => {
            let committed = Manager::commit(held).await;
            committed.map_err(|error| call.error(error))?;
            held.set_fate(Fate::Check);
        }
        Ok(_) => {}
    }
    result
}

/// The rows of a statement on one connection.
async fn pour(connection: &mut PgConnection, call: &Call, put: &mut Put<'_>) -> Result<u64> {
    let mut lookups = 1;
    let mut count = 0;
    'again: loop {
        let query = sqlx::query_with(call.statement.sql.clone(), call.args.clone())
            .persistent(call.statement.persistent);
        let mut rows = (&mut *connection).fetch(query);
        loop {
            let row = std::future::poll_fn(|context| rows.as_mut().poll_next(context)).await;
            match row {
                None => return Ok(count),
                Some(Ok(row)) => {
                    count += 1;
                    put(&row)?;
                    wait_until_taken().await;
                }
                // It is found out before the statement is sent.
                Some(Err(sqlx::Error::TypeNotFound { .. })) if lookups < LOOKUPS => {
                    lookups += 1;
                    continue 'again;
                }
                Some(Err(error)) => return Err(call.error(error)),
            }
        }
    }
}
