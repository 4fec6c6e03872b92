//! The routes.

use automl_db::prelude::Db;
use axum::Json;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::{credits, datasets, health, jobs, users};

#[derive(OpenApi)]
#[openapi(info(
    title = "AutoML",
    description = "An example: users, datasets, credits and jobs."
))]
struct Description;

/// The whole API.
pub(crate) fn router(db: Db) -> axum::Router {
    let (router, description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::health))
        .routes(routes!(users::create))
        .routes(routes!(users::show))
        .routes(routes!(datasets::list, datasets::create))
        .routes(routes!(credits::buy))
        .routes(routes!(jobs::start))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::cancel))
        .split_for_parts();
    router
        .route("/openapi.json", get(async || Json(description)))
        .fallback(async || ApiError::not_found("there is nothing at this address"))
        .with_state(db)
}
