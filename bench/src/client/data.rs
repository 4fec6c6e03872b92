//! The rows that are there before anything is measured.

use super::contest::{Numbered, Plan};
use super::peers::Cursor;
use crate::Failure;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

/// Users with ten datasets each: what is read and updated.
const READ: u64 = 2_000;
const EACH: u64 = 10;
/// Users that get new datasets.
const INSERTERS: std::ops::Range<u64> = 2_000..3_000;
/// The user with many datasets.
pub(super) const MANY: Numbered = Numbered(3_000);
/// Datasets have numbers of their own.
const DATASETS: u64 = 1_000_000;

pub(super) fn dataset(random: &mut fastrand::Rng) -> Uuid {
    Numbered(DATASETS + random.u64(0..READ * EACH)).id()
}

pub(super) fn inserter(random: &mut fastrand::Rng) -> Uuid {
    Numbered(random.u64(INSERTERS)).id()
}

/// A hundred users with ten datasets each.
pub(super) fn parents(random: &mut fastrand::Rng) -> Vec<Uuid> {
    let first = random.u64(0..READ);
    let step = 7;
    (0..100)
        .map(|number| Numbered((first + step * number) % READ).id())
        .collect()
}

/// Makes it, with as many datasets for the one user.
pub(super) async fn load(db: &mut PgConnection, many: u64) -> Result<(), Failure> {
    let refused = |error| Failure::Database("load the data", error);
    // `id(n)` is what `Numbered` says.
    let script = "
        CREATE FUNCTION pg_temp.id(number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
            $$ SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
        INSERT INTO users (id, email, full_name)
        SELECT pg_temp.id(n), 'user' || n || '@example.org', 'User ' || n
        FROM generate_series(0, 3000) AS n;";
    run(db, script).await?;
    let datasets = "
        INSERT INTO datasets (id, user_id, name, description, original_filename, original_format, original_size_bytes,
            parquet_size_bytes, s3_path, row_count, column_count, columns_metadata, problem_type, target_column,
            created_at)
        SELECT pg_temp.id(n), pg_temp.id(CASE WHEN n < $1 THEN (n - 1000000) / 10 ELSE 3000 END), 'dataset ' || n,
            CASE WHEN n % 2 = 0 THEN 'What somebody wrote about dataset ' || n END, 'upload-' || n || '.csv', 'csv',
            n * 13 % 10000000, n * 7 % 1000000, 's3://automl/datasets/' || n || '.parquet', n % 100000, n % 50,
            CASE WHEN n % 10 = 0 THEN '{\"columns\": 12}'::jsonb END,
            CASE WHEN n % 3 = 0 THEN 'regression' ELSE 'classification' END::problem_type, 'label',
            now() - (n * 37 % 100000) * interval '1 minute'
        FROM generate_series(1000000, $2) AS n";
    let first = DATASETS + READ * EACH;
    sqlx::query(datasets)
        .bind(number(first))
        .bind(number(first + many) - 1)
        .execute(&mut *db)
        .await
        .map_err(refused)?;
    // The benchmark vacuums by itself, so that chance hits nobody.
    run(
        db,
        "ALTER TABLE users SET (autovacuum_enabled = off);
         ALTER TABLE datasets SET (autovacuum_enabled = off);
         ALTER TABLE jobs SET (autovacuum_enabled = off);",
    )
    .await?;
    run(db, "VACUUM (FREEZE, ANALYZE)").await
}

/// Takes away the indexes that serve a user's datasets by time, so that those are left that the platform had before.
pub(super) async fn forget_lists(db: &mut PgConnection) -> Result<(), Failure> {
    run(
        db,
        "DO $$
        DECLARE found regclass;
        BEGIN
            FOR found IN
                SELECT i.indexrelid FROM pg_index i
                WHERE i.indrelid = 'datasets'::regclass AND i.indnkeyatts > 1 AND NOT i.indisunique
            LOOP
                EXECUTE 'DROP INDEX ' || found;
            END LOOP;
        END $$;
        CREATE INDEX IF NOT EXISTS idx_datasets_user_id ON datasets (user_id);
        CREATE INDEX IF NOT EXISTS idx_datasets_created_at ON datasets (created_at);",
    )
    .await?;
    run(db, "VACUUM (ANALYZE) datasets").await
}

/// What all peers are asked for.
pub(super) async fn plan(db: &mut PgConnection, bulk: u64, many: u64) -> Result<Plan, Failure> {
    let rows: Vec<(chrono::DateTime<chrono::Utc>, Uuid)> = sqlx::query_as(
        "SELECT created_at, id FROM (
             SELECT created_at, id, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place, count(*) OVER () AS of
             FROM datasets WHERE user_id = $1) AS d
         WHERE place % 100 = 0 AND place + 100 <= of ORDER BY place",
    )
    .bind(MANY.id())
    .fetch_all(db)
    .await
    .map_err(|error| Failure::Database("read where pages begin", error))?;
    let cursors = rows
        .into_iter()
        .map(|(created_at, id)| Cursor { created_at, id });
    Ok(Plan {
        cursors: cursors.collect(),
        bulk,
        many,
    })
}

/// Removes what was inserted.
pub(super) async fn clean(db: &mut PgConnection) -> Result<(), Failure> {
    sqlx::query("DELETE FROM datasets WHERE user_id = ANY($1)")
        .bind(
            INSERTERS
                .map(|number| Numbered(number).id())
                .collect::<Vec<_>>(),
        )
        .execute(db)
        .await
        .map_err(|error| Failure::Database("remove what was inserted", error))?;
    Ok(())
}

async fn run(db: &mut PgConnection, sql: &'static str) -> Result<(), Failure> {
    crate::lab::execute(db, sql).await
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
