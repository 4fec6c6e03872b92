//! Jobs are started here and run by workers.

use automl_db::prelude::*;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{ApiError, ApiResult, Problem};
use crate::extract::{Body, Id};

/// A job to be, with the nodes of its workflow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewJobBody {
    /// Higher is run first.
    #[serde(default)]
    priority: i32,
    nodes: Vec<NewNode>,
}

/// A node of a workflow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNode {
    id: String,
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "model")]
    node_type: NodeType,
}

/// A job and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobView {
    #[schema(value_type = Uuid)]
    id: JobId,
    #[schema(value_type = String, example = "queued")]
    status: JobStatus,
    priority: i32,
    /// How often a worker began it.
    attempt: i32,
    error_message: Option<String>,
    created_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    nodes: Vec<NodeView>,
}

/// A node and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NodeView {
    id: String,
    #[schema(value_type = String, example = "running")]
    status: NodeStatus,
    progress_percentage: Option<i32>,
}

impl JobView {
    async fn of(db: &Db, job: Job) -> Result<Self> {
        let nodes = job
            .nodes()
            .order_by(job_node::node_id.asc())
            .all(db)
            .await?;
        Ok(Self {
            id: job.id,
            status: job.status,
            priority: job.priority,
            attempt: job.attempt,
            error_message: job.error_message,
            created_at: job.created_at,
            completed_at: job.completed_at,
            nodes: nodes
                .into_iter()
                .map(|node| NodeView {
                    id: node.node_id,
                    status: node.status,
                    progress_percentage: node.progress_percentage,
                })
                .collect(),
        })
    }
}

/// Starts a job: a worker will run it.
#[utoipa::path(post, path = "/users/{id}/jobs", tag = "jobs", params(("id" = Uuid, Path)), request_body = NewJobBody,
    responses(
    (status = 201, body = JobView),
    (status = 422, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn start(
    State(db): State<Db>,
    Id(id): Id<UserId>,
    Body(body): Body<NewJobBody>,
) -> ApiResult<(StatusCode, Json<JobView>)> {
    // A worker sees the job when the transaction is over: with all its nodes.
    let job = db
        .transaction(async |tx| {
            let job = NewJob::new(id)
                .priority(body.priority)
                .status(JobStatus::Queued)
                .insert(tx)
                .await?;
            let nodes: Vec<_> = body
                .nodes
                .iter()
                .map(|node| NewJobNode::new(job.id, node.id.as_str(), node.node_type))
                .collect();
            NewJobNode::insert_many(tx, &nodes).await?;
            Ok(job)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(JobView::of(&db, job).await?)))
}

/// A job with its nodes.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = Uuid, Path)), responses(
    (status = 200, body = JobView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn show(State(db): State<Db>, Id(id): Id<JobId>) -> ApiResult<Json<JobView>> {
    let job = Job::get(&db, id).await?;
    Ok(Json(JobView::of(&db, job).await?))
}

/// Cancels a job. A worker that runs it learns of it by its next heartbeat.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = Uuid, Path)), responses(
    (status = 200, body = JobView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "the job is over", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn cancel(State(db): State<Db>, Id(id): Id<JobId>) -> ApiResult<Json<JobView>> {
    match Job::cancel(&db, id).await? {
        Some(job) => Ok(Json(JobView::of(&db, job).await?)),
        None => {
            Job::get(&db, id).await?;
            Err(ApiError::conflict("the job is over"))
        }
    }
}
