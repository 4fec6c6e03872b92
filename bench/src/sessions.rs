//! Several sessions that do the same thing at once, and what went wrong.

use crate::Failure;
use crate::lab;
use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Each session's own chance, the same in every run.
pub(crate) type Random = fastrand::Rng;

/// What several sessions got done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) done: u64,
    pub(crate) seconds: f64,
    /// How often each SQLSTATE was met, with one message.
    pub(crate) errors: BTreeMap<String, (u64, String)>,
}

impl Outcome {
    pub(crate) fn per_second(&self) -> f64 {
        self.done as f64 / self.seconds
    }

    pub(crate) fn deadlocks(&self) -> u64 {
        self.errors.get("40P01").map_or(0, |(count, _)| *count)
    }

    /// Transactions a second, if nothing but deadlocks went wrong.
    pub(crate) fn without_other_errors(&self) -> Result<f64, Failure> {
        match self.errors.iter().find(|(code, _)| *code != "40P01") {
            Some((code, (_, message))) => Err(Failure::Session(format!("{message} ({code})"))),
            None => Ok(self.per_second()),
        }
    }

    /// Transactions a second, if nothing went wrong.
    pub(crate) fn without_errors(&self) -> Result<f64, Failure> {
        match self.errors.iter().next() {
            Some((code, (_, message))) => Err(Failure::Session(format!("{message} ({code})"))),
            None => Ok(self.per_second()),
        }
    }
}

/// Lets each session do the work again and again for a time. An error of the server is counted and the work goes on.
pub(crate) async fn run<W>(
    connections: Vec<PgConnection>,
    time: Duration,
    work: W,
) -> Result<Outcome, Failure>
where
    W: AsyncFn(&mut PgConnection, &mut Random) -> Result<(), sqlx::Error>,
{
    let since = Instant::now();
    let sessions = connections.into_iter().enumerate().map(|(number, mut db)| {
        let work = &work;
        async move {
            let mut random = Random::with_seed(number as u64);
            let mut outcome = Outcome::default();
            while since.elapsed() < time {
                match work(&mut db, &mut random).await {
                    Ok(()) => outcome.done += 1,
                    Err(sqlx::Error::Database(error)) => {
                        let code = error.code().unwrap_or_default().into_owned();
                        let known = outcome.errors.entry(code);
                        known.or_insert_with(|| (0, error.message().to_string())).0 += 1;
                    }
                    Err(error) => return Err(Failure::Database("go on with a session", error)),
                }
            }
            lab::close(db).await;
            Ok(outcome)
        }
    });
    let mut sum = Outcome::default();
    for outcome in futures_util::future::try_join_all(sessions).await? {
        sum.done += outcome.done;
        for (code, (count, message)) in outcome.errors {
            sum.errors.entry(code).or_insert((0, message)).0 += count;
        }
    }
    sum.seconds = since.elapsed().as_secs_f64();
    Ok(sum)
}
