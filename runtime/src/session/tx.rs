//! A transaction.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Database, Executor as _, Postgres, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{Mutex, MutexGuard};

use super::builder::Settings;
use super::held::Fate;
use super::shelf::Shelf;
use super::{BoxFuture, Db, Held, TransactionOptions, Work, inside};
use crate::{Error, Operation, Result};

type Manager = <Postgres as Database>::TransactionManager;

/// A transaction, or a part of one that can be undone alone (a savepoint).
///
/// `&Tx` runs statements, as often as one likes; those that are begun at the same time run one after the other. It comes from
/// [`Db::transaction`], which commits, or from [`Db::begin`]. One that is dropped is rolled back.
///
/// ```no_run
/// # async fn example(db: pgwright::Db) -> pgwright::Result<()> {
/// let tx = db.begin().await?;
/// pgwright::sqlx::query("SELECT 1")
///     .execute(&mut *tx.connection().await?)
///     .await?;
/// tx.commit().await
/// # }
/// ```
#[derive(Debug)]
pub struct Tx {
    slot: Mutex<Slot>,
    id: u64,
    shelf: Arc<Shelf>,
}

/// The connection, and what became of it.
#[derive(Debug)]
struct Slot {
    /// `None` while a transaction within this one has it, and for ever when that one was dropped at a bad moment.
    held: Option<Held>,
    /// Whether the server was told to begin, and not yet to end.
    open: bool,
    /// Whether the server was told to begin or to end, and has not answered.
    moving: bool,
    /// Whether a statement failed: the server refuses all others.
    failed: bool,
    /// Whether somebody had the connection itself, so that nobody knows whether a statement failed.
    raw: bool,
}

