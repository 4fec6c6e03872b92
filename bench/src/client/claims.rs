//! Jobs claimed from a queue, by eight workers at once, one at a time each.

use super::peers::Told;
use super::peers::claimers::{Claimer, DieselClaimer, OurClaimer, RawClaimer, SeaOrmClaimer};
use super::report::Report;
use super::server::{self, Server};
use crate::{ClientOptions, Failure, lab};
use sqlx::postgres::PgConnection;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

const WORKERS: u32 = 8;
/// How much longer a turn is than one of the others.
const CLAIM_TIME: f64 = 12.0;

/// Who claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Raw,
    Diesel,
    SeaOrm,
    Ours,
}

impl Who {
    pub(crate) const ALL: [Self; 4] = [Self::Raw, Self::Diesel, Self::SeaOrm, Self::Ours];

    /// Whether nothing can be said without it.
    fn is_measure(self) -> bool {
        matches!(self, Self::Raw | Self::Ours)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw => "tokio-postgres, SQL by hand",
            Self::Diesel => "diesel-async, a transaction",
            Self::SeaOrm => "sea-orm, a transaction",
            Self::Ours => "automl-db, `Job::claim`",
        }
    }
}

/// Claims a second, from a queue of that length.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    pub(crate) who: Who,
    pub(crate) queued: u64,
    pub(crate) per_second: Vec<f64>,
}

pub(super) async fn measure(
    server: &Server,
    options: &ClientOptions,
    report: &mut Report,
) -> Result<(), Failure> {
    let lengths = if options.quick {
        [20_000, 100_000]
    } else {
        [100_000, 1_000_000]
    };
    let queues = [
        (server::QUEUE, lengths[0]),
        (server::LONG_QUEUE, lengths[1]),
    ];
    for (database, queued) in queues {
        crate::progress(&format!("claims: queueing {queued} jobs"));
        let mut db = server.create(database).await?;
        load(&mut db, queued).await?;
        lab::close(db).await;
    }
    let mut left: Vec<Who> = Who::ALL
        .into_iter()
        .filter(|who| who.is_measure() || options.invites(who.name()))
        .collect();
    for who in &left {
        report.claims.extend(lengths.map(|queued| Claims {
            who: *who,
            queued,
            per_second: Vec::new(),
        }));
    }
    report
        .claims
        .sort_by_key(|claims| (claims.queued, claims.who as usize));
    let time = Duration::from_secs_f64(CLAIM_TIME * options.seconds());
    // Each turn is long: three are enough.
    let rounds = options.rounds().min(3);
    for round in 1..=rounds {
        // Another one begins each time, and both lengths of one are neighbours in time.
        left.rotate_left(1);
        for who in left.clone() {
            for (database, queued) in queues {
                crate::progress(&format!(
                    "claims, round {round} of {rounds}: {}, from {queued}",
                    who.name()
                ));
                match turn(server, who, database, time).await {
                    Ok(rate) => {
                        let mut claims = report.claims.iter_mut();
                        let mine =
                            claims.find(|claims| claims.who == who && claims.queued == queued);
                        mine.into_iter()
                            .for_each(|claims| claims.per_second.push(rate));
                    }
                    Err(error) if who.is_measure() => return Err(error),
                    Err(error) => {
                        crate::progress(&format!("{} takes no part any more: {error}", who.name()));
                        left.retain(|other| *other != who);
                        break;
                    }
                }
            }
        }
        report.keep(options)?;
    }
    Ok(())
}

/// How many claims a second one of them makes.
async fn turn(server: &Server, who: Who, database: &str, time: Duration) -> Result<f64, Failure> {
    let mut control = server.connect(database).await?;
    refill(&mut control).await?;
    lab::close(control).await;
    let url = server.address(database);
    match who {
        Who::Raw => {
            rate(
                workers(async || RawClaimer::connect(&url).await).await?,
                time,
            )
            .await
        }
        Who::Diesel => {
            rate(
                workers(async || DieselClaimer::connect(&url).await).await?,
                time,
            )
            .await
        }
        Who::SeaOrm => {
            let db = SeaOrmClaimer::connect(&url, WORKERS).await?;
            rate(workers(async || Ok(db.clone())).await?, time).await
        }
        Who::Ours => {
            let db = OurClaimer::connect(&url, WORKERS).await?;
            rate(workers(async || Ok(db.clone())).await?, time).await
        }
    }
}

async fn workers<C>(connect: impl AsyncFn() -> Result<C, Failure>) -> Result<Vec<C>, Failure> {
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        workers.push(connect().await?);
    }
    Ok(workers)
}

/// Lets all of them claim for a time. Each job may be claimed once.
async fn rate<C: Claimer>(mut workers: Vec<C>, time: Duration) -> Result<f64, Failure> {
    let mut claimed = BTreeSet::new();
    let warm_up = together(&mut workers, Duration::from_millis(100)).await?;
    let since = Instant::now();
    let measured = together(&mut workers, time).await?;
    let seconds = since.elapsed().as_secs_f64();
    for job in warm_up.iter().chain(&measured) {
        if !claimed.insert(*job) {
            return Err(Failure::Peer(
                "claims",
                format!("the job {job} was claimed twice"),
            ));
        }
    }
    Ok(measured.len() as f64 / seconds)
}

async fn together<C: Claimer>(workers: &mut [C], time: Duration) -> Result<Vec<Uuid>, Failure> {
    let since = Instant::now();
    let work = workers
        .iter_mut()
        .enumerate()
        .map(async |(number, worker)| {
            let name = format!("worker-{number}");
            let mut claimed = Vec::new();
            while since.elapsed() < time {
                match worker.claim(&name).await? {
                    Some(job) => claimed.push(job),
                    None => return Err(Failure::Peer("claims", "the queue ran empty".to_string())),
                }
            }
            Ok(claimed)
        });
    Ok(futures_util::future::try_join_all(work).await?.concat())
}

/// Fills the queue. Nothing refers to the jobs, and their users are there: the checks of the foreign keys are left out.
async fn load(db: &mut PgConnection, queued: u64) -> Result<(), Failure> {
    lab::execute(
        db,
        "INSERT INTO users (id, email) SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n::text
         FROM generate_series(0, 999) AS n;
         ALTER TABLE jobs SET (autovacuum_enabled = off);
         SET session_replication_role = replica",
    )
    .await?;
    fill(db, queued).await?;
    lab::execute(db, "VACUUM (FREEZE, ANALYZE)").await
}

/// Puts as many jobs into the queue as were claimed, and removes those.
async fn refill(db: &mut PgConnection) -> Result<(), Failure> {
    lab::execute(db, "SET session_replication_role = replica").await?;
    let claimed = sqlx::query("DELETE FROM jobs WHERE status <> 'queued'")
        .execute(&mut *db)
        .await
        .told("claims")?
        .rows_affected();
    if claimed > 0 {
        fill(db, claimed).await?;
        lab::execute(db, "VACUUM jobs").await?;
    }
    Ok(())
}

async fn fill(db: &mut PgConnection, jobs: u64) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO jobs (user_id, status, priority, created_at)
         SELECT ('00000000-0000-4000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid, 'queued', n * 7919 % 10,
             now() - random() * interval '1 day'
         FROM generate_series(1, $1) AS n",
    )
    .bind(i64::try_from(jobs).unwrap_or(i64::MAX))
    .execute(db)
    .await
    .map_err(|error| Failure::Database("queue the jobs", error))?;
    Ok(())
}
