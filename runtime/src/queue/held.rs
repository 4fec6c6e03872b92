//! What a worker does with a job that it holds.

use std::time::Duration;

use super::{QueueModel, Retry};
use crate::{Args, Error, Executor, Result, Statement};

/// The longest time that is sent: the server's times end somewhere.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A time as the server wants it.
pub(super) fn seconds(time: Duration) -> f64 {
    time.min(LONGEST).as_secs_f64()
}

fn held<M: QueueModel>(job: &M) -> Args {
    let mut args = Args::new();
    job.held(&mut args);
    args
}

fn lost<M: QueueModel>(job: &M) -> Error {
    Error::LeaseLost {
        model: M::NAME,
        key: job.key(),
    }
}

/// Extends the lease of a job, counted from now; whether the job is still held by that claim. A queue without a lease has
/// nothing to extend: true.
///
/// ```
/// # use pgwright::queue::{self, QueueModel};
/// # use std::time::Duration;
/// # async fn example<Job: QueueModel>(db: &pgwright::Db, job: Job) -> pgwright::Result<()> {
/// if !queue::heartbeat(db, &job, Duration::from_secs(60)).await? {
///     // Somebody else may have it: stop.
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the database refuses.
pub async fn heartbeat<M: QueueModel>(
    db: impl Executor<'_>,
    job: &M,
    lease: Duration,
) -> Result<bool> {
    let Some(sql) = M::QUEUE.heartbeat else {
        return Ok(true);
    };
    let mut args = held(job);
    args.add(seconds(lease));
    let statement = Statement::write("heartbeat", sql);
    Ok(crate::execute::<M>(db, statement, args).await? > 0)
}

/// Completes a job. In the transaction that stores what the job has made, both happen or neither does.
///
/// ```
/// # use pgwright::queue::{self, QueueModel};
/// # use std::time::Duration;
/// # async fn example<Job: QueueModel>(db: &pgwright::Db, job: Job) -> pgwright::Result<()> {
/// let tx = db.begin().await?;
/// // … what the job has made …
/// queue::complete(&tx, &job).await?;
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`LeaseLost`](Error::LeaseLost) if the job is not held by that claim any more, unless that claim has completed it; else
/// if the database refuses.
pub async fn complete<'c, M: QueueModel>(db: impl Executor<'c>, job: &M) -> Result<M> {
    let mut source = db.source();
    let statement = Statement::write("complete", M::QUEUE.complete);
    if let Some(done) = crate::fetch_optional(source.reborrow(), statement, held(job)).await? {
        return Ok(done);
    }
    // Whoever did not hear of the success asks again.
    if let Some(sql) = M::QUEUE.completed
        && let Some(done) =
            crate::fetch_optional(source, Statement::read("completed", sql), held(job)).await?
    {
        return Ok(done);
    }
    Err(lost(job))
}

/// Fails a job, for good or until it is tried again.
///
/// ```
/// # use pgwright::queue::{self, QueueModel};
/// # use std::time::Duration;
/// # async fn example<Job: QueueModel>(db: &pgwright::Db, job: Job) -> pgwright::Result<()> {
/// queue::fail(db, &job, Duration::from_secs(30)).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`LeaseLost`](Error::LeaseLost) if the job is not held by that claim any more; else if the database refuses.
pub async fn fail<M: QueueModel>(
    db: impl Executor<'_>,
    job: &M,
    retry: impl Into<Retry>,
) -> Result<M> {
    let retry = retry.into();
    let attempt = job
        .attempt()
        .map_or(1, |attempt| u32::try_from(attempt).unwrap_or(u32::MAX));
    let mut args = held(job);
    let sql = match (M::QUEUE.retry, retry.delay(attempt)) {
        (Some(sql), Some(delay)) => {
            // Where a failed job cannot wait it is ready at once.
            if M::QUEUE.waits {
                args.add(seconds(delay));
            }
            if M::QUEUE.attempt {
                args.add(retry.limit().map(i64::from));
            }
            sql
        }
        _ => M::QUEUE.fail,
    };
    crate::fetch_optional(db, Statement::write("fail", sql), args)
        .await?
        .ok_or_else(|| lost(job))
}

/// Gives a job back: it is ready at once. Whether it was still held by that claim. Where no running job may become ready
/// again, nothing is done.
///
/// ```
/// # use pgwright::queue::{self, QueueModel};
/// # use std::time::Duration;
/// # async fn example<Job: QueueModel>(db: &pgwright::Db, job: Job) -> pgwright::Result<()> {
/// let was_held = queue::release(db, &job).await?;
/// # let _ = was_held;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the database refuses.
pub async fn release<M: QueueModel>(db: impl Executor<'_>, job: &M) -> Result<bool> {
    let Some(sql) = M::QUEUE.release else {
        return Ok(false);
    };
    let statement = Statement::write("release", sql);
    let job = crate::fetch_optional::<M>(db, statement, held(job)).await?;
    Ok(job.is_some())
}
