//! Workers within one process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use automl_db::prelude::*;
use pgwright::queue::{Retry, Worker};
use tokio::sync::{Notify, Semaphore, mpsc};

use crate::support::{base, soon};

const LONG: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_runs_what_is_there_and_what_comes_and_stops_when_told() {
    let base = base().await;
    base.jobs(base.user, 20).await;
    let (done, mut heard) = mpsc::unbounded_channel();
    let worker = Worker::<Job>::new(&base.pool, "w")
        .concurrency(4)
        .poll(LONG);
    let stop = worker.stop_handle();
    let running = tokio::spawn(worker.run(move |job| {
        let done = done.clone();
        async move { done.send(job.id) }
    }));
    for _ in 0..20 {
        soon(heard.recv()).await.unwrap();
    }
    // It sleeps now, and there is no poll: an announcement wakes it.
    for _ in 0..3 {
        let id = base.job(base.user, 0).await;
        assert_eq!(soon(heard.recv()).await, Some(id));
    }
    stop.stop();
    let report = soon(running).await.unwrap().unwrap();
    assert_eq!((report.completed, report.failed), (23, 0));
    assert_eq!(base.count(JobStatus::Completed).await, 23);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_jobs_run_than_there_are_places() {
    let base = base().await;
    base.jobs(base.user, 30).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let left = Arc::new(AtomicUsize::new(30));
    let worker = Worker::<Job>::new(&base.pool, "w")
        .concurrency(3)
        .poll(LONG);
    let stop = worker.stop_handle();
    let highest = Arc::clone(&most);
    let report = soon(worker.run(move |_| {
        let (now, most, left) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&left));
        let stop = stop.clone();
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            if left.fetch_sub(1, Ordering::SeqCst) == 1 {
                stop.stop();
            }
            Ok::<_, Error>(())
        }
    }))
    .await
    .unwrap();
    assert_eq!(report.completed, 30);
    assert!(highest.load(Ordering::SeqCst) <= 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_and_panics_fail_their_job_alone_and_are_told() {
    let base = base().await;
    let bad = base.job(base.user, 3).await;
    let panics = base.job(base.user, 2).await;
    let good = base.job(base.user, 1).await;
    let pool = base.pool.clone();
    let worker = Worker::<Job>::new(&base.pool, "w").on_failure(move |job, text| {
        let pool = pool.clone();
        async move {
            let patch = JobPatch::new().error_message(text);
            patch.update(&pool, job.id).await.unwrap();
        }
    });
    let stop = worker.stop_handle();
    let report = soon(worker.run(move |job| {
        // Before it is a future, and within it.
        assert!(job.priority != 2, "priority {}", job.priority);
        let stop = stop.clone();
        async move {
            match job.priority {
                3 => Err("no such file"),
                _ => {
                    stop.stop();
                    Ok(())
                }
            }
        }
    }))
    .await
    .unwrap();
    assert_eq!((report.completed, report.failed), (1, 2));
    let (bad, panics) = (base.get(bad).await, base.get(panics).await);
    assert_eq!(
        (bad.status, panics.status),
        (JobStatus::Failed, JobStatus::Failed)
    );
    assert_eq!(bad.error_message.as_deref(), Some("no such file"));
    assert_eq!(
        panics.error_message.as_deref(),
        Some("panicked: priority 2")
    );
    assert_eq!(base.get(good).await.status, JobStatus::Completed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_job_is_tried_again_until_it_succeeds() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let worker = Worker::<Job>::new(&base.pool, "w")
        .poll(Duration::from_millis(20))
        .retry(Retry::backoff(Duration::from_millis(10)).attempts(5));
    let stop = worker.stop_handle();
    let report = soon(worker.run(move |job| {
        let stop = stop.clone();
        async move {
            if job.attempt < 3 {
                return Err("not yet");
            }
            stop.stop();
            Ok(())
        }
    }))
    .await
    .unwrap();
    assert_eq!((report.completed, report.failed), (1, 2));
    assert_eq!(base.get(id).await.attempt, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_whose_job_was_cancelled_is_stopped() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let started = Arc::new(Notify::new());
    let worker = Worker::<Job>::new(&base.pool, "w").heartbeat(Duration::from_millis(20));
    let stop = worker.stop_handle();
    let told = Arc::clone(&started);
    let running = tokio::spawn(worker.run(move |_| {
        let told = Arc::clone(&told);
        async move {
            told.notify_one();
            std::future::pending::<Result<(), Error>>().await
        }
    }));
    soon(started.notified()).await;
    Job::cancel(&base.pool, id).await.unwrap().unwrap();
    // The grace is longer than a test may take: the worker ends because the handler does.
    stop.stop();
    let report = soon(running).await.unwrap().unwrap();
    assert_eq!((report.lost, report.completed), (1, 0));
    assert_eq!(base.get(id).await.status, JobStatus::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_is_extended_while_a_handler_runs() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let (started, go) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let worker = Worker::<Job>::new(&base.pool, "w")
        .lease(Duration::from_secs(3))
        .heartbeat(Duration::from_millis(50));
    let stop = worker.stop_handle();
    let (told, goes) = (Arc::clone(&started), Arc::clone(&go));
    let running = tokio::spawn(worker.run(move |_| {
        let (told, goes) = (Arc::clone(&told), Arc::clone(&goes));
        async move {
            told.notify_one();
            goes.acquire().await.map(drop)
        }
    }));
    soon(started.notified()).await;
    let first = base.get(id).await.lease_expires_at;
    soon(async {
        while base.get(id).await.lease_expires_at == first {
            tokio::task::yield_now().await;
        }
    })
    .await;
    go.add_permits(1);
    stop.stop();
    assert_eq!(soon(running).await.unwrap().unwrap().completed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_outlasts_the_grace_is_given_back() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let started = Arc::new(Notify::new());
    let worker = Worker::<Job>::new(&base.pool, "w").grace(Duration::from_millis(10));
    let stop = worker.stop_handle();
    let told = Arc::clone(&started);
    let running = tokio::spawn(worker.run(move |_| {
        let told = Arc::clone(&told);
        async move {
            told.notify_one();
            std::future::pending::<Result<(), Error>>().await
        }
    }));
    soon(started.notified()).await;
    stop.stop();
    assert_eq!(soon(running).await.unwrap().unwrap().released, 1);
    let now = base.get(id).await;
    assert_eq!((now.status, now.claimed_by), (JobStatus::Queued, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_may_complete_its_job_in_a_transaction_of_its_own() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let (pool, user) = (base.pool.clone(), base.user);
    let worker = Worker::<Job>::new(&base.pool, "w");
    let stop = worker.stop_handle();
    let report = soon(worker.run(move |job| {
        let (pool, stop) = (pool.clone(), stop.clone());
        async move {
            stop.stop();
            let mut transaction = pool.begin().await?;
            NewModel::new(user)
                .job_id(job.id)
                .insert(&mut transaction)
                .await?;
            job.complete(&mut transaction).await?;
            transaction.commit().await?;
            Ok::<_, Error>(())
        }
    }))
    .await
    .unwrap();
    assert_eq!(report.completed, 1);
    assert_eq!(base.get(id).await.status, JobStatus::Completed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_outlives_every_connection_that_ends() {
    let base = base().await;
    let (done, mut heard) = mpsc::unbounded_channel();
    let worker = Worker::<Job>::new(&base.pool, "w").poll(Duration::from_millis(200));
    let stop = worker.stop_handle();
    let running = tokio::spawn(worker.run(move |job| {
        let done = done.clone();
        async move { done.send(job.id) }
    }));
    for _ in 0..3 {
        let id = base.job(base.user, 0).await;
        assert_eq!(soon(heard.recv()).await, Some(id));
        let mut admin = base.database.connect().await.unwrap();
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        sqlx::query(end).execute(&mut admin).await.unwrap();
        // The pool of the test lost its connections as well.
        while sqlx::query("SELECT 1").execute(&base.pool).await.is_err() {}
    }
    stop.stop();
    soon(running).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_worker_gives_up_where_it_can_never_claim() {
    let base = base().await;
    sqlx::query("ALTER TABLE jobs RENAME COLUMN attempt TO gone")
        .execute(&base.pool)
        .await
        .unwrap();
    let worker = Worker::<Job>::new(&base.pool, "w");
    let result = soon(worker.run(|_| async { Ok::<_, Error>(()) })).await;
    assert!(matches!(result, Err(Error::Database(_))), "{result:?}");
}
