//! The writes of the generated code on a real PostgreSQL: many rows, upserts, soft deletes, ledgers, and the finders.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]
#![allow(
    dead_code,
    reason = "the helpers are those of the other tests of the corpus, and not all are needed here"
)]

#[path = "../ddl/cases.rs"]
mod cases;
#[path = "../rust/database.rs"]
mod database;

mod bulk;
mod change;
mod finders;
mod ledger;
mod soft_delete;
mod upsert;

use automl_db::prelude::*;
use pgwright_cli::testing::Database;

/// A database of the platform.
async fn platform() -> Database {
    database::load(&database::case("platform")).await
}

/// A user of that name.
async fn user(db: &sqlx::PgPool, name: &str) -> User {
    NewUser::new(format!("{name}@x.org"))
        .insert(db)
        .await
        .unwrap()
}
