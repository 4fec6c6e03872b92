//! Jobs are queued, and two workers claim and run them at the same time.

use super::Result;
use super::people::People;
use super::stage::{Stage, ensure, refusal};
use automl_db::prelude::*;
use pgwright::chrono::Utc;
use pgwright_cli::ui::Table;
use sqlx::{Connection, PgConnection, PgPool};
use std::collections::BTreeMap;

/// How many jobs are queued.
const JOBS: i32 = 12;

/// What a job costs.
const PRICE: i32 = 5;

/// The steps of a job, with their kinds.
const STEPS: [(&str, NodeType); 3] = [
    ("load", NodeType::Dataset),
    ("clean", NodeType::Preprocess),
    ("fit", NodeType::Model),
];

/// Takes the next job: the highest priority, then the oldest. What another worker holds is passed over.
const CLAIM: &str = "
WITH next AS MATERIALIZED (
  SELECT id FROM jobs WHERE status = 'queued'
  ORDER BY priority DESC, created_at
  LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE jobs SET status = 'running', claimed_by = $1, started_at = now(), attempt = attempt + 1,
       lease_expires_at = now() + interval '1 minute'
FROM next WHERE jobs.id = next.id
RETURNING jobs.id, jobs.user_id, jobs.attempt, jobs.priority";

/// A job that a worker holds.
#[derive(Clone, Copy)]
struct Claimed {
    id: JobId,
    user: UserId,
    attempt: i32,
    priority: i32,
}

pub(crate) async fn run_jobs(
    db: &PgPool,
    stage: &mut Stage,
    people: &People,
    datasets: &[Dataset],
    snapshots: &[WorkflowSnapshot],
) -> Result<()> {
    stage.part("Two workers run the jobs");
    let dataset = datasets.first().ok_or("there is a dataset")?.id;
    stage
        .timed(format!("queue {JOBS} jobs"), async {
            for number in 0..JOBS {
                let snapshot = &snapshots[usize::try_from(number)? % snapshots.len()];
                let job = NewJob::new(people.ada)
                    .workflow_snapshot_id(snapshot.id)
                    .priority(number % 3)
                    .status(JobStatus::Queued);
                job.insert(db).await?;
            }
            Ok(())
        })
        .await?;
    let (one, two) = stage
        .timed(
            format!("claim and run {JOBS} jobs, two workers at once"),
            async {
                Ok(tokio::try_join!(
                    worker(db, "worker-1", dataset),
                    worker(db, "worker-2", dataset)
                )?)
            },
        )
        .await?;
    let mut table = Table::new([
        "worker",
        "jobs",
        "failed and tried again",
        "in this order of priority",
    ]);
    for (name, jobs) in [("worker-1", &one), ("worker-2", &two)] {
        let order: Vec<String> = jobs.iter().map(|job| job.priority.to_string()).collect();
        let again = jobs.iter().filter(|job| job.attempt > 1).count();
        table.row([
            name.into(),
            jobs.len().to_string(),
            again.to_string(),
            order.join(" "),
        ]);
    }
    stage.table(&table);
    let mut runs: BTreeMap<JobId, Vec<i32>> = BTreeMap::new();
    for job in one.iter().chain(&two) {
        runs.entry(job.id).or_default().push(job.attempt);
    }
    for attempts in runs.values_mut() {
        attempts.sort_unstable();
        ensure(
            (1..)
                .zip(attempts.iter())
                .all(|(number, attempt)| number == *attempt),
            "no job ran twice at once",
        )?;
    }
    let ada = User::get(db, people.ada).await?;
    ensure(
        ada.model_count == JOBS && runs.len() == usize::try_from(JOBS)?,
        "each job stored a model",
    )?;
    ensure(
        ada.credit_balance == i64::from(100 - JOBS * PRICE),
        "each job was paid once",
    )?;
    stage.good(format!(
        "Ada's own row says: {} models, {} credits left",
        ada.model_count, ada.credit_balance
    ));
    let finished = runs.keys().next().copied().ok_or("a job ran")?;
    let again = JobPatch::new()
        .status(JobStatus::Running)
        .update(db, finished)
        .await;
    let error = refusal(again, Job::TRANSITION)?;
    stage.refused("to run a job again that is completed", &error);
    Ok(())
}

/// Claims and runs jobs until none is left. A worker has a connection of its own.
async fn worker(db: &PgPool, name: &str, dataset: DatasetId) -> Result<Vec<Claimed>> {
    let mut connection = db.acquire().await?;
    let mut done = Vec::new();
    while let Some(job) = claim(&mut connection, name).await? {
        done.push(job);
        // One in four fails the first time, and goes back into the queue.
        let fails = job.attempt == 1 && done.len() % 4 == 0;
        if fails {
            JobPatch::new()
                .status(JobStatus::Failed)
                .error_message("out of memory")
                .update(&mut *connection, job.id)
                .await?;
            JobPatch::new()
                .status(JobStatus::Queued)
                .claimed_by(None)
                .lease_expires_at(None)
                .update(&mut *connection, job.id)
                .await?;
        } else {
            run(&mut connection, job, dataset).await?;
        }
        tokio::task::yield_now().await;
    }
    Ok(done)
}

async fn claim(connection: &mut PgConnection, name: &str) -> Result<Option<Claimed>> {
    let row: Option<(JobId, UserId, i32, i32)> = sqlx::query_as(CLAIM)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|(id, user, attempt, priority)| Claimed {
        id,
        user,
        attempt,
        priority,
    }))
}

/// Runs the steps, reports progress, and ends with one transaction: the model, the charge, the status.
async fn run(connection: &mut PgConnection, job: Claimed, dataset: DatasetId) -> Result<()> {
    let mut fitted = None;
    for (name, kind) in STEPS {
        let node = NewJobNode::new(job.id, name, kind)
            .status(NodeStatus::Running)
            .insert(&mut *connection)
            .await?;
        for percent in [30, 70] {
            JobNodePatch::new()
                .progress_percentage(percent)
                .update(&mut *connection, node.id)
                .await?;
        }
        let node = JobNodePatch::new()
            .status(NodeStatus::Success)
            .progress_percentage(100)
            .progress_message(None)
            .completed_at(Utc::now())
            .update(&mut *connection, node.id)
            .await?;
        fitted = Some(node.id);
    }
    let mut transaction = connection.begin().await?;
    NewModel::new(job.user)
        .job_id(job.id)
        .job_node_id(fitted)
        .dataset_id(dataset)
        .name("species")
        .model_type("forest")
        .model_size_bytes(48_213)
        .metrics_json(serde_json::json!({ "accuracy": 0.96 }))
        .insert(&mut transaction)
        .await?;
    NewCreditTransaction::new(job.user, -PRICE, TransactionType::Consumption)
        .related_job_id(job.id)
        .description("a run")
        .insert(&mut transaction)
        .await?;
    JobPatch::new()
        .status(JobStatus::Completed)
        .completed_at(Utc::now())
        .lease_expires_at(None)
        .update(&mut transaction, job.id)
        .await?;
    transaction.commit().await?;
    Ok(())
}
