//! A worker: claims jobs and runs a handler for each.

mod job;
mod run;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::settings::made_up_name;
use super::{Queue, QueueModel, Retry, WorkerDb};
use crate::query::NotNull;
use crate::{Column, Filter, Result};

/// What a failure is told to.
type OnFailure<M> =
    Arc<dyn Fn(M, String) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Claims jobs and runs a handler for each.
///
/// - While a handler runs, heartbeats extend its lease. If the lease is lost, because the job was cancelled for one, the
///   handler is stopped at its next `await`.
/// - A handler that returns `Ok` completes its job, unless it has done so itself, in a transaction of its own. One that
///   returns an error, or panics, fails it; [`Worker::retry`] says whether it is tried again.
/// - Between jobs the worker waits until one is announced, with a poll behind it. Each poll returns jobs whose lease has
///   ended, of this worker or any other.
/// - While the database cannot be reached, the worker tries again, after 1 s, then 2 s …, 30 s at most.
///
/// ```
/// # use pgwright::queue::{QueueModel, Retry, Worker};
/// # use std::time::Duration;
/// # async fn work<Job: QueueModel>(job: Job) -> Result<(), std::io::Error> { Ok(()) }
/// # async fn example<Job: QueueModel>(pool: sqlx::PgPool) -> pgwright::Result<()> {
/// let worker = Worker::<Job>::new(&pool, "worker-7")
///     .concurrency(4)
///     .retry(Retry::backoff(Duration::from_secs(10)).attempts(5));
/// let stop = worker.stop_handle();
/// # stop.stop();
/// // `stop.stop()` from anywhere: running jobs are finished, then `run` returns.
/// let report = worker.run(|job| async move { work(job).await }).await?;
/// println!("{} completed, {} failed", report.completed, report.failed);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing runs until `run` is called"]
pub struct Worker<M> {
    db: Arc<dyn WorkerDb>,
    queue: Queue<M>,
    concurrency: u32,
    heartbeat: Option<Duration>,
    poll: Duration,
    grace: Duration,
    retry: Retry,
    listens: bool,
    on_failure: Option<OnFailure<M>>,
    stop: Stop,
}

impl<M: QueueModel> Worker<M> {
    /// A worker for one job at a time. Its name has to be its own among all that run: with the number of the attempt it is
    /// what a claim is known by. An empty name is replaced by one that is made up.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(db: &pgwright::Db) {
    /// let worker = pgwright::queue::Worker::<Job>::new(db, "worker-7");
    /// # }
    /// ```
    pub fn new<D: WorkerDb + Clone>(db: &D, name: impl ToString) -> Self {
        let name = name.to_string();
        Self {
            db: Arc::new(db.clone()),
            queue: Queue::new().worker(if name.is_empty() {
                made_up_name()
            } else {
                name
            }),
            concurrency: 1,
            heartbeat: None,
            poll: Duration::from_secs(5),
            grace: Duration::from_secs(30),
            retry: Retry::never(),
            listens: true,
            on_failure: None,
            stop: Stop::new(),
        }
    }

    /// How many jobs run at the same time. The pool should have a connection for each that uses one, and one more.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// let worker = worker.concurrency(4);
    /// # }
    /// ```
    pub fn concurrency(mut self, jobs: u32) -> Self {
        self.concurrency = jobs.max(1);
        self
    }

    /// How long a lease lasts: a job of a worker that was killed is returned after that time.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// # use std::time::Duration;
    /// let worker = worker.lease(Duration::from_secs(60));
    /// # }
    /// ```
    pub fn lease(mut self, lease: Duration) -> Self {
        self.queue = self.queue.lease(lease);
        self
    }

    /// How often a lease is extended. Default: three times in a lease.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// # use std::time::Duration;
    /// let worker = worker.heartbeat(Duration::from_secs(20));
    /// # }
    /// ```
    pub fn heartbeat(mut self, every: Duration) -> Self {
        self.heartbeat = Some(every);
        self
    }

    /// How often the queue is looked at while nothing is announced. Default: 5 s. It is also how precisely the time is kept
    /// at which a failed job is tried again.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// # use std::time::Duration;
    /// let worker = worker.poll(Duration::from_secs(5));
    /// # }
    /// ```
    pub fn poll(mut self, every: Duration) -> Self {
        self.poll = every;
        self
    }

