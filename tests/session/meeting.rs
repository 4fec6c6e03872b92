//! Transactions that meet: serialisation failures, deadlocks, locks and statements that take too long.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use automl_db::pgwright::Timeout;
use automl_db::prelude::*;
use tokio::sync::Barrier;

use crate::support::{connect, database, platform};

#[tokio::test]
async fn a_serialisation_failure_begins_the_work_again() {
    let (_database, db) = platform().await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let attempts = AtomicU32::new(0);
    let options = TransactionOptions::new().isolation(Isolation::RepeatableRead);
    let streak = db
        .transaction_with(options, async |tx| {
            // The snapshot is taken here, and is too old after what another one writes.
            let seen = User::get(tx, user.id).await?;
            if attempts.fetch_add(1, Ordering::SeqCst) == 0 {
                UserPatch::new()
                    .streak_count(10)
                    .update(&db, user.id)
                    .await?;
            }
            let user = UserPatch::new()
                .streak_count(seen.streak_count + 1)
                .update(tx, user.id)
                .await?;
            Ok(user.streak_count)
        })
        .await
        .unwrap();
    assert_eq!((streak, attempts.load(Ordering::SeqCst)), (11, 2));
}

#[tokio::test]
async fn the_victim_of_a_deadlock_begins_again_and_both_are_done() {
    let (_database, db) = platform().await;
    let a = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let b = NewUser::new("b@x.org").insert(&db).await.unwrap();
    let attempts = AtomicU32::new(0);
    let both_hold_one = Barrier::new(2);
    let work = async |first: UserId, second: UserId| {
        let waited = AtomicU32::new(0);
        db.transaction(async |tx| {
            attempts.fetch_add(1, Ordering::SeqCst);
            add(tx, first).await?;
            if waited.fetch_add(1, Ordering::SeqCst) == 0 {
                both_hold_one.wait().await;
            }
            add(tx, second).await
        })
        .await
    };
    let (one, two) = tokio::join!(work(a.id, b.id), work(b.id, a.id));
    one.unwrap();
    two.unwrap();
    assert_eq!(attempts.load(Ordering::SeqCst), 3);
    for id in [a.id, b.id] {
        assert_eq!(User::get(&db, id).await.unwrap().streak_count, 2);
    }
}

async fn add(tx: &Tx, id: UserId) -> Result<()> {
    sqlx::query("UPDATE users SET streak_count = streak_count + 1 WHERE id = $1")
        .bind(id.0)
        .execute(&mut *tx.connection().await?)
        .await?;
    Ok(())
}

#[tokio::test]
async fn attempts_end() {
    let (_database, db) = platform().await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let attempts = AtomicU32::new(0);
    let options = TransactionOptions::new()
        .isolation(Isolation::RepeatableRead)
        .attempts(2);
    let error = db
        .transaction_with(options, async |tx| {
            let seen = User::get(tx, user.id).await?.streak_count;
            attempts.fetch_add(1, Ordering::SeqCst);
            let patch = || UserPatch::new().streak_count(seen + 1);
            patch().update(&db, user.id).await?;
            patch().update(tx, user.id).await
        })
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
    let problem = error.problem();
    assert_eq!((problem.status, problem.retry_after), (503, Some(1)));
}

#[tokio::test]
async fn what_takes_too_long_is_a_timeout_that_says_what() {
    let database = database().await;
    let builder = Db::builder()
        .max_connections(2)
        .statement_timeout(Duration::from_millis(300))
        .lock_timeout(Duration::from_millis(50))
        .acquire_timeout(Duration::from_millis(200))
        .application_name("session tests");
    let db = connect(&database, builder).await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();

    let name: String = sqlx::query_scalar("SELECT current_setting('application_name')")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert_eq!(name, "session tests");

    let slow = sqlx::query("SELECT pg_sleep(60)").execute(db.pool()).await;
    let error = Error::from(slow.unwrap_err());
    assert_eq!(error.timeout(), Some(Timeout::Statement));
    assert_eq!(error.problem().status, 504);

    let holder = db.begin().await.unwrap();
    UserPatch::new()
        .streak_count(1)
        .update(&holder, user.id)
        .await
        .unwrap();
    let error = UserPatch::new()
        .streak_count(2)
        .update(&db, user.id)
        .await
        .unwrap_err();
    assert_eq!(error.timeout(), Some(Timeout::Lock), "{error:?}");

    let other = db.begin().await.unwrap();
    let error = User::get(&db, user.id).await.unwrap_err();
    assert_eq!(error.timeout(), Some(Timeout::Pool), "{error:?}");
    assert_eq!(error.problem().status, 503);
    drop((holder, other));
}
