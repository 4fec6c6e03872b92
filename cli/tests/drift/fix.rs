//! The way back.

use crate::changes::CHANGES;
use crate::project::{arguments, database, drift, pgwright, project};
use pgwright_cli::testing::{self, Database};
use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use std::fs;
use std::path::Path;
use std::process::Output;

/// What is done with what the spec does not know.
const UNKNOWN: &[&str] = &[
    "column public.customers.x",
    "policy public.customers.more",
    "index Sales dept.orders.by_hand",
    "trigger public.customers.by_hand",
];

/// Runs a file as psql does: each statement by itself, until one fails.
async fn run_file(db: &Database, path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).unwrap();
    let mut admin = db.admin_options().connect().await.unwrap();
    for statement in pgwright_cli::script::statements(&text) {
        admin
            .execute(AssertSqlSafe(statement.text.to_owned()))
            .await
            .map_err(|error| format!("{error} in\n{}", statement.text))?;
    }
    Ok(())
}

async fn fix(folder: &Path, db: &Database, more: &[&str]) -> Output {
    let arguments = arguments(db).await;
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend(["--allow", "all"]);
    arguments.extend(more);
    pgwright(folder, &arguments)
}

#[tokio::test]
async fn each_change_by_hand_is_taken_back_by_the_fix_and_the_fix_harms_no_database_without_it() {
    let temp = project();
    let clean = database(temp.path(), "").await;
    let rows = "INSERT INTO customers (id, email) VALUES ('00000000-0000-0000-0000-000000000001', 'a@b');
        INSERT INTO \"Sales dept\".orders (customer_id, note) VALUES ('00000000-0000-0000-0000-000000000001', 'x');";
    let mut failures = Vec::new();
    for (number, (change, ..)) in CHANGES.iter().enumerate() {
        // A label that rows may say stays.
        if change.contains("ADD VALUE 'more'") {
            continue;
        }
        let db = database(temp.path(), &format!("{rows}{change}")).await;
        let file = format!("fix_{number}.sql");
        let written = format!("--fix={file}");
        let mut more = vec![written.as_str()];
        for name in UNKNOWN {
            more.extend(["--drop", name]);
        }
        let output = fix(temp.path(), &db, &more).await;
        if output.status.code() != Some(1) {
            failures.push(format!("{change}: {output:#?}"));
            continue;
        }
        let path = temp.path().join(&file);
        if let Err(error) = run_file(&clean, &path).await {
            failures.push(format!("{change}: in a database without drift: {error}"));
        }
        if let Err(error) = run_file(&db, &path).await {
            failures.push(format!("{change}: {error}"));
            continue;
        }
        let (code, json) = drift(temp.path(), &db).await;
        if code != Some(0) {
            let text = fs::read_to_string(&path).unwrap();
            failures.push(format!("{change}: there still is {json:#}\n{text}"));
        }
    }
    let (code, json) = drift(temp.path(), &clean).await;
    if code != Some(0) {
        failures.push(format!("what was without drift has {json:#}"));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[tokio::test]
async fn a_fix_is_a_migration_behind_the_others_and_what_the_spec_does_not_know_stays() {
    let temp = project();
    let init = pgwright(temp.path(), &["migrate", "new", "init", "--no-proof"]);
    assert!(init.status.success(), "{init:?}");
    let db = testing::database("").await.unwrap();
    let url = db.url();
    let run = pgwright(temp.path(), &["migrate", "run", "--url", &url]);
    assert!(run.status.success(), "{run:?}");
    let mut owner = db.connect().await.unwrap();
    owner
        .execute(
            "INSERT INTO customers (id, email) VALUES ('00000000-0000-0000-0000-000000000001', 'a@b');
             ALTER TABLE \"Sales dept\".orders DISABLE TRIGGER USER;
             INSERT INTO \"Sales dept\".orders (customer_id) VALUES ('00000000-0000-0000-0000-000000000001');
             ALTER TABLE customers ADD COLUMN by_hand int;
             ALTER TABLE customers DROP CONSTRAINT ck_customers_email, ADD CONSTRAINT ck_customers_email CHECK (email ~ '@') NOT VALID;
             DROP INDEX \"Sales dept\".idx_orders_note;",
        )
        .await
        .unwrap();
    let output = fix(temp.path(), &db, &["--fix", "--json"]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files = json["fix"]["files"].as_array().unwrap();
    assert!(
        files[0].as_str().unwrap().contains("generated/migrations/"),
        "{json:#}"
    );
    assert_eq!(
        json["fix"]["left"][0]["object"]["name"], "by_hand",
        "{json:#}"
    );
    let run = pgwright(temp.path(), &["migrate", "run", "--url", &url]);
    assert!(run.status.success(), "{run:?}");
    let (code, json) = drift(temp.path(), &db).await;
    assert_eq!(code, Some(1), "{json:#}");
    let drifted = json["drift"].as_array().unwrap();
    assert_eq!(drifted.len(), 1, "{json:#}");
    assert_eq!(drifted[0]["name"], "by_hand", "{json:#}");
    // What the disabled triggers did not count is counted.
    let count: i64 = sqlx::query_scalar("SELECT order_count FROM customers")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(count, 1);
    let again = fix(
        temp.path(),
        &db,
        &["--fix", "--drop", "column public.customers.by_hand"],
    )
    .await;
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    let run = pgwright(temp.path(), &["migrate", "run", "--url", &url]);
    assert!(run.status.success(), "{run:?}");
    let (code, json) = drift(temp.path(), &db).await;
    assert_eq!(code, Some(0), "{json:#}");
    // Nothing to mend, nothing written.
    let none = fix(temp.path(), &db, &["--fix"]).await;
    assert_eq!(none.status.code(), Some(0), "{none:?}");
}

#[tokio::test]
async fn a_fix_that_rewrites_a_table_is_refused_until_it_is_allowed() {
    let temp = project();
    let change = "DROP VIEW notes; ALTER TABLE \"Sales dept\".orders ALTER note TYPE char(30)";
    let db = database(temp.path(), change).await;
    let arguments = arguments(&db).await;
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.push("--fix=fix.sql");
    let output = pgwright(temp.path(), &arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("--allow rewrite"), "{text}");
    assert!(!temp.path().join("fix.sql").exists());
}
