//! Removing rows that were deleted softly and kept long enough.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::connected::Connected;
use crate::statement::fetch_rows;
use crate::{Args, Executor, Model, Result, Row, Statement};

/// The removal of rows that were deleted softly, with all that belongs to them, in batches.
///
/// Each batch takes the rows that were deleted first, passes by those that another session holds, and removes what
/// belongs to them before them. On a pool or a connection each batch is a transaction of its own: what is removed stays
/// removed whatever happens to the rest, and the next run goes on from there.
///
/// ```no_run
/// # async fn example<User: pgwright::Model>(purge: pgwright::Purge<User>, db: &sqlx::PgPool) -> pgwright::Result<()> {
/// // let purge = User::purge();
/// let removed = purge
///     .batch(500)
///     .limit(100_000)
///     .on_progress(|removed| println!("{removed} so far"))
///     .run(db)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is removed until `run` is called"]
pub struct Purge<M> {
    sql: &'static str,
    batch: u32,
    limit: u64,
    older_than: Option<Duration>,
    progress: Option<Box<dyn FnMut(u64) + Send>>,
    model: PhantomData<fn() -> M>,
}

impl<M> fmt::Debug for Purge<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Purge")
            .field("batch", &self.batch)
            .field("limit", &self.limit)
            .field("older_than", &self.older_than)
            .finish_non_exhaustive()
    }
}

impl<M: Model> Purge<M> {
    /// A removal by a statement of generated code.
    #[doc(hidden)]
    pub fn new(sql: &'static str) -> Self {
        Self {
            sql,
            batch: 1000,
            limit: u64::MAX,
            older_than: None,
            progress: None,
            model: PhantomData,
        }
    }

    /// How many rows of the model a batch removes at most; 1,000 otherwise.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db, purge: pgwright::Purge<User>) -> pgwright::Result<()> {
    /// let count = purge.batch(500).run(db).await?;
    /// # Ok(()) }
    /// ```
    pub fn batch(mut self, rows: u32) -> Self {
        self.batch = rows.max(1);
        self
    }

    /// How many rows of the model are removed at most; all otherwise.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db, purge: pgwright::Purge<User>) -> pgwright::Result<()> {
    /// let count = purge.limit(10_000).run(db).await?;
    /// # Ok(()) }
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = rows;
        self
    }

    /// How long ago a row must have been deleted; what the spec says otherwise.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db, purge: pgwright::Purge<User>) -> pgwright::Result<()> {
    /// let count = purge.older_than(std::time::Duration::from_secs(86_400)).run(db).await?;
    /// # Ok(()) }
    /// ```
    pub fn older_than(mut self, time: Duration) -> Self {
        self.older_than = Some(time);
        self
    }

    /// Is told after each batch how many rows of the model are removed so far.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db, purge: pgwright::Purge<User>) -> pgwright::Result<()> {
    /// let count = purge.on_progress(|rows| println!("{rows} so far")).run(db).await?;
    /// # Ok(()) }
    /// ```
    pub fn on_progress(mut self, progress: impl FnMut(u64) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Removes them, and says how many rows of the model they were.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db, purge: pgwright::Purge<User>) -> pgwright::Result<()> {
    /// let count = purge.run(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database refuses. The batches before are removed all the same, unless they are part of a transaction.
    pub async fn run(mut self, db: impl Executor<'_>) -> Result<u64> {
        let mut held = Connected::of(db.source(), M::RULES).await?;
        let mut removed = 0;
        while removed < self.limit {
            let left = u32::try_from(self.limit - removed).unwrap_or(u32::MAX);
            let batch = i32::try_from(self.batch.min(left)).unwrap_or(i32::MAX);
            let mut args = Args::new();
            args.add(batch);
            args.add(self.older_than);
            let statement = Statement::write("purge", self.sql);
            let rows = fetch_rows::<M>(held.source(), statement, args).await?;
            let count = match rows.first() {
                Some(row) => Row::first(row, M::NAME).get::<i64>(0)?,
                None => 0,
            };
            if count <= 0 {
                break;
            }
            removed += count.unsigned_abs();
            if let Some(progress) = &mut self.progress {
                progress(removed);
            }
        }
        Ok(removed)
    }
}