    /// How long running jobs may take when the worker is stopped. After that they are given back. Default: 30 s.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// # use std::time::Duration;
    /// let worker = worker.grace(Duration::from_secs(30));
    /// # }
    /// ```
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Whether a job whose handler failed is tried again. Its number of attempts also holds for jobs whose worker was killed:
    /// one that kills every worker fails in the end. Default: never, and a job of a killed worker always.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// let worker = worker.retry(pgwright::queue::Retry::never());
    /// # }
    /// ```
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        if let Some(attempts) = retry.limit() {
            self.queue = self.queue.max_attempts(attempts);
        }
        self
    }

    /// Only jobs of which the filter is true; see [`Queue::filter`].
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// let worker = worker.filter(pgwright::Filter::all());
    /// # }
    /// ```
    pub fn filter(mut self, filter: impl Into<Filter<M>>) -> Self {
        self.queue = self.queue.filter(filter);
        self
    }

    /// Lets owners take turns; see [`Queue::fair_by`].
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>, user_id: pgwright::Column<Job, i64>) {
    /// let worker = worker.fair_by(user_id);
    /// # }
    /// ```
    pub fn fair_by<T>(mut self, owner: Column<M, T, NotNull>) -> Self {
        self.queue = self.queue.fair_by(owner);
        self
    }

    /// Only polls, and holds no connection to listen on.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// let worker = worker.poll_only();
    /// # }
    /// ```
    pub fn poll_only(mut self) -> Self {
        self.listens = false;
        self
    }

    /// Told of each handler that failed, with the text of its error or its panic, before the job is marked as failed. A place
    /// to store the text.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// let worker = worker.on_failure(|_job, why| async move { eprintln!("{why}") });
    /// # }
    /// ```
    pub fn on_failure<F>(mut self, tell: impl Fn(M, String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.on_failure = Some(Arc::new(move |job, text| Box::pin(tell(job, text))));
        self
    }

    /// Stops when the future is done: a signal, for one.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>, sigterm: impl Future<Output = ()> + Send + 'static) {
    /// let worker = worker.until(sigterm);
    /// # }
    /// ```
    pub fn until(self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        let stop = self.stop.clone();
        tokio::spawn(async move {
            end.await;
            stop.stop();
        });
        self
    }

    /// What stops the worker, from anywhere.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
    /// let stop = worker.stop_handle();
    /// stop.stop();
    /// # }
    /// ```
    #[must_use]
    pub fn stop_handle(&self) -> Stop {
        self.stop.clone()
    }

    /// Works until it is stopped; what became of the jobs.
    ///
    /// ```no_run
    /// # async fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) -> pgwright::Result<()> {
    /// let report = worker.run(|_job| async { Ok::<(), pgwright::Error>(()) }).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database refuses a claim for a reason that will not pass: a missing right or column. Jobs that run are
    /// finished before.
    pub async fn run<H, F, E>(self, handler: H) -> Result<Report>
    where
        H: Fn(M) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display + Send + 'static,
    {
        run::run(self, handler).await
    }
}

impl<M> fmt::Debug for Worker<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

/// Stops a [`Worker`].
///
/// ```
/// # fn example<Job: pgwright::queue::QueueModel>(worker: pgwright::queue::Worker<Job>) {
/// let stop = worker.stop_handle();
/// std::thread::spawn(move || stop.stop());
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// No further job is claimed; those that run are finished, or given back when the grace is over.
    ///
    /// ```
    /// # fn example(stop: pgwright::queue::Stop) {
    /// stop.stop();
    /// # }
    /// ```
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }
}

/// What became of the jobs of a [`Worker`].
///
/// ```
/// # fn example(report: pgwright::queue::Report) {
/// println!("{} completed, {} failed", report.completed, report.failed);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Handlers that succeeded.
    pub completed: u64,
    /// Handlers that failed or panicked; their jobs may be tried again.
    pub failed: u64,
    /// Jobs that were cancelled, or whose lease was lost.
    pub lost: u64,
    /// Jobs that were given back when the worker stopped.
    pub released: u64,
}
