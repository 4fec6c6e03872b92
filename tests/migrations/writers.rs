//! A maintained column that comes beside writers is true when the migration is done, whatever they did meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use pgwright_codegen::triggers;
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::support::{compile, database, files, history, planned};

/// How many rows are there; `ROWS=1000000` tries more.
const ROWS: u64 = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_is_added_beside_writers_is_true_at_the_end() {
    let prev = compile(include_str!("../cases/migrate_maintained/prev.toml"));
    let next = compile(include_str!("../cases/migrate_maintained/schema.toml"));
    let rows = std::env::var("ROWS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(ROWS);
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection
        .execute(AssertSqlSafe(format!(
            "INSERT INTO users SELECT gen_random_uuid() FROM generate_series(1, {});
             INSERT INTO datasets SELECT gen_random_uuid(), u.id, 3 FROM users AS u, generate_series(1, 20);
             ANALYZE",
            rows / 20
        )))
        .await
        .unwrap();
    let planned = planned(&prev, &next, &[]).unwrap();
    let (ends, written) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let mut writers = Vec::new();
    for _ in 0..3 {
        let (ends, written) = (Arc::clone(&ends), Arc::clone(&written));
        let mut connection = base.connect().await.unwrap();
        writers.push(tokio::spawn(async move {
            while !ends.load(Ordering::Relaxed) {
                for sql in [
                    "INSERT INTO datasets SELECT gen_random_uuid(), id, 5 FROM users TABLESAMPLE BERNOULLI (5) LIMIT 3",
                    "UPDATE datasets SET size = size + 1 WHERE id IN (SELECT id FROM datasets TABLESAMPLE BERNOULLI (5) LIMIT 3)",
                    "UPDATE datasets SET user_id = (SELECT id FROM users ORDER BY id LIMIT 1) WHERE id IN (SELECT id FROM datasets TABLESAMPLE BERNOULLI (5) LIMIT 2)",
                    "DELETE FROM datasets WHERE id IN (SELECT id FROM datasets TABLESAMPLE BERNOULLI (5) LIMIT 2)",
                ] {
                    match connection.execute(sql).await {
                        Ok(_) => written.fetch_add(1, Ordering::Relaxed),
                        // A deadlock or a lock that is asked for politely is what writers live with; a broken rule is not.
                        Err(error) => {
                            let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
                            assert!(matches!(code.as_str(), "40P01" | "55P03"), "{error}");
                            0
                        }
                    };
                }
            }
        }));
    }
    // They are at work before it begins.
    while written.load(Ordering::Relaxed) < 10 {
        tokio::task::yield_now().await;
    }
    let history = history(files(&planned.plan, &next));
    let since = std::time::Instant::now();
    let before = written.load(Ordering::Relaxed);
    let done = pgwright_cli::migrate::runner::run(&mut connection, &history, &mut |_| {})
        .await
        .unwrap();
    let meanwhile = written.load(Ordering::Relaxed) - before;
    eprintln!(
        "{rows} rows: {} ms, {meanwhile} statements of writers meanwhile",
        since.elapsed().as_millis()
    );
    ends.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(done.failed, None);
    for maintained in triggers::maintained(&next) {
        let wrong = connection
            .fetch_all(AssertSqlSafe(maintained.drift.into_string()))
            .await
            .unwrap();
        let first = wrong.first().map(|row| row.get::<String, _>(1));
        assert!(wrong.is_empty(), "{} are wrong: {first:?}", wrong.len());
    }
}
