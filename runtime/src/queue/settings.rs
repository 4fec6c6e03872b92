//! What a claim is to be like, and the claim.

use std::marker::PhantomData;
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::held::seconds;
use super::{QueueModel, QueueSql};
use crate::query::{Clause, NotNull, Writer};
use crate::{Args, Column, Executor, Filter, Result, Statement};

/// How long a lease lasts if nothing else is said.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(60);

/// The queue of a model: who claims which jobs, how many, for how long.
///
/// ```
/// # use pgwright::queue::{Queue, QueueModel};
/// # use std::time::Duration;
/// # async fn example<Job: QueueModel>(
/// #     db: &sqlx::PgPool, of_user: pgwright::Filter<Job>
/// # ) -> pgwright::Result<()> {
/// let jobs = Queue::<Job>::new()
///     .worker("worker-7")
///     .filter(of_user)
///     .limit(10)
///     .lease(Duration::from_secs(300))
///     .claim(db)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is claimed until `claim` is called"]
pub struct Queue<M> {
    worker: Option<String>,
    limit: u32,
    lease: Duration,
    max_attempts: Option<u32>,
    filter: Filter<M>,
    owner: Option<&'static str>,
    model: PhantomData<fn() -> M>,
}

impl<M: QueueModel> Queue<M> {
    /// One job of anybody, for [`DEFAULT_LEASE`], by a worker whose name is made up.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>() {
    /// let queue = pgwright::queue::Queue::<Job>::new().limit(10);
    /// # }
    /// ```
    pub fn new() -> Self {
        Self {
            worker: None,
            limit: 1,
            lease: DEFAULT_LEASE,
            max_attempts: None,
            filter: Filter::all(),
            owner: None,
            model: PhantomData,
        }
    }

    /// Who claims. Where the column is a `uuid`, the name has to be one.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(queue: pgwright::queue::Queue<Job>) {
    /// let queue = queue.worker("worker-7");
    /// # }
    /// ```
    pub fn worker(mut self, name: impl ToString) -> Self {
        self.worker = Some(name.to_string());
        self
    }

    /// Claims so many jobs at most.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(queue: pgwright::queue::Queue<Job>) {
    /// let queue = queue.limit(10);
    /// # }
    /// ```
    pub const fn limit(mut self, jobs: u32) -> Self {
        self.limit = jobs;
        self
    }

    /// How long the lease lasts, counted from the claim.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(queue: pgwright::queue::Queue<Job>) {
    /// let queue = queue.lease(std::time::Duration::from_secs(60));
    /// # }
    /// ```
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// A job whose lease ends at its last attempt fails for good instead of being returned. Needs the queue's `attempt`.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(queue: pgwright::queue::Queue<Job>) {
    /// let queue = queue.max_attempts(5);
    /// # }
    /// ```
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Claims only jobs of which the filter is true: those of one user, `job::user_id.eq(user.id)`, for one.
    ///
    /// An index that begins with the filter's column, then has the queue's order, serves such a claim; without it, all ready
    /// jobs before the first one that fits are looked at.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(queue: pgwright::queue::Queue<Job>) {
    /// let queue = queue.filter(pgwright::Filter::all());
    /// # }
    /// ```
    pub fn filter(mut self, filter: impl Into<Filter<M>>) -> Self {
        self.filter = self.filter.and(filter);
        self
    }

    /// Lets owners take turns: `fair_by(job::user_id)`. Owners with fewer running jobs come first, by chance among equals;
    /// the jobs of one owner are in the order of the queue.
    ///
    /// This looks at every owner that has ready jobs: one step in an index on the column of the owner, followed by the
    /// queue's order, of ready jobs alone (`where = "status = 'queued'"`). 1,000 owners are 1,000 such steps a claim, so that
    /// claiming several jobs at once pays. Without that index all ready jobs are read and sorted.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(queue: pgwright::queue::Queue<Job>, user_id: pgwright::Column<Job, i64>) {
    /// let queue = queue.limit(10).fair_by(user_id);
    /// # }
    /// ```
    pub const fn fair_by<T>(mut self, owner: Column<M, T, NotNull>) -> Self {
        self.owner = Some(owner.name());
        self
    }

