//! The worker as a process: killed at any point, and told to end.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::Duration;

use automl_db::prelude::*;
use pgwright_cli::testing::{self, Database};
use rustix::process::{Pid, Signal, kill_process};

struct Process {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Process {
    fn start(database: &Database, step: u32) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_automl-worker"))
            .env("DATABASE_URL", database.url())
            .env("STEP_MS", step.to_string())
            .env("LEASE_SECONDS", "3")
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, log }
    }

    /// Waits until it has logged a line with that text.
    fn logged(&mut self, text: &str) {
        for line in self.log.by_ref() {
            if line.unwrap().contains(text) {
                return;
            }
        }
        panic!("it ended without `{text}`");
    }

    fn terminate(mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).unwrap();
        // Read to its end, so that it can write to its end.
        while let Some(Ok(_)) = self.log.next() {}
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn database() -> (Database, Db) {
    let database = testing::database("").await.unwrap();
    let db = Db::connect(&database.url()).await.unwrap();
    automl_db::MIGRATOR.run(db.pool()).await.unwrap();
    (database, db)
}

async fn queue(db: &Db, jobs: usize) -> UserId {
    let user = NewUser::new("ada@example.org").insert(db).await.unwrap();
    for _ in 0..jobs {
        db.transaction(async |tx| {
            let job = NewJob::new(user.id).status(JobStatus::Queued);
            let job = job.insert(tx).await?;
            for (id, node_type) in [("1", NodeType::Dataset), ("2", NodeType::Model)] {
                NewJobNode::new(job.id, id, node_type).insert(tx).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
    }
    user.id
}

async fn count(db: &Db, status: JobStatus) -> i64 {
    let jobs = Job::query().filter(job::status.eq(status));
    jobs.count(db).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_stores_one_model_whenever_its_workers_are_killed() {
    let (database, db) = database().await;
    queue(&db, 20).await;
    for lines in 1..=3 {
        let mut process = Process::start(&database, 20);
        for _ in 0..lines {
            process.logged("begun");
        }
        // Killed with the value, in the middle of its jobs.
    }
    let last = Process::start(&database, 1);
    let all = async {
        while count(&db, JobStatus::Completed).await < 20 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), all)
        .await
        .expect("not every job was completed in time");
    assert!(last.terminate().success());
    let models = Model::query().all(&db).await.unwrap();
    assert_eq!(models.len(), 20);
    let mut jobs: Vec<_> = models.iter().map(|model| model.job_id).collect();
    jobs.sort();
    jobs.dedup();
    assert_eq!(jobs.len(), 20);
    let again = Job::query().filter(job::attempt.gt(1)).count(&db).await;
    assert!(
        again.unwrap() > 0,
        "nobody was killed in the middle of a job"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_told_to_end_finishes_what_it_runs() {
    let (database, db) = database().await;
    queue(&db, 8).await;
    let mut process = Process::start(&database, 50);
    process.logged("begun");
    assert!(process.terminate().success());
    assert_eq!(count(&db, JobStatus::Running).await, 0);
    let (done, left) = (
        count(&db, JobStatus::Completed).await,
        count(&db, JobStatus::Queued).await,
    );
    assert_eq!(done + left, 8);
    assert!(done > 0 && left > 0, "{done} done, {left} left");
}
