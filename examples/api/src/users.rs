//! Users.

use automl_db::prelude::*;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{ApiResult, Problem};
use crate::extract::{Body, Id};

/// A user, as others may see one: no hash of a password, for one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    #[schema(value_type = Uuid)]
    id: UserId,
    email: String,
    full_name: Option<String>,
    #[schema(value_type = String, example = "free")]
    tier: UserTier,
    credit_balance: i64,
    dataset_count: i32,
    storage_used_bytes: i64,
    created_at: DateTime<Utc>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            full_name: user.full_name,
            tier: user.tier,
            credit_balance: user.credit_balance,
            dataset_count: user.dataset_count,
            storage_used_bytes: user.storage_used_bytes,
            created_at: user.created_at,
        }
    }
}

/// A user to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUserBody {
    email: String,
    full_name: Option<String>,
}

/// Adds a user.
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUserBody, responses(
    (status = 201, body = UserView),
    (status = 409, description = "the address is taken", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn create(
    State(db): State<Db>,
    Body(body): Body<NewUserBody>,
) -> ApiResult<(StatusCode, Json<UserView>)> {
    let user = NewUser::new(body.email)
        .full_name(body.full_name)
        .insert(&db)
        .await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}

/// A user.
#[utoipa::path(get, path = "/users/{id}", tag = "users", params(("id" = Uuid, Path)), responses(
    (status = 200, body = UserView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn show(State(db): State<Db>, Id(id): Id<UserId>) -> ApiResult<Json<UserView>> {
    Ok(Json(User::get(&db, id).await?.into()))
}
