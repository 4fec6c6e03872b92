//! What a job does: its nodes one after the other, then a model of what they found.

use std::time::Duration;

use automl_db::prelude::*;
use automl_db::{job_node, pgwright::chrono::Utc};
use serde_json::json;

/// Runs a job. It may be the second time: nodes that were finished before stay finished.
pub(crate) async fn run(db: Db, job: Job, step: Duration) -> Result<()> {
    tracing::info!(job = %job.id, attempt = job.attempt, "begun");
    JobPatch::new()
        .started_at(Utc::now())
        .error_message(None)
        .update(&db, job.id)
        .await?;
    let nodes = job
        .nodes()
        .filter(job_node::status.ne(NodeStatus::Success))
        .order_by(job_node::node_id.asc())
        .all(&db)
        .await?;
    for node in nodes {
        run_node(&db, node, step).await?;
    }
    // The model and the end of the job are one transaction: whoever lost the job stores no second model.
    db.transaction(async |tx| {
        NewModel::new(job.user_id)
            .job_id(job.id)
            .name(format!("model of job {}", job.id))
            .metrics_json(json!({ "accuracy": 0.97 }))
            .insert(tx)
            .await?;
        job.complete(tx).await?;
        JobPatch::new()
            .completed_at(Utc::now())
            .update(tx, job.id)
            .await?;
        Ok(())
    })
    .await?;
    tracing::info!(job = %job.id, "done");
    Ok(())
}

/// Runs a node in four steps, and says how far it is.
async fn run_node(db: &Db, node: JobNode, step: Duration) -> Result<()> {
    JobNodePatch::new()
        .status(NodeStatus::Running)
        .started_at(Utc::now())
        .progress_percentage(0)
        .update(db, node.id)
        .await?;
    for progress in [25, 50, 75, 100] {
        tokio::time::sleep(step).await;
        JobNodePatch::new()
            .progress_percentage(progress)
            .progress_message(format!("{progress} % of {}", node.node_type))
            .update(db, node.id)
            .await?;
    }
    JobNodePatch::new()
        .status(NodeStatus::Success)
        .completed_at(Utc::now())
        .result_json(json!({ "rows": 1_000 }))
        .update(db, node.id)
        .await?;
    Ok(())
}

/// Stores why a job failed, for its user.
pub(crate) async fn tell(db: Db, job: Job, text: String) {
    let patch = JobPatch::new().error_message(text);
    if let Err(error) = patch.update(&db, job.id).await {
        tracing::warn!(%error, job = %job.id, "cannot store why a job failed");
    }
}
