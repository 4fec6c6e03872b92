//! Announcements.

use std::time::Duration;

use automl_db::prelude::*;
use pgwright::queue::Waiter;
use sqlx::PgPool;
use sqlx::postgres::PgListener;

use crate::support::{base, soon};

/// Long enough that a poll cannot be what wakes a test.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_waiter_is_woken_by_a_job_that_comes_and_by_one_that_becomes_ready() {
    let base = base().await;
    let mut waiter = Waiter::<Job>::new(&base.pool).await.unwrap();
    base.job(base.user, 0).await;
    assert!(soon(waiter.wait(LONG)).await);

    let pending = NewJob::new(base.user).insert(&base.pool).await.unwrap();
    JobPatch::new()
        .status(JobStatus::Queued)
        .update(&base.pool, pending.id)
        .await
        .unwrap();
    assert!(soon(waiter.wait(LONG)).await);

    let held = Job::claim(&base.pool, "w", 1).await.unwrap().remove(0);
    held.release(&base.pool).await.unwrap();
    assert!(soon(waiter.wait(LONG)).await);
}

#[tokio::test]
async fn a_waiter_hears_of_a_job_that_came_before_it_waits() {
    let base = base().await;
    let mut waiter = Waiter::<Job>::new(&base.pool).await.unwrap();
    assert!(Job::claim(&base.pool, "w", 1).await.unwrap().is_empty());
    base.job(base.user, 0).await;
    assert!(soon(waiter.wait(LONG)).await);
}

/// How many announcements a statement makes: a last one, of ours, says that all were heard.
async fn announcements(pool: &PgPool, listener: &mut PgListener, sql: &'static str) -> usize {
    sqlx::query(sql).execute(pool).await.unwrap();
    sqlx::query("SELECT pg_notify('public_jobs_queue', 'last')")
        .execute(pool)
        .await
        .unwrap();
    let mut count = 0;
    while soon(listener.recv()).await.unwrap().payload() != "last" {
        count += 1;
    }
    count
}

#[tokio::test]
async fn there_is_one_announcement_a_statement_and_none_where_nothing_became_ready() {
    let base = base().await;
    let pool = &base.pool;
    let mut listener = PgListener::connect_with(pool).await.unwrap();
    listener.listen("public_jobs_queue").await.unwrap();
    for (sql, expected) in [
        (
            "INSERT INTO jobs (user_id, status) SELECT id, 'queued' FROM users, generate_series(1, 100)",
            1,
        ),
        (
            "INSERT INTO jobs (user_id) SELECT id FROM users, generate_series(1, 100)",
            0,
        ),
        (
            "INSERT INTO jobs (user_id, status) SELECT id, 'queued' FROM users WHERE false",
            0,
        ),
        ("UPDATE jobs SET priority = 1", 0),
        (
            "UPDATE jobs SET status = 'queued' WHERE status = 'pending'",
            1,
        ),
        ("UPDATE jobs SET status = 'running'", 0),
        ("UPDATE jobs SET status = 'completed'", 0),
        (
            "WITH off AS MATERIALIZED (SELECT set_config('pgwright.notify', 'off', true))
             INSERT INTO jobs (user_id, status) SELECT users.id, 'queued' FROM users, off",
            0,
        ),
    ] {
        assert_eq!(
            announcements(pool, &mut listener, sql).await,
            expected,
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_waiter_that_lost_its_connection_listens_again() {
    let base = base().await;
    let mut waiter = Waiter::<Job>::new(&base.pool).await.unwrap();
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    sqlx::query(ended).execute(&base.pool).await.unwrap();
    // It may have missed something, and says so; or it says that it could not listen, and does again.
    waiter.wait(Duration::from_millis(100)).await;
    let woken = async {
        loop {
            base.job(base.user, 0).await;
            if waiter.wait(Duration::from_millis(500)).await {
                return;
            }
        }
    };
    soon(woken).await;
}
