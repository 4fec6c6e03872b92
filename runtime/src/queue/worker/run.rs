//! The loop of a worker.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgDatabaseError;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};

use super::job::{self, End, Settings};
use super::{Report, Stop, Worker};
use crate::queue::{QueueModel, Waiter};
use crate::{Error, Result};

/// The longest pause while the database cannot be reached.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(super) async fn run<M, H, F, E>(worker: Worker<M>, handler: H) -> Result<Report>
where
    M: QueueModel,
    H: Fn(M) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: fmt::Display + Send + 'static,
{
    let handler = Arc::new(handler);
    let wake = Arc::new(Notify::new());
    let _helpers = Helpers(vec![
        listener(&worker, Arc::clone(&wake)),
        stopper(&worker.stop, Arc::clone(&wake)),
    ]);
    let (give_back, given_back) = watch::channel(false);
    let lease = worker.queue.lease_time();
    let settings = Settings {
        db: Arc::clone(&worker.db),
        lease,
        heartbeat: worker.heartbeat.unwrap_or(lease / 3).min(lease),
        retry: worker.retry,
        on_failure: worker.on_failure.clone(),
        give_back: given_back,
    };
    let mut jobs = JoinSet::new();
    let mut report = Report::default();
    let mut pause = Pause::default();
    let mut poll = Instant::now();
    let mut failed = None;
    while !worker.stop.is_stopped() {
        while let Some(end) = jobs.try_join_next() {
            count(&mut report, end);
        }
        let running = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        let free = worker.concurrency.saturating_sub(running);
        if pause.is_over() {
            match work(&worker, free, &mut poll).await {
                Ok((claimed, size, claims)) => {
                    pause = Pause::default();
                    let full = size > 0 && claims.len() == size as usize;
                    for claim in claims {
                        // Called within the task of the job: it may panic before it is a future.
                        let (handler, job) = (Arc::clone(&handler), claim.clone());
                        let handling = async move { handler(job).await };
                        let wake = Arc::clone(&wake);
                        let run = job::run(settings.clone(), claim, claimed, handling);
                        jobs.spawn(async move {
                            let end = run.await;
                            wake.notify_one();
                            end
                        });
                    }
                    // There may be more, and more of the free ones.
                    if full {
                        continue;
                    }
                }
                Err(error) if is_hopeless(&error) => {
                    failed = Some(error);
                    break;
                }
                Err(error) => {
                    tracing::warn!(model = M::NAME, %error, "cannot claim jobs");
                    pause.longer();
                }
            }
        }
        let until = pause.until.unwrap_or(poll);
        let _ = timeout_at(until, wake.notified()).await;
    }
    finish(&mut jobs, worker.grace, &give_back, &mut report).await;
    match failed {
        Some(error) => Err(error),
        None => Ok(report),
    }
}

/// Claims jobs for the free places. When a poll is due, jobs are returned first whose lease has ended.
async fn work<M: QueueModel>(
    worker: &Worker<M>,
    free: u32,
    poll: &mut Instant,
) -> Result<(Instant, u32, Vec<M>)> {
    if Instant::now() >= *poll {
        worker.queue.return_expired(worker.db.source()).await?;
        *poll = Instant::now() + jittered(worker.poll);
    }
    let claimed = Instant::now();
    // Few sizes, so that few statements are prepared.
    let size = if free == 0 { 0 } else { 1 << free.ilog2() };
    let claim = worker.queue.clone().limit(size);
    Ok((claimed, size, claim.claim(worker.db.source()).await?))
}

/// Waits for the jobs that run; those that take too long are given back.
async fn finish(
    jobs: &mut JoinSet<End>,
    grace: Duration,
    give_back: &watch::Sender<bool>,
    report: &mut Report,
) {
    let all = async {
        while let Some(end) = jobs.join_next().await {
            count(report, end);
        }
    };
    if tokio::time::timeout(grace, all).await.is_err() {
        give_back.send_replace(true);
        while let Some(end) = jobs.join_next().await {
            count(report, end);
        }
    }
}

fn count(report: &mut Report, end: Result<End, tokio::task::JoinError>) {
    match end {
        Ok(End::Completed) => report.completed += 1,
        Ok(End::Failed) => report.failed += 1,
        Ok(End::Released) => report.released += 1,
        Ok(End::Lost) | Err(_) => report.lost += 1,
    }
}

/// Wakes the loop when a job is announced.
fn listener<M: QueueModel>(worker: &Worker<M>, wake: Arc<Notify>) -> JoinHandle<()> {
    let mut waiter = Waiter::<M>::lost(worker.db.as_ref());
    if !worker.listens {
        waiter = Waiter::polling();
    }
    let poll = worker.poll;
    tokio::spawn(async move {
        // The loop polls by itself.
        while waiter.listens() {
            if waiter.wait(poll).await {
                wake.notify_one();
            }
        }
    })
}

/// Wakes the loop when the worker is to stop.
fn stopper(stop: &Stop, wake: Arc<Notify>) -> JoinHandle<()> {
    let mut stopped = stop.0.subscribe();
    tokio::spawn(async move {
        if stopped.wait_for(|stopped| *stopped).await.is_ok() {
            wake.notify_one();
        }
    })
}

/// Tasks that end with the loop, however it ends.
struct Helpers(Vec<JoinHandle<()>>);

impl Drop for Helpers {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// The pause while the database cannot be reached.
#[derive(Debug, Default)]
struct Pause {
    length: Duration,
    until: Option<Instant>,
}

impl Pause {
    fn is_over(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() >= until)
    }

    fn longer(&mut self) {
        self.length = (self.length * 2).clamp(Duration::from_secs(1), LONGEST_PAUSE);
        self.until = Some(Instant::now() + jittered(self.length));
    }
}

/// About that time, up to a fifth less: workers that were started together part.
fn jittered(time: Duration) -> Duration {
    let [.., byte] = uuid::Uuid::now_v7().into_bytes();
    time - time / 5 * u32::from(byte) / 255
}

/// Whether an error of the database will not pass: the statement is wrong, or not allowed.
pub(super) fn is_hopeless(error: &Error) -> bool {
    let Error::Database(sqlx::Error::Database(error)) = error else {
        return matches!(error, Error::Decode { .. } | Error::Encode { .. });
    };
    error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| {
            ["42", "22"]
                .iter()
                .any(|class| error.code().starts_with(class))
        })
}
