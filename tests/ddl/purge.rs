//! The purge function beside other sessions.

use pgwright_cli::testing::{self, Database};
use pgwright_codegen::ddl::schema_sql;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

const SPEC: &str = "
version = 1
[models.Owner.fields]
id = { type = \"integer\", primary_key = true }
gone = { type = \"boolean\", default = false }
gone_at = \"timestamptz?\"
[models.Owner.soft_delete]
flag = \"gone\"
at = \"gone_at\"
keep = \"30 days\"
[models.Thing.fields]
id = { type = \"bigint\", identity = \"always\", primary_key = true }
owner_id = { type = \"integer\", references = \"Owner\", on_delete = \"cascade\" }
";

async fn database() -> Database {
    let source = pgwright_codegen::source::Source::new("schema.toml", SPEC);
    let schema = pgwright_codegen::compile(&source).schema.unwrap();
    let database = testing::database(&schema_sql(&schema)).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    connection
        .execute(
            "INSERT INTO owners SELECT n, true, now() - n * interval '1 day' FROM generate_series(31, 130) AS n;
             INSERT INTO owners VALUES (1, false, NULL);
             INSERT INTO things (owner_id) SELECT id FROM owners, generate_series(1, 10);",
        )
        .await
        .unwrap();
    database
}

async fn purge(connection: &mut PgConnection, rows: i32) -> i64 {
    sqlx::query_scalar("SELECT owners_purge($1)")
        .bind(rows)
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn rows_that_another_session_holds_are_passed_by_and_purged_later() {
    let database = database().await;
    let mut holder = database.connect().await.unwrap();
    let mut held = holder.begin().await.unwrap();
    held.execute("SELECT FROM owners WHERE id IN (130, 31) FOR UPDATE")
        .await
        .unwrap();
    let mut connection = database.connect().await.unwrap();
    // A purge that waits would wait for ever here.
    connection
        .execute("SET lock_timeout = '10s'")
        .await
        .unwrap();
    assert_eq!(purge(&mut connection, 1000).await, 98);
    held.commit().await.unwrap();
    assert_eq!(purge(&mut connection, 1000).await, 2);
    let left: (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM owners), (SELECT count(*) FROM things)")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(left, (1, 10));
}

#[tokio::test]
async fn several_sessions_purge_each_row_once() {
    let database = database().await;
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let mut connection = database.connect().await.unwrap();
        tasks.push(tokio::spawn(async move {
            let mut total = 0;
            loop {
                match purge(&mut connection, 7).await {
                    0 => return total,
                    purged => total += purged,
                }
            }
        }));
    }
    let mut total = 0;
    for task in tasks {
        total += task.await.unwrap();
    }
    assert_eq!(total, 100);
}
