//! Jobs claimed from a queue, by eight workers at once, one at a time each.

use super::peers::Told;
use super::peers::claimers::{Claimer, DieselClaimer, OurClaimer, RawClaimer, SeaOrmClaimer};
use super::server::{self, Server};
use crate::{ClientOptions, Failure, lab};
use sqlx::postgres::PgConnection;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

const WORKERS: u32 = 8;

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
) -> Result<Vec<Claims>, Failure> {
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
        crate::progress(&format!("queueing {queued} jobs"));
        let mut db = server.create(database).await?;
        load(&mut db, queued).await?;
        lab::close(db).await;
    }
    let mut all: Vec<Claims> = Who::ALL
        .into_iter()
        .flat_map(|who| {
            lengths.map(|queued| Claims {
                who,
                queued,
                per_second: Vec::new(),
            })
        })
        .collect();
    let time = Duration::from_secs_f64(6.0 * options.seconds());
    // Each turn is long: three are enough.
    for round in 0..options.rounds().min(3) {
        crate::progress(&format!("claims, round {}", round + 1));
        all.rotate_left(3);
        for claims in &mut all {
            let Some((database, queued)) = queues
                .into_iter()
                .find(|(_, queued)| *queued == claims.queued)
            else {
                continue;
            };
            let mut control = server.connect(database).await?;
            refill(&mut control, queued).await?;
            lab::close(control).await;
            let url = server.address(database);
            let rate = match claims.who {
                Who::Raw => {
                    rate(
                        workers(async || RawClaimer::connect(&url).await).await?,
                        time,
                    )
                    .await?
                }
                Who::Diesel => {
                    rate(
                        workers(async || DieselClaimer::connect(&url).await).await?,
                        time,
                    )
                    .await?
                }
                Who::SeaOrm => {
                    let db = SeaOrmClaimer::connect(&url, WORKERS).await?;
                    rate(workers(async || Ok(db.clone())).await?, time).await?
                }
                Who::Ours => {
                    let db = OurClaimer::connect(&url, WORKERS).await?;
                    rate(workers(async || Ok(db.clone())).await?, time).await?
                }
            };
            claims.per_second.push(rate);
        }
    }
    all.sort_by_key(|claims| (claims.queued, claims.who as usize));
    Ok(all)
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
async fn refill(db: &mut PgConnection, queued: u64) -> Result<(), Failure> {
    lab::execute(
        db,
        "SET session_replication_role = replica; DELETE FROM jobs WHERE status <> 'queued'",
    )
    .await?;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs")
        .fetch_one(&mut *db)
        .await
        .told("claims")?;
    fill(db, queued.saturating_sub(left.unsigned_abs())).await?;
    lab::execute(db, "VACUUM jobs").await
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
