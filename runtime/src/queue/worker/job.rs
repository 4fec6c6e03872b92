//! One job: its handler, its heartbeats, and how it ends.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout};

use super::OnFailure;
use crate::queue::{QueueModel, Retry, WorkerDb};
use crate::{Error, Result};

/// How long a handler that was stopped may take to reach an `await`.
const STOPPING: Duration = Duration::from_secs(1);
/// The pause behind a statement that failed.
const PAUSE: Duration = Duration::from_millis(250);

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Failed,
    Lost,
    Released,
}

/// What all jobs of a worker have in common.
pub(super) struct Settings<M> {
    pub(super) db: Arc<dyn WorkerDb>,
    pub(super) lease: Duration,
    pub(super) heartbeat: Duration,
    pub(super) retry: Retry,
    pub(super) on_failure: Option<OnFailure<M>>,
    /// Whether what still runs is to be given back.
    pub(super) give_back: watch::Receiver<bool>,
}

impl<M> Clone for Settings<M> {
    fn clone(&self) -> Self {
        Self {
            db: Arc::clone(&self.db),
            on_failure: self.on_failure.clone(),
            give_back: self.give_back.clone(),
            ..*self
        }
    }
}

/// Runs the handler of a job that was claimed at that time, and settles the job.
pub(super) async fn run<M, E>(
    settings: Settings<M>,
    job: M,
    claimed: Instant,
    handler: impl Future<Output = Result<(), E>> + Send + 'static,
) -> End
where
    M: QueueModel,
    E: fmt::Display + Send + 'static,
{
    let mut held = Held {
        // Counted from before the claim was sent: the server counts from later.
        ends: M::QUEUE.lease.then(|| claimed + settings.lease),
        settings,
        job,
    };
    // A task of its own: a panic ends that task alone.
    let mut task = tokio::spawn(async move { handler.await.map_err(|error| error.to_string()) });
    let outcome = match held.keep(&mut task).await {
        Kept::Finished(outcome) => outcome,
        Kept::Lost => {
            stop(task).await;
            tracing::warn!(
                model = M::NAME,
                job = held.job.key(),
                "the lease of a job was lost"
            );
            return End::Lost;
        }
        Kept::GivenBack => {
            // A handler that cannot be stopped must not run beside another one: its lease ends by itself.
            if stop(task).await
                && held.persist(async |held| held.release().await).await == Some(true)
            {
                return End::Released;
            }
            return End::Lost;
        }
    };
    let failure = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(text)) => Some(text),
        Err(error) => Some(panic_text(error)),
    };
    let end = if failure.is_some() {
        End::Failed
    } else {
        End::Completed
    };
    if let Some(text) = failure {
        tracing::warn!(
            model = M::NAME,
            job = held.job.key(),
            error = text,
            "a job failed"
        );
        if let Some(tell) = &held.settings.on_failure {
            // A task again: what is told may panic.
            let _ = tokio::spawn(tell(held.job.clone(), text)).await;
        }
        held.persist(async |held| held.fail().await).await
    } else {
        held.persist(async |held| held.complete().await).await
    }
    .map_or(End::Lost, |()| end)
}

/// Stops a handler; whether it has really stopped.
async fn stop<T>(mut task: JoinHandle<T>) -> bool {
    task.abort();
    timeout(STOPPING, &mut task).await.is_ok()
}

/// A job that is held.
struct Held<M> {
    settings: Settings<M>,
    job: M,
    /// When the lease ends.
    ends: Option<Instant>,
}

enum Kept<T> {
    Finished(Result<T, JoinError>),
    Lost,
    GivenBack,
}

impl<M: QueueModel> Held<M> {
    /// Keeps the lease while the handler runs.
    async fn keep<T>(&mut self, task: &mut JoinHandle<T>) -> Kept<T> {
        let mut beat = Instant::now() + self.settings.heartbeat;
        let mut give_back = self.settings.give_back.clone();
        loop {
            let told = pin!(give_back.wait_for(|give_back| *give_back));
            let either = select(&mut *task, told);
            match tokio::time::timeout_at(beat, either).await {
                Ok(Either::Left((outcome, _))) => return Kept::Finished(outcome),
                Ok(Either::Right(_)) => return Kept::GivenBack,
                Err(_) => {}
            }
            let Some(ends) = self.ends else {
                beat = Instant::now() + self.settings.heartbeat;
                continue;
            };
            let sent = Instant::now();
            let lease = self.settings.lease;
            let source = self.settings.db.source();
            let answer =
                tokio::time::timeout_at(ends, crate::queue::heartbeat(source, &self.job, lease))
                    .await;
            match answer {
                Ok(Ok(true)) => {
                    self.ends = Some(sent + lease);
                    beat = sent + self.settings.heartbeat;
                }
                Ok(Ok(false)) => return Kept::Lost,
                Ok(Err(error)) => {
                    tracing::warn!(model = M::NAME, %error, "cannot extend the lease of a job");
                    beat = (Instant::now() + PAUSE).min(ends);
                }
                Err(_) => return Kept::Lost,
            }
            if self.ends.is_some_and(|ends| Instant::now() >= ends) {
                return Kept::Lost;
            }
        }
    }

    async fn complete(&self) -> Result<()> {
        let source = self.settings.db.source();
        crate::queue::complete(source, &self.job).await.map(|_| ())
    }

    async fn fail(&self) -> Result<()> {
        let source = self.settings.db.source();
        crate::queue::fail(source, &self.job, self.settings.retry)
            .await
            .map(|_| ())
    }

    async fn release(&self) -> Result<bool> {
        crate::queue::release(self.settings.db.source(), &self.job).await
    }

    /// Does something until it succeeds, the lease ends, or the database says that it never will.
    async fn persist<T>(&self, act: impl AsyncFn(&Self) -> Result<T>) -> Option<T> {
        let ends = self
            .ends
            .unwrap_or_else(|| Instant::now() + self.settings.lease);
        loop {
            match tokio::time::timeout_at(ends, act(self)).await {
                Ok(Ok(value)) => return Some(value),
                Ok(Err(error)) => {
                    tracing::warn!(model = M::NAME, job = self.job.key(), %error, "cannot settle a job");
                    if matches!(error, Error::LeaseLost { .. } | Error::Violation(_))
                        || super::run::is_hopeless(&error)
                    {
                        return None;
                    }
                }
                Err(_) => return None,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What a panic said.
fn panic_text(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else {
        return "the handler was stopped".to_owned();
    };
    format!("panicked: {}", payload_text(payload.as_ref()))
}

fn payload_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}
