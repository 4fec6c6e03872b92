//! Everything by way of a PgBouncer in transaction mode: no statement knows which server it meets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use automl_db::pgwright::Timeout;
use automl_db::pgwright::queue::{Waiter, Worker};
use automl_db::prelude::*;

use crate::bouncer::Bouncer;
use crate::support::{admin, database};

const SERVERS: u32 = 2;

/// More sessions of the pool than servers.
const CLIENTS: u32 = 12;

async fn connect(bouncer: &Bouncer) -> Db {
    let builder = Db::builder()
        .pgbouncer(true)
        .max_connections(CLIENTS)
        .acquire_timeout(Duration::from_secs(30))
        .statement_timeout(Duration::from_secs(20))
        .lock_timeout(Duration::from_secs(10));
    builder.connect(&bouncer.url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_operation_works_over_two_servers_that_many_share() {
    let database = database().await;
    let Some(bouncer) = Bouncer::start(&database, SERVERS).await else {
        return;
    };
    let db = connect(&bouncer).await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..16 {
        let db = db.clone();
        tasks.spawn(async move { everything(&db, task).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(User::query().count(&db).await.unwrap(), 16);
    assert_eq!(left_behind(&database).await, (SERVERS.into(), 0));
}

/// How many sessions PgBouncer has, and how many of them are inside of a transaction.
async fn left_behind(database: &pgwright_cli::testing::Database) -> (i64, i64) {
    let mut admin = admin(database).await;
    sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE state LIKE 'idle in transaction%') FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap()
}

async fn everything(db: &Db, task: u32) -> Result<()> {
    let user = NewUser::new(format!("u{task}@x.org")).insert(db).await?;
    // Writes and reads of one row and of many; a column of an enum has a type that the server numbers.
    let rows: Vec<_> = (0..30)
        .map(|n| NewDataset::new(user.id, format!("d{n:02}")).original_format(FileFormat::Csv))
        .collect();
    let datasets = NewDataset::insert_many(db, &rows).await?;
    let more = (30..40).map(|n| NewDataset::new(user.id, format!("d{n:02}")));
    assert_eq!(NewDataset::copy_in(db, more.collect::<Vec<_>>()).await?, 10);
    let ids: Vec<DatasetId> = datasets.iter().map(|dataset| dataset.id).collect();
    assert_eq!(Dataset::get_many(db, &ids).await?.len(), 30);
    assert_eq!(User::get(db, user.id).await?.dataset_count, 40);
    DatasetPatch::new()
        .description("changed")
        .update(db, ids[0])
        .await?;
    let own = || Dataset::query().filter(dataset::user_id.eq(user.id));
    let csv = || own().filter(dataset::original_format.in_([FileFormat::Csv, FileFormat::Json]));
    assert_eq!(csv().count(db).await?, 30);
    let again = NewUser::new(format!("u{task}@x.org")).insert(db).await;
    assert!(again.unwrap_err().is(User::UX_USERS_EMAIL_CI));

    // Pages, to the end.
    let mut page = own()
        .order_by(dataset::name.asc())
        .page(db, Page::first(15))
        .await?;
    let mut seen = page.items.len();
    while let Some(next) = page.next {
        page = own()
            .order_by(dataset::name.asc())
            .page(db, Page::after(15, next))
            .await?;
        seen += page.items.len();
    }
    assert_eq!(seen, 40);

    // Streams: one to the end, one that is dropped on the way.
    let mut stream = own().stream(db);
    let mut seen = 0;
    while stream.try_next().await?.is_some() {
        seen += 1;
    }
    assert_eq!(seen, 40);
    drop(stream);
    let mut stream = own().stream(db);
    assert!(stream.try_next().await?.is_some());
    drop(stream);

    // Loads, and an upsert.
    let users = std::slice::from_ref(&user);
    for (_, datasets) in User::load(users)
        .datasets_with(|q| q.limit(5))
        .fetch(db)
        .await?
    {
        assert_eq!(datasets.len(), 5);
    }
    let same = NewDataset::new(user.id, "d00").description("over");
    let same = same.upsert_on(db, Dataset::UX_DATASETS_USERID_NAME).await?;
    assert_eq!(
        (same.id, same.description.as_deref()),
        (ids[0], Some("over"))
    );

    // A transaction with savepoints, one of which fails.
    db.transaction(async |tx| {
        NewDataset::new(user.id, "in a transaction")
            .insert(tx)
            .await?;
        let tried = tx.transaction(async |tx| NewDataset::new(user.id, "d00").insert(tx).await);
        assert!(tried.await.is_err());
        tx.transaction(async |tx| NewDataset::new(user.id, "in a savepoint").insert(tx).await)
            .await?;
        let mut stream = Dataset::query()
            .filter(dataset::user_id.eq(user.id))
            .stream(tx);
        while stream.try_next().await?.is_some() {}
        Ok(())
    })
    .await?;

    // One that meets another one and is begun again.
    let attempts = AtomicU32::new(0);
    let options = TransactionOptions::new().isolation(Isolation::RepeatableRead);
    db.transaction_with(options, async |tx| {
        User::get(tx, user.id).await?;
        if attempts.fetch_add(1, Ordering::SeqCst) == 0 {
            // By the server that this transaction does not hold, or one of the two would wait for the other.
            return Err(Error::Conflict(sqlx::Error::RowNotFound));
        }
        UserPatch::new().streak_count(7).update(tx, user.id).await
    })
    .await?;
    assert_eq!(attempts.load(Ordering::SeqCst), 2);

    // A ledger, and a connection that is held.
    let buy =
        || NewCreditTransaction::new(user.id, 30, TransactionType::Purchase).idempotency_key("buy");
    let first = CreditTransaction::post(db, buy()).await?;
    assert_eq!(CreditTransaction::post(db, buy()).await?, first);
    let mut held = db.acquire().await?;
    let held_user = User::get(&mut held, user.id).await?;
    assert_eq!((held_user.credit_balance, held_user.streak_count), (30, 7));
    Dataset::delete_where(&mut held, dataset::user_id.eq(user.id)).await?;
    drop(held);
    assert_eq!(own().count(db).await?, 0);
    User::soft_delete(db, user.id).await?;
    assert!(User::find(db, user.id).await?.is_none());
    User::restore(db, user.id).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_polls_and_nobody_listens() {
    let database = database().await;
    let Some(bouncer) = Bouncer::start(&database, SERVERS).await else {
        return;
    };
    let db = connect(&bouncer).await;
    let error = Waiter::<Job>::new(&db).await.unwrap_err();
    assert!(
        matches!(error, Error::Misuse(text) if text.contains("PgBouncer")),
        "{error}"
    );

    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let jobs: Vec<_> = (0..40)
        .map(|_| NewJob::new(user.id).status(JobStatus::Queued))
        .collect();
    NewJob::insert_many(&db, &jobs).await.unwrap();
    let left = Arc::new(AtomicU32::new(41));
    let worker = Worker::<Job>::new(&db, "w")
        .concurrency(4)
        .poll(Duration::from_millis(20));
    let stop = worker.stop_handle();
    let running = {
        let db = db.clone();
        worker.run(move |job| {
            let (db, stop, left) = (db.clone(), stop.clone(), Arc::clone(&left));
            async move {
                JobPatch::new()
                    .celery_task_id("done")
                    .update(&db, job.id)
                    .await?;
                match left.fetch_sub(1, Ordering::SeqCst) {
                    // The last one comes when the queue is empty: only the poll finds it.
                    2 => NewJob::new(user.id)
                        .status(JobStatus::Queued)
                        .insert(&db)
                        .await
                        .map(drop),
                    1 => {
                        stop.stop();
                        Ok(())
                    }
                    _ => Ok(()),
                }
            }
        })
    };
    let report = tokio::time::timeout(Duration::from_secs(60), running)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((report.completed, report.failed, report.lost), (41, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timeouts_hold_and_stay_with_the_transaction_that_they_are_of() {
    let database = database().await;
    let Some(bouncer) = Bouncer::start(&database, 1).await else {
        return;
    };
    let builder = Db::builder()
        .pgbouncer(true)
        .lock_timeout(Duration::from_millis(50));
    let db = builder.connect(&bouncer.url()).await.unwrap();
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let row = || [NewDataset::new(user.id, "a")];
    NewDataset::copy_in(&db, row()).await.unwrap();

    let mut admin = admin(&database).await;
    let mut holder = sqlx::Connection::begin(&mut admin).await.unwrap();
    sqlx::query("LOCK TABLE users, datasets IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *holder)
        .await
        .unwrap();
    let refused = [
        User::get(&db, user.id).await.map(drop),
        NewDataset::copy_in(&db, row()).await.map(drop),
        db.transaction(async |tx| User::get(tx, user.id).await)
            .await
            .map(drop),
        User::query().stream(&db).try_next().await.map(drop),
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().timeout(), Some(Timeout::Lock));
    }
    holder.rollback().await.unwrap();
    // The only server is as it was for everybody else.
    let mut raw = db.acquire().await.unwrap();
    let rows = sqlx::raw_sql("SHOW lock_timeout")
        .fetch_all(&mut *raw)
        .await;
    let timeout: String = sqlx::Row::get(&rows.unwrap()[0], 0);
    assert_eq!(timeout, "0");
}
