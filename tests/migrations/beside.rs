//! Programs that write while a migration runs, and what they noticed of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pgwright_cli::migrate::history::History;
use pgwright_cli::migrate::runner;
use pgwright_cli::testing::Database;
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use tokio::task::JoinHandle;

/// How many rows are there; `ROWS=1000000` tries more.
pub(crate) fn rows() -> u64 {
    std::env::var("ROWS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000)
}

/// Statements of a writer; the number is another one each time.
pub(crate) type Statements = fn(u64) -> Vec<String>;

/// What writers noticed.
#[derive(Debug, Default)]
struct Noticed {
    /// Statements that took over 100 ms.
    waits: u64,
    longest: Duration,
    /// Deadlocks that ended a statement of theirs.
    deadlocks: u64,
}

/// Runs a migration while three connections write, and says what they noticed.
pub(crate) async fn migrate(
    base: &Database,
    connection: &mut PgConnection,
    history: &History,
    statements: Statements,
) {
    let (ends, written) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let mut writers: Vec<JoinHandle<Noticed>> = Vec::new();
    for writer in 0..3 {
        let (ends, written) = (Arc::clone(&ends), Arc::clone(&written));
        let mut connection = base.connect().await.unwrap();
        writers.push(tokio::spawn(async move {
            let (mut noticed, mut round) = (Noticed::default(), writer);
            while !ends.load(Ordering::Relaxed) {
                round += 7919;
                for sql in statements(round) {
                    let since = Instant::now();
                    match connection.execute(AssertSqlSafe(sql)).await {
                        Ok(_) => _ = written.fetch_add(1, Ordering::Relaxed),
                        // A deadlock is what writers live with; a broken rule is not.
                        Err(error) => {
                            let code = error.as_database_error().and_then(|error| error.code());
                            assert_eq!(code.as_deref(), Some("40P01"), "{error}");
                            noticed.deadlocks += 1;
                        }
                    }
                    noticed.waits += u64::from(since.elapsed() > Duration::from_millis(100));
                    noticed.longest = noticed.longest.max(since.elapsed());
                }
            }
            noticed
        }));
    }
    // They are at work before it begins.
    while written.load(Ordering::Relaxed) < 10 {
        tokio::task::yield_now().await;
    }
    let (since, before) = (Instant::now(), written.load(Ordering::Relaxed));
    let done = runner::run(connection, history, &mut |_| {}).await.unwrap();
    let (took, meanwhile) = (since.elapsed(), written.load(Ordering::Relaxed) - before);
    ends.store(true, Ordering::Relaxed);
    let mut all = Noticed::default();
    for writer in writers {
        let noticed = writer.await.unwrap();
        all.waits += noticed.waits;
        all.deadlocks += noticed.deadlocks;
        all.longest = all.longest.max(noticed.longest);
    }
    for (file, took) in &done.applied {
        eprintln!("  {file}: {} ms", took.as_millis());
    }
    eprintln!(
        "{} ms; {meanwhile} statements of writers meanwhile, {} of them over 100 ms, the longest {} ms, {} deadlocks",
        took.as_millis(),
        all.waits,
        all.longest.as_millis(),
        all.deadlocks
    );
    assert_eq!(done.failed, None);
}
