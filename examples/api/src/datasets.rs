//! The datasets of a user.

use automl_db::prelude::*;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, ApiResult, Problem};
use crate::extract::{Body, Id, Params};

/// A dataset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetView {
    #[schema(value_type = Uuid)]
    id: DatasetId,
    name: String,
    description: Option<String>,
    #[schema(value_type = String, example = "csv")]
    format: FileFormat,
    size_bytes: Option<i64>,
    row_count: Option<i64>,
    created_at: DateTime<Utc>,
}

impl From<Dataset> for DatasetView {
    fn from(dataset: Dataset) -> Self {
        Self {
            id: dataset.id,
            name: dataset.name,
            description: dataset.description,
            format: dataset.original_format,
            size_bytes: dataset.original_size_bytes,
            row_count: dataset.row_count,
            created_at: dataset.created_at,
        }
    }
}

/// A page of datasets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetPage {
    items: Vec<DatasetView>,
    /// What to ask with for the next page; none on the last one.
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// How many, 1 to 200. Default: 50.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// Only datasets whose name holds this text, in upper or lower case.
    name: Option<String>,
}

/// The metadata of an upload. The file itself goes to the store for objects.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDatasetBody {
    name: String,
    description: Option<String>,
    filename: Option<String>,
    #[schema(value_type = Option<String>, example = "csv")]
    format: Option<FileFormat>,
    size_bytes: Option<i64>,
    row_count: Option<i64>,
}

/// The datasets of a user, the newest first.
#[utoipa::path(get, path = "/users/{id}/datasets", tag = "datasets", params(("id" = Uuid, Path), PageParams), responses(
    (status = 200, body = DatasetPage),
    (status = 400, description = "the cursor is none", body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(db): State<Db>,
    Id(id): Id<UserId>,
    Params(params): Params<PageParams>,
) -> ApiResult<Json<DatasetPage>> {
    let user = User::get(&db, id).await?;
    let size = params.limit.unwrap_or(50).clamp(1, 200);
    let page = match params.cursor {
        Some(cursor) => {
            let cursor: Cursor = cursor
                .parse()
                .map_err(|_| ApiError::bad_request("the cursor is not one of this list"))?;
            Page::after(size, cursor)
        }
        None => Page::first(size),
    };
    let page = user
        .datasets()
        // Without a name there is no such condition: an option is a filter too.
        .filter(params.name.map(|name| dataset::name.icontains(name)))
        .order_by(dataset::created_at.desc())
        .page(&db, page)
        .await?
        .map(DatasetView::from);
    Ok(Json(DatasetPage {
        items: page.items,
        next: page.next,
    }))
}

/// Adds the metadata of an upload.
#[utoipa::path(post, path = "/users/{id}/datasets", tag = "datasets", params(("id" = Uuid, Path)),
    request_body = NewDatasetBody, responses(
    (status = 201, body = DatasetView),
    (status = 409, description = "the user has one of that name", body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn create(
    State(db): State<Db>,
    Id(id): Id<UserId>,
    Body(body): Body<NewDatasetBody>,
) -> ApiResult<(StatusCode, Json<DatasetView>)> {
    let dataset = NewDataset::new(id, body.name)
        .description(body.description)
        .original_filename(body.filename)
        .original_format(body.format)
        .original_size_bytes(body.size_bytes)
        .row_count(body.row_count)
        .insert(&db)
        .await;
    match dataset {
        Err(error) if error.is(Dataset::UX_DATASETS_USERID_NAME) => {
            Err(ApiError::conflict("there is a dataset of that name"))
        }
        dataset => Ok((StatusCode::CREATED, Json(dataset?.into()))),
    }
}
