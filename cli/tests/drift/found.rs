//! What is found, and how it is told.

use crate::changes::CHANGES;
use crate::project::{database, drift, pgwright, project, text};

#[tokio::test]
async fn a_database_as_the_spec_says_has_no_drift_and_what_stands_beside_is_listed_alone() {
    let temp = project();
    let db = database(
        temp.path(),
        "CREATE TABLE _sqlx_migrations (n int CHECK (n > 0)); CREATE SCHEMA other;",
    )
    .await;
    let (code, json) = drift(temp.path(), &db).await;
    assert_eq!(code, Some(0), "{json:#}");
    assert_eq!(json["drift"].as_array().unwrap().len(), 0, "{json:#}");
    let unknown: Vec<&str> = json["unknown"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["name"].as_str().unwrap())
        .collect();
    assert_eq!(unknown, ["other", "_sqlx_migrations"], "{json:#}");
}

#[tokio::test]
async fn each_change_by_hand_is_found_where_it_was_made() {
    let temp = project();
    let mut failures = Vec::new();
    for (change, kind, name, is) in CHANGES {
        let db = database(temp.path(), change).await;
        let (code, json) = drift(temp.path(), &db).await;
        let found = json["drift"].as_array().unwrap().iter().any(|difference| {
            difference["kind"] == *kind && difference["name"] == *name && difference["is"] == *is
        });
        if code != Some(1) || !found {
            failures.push(format!("{change}: {code:?}\n{json:#}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[tokio::test]
async fn people_read_which_line_of_a_function_was_changed_and_what_is_no_drift() {
    let temp = project();
    let change = "CREATE TABLE beside (n int);
        DO $$ BEGIN EXECUTE replace(pg_get_functiondef('customers_drift'::regproc), 'SELECT', '/* by hand */ SELECT'); END $$";
    let db = database(temp.path(), change).await;
    let (code, text) = text(temp.path(), &db).await;
    assert_eq!(code, Some(1), "{text}");
    for line in [
        "function `public.customers_drift()`",
        "    + /* by hand */ SELECT",
        "not in the spec and left alone",
        "table `public.beside`",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
}

#[tokio::test]
async fn a_missing_table_is_one_line_and_not_one_for_each_of_its_columns() {
    let temp = project();
    let db = database(
        temp.path(),
        "DROP VIEW notes; DROP TABLE \"Sales dept\".orders",
    )
    .await;
    let (_, json) = drift(temp.path(), &db).await;
    let on_it = json["drift"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|difference| difference["on"] == "orders");
    assert_eq!(on_it.count(), 0, "{json:#}");
}

#[tokio::test]
async fn what_cannot_be_looked_at_ends_with_2() {
    let temp = project();
    for url in ["postgres://localhost:1/nothing", "no address"] {
        let output = pgwright(temp.path(), &["drift", url]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("help:"),
            "{output:?}"
        );
    }
}

/// Programs read it: see `docs/drift.md`.
#[tokio::test]
async fn what_programs_read_has_the_documented_shape() {
    let temp = project();
    let change = "ALTER TABLE customers ALTER \"Tier\" DROP NOT NULL; CREATE TABLE beside (n int);
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor;";
    let db = database(temp.path(), change).await;
    let (code, json) = drift(temp.path(), &db).await;
    assert_eq!(code, Some(1), "{json:#}");
    let keys: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "format",
            "database",
            "server_version",
            "reference_version",
            "drift",
            "settings",
            "unknown"
        ]
    );
    assert_eq!(json["format"], 1);
    assert_eq!(
        json["drift"],
        serde_json::json!([{
            "kind": "column", "schema": "public", "on": "customers", "name": "Tier", "is": "different",
            "aspects": [{ "what": "not_null", "found": "no", "expected": "yes" }],
        }])
    );
    let unknown: Vec<&str> = json["unknown"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kind"].as_str().unwrap())
        .collect();
    assert_eq!(unknown, ["default privileges", "table"], "{json:#}");
}