/// How often a transaction is begun on connections that turn out to be dead. The first one found dead makes the pool try
/// the others before it gives them out.
const BEGINNINGS: u32 = 3;

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Tx {
    fn new(held: Held, shelf: &Arc<Shelf>) -> Self {
        Self {
            slot: Mutex::new(Slot {
                held: Some(held),
                open: false,
                moving: false,
                failed: false,
                raw: false,
            }),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            shelf: Arc::clone(shelf),
        }
    }

    /// Begins a transaction. A connection that turns out to be dead is replaced: nothing was done on it.
    pub(super) fn begin<'a>(db: &'a Db, options: &'a TransactionOptions) -> Operation<'a, Self> {
        Box::pin(async move {
            let settings = &db.shelf().settings;
            let sql = options.begin(&settings.local());
            let mut left = BEGINNINGS;
            loop {
                left -= 1;
                let mut held = db.acquire().await?;
                let begun = match held.learn_early(settings.pgbouncer).await {
                    Ok(()) => {
                        let tx = Self::new(held, db.shelf());
                        tx.start(sql.as_deref()).await.map(|()| tx)
                    }
                    Err(error) => {
                        held.lost();
                        Err(error.into())
                    }
                };
                match begun {
                    Err(error) if error.is_connection() && left > 0 => {}
                    begun => return begun,
                }
            }
        })
    }

    async fn start(&self, sql: Option<&str>) -> Result<()> {
        // Every part of it is a constant or a number.
        let sql = sql.map(|sql| AssertSqlSafe(sql.to_owned()).into_sql_str());
        let mut slot = self.slot.lock().await;
        let connection = slot.begin_move()?;
        let done = Manager::begin(connection, sql).await;
        slot.end_move(done)?;
        slot.open = true;
        Ok(())
    }

    /// Makes what was done in it last. [`Db::transaction`] does it by itself.
    ///
    /// ```no_run
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let tx = db.begin().await?;
    /// tx.commit().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Aborted`] if a statement in it had failed, else if the server refuses.
    pub async fn commit(self) -> Result<()> {
        self.finish().await
    }

    /// Undoes what was done in it.
    ///
    /// ```no_run
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let tx = db.begin().await?;
    /// tx.rollback().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the server cannot be reached; it undoes it then by itself.
    pub async fn rollback(self) -> Result<()> {
        self.undo().await
    }

    pub(super) fn finish(&self) -> Operation<'_, ()> {
        Box::pin(async move {
            let mut slot = self.slot.lock().await;
            if slot.raw && !slot.failed {
                // Whether a statement failed is known to the server alone.
                let connection = slot.begin_move()?;
                let done = connection.execute("SELECT").await.map(drop);
                slot.failed = slot.end_move(done).is_err();
            }
            if slot.failed {
                // The server would answer a COMMIT by ROLLBACK, and by no error.
                drop(slot);
                self.undo().await?;
                return Err(Error::Aborted);
            }
            let connection = slot.begin_move()?;
            // A savepoint that is not released is gone with its transaction.
            let outermost = Manager::get_transaction_depth(connection) == 1;
            let done = Manager::commit(connection).await;
            slot.end_move(done).map_err(|error| match error {
                Error::Connection(error) if outermost => Error::of_commit(error, &[]),
                error => error,
            })?;
            slot.open = false;
            slot.keep();
            Ok(())
        })
    }

    pub(super) fn undo(&self) -> Operation<'_, ()> {
        Box::pin(async move {
            let mut slot = self.slot.lock().await;
            if !slot.open {
                return Ok(());
            }
            let connection = slot.begin_move()?;
            let done = Manager::rollback(connection).await;
            slot.end_move(done)?;
            slot.open = false;
            slot.keep();
            Ok(())
        })
    }

    /// The connection, for raw queries of sqlx: `.execute(&mut *tx.connection().await?)`. Other statements wait until it is
    /// dropped.
    ///
    /// ```no_run
    /// # async fn example(tx: &pgwright::Tx) -> pgwright::Result<()> {
    /// let one: i32 = pgwright::sqlx::query_scalar("SELECT 1")
    ///     .fetch_one(&mut *tx.connection().await?)
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Misuse`] if the work of a transaction within this one asks for it.
    pub async fn connection(&self) -> Result<TxConnection<'_>> {
        let mut connection = self.lock().await?;
        connection.slot.raw = true;
        Ok(connection)
    }

    pub(crate) async fn lock(&self) -> Result<TxConnection<'_>> {
        if inside::is_outer(self.id) {
            return Err(Error::Misuse(
                "a transaction within this one is under way: its work uses the `tx` that it was given",
            ));
        }
        let slot = self.slot.lock().await;
        if slot.held.is_none() {
            return Err(Error::Aborted);
        }
        Ok(TxConnection { slot })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shelf.settings
    }

    /// Whether a statement in it met another transaction, or lost the connection: the same work may be begun again.
    pub(super) fn may_repeat(&self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let slot = self.slot.lock().await;
            slot.held.as_ref().is_some_and(Held::may_repeat)
        })
    }

    fn outer(&self) -> Operation<'_, TxConnection<'_>> {
        Box::pin(self.lock())
    }

    fn start_within(&self) -> Operation<'_, ()> {
        Box::pin(self.start(None))
    }

    /// Runs work in a savepoint. What it awaits besides the work are boxes, as [`run`](crate::run::run) is and says why.
    pub(super) async fn nest<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send,
        E: From<Error> + Send,
        F: for<'t> Work<'t, T, E> + Send,
    {
        let mut outer = self.outer().await?;
        let held = outer.slot.held.take().ok_or(Error::Aborted)?;
        let lent = Lent {
            inner: Self::new(held, &self.shelf),
            outer: &mut outer.slot,
        };
        lent.inner.start_within().await?;
        let result = match inside::within(self.id, work.run(&lent.inner)).await {
            Ok(value) => lent.inner.finish().await.map(|()| value).map_err(E::from),
            Err(error) => Err(error),
        };
        if result.is_err() {
            // If the connection is lost, the error of the work says so already.
            let _ = lent.inner.undo().await;
        }
        result
    }
}

impl Slot {
    fn begin_move(&mut self) -> Result<&mut PgConnection> {
        let held = self.held.as_mut().ok_or(Error::Aborted)?;
        self.moving = true;
        Ok(held)
    }

    fn end_move<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T> {
        self.moving = false;
        let Some(held) = &mut self.held else {
            return done.map_err(Error::from);
        };
        done.map_err(|error| {
            let error = Error::from_sqlx(error, held.rules());
            held.failed(&error);
            error
        })
    }

    /// The transaction is over, and the connection sound.
    fn keep(&mut self) {
        if let Some(held) = &mut self.held {
            held.set_fate(Fate::Keep);
        }
    }

    /// Has what is open rolled back by whoever uses the connection next.
    fn abandon(&mut self) {
        let Some(held) = &mut self.held else { return };
        if self.moving {
            held.set_fate(Fate::Close);
        } else if self.open {
            Manager::start_rollback(held);
            if held.fate() == Fate::Keep {
                held.set_fate(Fate::Check);
            }
        }
        self.open = false;
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        self.slot.get_mut().abandon();
    }
}

/// The connection of a transaction, lent to one within it.
struct Lent<'a> {
    inner: Tx,
    outer: &'a mut Slot,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let inner = self.inner.slot.get_mut();
        inner.abandon();
        self.outer.held = inner.held.take();
        if let Some(held) = &mut self.outer.held {
            match held.fate() {
                // Nobody knows which savepoints there are: the transaction is lost.
                Fate::Close => self.outer.held = None,
                Fate::Keep => held.set_fate(Fate::Check),
                Fate::Check => {}
            }
        }
    }
}

/// The connection of a [`Tx`], until it is dropped.
///
/// ```no_run
/// # async fn example(tx: &pgwright::Tx) -> pgwright::Result<()> {
/// let mut connection = tx.connection().await?;
/// pgwright::sqlx::query("SELECT 1").execute(&mut *connection).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TxConnection<'t> {
    slot: MutexGuard<'t, Slot>,
}

impl TxConnection<'_> {
    /// A statement failed: the server refuses all others.
    pub(crate) fn failed(&mut self) {
        self.slot.failed = true;
    }

    pub(crate) fn held(&mut self) -> &mut Held {
        self.slot.held.as_mut().expect(HAS_IT)
    }
}

const HAS_IT: &str = "it is only made of a slot that has its connection";

impl Deref for TxConnection<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.slot.held.as_ref().expect(HAS_IT)
    }
}

impl DerefMut for TxConnection<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.held()
    }
}
