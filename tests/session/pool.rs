//! The pool: how many messages a statement takes, who gets a connection, what becomes of those that die.

use std::task::Poll;
use std::time::Duration;

use automl_db::prelude::*;

use crate::support::{backend, connect, database, kill_all, platform};

#[tokio::test]
async fn a_statement_reuses_the_connection_of_the_one_before() {
    let (_database, db) = platform().await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let pid = db
        .transaction(async |tx| Ok(backend(&mut *tx.connection().await?).await))
        .await
        .unwrap();
    for _ in 0..50 {
        User::get(&db, user.id).await.unwrap();
    }
    let mut held = db.acquire().await.unwrap();
    assert_eq!(backend(&mut held).await, pid);
    assert_eq!(db.pool().size(), 1);
}

#[tokio::test]
async fn connections_that_were_killed_while_unused_are_replaced_unseen() {
    let (database, db) = platform().await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let (a, b, c) = tokio::join!(db.acquire(), db.acquire(), db.acquire());
    drop((a, b, c));
    for _ in 0..3 {
        User::get(&db, user.id).await.unwrap();
        kill_all(&database).await;
        // A read on one that died.
        User::get(&db, user.id).await.unwrap();
        kill_all(&database).await;
        // A transaction that begins on one.
        db.transaction(async |tx| User::get(tx, user.id).await)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_write_on_a_connection_that_was_unused_for_long_is_sent_once_and_arrives() {
    let database = database().await;
    let db = connect(&database, Db::builder().test_after(Duration::ZERO)).await;
    NewUser::new("a@x.org").insert(&db).await.unwrap();
    kill_all(&database).await;
    NewUser::new("b@x.org").insert(&db).await.unwrap();
    assert_eq!(User::query().count(&db).await.unwrap(), 2);
}

#[tokio::test]
async fn a_write_whose_connection_broke_is_an_error_that_says_so_and_is_not_sent_twice() {
    let database = database().await;
    let db = connect(
        &database,
        Db::builder().test_after(Duration::from_secs(3600)),
    )
    .await;
    // The second connection: the first one is closed when it is known how many statements there are.
    for email in ["a@x.org", "a2@x.org"] {
        NewUser::new(email).insert(&db).await.unwrap();
    }
    kill_all(&database).await;
    let error = NewUser::new("b@x.org").insert(&db).await.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    // The next one has a sound connection.
    NewUser::new("b@x.org").insert(&db).await.unwrap();
}

#[tokio::test]
async fn raw_queries_and_operations_share_the_connections_and_nobody_starves() {
    let database = database().await;
    let db = connect(
        &database,
        Db::builder()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(5)),
    )
    .await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    // Both connections lie between two statements now.
    let (a, b) = tokio::join!(db.acquire(), db.acquire());
    drop((a, b));
    User::get(&db, user.id).await.unwrap();
    let pool = db.pool();
    let (one, two) = tokio::join!(pool.acquire(), pool.acquire());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(pool.size(), 2);
    drop((one, two));
    let mut tasks = tokio::task::JoinSet::new();
    for turn in 0..16 {
        let (db, id) = (db.clone(), user.id);
        tasks.spawn(async move {
            for _ in 0..20 {
                if turn % 2 == 0 {
                    User::get(&db, id).await.unwrap();
                } else {
                    sqlx::query("SELECT 1").execute(db.pool()).await.unwrap();
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert!(db.pool().size() <= 2);
}

#[tokio::test]
async fn a_statement_that_is_dropped_half_way_leaves_nothing_to_the_next_one() {
    let (_database, db) = platform().await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let mut committed = 1;
    for polls in 0..40 {
        polled(polls, User::get(&db, user.id)).await;
        assert_eq!(User::get(&db, user.id).await.unwrap().id, user.id);
        let work = db.transaction(async |tx| {
            NewUser::new(format!("{polls}@x.org")).insert(tx).await?;
            tx.transaction(async |tx| {
                User::get(tx, user.id).await?;
                Ok(())
            })
            .await
        });
        if let Some(done) = polled(polls, work).await {
            done.unwrap();
            committed += 1;
        }
    }
    let found = User::query().count(&db).await.unwrap();
    // A COMMIT that was sent may have arrived, although nobody read the answer.
    assert!(
        found >= committed && found <= committed + 1,
        "{found} and not {committed}"
    );
}

/// Polls a future so often at most.
async fn polled<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    for _ in 0..polls {
        let polled = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
        if let Poll::Ready(value) = polled.await {
            return Some(value);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test]
async fn a_pool_that_is_closed_says_so_and_leaves_no_session() {
    let (database, db) = platform().await;
    User::query().count(&db).await.unwrap();
    db.close().await;
    let error = User::query().count(&db).await.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    let mut admin = crate::support::admin(&database).await;
    loop {
        let sessions: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .fetch_one(&mut admin)
        .await
        .unwrap();
        if sessions == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_pool_may_outlive_its_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (database, db) = runtime.block_on(platform());
    runtime.block_on(async { User::query().count(&db).await.unwrap() });
    drop(db);
    drop(database);
    drop(runtime);
}
