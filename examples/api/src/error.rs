//! Errors as problem details (RFC 9457): a status and a title that may be shown to users. What the database said goes to
//! the log and to nobody else.

use automl_db::prelude::Error;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// What a client is told when something went wrong, as `pgwright::Problem` writes it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What it is, as a URN.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What happened.
    title: String,
    /// The status of the response.
    status: u16,
}

/// An error of a handler.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// The database's.
    Database(automl_db::pgwright::Problem),
    /// Of a request.
    Request(StatusCode, String),
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self::Request(status, title.into())
    }

    pub(crate) fn not_found(title: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, title)
    }

    pub(crate) fn conflict(title: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, title)
    }

    pub(crate) fn bad_request(title: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, title)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let problem = error.problem();
        if problem.status >= 500 {
            tracing::error!(%error, "a request failed");
        }
        Self::Database(problem)
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        match self {
            Self::Database(problem) => {
                let status = StatusCode::from_u16(problem.status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let later = problem
                    .retry_after
                    .map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
                match later {
                    Some(later) => (status, kind, later, Json(problem)).into_response(),
                    None => (status, kind, Json(problem)).into_response(),
                }
            }
            Self::Request(status, title) => {
                let problem = Problem {
                    kind: "about:blank",
                    title,
                    status: status.as_u16(),
                };
                (status, kind, Json(problem)).into_response()
            }
        }
    }
}
