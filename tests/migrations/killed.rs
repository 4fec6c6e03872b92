//! Migrations that end in the middle: nothing is lost, and the next run goes on.

use pgwright_cli::migrate::history::History;
use pgwright_cli::migrate::runner;
use pgwright_codegen::diff::{self, Options};
use pgwright_codegen::schema::Schema;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::support::{compile, database, difference, files};

const PREV: &str = include_str!("../cases/migrate_constraints/prev.toml");
const NEXT: &str = include_str!("../cases/migrate_constraints/schema.toml");

/// A history that holds one migration.
fn history(prev: &Schema, next: &Schema) -> History {
    let planned = diff::plan(prev, next, &Options::default()).unwrap();
    crate::support::history(files(&planned.plan, next))
}

async fn run(connection: &mut PgConnection, history: &History) -> runner::Run {
    runner::run(connection, history, &mut |_| {}).await.unwrap()
}

#[tokio::test]
async fn a_run_that_ends_after_any_file_is_ended_by_the_next_one() {
    let aside = (
        include_str!("../cases/migrate_type_aside/prev.toml"),
        include_str!("../cases/migrate_type_aside/schema.toml"),
        include_str!("../cases/migrate_type_aside/before.sql"),
    );
    for (prev, next, before) in [(PREV, NEXT, ""), aside] {
        let (prev, next) = (compile(prev), compile(next));
        let whole = history(&prev, &next);
        let count = whole.parts().count();
        assert!(count > 4, "the case has several files");
        for stop in 0..count {
            let base = database(&prev).await.unwrap();
            let mut connection = base.connect().await.unwrap();
            connection.execute(before).await.unwrap();
            let mut begun = whole.clone();
            begun.entries[0].parts.truncate(stop);
            assert_eq!(run(&mut connection, &begun).await.applied.len(), stop);
            let done = run(&mut connection, &whole).await;
            assert_eq!((done.applied.len(), done.failed), (count - stop, None));
            assert_eq!(
                run(&mut connection, &whole).await,
                runner::Run::default(),
                "a third run does nothing"
            );
            let differs = difference(&mut connection, &next).await;
            assert!(
                differs.is_empty(),
                "after {stop} files:\n{}",
                differs.join("\n")
            );
        }
    }
}

#[tokio::test]
async fn an_index_that_was_not_built_to_its_end_is_built_again() {
    let (prev, next) = (compile(PREV), compile(NEXT));
    let whole = history(&prev, &next);
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection
        .execute("INSERT INTO rooms VALUES (1, 'same', 1, NULL), (2, 'same', 1, NULL)")
        .await
        .unwrap();
    let done = run(&mut connection, &whole).await;
    let (file, error) = done.failed.unwrap();
    assert!(
        file.ends_with("index") && error.contains("ux_rooms_code"),
        "{file}: {error}"
    );
    assert!(!done.left.is_empty());
    let (invalid,): (i64,) = sqlx::query_as("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(invalid, 1, "PostgreSQL leaves it there");
    connection
        .execute("UPDATE rooms SET code = 'other' WHERE id = 2")
        .await
        .unwrap();
    assert_eq!(run(&mut connection, &whole).await.failed, None);
    let differs = difference(&mut connection, &next).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

#[tokio::test]
async fn a_backfill_that_is_killed_keeps_what_it_did_and_goes_on() {
    let prev = compile(
        "version = 1\n[models.Thing.fields]\nid = { type = \"bigint\", primary_key = true }\nnote = \"text\"\n",
    );
    let next = compile(
        "version = 1\n[models.Thing.fields]\nid = { type = \"bigint\", primary_key = true }\nnote = \"text\"\ntoken = { type = \"uuid\", default_sql = \"gen_random_uuid()\" }\n",
    );
    let whole = history(&prev, &next);
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection
        .execute(
            "INSERT INTO things SELECT i, repeat('x', 500) FROM generate_series(1, 30000) AS i",
        )
        .await
        .unwrap();
    // Whatever the machine does in this time, it is not all.
    connection
        .execute(AssertSqlSafe(format!(
            "ALTER DATABASE {} SET statement_timeout = '300ms'",
            base.name()
        )))
        .await
        .unwrap();
    let mut hurried = base.connect().await.unwrap();
    let first = runner::run(&mut hurried, &whole, &mut |_| {}).await;
    let (filled,): (i64,) = sqlx::query_as("SELECT count(*) FROM pg_attribute WHERE attrelid = 'things'::regclass AND attname = 'token'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    // A slow machine may not even come to the backfill; a fast one may be through.
    if let (Ok(run), 1) = (&first, filled) {
        let (filled, empty): (i64, i64) =
            sqlx::query_as("SELECT count(token), count(*) - count(token) FROM things")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        // It may be cut off right behind the last row, too.
        assert!(
            run.failed.is_some() || empty == 0,
            "{filled} are filled, {empty} are not: {run:?}"
        );
    }
    let done = run(&mut connection, &whole).await;
    assert_eq!(done.failed, None);
    let (rows, tokens): (i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT token) FROM things")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!((rows, tokens), (30_000, 30_000));
    let differs = difference(&mut connection, &next).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

#[tokio::test]
async fn a_lock_that_somebody_holds_ends_nothing_and_is_asked_for_again() {
    let (prev, next) = (compile(PREV), compile(NEXT));
    let whole = history(&prev, &next);
    let base = database(&prev).await.unwrap();
    let (mut connection, mut other) =
        (base.connect().await.unwrap(), base.connect().await.unwrap());
    other
        .execute("BEGIN; LOCK TABLE rooms IN ACCESS SHARE MODE")
        .await
        .unwrap();
    let mut other = Some(other);
    let mut said = Vec::new();
    let done = runner::run(&mut connection, &whole, &mut |text| {
        said.push(text.to_owned());
        // It goes as soon as the runner says that it waits.
        if text.contains("a lock is taken") {
            drop(other.take());
        }
    })
    .await
    .unwrap();
    assert_eq!(done.failed, None);
    assert!(
        said.iter().any(|text| text.contains("a lock is taken")),
        "{said:?}"
    );
    let differs = difference(&mut connection, &next).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}
