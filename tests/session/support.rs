//! A database of the platform's schema, and sessions to it.

use automl_db::pgwright::Builder;
use automl_db::prelude::*;
use pgwright_cli::testing::{self, Database};
use sqlx::postgres::PgConnection;

/// A database with the platform's schema.
pub(crate) async fn database() -> Database {
    testing::database(include_str!("../../generated/schema.sql"))
        .await
        .unwrap()
}

/// A pool to it that is made with a builder.
pub(crate) async fn connect(database: &Database, builder: Builder) -> Db {
    builder.connect(&database.url()).await.unwrap()
}

/// A database and a pool with the defaults.
pub(crate) async fn platform() -> (Database, Db) {
    let database = database().await;
    let db = connect(&database, Db::builder()).await;
    (database, db)
}

/// Ends every session to the database but the one that asks, and waits until they are gone.
pub(crate) async fn kill_all(database: &Database) {
    let mut admin = admin(database).await;
    sqlx::query(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .execute(&mut admin)
    .await
    .unwrap();
}

pub(crate) async fn admin(database: &Database) -> PgConnection {
    <PgConnection as sqlx::Connection>::connect_with(&database.admin_options())
        .await
        .unwrap()
}

/// The process that answers.
pub(crate) async fn backend(connection: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(connection)
        .await
        .unwrap()
}
