//! Waiting until there may be a job.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use super::QueueModel;
use crate::{Db, Error, Result, Source};

/// What a worker works on: a pool, or whatever has one.
pub trait WorkerDb: Send + Sync + 'static {
    /// Where connections come from.
    fn source(&self) -> Source<'_>;

    /// How to open a connection that stays, to listen on; none where connections are lent for a transaction only, as
    /// PgBouncer does: then there is only the poll.
    fn listen_options(&self) -> Option<Arc<PgConnectOptions>>;
}

impl WorkerDb for Db {
    fn source(&self) -> Source<'_> {
        Source::Db(self)
    }

    fn listen_options(&self) -> Option<Arc<PgConnectOptions>> {
        let shelf = self.shelf();
        (!shelf.settings.pgbouncer).then(|| shelf.pool.connect_options())
    }
}

impl WorkerDb for PgPool {
    fn source(&self) -> Source<'_> {
        Source::Pool(self)
    }

    fn listen_options(&self) -> Option<Arc<PgConnectOptions>> {
        Some(self.connect_options())
    }
}

/// Waits until there may be a job: until one is announced, or a poll is due.
///
/// A waiter is made before the queue is found empty, so that a job that comes in between is not missed:
///
/// ```
/// # use pgwright::queue::{Queue, QueueModel, Waiter};
/// # use std::time::Duration;
/// # async fn example<Job: QueueModel>(pool: sqlx::PgPool) -> pgwright::Result<()> {
/// let mut waiter = Waiter::<Job>::new(&pool).await?;
/// let queue = Queue::<Job>::new().worker("worker-7").limit(10);
/// loop {
///     let jobs = queue.claim(&pool).await?;
///     if jobs.is_empty() {
///         queue.return_expired(&pool).await?;
///         waiter.wait(Duration::from_secs(5)).await;
///     }
///     for job in jobs { /* … */ }
/// #   break;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Waiter<M> {
    /// None where there is only the poll.
    options: Option<Arc<PgConnectOptions>>,
    /// None while the connection is lost.
    listener: Option<PgListener>,
    model: PhantomData<fn() -> M>,
}

impl<M: QueueModel> Waiter<M> {
    /// Listens on a connection of its own, which is opened anew when it is lost.
    ///
    /// ```no_run
    /// # async fn example<Job: pgwright::queue::QueueModel>(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let waiter = pgwright::queue::Waiter::<Job>::new(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be reached; [`Error::Misuse`] behind PgBouncer in transaction mode, which hands no news on:
    /// there one [polls](Self::polling), as a [`Worker`](super::Worker) does by itself.
    pub async fn new(db: &(impl WorkerDb + ?Sized)) -> Result<Self> {
        let mut waiter = Self::lost(db);
        let options = waiter.options.as_deref().ok_or(Error::Misuse(
            "nothing can be listened to behind PgBouncer in transaction mode: use `Waiter::polling()`",
        ))?;
        waiter.listener = Some(listen::<M>(options).await?);
        Ok(waiter)
    }

    /// Only polls: no connection is used.
    ///
    /// ```
    /// # fn example<Job: pgwright::queue::QueueModel>() {
    /// let waiter = pgwright::queue::Waiter::<Job>::polling();
    /// # }
    /// ```
    #[must_use]
    pub const fn polling() -> Self {
        Self {
            options: None,
            listener: None,
            model: PhantomData,
        }
    }

    /// Listens as soon as it can.
    pub(super) fn lost(db: &(impl WorkerDb + ?Sized)) -> Self {
        Self {
            options: db.listen_options(),
            listener: None,
            model: PhantomData,
        }
    }

    /// Whether there is a connection to wait for, or one that is lost.
    pub(super) const fn listens(&self) -> bool {
        self.options.is_some()
    }

    /// Waits until a job is announced, or that time has passed. Whether one was announced, or one may have been while the
    /// connection was lost.
    ///
    /// ```no_run
    /// # async fn example<Job: pgwright::queue::QueueModel>(waiter: &mut pgwright::queue::Waiter<Job>) -> pgwright::Result<()> {
    /// let may_be_jobs = waiter.wait(std::time::Duration::from_secs(5)).await;
    /// # Ok(()) }
    /// ```
    pub async fn wait(&mut self, at_most: Duration) -> bool {
        let end = tokio::time::Instant::now() + at_most.min(LONGEST);
        let heard = match (&mut self.listener, &self.options) {
            (Some(listener), _) => tokio::time::timeout_at(end, hear(listener)).await,
            (None, Some(options)) => {
                let again = tokio::time::timeout_at(end, listen::<M>(options)).await;
                again.map(|again| again.map(|listener| self.listener = Some(listener)))
            }
            (None, None) => {
                tokio::time::sleep_until(end).await;
                return false;
            }
        };
        match heard {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(model = M::NAME, %error, "cannot listen for jobs");
                self.listener = None;
                tokio::time::sleep_until(end).await;
                false
            }
            Err(_) => false,
        }
    }
}

/// The longest wait: a time far away overflows.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Waits for an announcement. All that came meanwhile are one and the same news.
async fn hear(listener: &mut PgListener) -> Result<()> {
    listener.try_recv().await?;
    while listener.next_buffered().is_some() {}
    Ok(())
}

async fn listen<M: QueueModel>(options: &PgConnectOptions) -> Result<PgListener> {
    let fail = |error| Error::from_sqlx(error, M::RULES);
    // A pool of its own: the one connection of it is never lent to anybody else.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await.map_err(fail)?;
    listener.ignore_pool_close_event(true);
    listener.listen(M::QUEUE.channel).await.map_err(fail)?;
    Ok(listener)
}
