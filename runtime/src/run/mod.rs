//! Sending a statement: where the connection comes from, what is sent again, and what becomes of the connection.

use std::fmt::{self, Display};
use std::future::poll_fn;

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{Either, Executor as _, Postgres};
use sqlx_core::transaction::TransactionManager as _;
use tracing::Instrument as _;

use crate::session::{Backoff, Db, Fate, Held, Spec};
use crate::watch::Watch;
use crate::{Args, Error, Model, Operation, Result, Rule, Source, Statement, TxConnection};

mod stream;

pub(crate) use stream::stream;

type Manager = <sqlx::Postgres as sqlx::Database>::TransactionManager;

/// How often sqlx may look for types that are made of others. It asks for all that a statement needs at once and loses
/// some of them when one of the others has to be asked for again; the next time those that it found are known.
const LOOKUPS: usize = 8;

/// A statement with its values, and whose it is.
pub(crate) struct Call {
    statement: Statement,
    args: PgArguments,
    /// Whether sqlx has to look up a type by its name.
    named: bool,
    /// The values as a log shows them, where one does.
    shown: Option<String>,
    model: &'static str,
    rules: &'static [Rule],
    spec: &'static Spec,
}

/// What is wanted of a statement.
pub(crate) enum Want<'s> {
    Row,
    Rows(&'s mut dyn Sink),
    Count,
}

/// Where the rows of a statement go, one by one as they come.
pub(crate) trait Sink: Send {
    /// The statement is sent; if it was sent before, what came of that does not count.
    fn begin(&mut self);

    fn row(&mut self, row: PgRow);
}

/// What a statement brought.
pub(crate) enum Got {
    Row(Option<PgRow>),
    /// How many there were.
    Rows(u64),
    /// How many it changed.
    Count(u64),
}

impl Call {
    pub(crate) fn new<T: Model>(statement: Statement, args: Args) -> Result<Self> {
        let (args, named, shown) = args.finish(T::NAME)?;
        Ok(Self {
            statement,
            args,
            named,
            shown,
            model: T::NAME,
            rules: T::RULES,
            spec: T::SPEC,
        })
    }

    /// What a span or a log calls it.
    pub(crate) fn name(&self) -> impl Display {
        let (model, name) = (self.model, self.statement.name);
        fmt::from_fn(move |f| match name {
            Some(name) => write!(f, "{model}::{name}"),
            None => f.write_str(model),
        })
    }

    pub(crate) fn sql(&self) -> &str {
        self.statement.sql.as_str()
    }

    pub(crate) fn values(&self) -> Option<&str> {
        self.shown.as_deref()
    }

    fn error(&self, error: sqlx::Error) -> Error {
        Error::from_sqlx(error, self.rules)
    }
}

/// Runs a statement on a connection of the source.
///
/// It is an [`Operation`] so that the compiler looks into it once: whatever awaits it and has a type parameter would be looked
/// into down to the sockets of sqlx.
pub(crate) fn run<'c>(
    source: Source<'c>,
    mut call: Call,
    mut want: Want<'c>,
) -> Operation<'c, Got> {
    Box::pin(async move {
        let watch = Watch::new(&call, &source);
        let span = watch.span.clone();
        let result = on_source(source, &mut call, &mut want)
            .instrument(span)
            .await;
        watch.done(&call, &result);
        result
    })
}

async fn on_source(source: Source<'_>, call: &mut Call, want: &mut Want<'_>) -> Result<Got> {
    match source {
        Source::Db(db) => on_db(db, call, want).await,
        Source::Tx(tx) => on_tx(&mut tx.lock().await?, call, want).await,
        Source::Held(held) => {
            let result = on_held(held, call, want, false).await;
            result.map_err(|error| {
                let error = call.error(error);
                held.failed(&error);
                error
            })
        }
        Source::Pool(pool) => {
            let mut connection = pool.acquire().await.map_err(|error| call.error(error))?;
            let result = plain(&mut connection, call, want).await;
            result.map_err(|error| call.error(error))
        }
        Source::Connection(connection) => {
            let result = plain(connection, call, want).await;
            result.map_err(|error| call.error(error))
        }
    }
}

async fn on_tx(
    connection: &mut TxConnection<'_>,
    call: &mut Call,
    want: &mut Want<'_>,
) -> Result<Got> {
    let held = connection.held();
    let result = if held.settings().pgbouncer || !call.statement.persistent {
        learned(held, call, want, false).await
    } else {
        // The types were looked up before it began, if the spec was known then; an error now would end it.
        held.note(call.spec);
        send(held, call, want, false).await
    };
    result.map_err(|error| {
        if was_forgotten(&error) {
            connection.held().set_may_repeat();
        }
        let error = call.error(error);
        connection.held().failed(&error);
        connection.failed();
        error
    })
}

