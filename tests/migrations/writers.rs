//! A maintained column that comes beside writers is true when the migration is done, whatever they did meanwhile.

use pgwright_codegen::triggers;
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::beside;
use crate::support::{compile, database, files, history, planned};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_is_added_beside_writers_is_true_at_the_end() {
    let prev = compile(include_str!("../cases/migrate_maintained/prev.toml"));
    let next = compile(include_str!("../cases/migrate_maintained/schema.toml"));
    let rows = beside::rows();
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
    let history = history(files(&planned.plan, &next));
    eprintln!("{rows} rows get counted:");
    beside::migrate(&base, &mut connection, &history, |_| {
        [
            "INSERT INTO datasets SELECT gen_random_uuid(), id, 5 FROM users TABLESAMPLE BERNOULLI (5) LIMIT 3",
            "UPDATE datasets SET size = size + 1 WHERE id IN (SELECT id FROM datasets TABLESAMPLE BERNOULLI (5) LIMIT 3)",
            "UPDATE datasets SET user_id = (SELECT id FROM users ORDER BY id LIMIT 1) WHERE id IN (SELECT id FROM datasets TABLESAMPLE BERNOULLI (5) LIMIT 2)",
            "DELETE FROM datasets WHERE id IN (SELECT id FROM datasets TABLESAMPLE BERNOULLI (5) LIMIT 2)",
        ]
        .map(str::to_owned)
        .to_vec()
    })
    .await;
    for maintained in triggers::maintained(&next) {
        let wrong = connection
            .fetch_all(AssertSqlSafe(maintained.drift.into_string()))
            .await
            .unwrap();
        let first = wrong.first().map(|row| row.get::<String, _>(1));
        assert!(wrong.is_empty(), "{} are wrong: {first:?}", wrong.len());
    }
}
