//! Credits are bought once, however often a client asks.

use automl_db::prelude::*;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{ApiError, ApiResult, Problem};
use crate::extract::{Body, Id};

/// What is bought.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Purchase {
    /// 1 to 1,000,000.
    #[schema(minimum = 1, maximum = 1_000_000)]
    credits: i32,
}

/// An entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    #[schema(value_type = Uuid)]
    id: CreditTransactionId,
    /// 1, 2, 3 … for each user.
    entry_no: i64,
    amount: i32,
    balance_after: i64,
}

impl From<CreditTransaction> for Entry {
    fn from(entry: CreditTransaction) -> Self {
        Self {
            id: entry.id,
            entry_no: entry.entry_no,
            amount: entry.amount,
            balance_after: entry.balance_after,
        }
    }
}

/// Buys credits. The same `Idempotency-Key` again is the same purchase: its entry is returned, and nothing is added.
#[utoipa::path(post, path = "/users/{id}/credits", tag = "credits", params(
    ("id" = Uuid, Path),
    ("Idempotency-Key" = String, Header, description = "the purchase's own name, up to 200 letters"),
), request_body = Purchase, responses(
    (status = 201, description = "bought", body = Entry),
    (status = 200, description = "bought before", body = Entry),
    (status = 400, body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "the key was used for another purchase", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn buy(
    State(db): State<Db>,
    Id(id): Id<UserId>,
    headers: HeaderMap,
    Body(body): Body<Purchase>,
) -> ApiResult<(StatusCode, Json<Entry>)> {
    let key = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .filter(|key| (1..=200).contains(&key.len()))
        .ok_or_else(|| ApiError::bad_request("the header Idempotency-Key is missing"))?;
    if !(1..=1_000_000).contains(&body.credits) {
        return Err(ApiError::bad_request(
            "1 to 1,000,000 credits can be bought",
        ));
    }
    User::get(&db, id).await?;
    // An earlier entry of the same key is returned as it is; which one it is, its id says. With another amount it is an
    // error, `Error::PostedOtherwise`, whose status is 409.
    let fresh = CreditTransactionId::new();
    let entry = NewCreditTransaction::new(id, body.credits, TransactionType::Purchase)
        .id(fresh)
        .idempotency_key(key.to_owned());
    let entry = CreditTransaction::post(&db, entry).await?;
    let status = if entry.id == fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(entry.into())))
}