/// Runs a statement on a connection of a database. It is sent again where that is safe: when the server says that it
/// undid it (SQLSTATE 40001 and 40P01), and when the connection breaks and it only reads.
async fn on_db(db: &Db, call: &mut Call, want: &mut Want<'_>) -> Result<Got> {
    let settings = &db.shelf().settings;
    let mut left = settings.attempts;
    let mut backoff = Backoff::default();
    let mut repeated = false;
    loop {
        left = left.saturating_sub(1);
        let mut held = match call.statement.reads {
            true => db.acquire_to_read().await?,
            false => db.acquire().await?,
        };
        let error = match on_held(&mut held, call, want, left > 0).await {
            Ok(got) => {
                held.set_fate(Fate::Keep);
                return Ok(got);
            }
            Err(error) => call.error(error),
        };
        held.failed(&error);
        let broken = error.is_connection();
        let again = error.is_retryable() || (call.statement.reads && broken);
        if left == 0 || !again {
            return Err(error);
        }
        drop(held);
        // One that died while nobody used it says nothing of how the server is now.
        if !broken || repeated {
            backoff.wait().await;
        }
        repeated = true;
    }
}

async fn on_held(
    held: &mut Held,
    call: &mut Call,
    want: &mut Want<'_>,
    keep: bool,
) -> Result<Got, sqlx::Error> {
    if held.settings().pgbouncer && Manager::get_transaction_depth(held) == 0 {
        alone(held, call, want, keep).await
    } else {
        learned(held, call, want, keep).await
    }
}

/// Runs a statement as a transaction of its own, for PgBouncer: a statement that is not prepared before has two parts, and
/// between them the server may become another one.
async fn alone(
    held: &mut Held,
    call: &mut Call,
    want: &mut Want<'_>,
    keep: bool,
) -> Result<Got, sqlx::Error> {
    match alone_once(held, call, want, true).await {
        Err(error) if was_forgotten(&error) => alone_once(held, call, want, keep).await,
        result => result,
    }
}

/// Whether a statement was not run because sqlx asked for the types of its columns between its two parts, which ends one
/// that has no name. Only types that are not the spec's own are not known by then, and now they are.
pub(crate) fn was_forgotten(error: &sqlx::Error) -> bool {
    let database = error.as_database_error();
    database.is_some_and(|database| database.code().as_deref() == Some("26000"))
}

async fn alone_once(
    held: &mut Held,
    call: &mut Call,
    want: &mut Want<'_>,
    keep: bool,
) -> Result<Got, sqlx::Error> {
    let begin = held.begin_alone();
    // If this future is dropped on the way, nobody knows how far it came.
    held.set_fate(Fate::Close);
    Manager::begin(held, begin).await?;
    let result = learned(held, call, want, keep).await;
    if result.is_ok() {
        Manager::commit(held).await?;
    } else {
        Manager::start_rollback(held);
    }
    held.set_fate(Fate::Check);
    result
}

/// Runs a statement on a connection that knows the types of its spec.
async fn learned(
    held: &mut Held,
    call: &mut Call,
    want: &mut Want<'_>,
    keep: bool,
) -> Result<Got, sqlx::Error> {
    let prepared = !held.settings().pgbouncer;
    call.statement.persistent &= prepared;
    held.learn(call.spec, prepared).await?;
    send(held, call, want, keep).await
}

/// Runs a statement on a connection of which nothing is known.
async fn plain(
    connection: &mut PgConnection,
    call: &mut Call,
    want: &mut Want<'_>,
) -> Result<Got, sqlx::Error> {
    if !call.statement.persistent {
        // sqlx would ask for types that it does not know between preparing an unnamed statement and running it, which
        // ends that statement.
        call.spec.resolve(connection, true).await?;
    }
    send(connection, call, want, false).await
}

/// Sends a statement; `keep` keeps the values for another time.
async fn send(
    connection: &mut PgConnection,
    call: &mut Call,
    want: &mut Want<'_>,
    keep: bool,
) -> Result<Got, sqlx::Error> {
    let mut lookups = 1;
    loop {
        // A type that is not found is found out before the statement is sent: it is safe to begin again.
        let again = call.named && lookups < LOOKUPS;
        let args = if keep || again {
            call.args.clone()
        } else {
            std::mem::take(&mut call.args)
        };
        let query = sqlx::query_with(call.statement.sql.clone(), args)
            .persistent(call.statement.persistent);
        let result = match want {
            Want::Row => connection.fetch_optional(query).await.map(Got::Row),
            Want::Rows(sink) => pour(connection, query, &mut **sink).await.map(Got::Rows),
            Want::Count => {
                (connection.execute(query).await).map(|done| Got::Count(done.rows_affected()))
            }
        };
        match result {
            Err(sqlx::Error::TypeNotFound { .. }) if again => lookups += 1,
            result => return result,
        }
    }
}

/// Puts the rows of a query into a sink; how many there are.
async fn pour(
    connection: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
    sink: &mut dyn Sink,
) -> Result<u64, sqlx::Error> {
    let mut count = 0;
    sink.begin();
    // Of sqlx's ways to get rows this is the one with the fewest layers.
    let mut rows = connection.fetch_many(query);
    while let Some(next) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
        if let Either::Right(row) = next? {
            count += 1;
            sink.row(row);
        }
    }
    Ok(count)
}
