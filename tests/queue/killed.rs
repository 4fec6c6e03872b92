//! Workers that are processes, and are killed at any point.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use automl_db::prelude::*;
use pgwright::queue::Worker;
use sqlx::PgPool;
use sqlx::Row as _;

use crate::support::{base, soon};

const URL: &str = "QUEUE_TEST_URL";
const JOBS: usize = 150;

/// What a job makes is stored in the transaction that completes it. Before and behind it there are points to be killed at.
async fn work(pool: PgPool, job: Job) -> Result<()> {
    println!("started {}", job.id);
    let pause = u64::from(job.id.0.as_bytes()[15] % 8);
    tokio::time::sleep(Duration::from_millis(pause)).await;
    let mut transaction = pool.begin().await?;
    NewModel::new(job.user_id)
        .job_id(job.id)
        .insert(&mut transaction)
        .await?;
    job.complete(&mut transaction).await?;
    println!("completing {}", job.id);
    transaction.commit().await?;
    println!("completed {}", job.id);
    Ok(())
}

#[test]
#[ignore = "is a process that another test starts and kills"]
fn a_worker_process() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let pool = PgPool::connect(&url).await.unwrap();
        let worker = Worker::<Job>::new(&pool, std::process::id())
            .concurrency(3)
            .lease(Duration::from_secs(2))
            .poll(Duration::from_millis(200));
        let handling = pool.clone();
        worker
            .run(move |job| work(handling.clone(), job))
            .await
            .unwrap();
    });
}

/// A process that is killed with the value.
struct Process(Child);

impl Process {
    fn start(url: &str) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "killed::a_worker_process",
                "--ignored",
                "--nocapture",
            ])
            .env(URL, url)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Kills it (SIGKILL) when it has written so many lines.
    fn kill_behind(mut self, lines: usize) {
        let output = BufReader::new(self.0.stdout.take().unwrap());
        for line in output.lines().take(lines) {
            line.unwrap();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_is_completed_once_whenever_its_workers_are_killed() {
    let base = base().await;
    base.jobs(base.user, JOBS).await;
    let url = base.database.url();
    // The first lines are those of the test harness; each worker is killed at another point.
    let killers: Vec<_> = (0..2_usize)
        .map(|killer| {
            let url = url.clone();
            tokio::task::spawn_blocking(move || {
                for round in 0..8 {
                    Process::start(&url).kill_behind(3 + (7 * round + 4 * killer) % 13);
                }
            })
        })
        .collect();
    for killer in killers {
        soon(killer).await.unwrap();
    }
    let left = Process::start(&url);
    soon(async {
        while base.count(JobStatus::Completed).await < i64::try_from(JOBS).unwrap() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    drop(left);
    let row = sqlx::query(
        "SELECT count(*), count(DISTINCT job_id), (SELECT sum(attempt) FROM jobs) FROM models",
    )
    .fetch_one(&base.pool)
    .await
    .unwrap();
    let (models, jobs, attempts): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    let all = i64::try_from(JOBS).unwrap();
    assert_eq!((models, jobs), (all, all));
    // Otherwise nobody was killed in the middle of a job.
    assert!(attempts > all, "{attempts} attempts");
}
