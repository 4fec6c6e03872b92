//! Owners that take turns.

use std::collections::BTreeMap;

use automl_db::prelude::*;

use crate::support::base;

fn by_user(jobs: &[Job]) -> BTreeMap<UserId, usize> {
    let mut count = BTreeMap::new();
    for job in jobs {
        *count.entry(job.user_id).or_default() += 1;
    }
    count
}

#[tokio::test]
async fn a_user_with_few_jobs_does_not_wait_for_one_with_many() {
    let base = base().await;
    let bob = base.user("bob@example.org").await;
    let eve = base.user("eve@example.org").await;
    base.jobs(base.user, 50).await;
    base.jobs(bob, 3).await;
    base.jobs(eve, 50).await;
    let queue = Job::queue().worker("w").limit(9).fair_by(job::user_id);
    let first = queue.claim(&base.pool).await.unwrap();
    assert_eq!(
        by_user(&first),
        BTreeMap::from([(base.user, 3), (bob, 3), (eve, 3)])
    );
    // Eve's jobs are done, those of the others run: it is her turn.
    for job in first.iter().filter(|job| job.user_id == eve) {
        job.complete(&base.pool).await.unwrap();
    }
    let next = queue.clone().limit(3).claim(&base.pool).await.unwrap();
    assert_eq!(by_user(&next), BTreeMap::from([(eve, 3)]));
}

#[tokio::test]
async fn one_by_one_everybody_gets_a_turn() {
    let base = base().await;
    let mut users = vec![base.user];
    for number in 0..4 {
        users.push(base.user(&format!("{number}@example.org")).await);
    }
    for &user in &users {
        base.jobs(user, 4).await;
    }
    let queue = Job::queue().worker("w").fair_by(job::user_id);
    for turn in 1..=4 {
        let mut count = BTreeMap::new();
        for _ in &users {
            let claimed = queue.claim(&base.pool).await.unwrap();
            *count.entry(claimed[0].user_id).or_insert(0) += 1;
        }
        assert_eq!(count.len(), users.len(), "{turn}: {count:?}");
    }
    assert!(queue.claim(&base.pool).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_take_turns_leave_no_job_and_hold_none_twice() {
    let base = base().await;
    let mut users = vec![base.user];
    for number in 0..9 {
        users.push(base.user(&format!("{number}@example.org")).await);
    }
    for (number, &user) in users.iter().enumerate() {
        base.jobs(user, 3 * number + 1).await;
    }
    let mut workers = Vec::new();
    for number in 0..4_u32 {
        let pool = base.pool.clone();
        workers.push(tokio::spawn(async move {
            let queue = Job::queue()
                .worker(number)
                .limit(1 + number % 2)
                .fair_by(job::user_id);
            let mut all = 0;
            loop {
                let jobs = queue.claim(&pool).await.unwrap();
                if jobs.is_empty() {
                    return all;
                }
                all += jobs.len();
                for job in jobs {
                    job.complete(&pool).await.unwrap();
                }
            }
        }));
    }
    let mut all = 0;
    for worker in workers {
        all += worker.await.unwrap();
    }
    assert_eq!(all, 145);
    assert_eq!(base.count(JobStatus::Completed).await, 145);
}

#[tokio::test]
async fn turns_are_taken_among_the_jobs_of_a_filter() {
    let base = base().await;
    let bob = base.user("bob@example.org").await;
    base.job(base.user, 1).await;
    base.jobs(bob, 2).await;
    base.jobs(base.user, 2).await;
    let queue = Job::queue()
        .worker("w")
        .limit(2)
        .filter(job::priority.eq(0))
        .fair_by(job::user_id);
    let jobs = queue.claim(&base.pool).await.unwrap();
    assert_eq!(by_user(&jobs), BTreeMap::from([(base.user, 1), (bob, 1)]));
    assert!(jobs.iter().all(|job| job.priority == 0));
}