    /// Claims. The jobs are in the order of the queue; there may be fewer than asked for while others are just being
    /// claimed, and none once there is none.
    ///
    /// ```no_run
    /// # async fn example<Job: pgwright::queue::QueueModel>(db: &pgwright::Db, queue: pgwright::queue::Queue<Job>) -> pgwright::Result<()> {
    /// let jobs = queue.limit(10).claim(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn claim(&self, db: impl Executor<'_>) -> Result<Vec<M>> {
        if self.limit == 0 {
            return Ok(Vec::new());
        }
        let mut source = db.source();
        let (sql, args) = self.statement();
        let statement = Statement::write("claim", sql);
        let jobs = crate::fetch_all(source.reborrow(), statement, args).await?;
        if jobs.is_empty() && self.owner.is_some() {
            // Others may have claimed every job whose turn it was, and there may be more.
            let (sql, args) = self.in_order();
            return crate::fetch_all(source, Statement::write("claim", sql), args).await;
        }
        Ok(jobs)
    }

    /// The statement of [`Queue::claim`], with `$1`, `$2` … for its values.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(queue: pgwright::queue::Queue<Job>) {
    /// println!("{}", queue.limit(10).sql());
    /// # }
    /// ```
    #[must_use]
    pub fn sql(&self) -> String {
        self.statement().0.as_str().to_owned()
    }

    /// Makes jobs ready again whose lease has ended, and those whose time to be tried again has come; how many there were.
    /// They are taken in batches, each a statement of its own, and those that somebody else is just returning are passed by.
    ///
    /// ```no_run
    /// # async fn example<Job: pgwright::queue::QueueModel>(db: &pgwright::Db, queue: pgwright::queue::Queue<Job>) -> pgwright::Result<()> {
    /// let count = queue.return_expired(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn return_expired(&self, db: impl Executor<'_>) -> Result<u64> {
        let Some(sql) = M::QUEUE.expire else {
            return Ok(0);
        };
        let mut source = db.source();
        let mut all = 0;
        loop {
            let mut args = Args::new();
            if M::QUEUE.attempt {
                args.add(self.max_attempts.map(i64::from));
            }
            let statement = Statement::write("return_expired", sql);
            let rows = crate::execute::<M>(source.reborrow(), statement, args).await?;
            all += rows;
            if rows < QueueSql::BATCH {
                return Ok(all);
            }
        }
    }

    pub(super) fn lease_time(&self) -> Duration {
        self.lease
    }

    fn statement(&self) -> (SqlStr, Args) {
        match self.owner {
            Some(owner) => {
                let mut writer = Writer::new(M::TABLE.name).with_args(self.args());
                let filter = self.filter.clone().into_clause();
                super::fair::write::<M>(&mut writer, owner, &filter, self.limit);
                finish(writer)
            }
            None => self.in_order(),
        }
    }

    /// The values that every claim begins with.
    fn args(&self) -> Args {
        let mut args = Args::new();
        if M::QUEUE.worker {
            // Without a name a claim could not be told from another one.
            match &self.worker {
                Some(name) => args.add(name.as_str()),
                None => args.add(made_up_name()),
            }
        }
        if M::QUEUE.lease {
            args.add(seconds(self.lease));
        }
        args
    }

    fn in_order(&self) -> (SqlStr, Args) {
        let args = self.args();
        let sql = M::QUEUE;
        let filter = self.filter.clone().into_clause();
        if self.limit == 1 && filter.is_empty() {
            return (sql.claim.into_sql_str(), args);
        }
        let mut writer = Writer::new(M::TABLE.name).with_args(args);
        writer.text(sql.claim_head);
        and(&mut writer, &filter);
        writer.text("\n    ").text(sql.claim_order);
        writer
            .number(self.limit)
            .text("\n    ")
            .text(sql.claim_tail);
        finish(writer)
    }
}

/// Adds a condition.
pub(super) fn and(writer: &mut Writer, filter: &Clause) {
    if !filter.is_empty() {
        writer.text(" AND (").clause(filter).text(")");
    }
}

fn finish(writer: Writer) -> (SqlStr, Args) {
    let (sql, args) = writer.finish();
    // Every part is a constant of this source or of generated code, and the values are bound.
    (AssertSqlSafe(sql).into_sql_str(), args)
}

/// A name for a worker that has none: its process, and a number of its own.
pub(super) fn made_up_name() -> String {
    format!("{}-{}", std::process::id(), uuid::Uuid::now_v7().simple())
}

impl<M: QueueModel> Default for Queue<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> Clone for Queue<M> {
    fn clone(&self) -> Self {
        Self {
            worker: self.worker.clone(),
            filter: self.filter.clone(),
            ..*self
        }
    }
}

impl<M> std::fmt::Debug for Queue<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("worker", &self.worker)
            .field("limit", &self.limit)
            .field("lease", &self.lease)
            .field("max_attempts", &self.max_attempts)
            .field("filter", &self.filter)
            .field("owner", &self.owner)
            .finish()
    }
}
