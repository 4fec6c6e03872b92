//! Whether the service works.

use automl_db::prelude::Db;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, ApiResult, Problem};

/// What is told to whoever watches the service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
    /// How long the database took to answer.
    database_ms: f64,
}

/// Answers as long as the database does.
#[utoipa::path(get, path = "/health", tag = "health", responses(
    (status = 200, body = Health),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn health(State(db): State<Db>) -> ApiResult<Json<Health>> {
    let time = db.ping().await.map_err(|error| {
        tracing::error!(%error, "the database does not answer");
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer",
        )
    })?;
    Ok(Json(Health {
        status: "ok",
        database_ms: time.as_secs_f64() * 1_000.0,
    }))
}
