//! Errors as problem details (RFC 9457): a status and a title that may be shown to users. What the database said goes to
//! the log and to nobody else.

use automl_db::prelude::{Error, RuleKind};
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// What a client is told when something went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What happened.
    title: String,
    /// The status of the response.
    status: u16,
    /// The rule of the database that was violated, if that is what happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
}

/// An error of a handler.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    title: String,
    rule: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            rule: None,
        }
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
        if let Some(violation) = error.violation() {
            let (status, title) = match violation.kind {
                RuleKind::Unique | RuleKind::Exclusion => {
                    (StatusCode::CONFLICT, "there is one like it already")
                }
                RuleKind::ForeignKey | RuleKind::Retained => (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "it refers to something that is not there",
                ),
                RuleKind::Minimum => (StatusCode::PAYMENT_REQUIRED, "there are not enough credits"),
                RuleKind::Transition => (StatusCode::CONFLICT, "that is not possible any more"),
                _ => (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "a value is not one that may be stored",
                ),
            };
            return Self {
                rule: Some(violation.constraint.clone()),
                ..Self::new(status, title)
            };
        }
        match error {
            Error::NotFound { model, .. } => {
                Self::not_found(format!("there is no such {}", model.to_lowercase()))
            }
            Error::Cursor(_) => Self::bad_request("the cursor is not one of this list"),
            error if error.is_retryable() => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too much is going on at once; try again",
            ),
            error => {
                tracing::error!(%error, "a request failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong")
            }
        }
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
        let problem = Problem {
            title: self.title,
            status: self.status.as_u16(),
            rule: self.rule,
        };
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, Json(problem)).into_response()
    }
}
