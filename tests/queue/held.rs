//! What may be done with a job, and by whom.

use std::time::Duration;

use automl_db::prelude::*;
use pgwright::queue::Retry;

use crate::support::base;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn who_holds_a_job_extends_and_completes_it() {
    let base = base().await;
    base.job(base.user, 0).await;
    let held = Job::claim(&base.pool, "w", 1).await.unwrap().remove(0);
    assert!(held.heartbeat(&base.pool, MINUTE * 10).await.unwrap());
    assert!(base.get(held.id).await.lease_expires_at > held.lease_expires_at);
    let done = held.complete(&base.pool).await.unwrap();
    assert_eq!(
        (done.status, done.lease_expires_at),
        (JobStatus::Completed, None)
    );
    // Who did not hear of it asks again.
    assert_eq!(held.complete(&base.pool).await.unwrap(), done);
    assert!(!held.heartbeat(&base.pool, MINUTE).await.unwrap());
    let error = held.fail(&base.pool, None).await.unwrap_err();
    assert!(error.is_lease_lost(), "{error:?}");
}

#[tokio::test]
async fn who_lost_a_job_cannot_settle_it() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let lost = Job::claim(&base.pool, "w", 1).await.unwrap().remove(0);
    base.let_lease_end(id).await;
    assert_eq!(Job::return_expired(&base.pool).await.unwrap(), 1);
    // Neither while nobody has it, nor when somebody of the same name has.
    for _ in 0..2 {
        assert!(!lost.heartbeat(&base.pool, MINUTE).await.unwrap());
        assert!(lost.complete(&base.pool).await.unwrap_err().is_lease_lost());
        assert!(
            lost.fail(&base.pool, MINUTE)
                .await
                .unwrap_err()
                .is_lease_lost()
        );
        assert!(!lost.release(&base.pool).await.unwrap());
        Job::claim(&base.pool, "w", 1).await.unwrap();
    }
    let now = base.get(id).await;
    assert_eq!((now.status, now.attempt), (JobStatus::Running, 2));
}

#[tokio::test]
async fn what_a_job_makes_and_its_end_are_one_transaction() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let lost = Job::claim(&base.pool, "a", 1).await.unwrap().remove(0);
    base.let_lease_end(id).await;
    Job::return_expired(&base.pool).await.unwrap();
    let held = Job::claim(&base.pool, "b", 1).await.unwrap().remove(0);
    for job in [&lost, &held] {
        let mut transaction = base.pool.begin().await.unwrap();
        NewModel::new(base.user)
            .job_id(id)
            .insert(&mut transaction)
            .await
            .unwrap();
        if job.complete(&mut transaction).await.is_ok() {
            transaction.commit().await.unwrap();
        }
    }
    let models = Model::query().filter(automl_db::model::job_id.eq(id));
    assert_eq!(models.count(&base.pool).await.unwrap(), 1);
}

#[tokio::test]
async fn a_failed_job_is_tried_again_when_its_time_has_come() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let held = Job::claim(&base.pool, "w", 1).await.unwrap().remove(0);
    let failed = held.fail(&base.pool, MINUTE).await.unwrap();
    assert_eq!(failed.status, JobStatus::Failed);
    assert!(failed.lease_expires_at.is_some());
    // Not yet.
    assert_eq!(Job::return_expired(&base.pool).await.unwrap(), 0);
    assert!(Job::claim(&base.pool, "w", 1).await.unwrap().is_empty());
    base.let_lease_end(id).await;
    assert_eq!(Job::return_expired(&base.pool).await.unwrap(), 1);
    let again = Job::claim(&base.pool, "w", 1).await.unwrap().remove(0);
    assert_eq!((again.id, again.attempt), (id, 2));
    // The second attempt is the last.
    let retry = Retry::after(MINUTE).attempts(2);
    let failed = again.fail(&base.pool, retry).await.unwrap();
    assert_eq!(
        (failed.status, failed.lease_expires_at),
        (JobStatus::Failed, None)
    );
    assert_eq!(Job::return_expired(&base.pool).await.unwrap(), 0);
}

#[tokio::test]
async fn a_job_that_kills_its_workers_fails_in_the_end() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let queue = Job::queue().worker("w").max_attempts(2);
    for status in [JobStatus::Queued, JobStatus::Failed] {
        assert_eq!(queue.claim(&base.pool).await.unwrap().len(), 1);
        base.let_lease_end(id).await;
        assert_eq!(queue.return_expired(&base.pool).await.unwrap(), 1);
        assert_eq!(base.get(id).await.status, status);
    }
    assert_eq!(queue.return_expired(&base.pool).await.unwrap(), 0);
}

#[tokio::test]
async fn many_leases_that_ended_are_returned_in_batches() {
    let base = base().await;
    base.jobs(base.user, 250).await;
    assert_eq!(Job::claim(&base.pool, "w", 250).await.unwrap().len(), 250);
    sqlx::query("UPDATE jobs SET lease_expires_at = now() - interval '1 second'")
        .execute(&base.pool)
        .await
        .unwrap();
    assert_eq!(Job::return_expired(&base.pool).await.unwrap(), 250);
    assert_eq!(base.count(JobStatus::Queued).await, 250);
}

#[tokio::test]
async fn a_released_job_is_ready_at_once() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let held = Job::claim(&base.pool, "a", 1).await.unwrap().remove(0);
    assert!(held.release(&base.pool).await.unwrap());
    let now = base.get(id).await;
    assert_eq!(
        (now.status, now.claimed_by, now.lease_expires_at),
        (JobStatus::Queued, None, None)
    );
    assert_eq!(Job::claim(&base.pool, "b", 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_job_is_cancelled_wherever_it_stands_unless_it_is_over() {
    let base = base().await;
    let pending = NewJob::new(base.user).insert(&base.pool).await.unwrap().id;
    let running = base.job(base.user, 5).await;
    let held = Job::claim(&base.pool, "w", 1).await.unwrap().remove(0);
    let queued = base.job(base.user, 0).await;
    for id in [pending, running, queued] {
        let cancelled = Job::cancel(&base.pool, id).await.unwrap().unwrap();
        assert_eq!(cancelled.status, JobStatus::Cancelled);
        assert_eq!(Job::cancel(&base.pool, id).await.unwrap(), None);
    }
    assert!(!held.heartbeat(&base.pool, MINUTE).await.unwrap());
    assert!(held.complete(&base.pool).await.unwrap_err().is_lease_lost());
    assert_eq!(Job::cancel(&base.pool, JobId::new()).await.unwrap(), None);

    // One that waits to be tried again stays failed, for good.
    let failed = base.job(base.user, 0).await;
    let held = Job::claim(&base.pool, "w", 1).await.unwrap().remove(0);
    held.fail(&base.pool, MINUTE).await.unwrap();
    let cancelled = Job::cancel(&base.pool, failed).await.unwrap().unwrap();
    assert_eq!(
        (cancelled.status, cancelled.lease_expires_at),
        (JobStatus::Failed, None)
    );
    assert_eq!(Job::cancel(&base.pool, failed).await.unwrap(), None);
}
