//! What a claim takes.

use std::collections::BTreeSet;
use std::time::Duration;

use automl_db::prelude::*;
use pgwright::queue::Queue;
use sqlx::Row as _;

use crate::support::base;

#[tokio::test]
async fn a_claim_takes_by_priority_then_age_and_says_who_holds_what_for_how_long() {
    let base = base().await;
    let old = base.job(base.user, 1).await;
    let high = base.job(base.user, 5).await;
    let young = base.job(base.user, 1).await;
    let waiting = NewJob::new(base.user)
        .priority(9)
        .insert(&base.pool)
        .await
        .unwrap();

    let jobs = Job::claim(&base.pool, "worker-7", 2).await.unwrap();
    assert_eq!(
        jobs.iter().map(|job| job.id).collect::<Vec<_>>(),
        [high, old]
    );
    for job in &jobs {
        assert_eq!(job.status, JobStatus::Running);
        assert_eq!(job.claimed_by.as_deref(), Some("worker-7"));
        assert_eq!(job.attempt, 1);
        assert_eq!(*job, base.get(job.id).await);
        let left: f64 = sqlx::query("SELECT extract(epoch FROM $1 - now())::float8")
            .bind(job.lease_expires_at)
            .fetch_one(&base.pool)
            .await
            .unwrap()
            .get(0);
        assert!((1.0..=60.0).contains(&left), "{left}");
    }
    let jobs = Job::claim(&base.pool, "worker-8", 10).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [young]);
    assert!(
        Job::claim(&base.pool, "worker-8", 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        Job::claim(&base.pool, "worker-8", 0)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(base.get(waiting.id).await.status, JobStatus::Pending);
}

#[tokio::test]
async fn a_claim_can_be_for_some_jobs_only() {
    let base = base().await;
    let other = base.user("bob@example.org").await;
    base.job(base.user, 9).await;
    let own = base.job(other, 1).await;
    let queue = Job::queue()
        .worker("w")
        .filter(job::user_id.eq(other).and(job::priority.lt(5)))
        .limit(5)
        .lease(Duration::from_secs(600));
    let jobs = queue.claim(&base.pool).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [own]);
    let one = Job::queue().worker("w").filter(job::user_id.eq(other));
    assert!(one.claim(&base.pool).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_hold_one_job() {
    let base = base().await;
    let ids: BTreeSet<JobId> = base.jobs(base.user, 200).await.into_iter().collect();
    let mut workers = Vec::new();
    for number in 0..6_u32 {
        let pool = base.pool.clone();
        workers.push(tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let name = format!("worker-{number}");
                let jobs = Job::claim(&pool, &name, 1 + number).await.unwrap();
                // None may only mean that others are just claiming the last ones.
                if jobs.is_empty() {
                    return held;
                }
                held.extend(jobs.into_iter().map(|job| job.id));
            }
        }));
    }
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    assert_eq!(all.len(), 200);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), ids);
}

#[tokio::test]
async fn jobs_that_another_transaction_holds_are_passed_by_and_not_lost() {
    let base = base().await;
    let ids = base.jobs(base.user, 2).await;
    let mut transaction = base.pool.begin().await.unwrap();
    let first = Job::claim(&mut transaction, "a", 1).await.unwrap();
    assert_eq!(first[0].id, ids[0]);
    let second = Job::claim(&base.pool, "b", 10).await.unwrap();
    assert_eq!(
        second.iter().map(|job| job.id).collect::<Vec<_>>(),
        [ids[1]]
    );
    transaction.rollback().await.unwrap();
    let again = Job::claim(&base.pool, "b", 10).await.unwrap();
    assert_eq!(again.iter().map(|job| job.id).collect::<Vec<_>>(), [ids[0]]);
    assert_eq!(again[0].attempt, 1);
}

#[tokio::test]
async fn a_job_whose_nodes_are_being_written_can_be_claimed() {
    let base = base().await;
    let id = base.job(base.user, 0).await;
    let mut transaction = base.pool.begin().await.unwrap();
    NewJobNode::new(id, "n1", NodeType::Model)
        .insert(&mut transaction)
        .await
        .unwrap();
    let jobs = Job::claim(&base.pool, "w", 1).await.unwrap();
    assert_eq!(jobs.len(), 1);
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn the_index_of_the_queue_serves_every_claim_without_a_sort() {
    let base = base().await;
    sqlx::query(
        "INSERT INTO jobs (user_id, status, priority)
         SELECT $1, (CASE WHEN g % 10 = 0 THEN 'queued' ELSE 'completed' END)::job_status, g % 7
         FROM generate_series(1, 20000) AS g",
    )
    .bind(base.user)
    .execute(&base.pool)
    .await
    .unwrap();
    sqlx::query("ANALYZE jobs")
        .execute(&base.pool)
        .await
        .unwrap();
    let one = Job::queue().worker("w");
    let several = one.clone().limit(10);
    for queue in [one, several] {
        // A plan for any value, as the server makes one once a statement ran a few times.
        let sql = format!(
            "SET plan_cache_mode = force_generic_plan; PREPARE claim AS {}; EXPLAIN EXECUTE claim('w', 60)",
            queue.sql()
        );
        let mut connection = base.database.connect().await.unwrap();
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Scan using idx_jobs_queue"), "{plan}");
        assert!(plan.contains("Index Scan using jobs_pkey"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
        let claim = plan.split("CTE chosen").nth(1).unwrap();
        let claim = claim.split("CTE").next().unwrap();
        assert!(!claim.contains("Sort"), "{plan}");
    }
    let expire = sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "PREPARE expire AS {}; EXPLAIN EXECUTE expire(NULL)",
        automl_db::job::EXPIRE
    )));
    let mut connection = base.database.connect().await.unwrap();
    let rows = expire.fetch_all(&mut connection).await.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    assert!(plan.contains("idx_jobs_lease_expires_at"), "{plan}");
}

#[test]
fn claims_of_any_filter_are_few_statements() {
    let of = |user: UserId| {
        Queue::<Job>::new()
            .limit(4)
            .filter(job::user_id.eq(user))
            .sql()
    };
    assert_eq!(of(UserId::new()), of(UserId::new()));
    assert_eq!(Queue::<Job>::new().sql(), automl_db::job::CLAIM);
}
