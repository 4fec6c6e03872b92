//! `import` as its users see it.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use pgwright_cli::testing::{self, Cluster};
use sqlx::ConnectOptions;
use std::process::Command;

#[tokio::test]
async fn the_table_of_applied_migrations_is_left_out_and_said() {
    let database = testing::database(
        "CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
         CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL);",
    )
    .await
    .unwrap();
    let cluster = Cluster::shared().await.unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pgwright"))
        .args(["import", database.admin_options().to_url_lossy().as_str()])
        .env("DATABASE_URL", cluster.admin().to_url_lossy().as_str())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        text.contains("[models.Customer") && !text.contains("_sqlx_migrations"),
        "{text}"
    );
    assert!(
        said.contains("table _sqlx_migrations") && said.contains("proven"),
        "{said}"
    );
}
