//! `check` as its users see it: on live databases that are as they should be, and on some that are not.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use pgwright_cli::testing::{self, Cluster, Database};
use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const SPEC: &str = r#"version = 1
[database]
name = "shop"

[models.Customer.fields]
id          = { type = "uuid", primary_key = true }
email       = { type = "text", check = "~ '@'" }
order_count = { type = "bigint", default = 0 }

[models.Order.fields]
id          = { type = "uuid", primary_key = true }
customer_id = { type = "uuid", references = "Customer", on_delete = "cascade" }
note        = "text?"

[triggers.customers_order_count]
kind  = "counter"
count = "Order"
by    = "customer_id"
into  = "Customer.order_count"

[triggers.tidy]
kind   = "sql"
on     = "Order"
timing = "before"
events = ["insert"]
level  = "row"
body   = """
BEGIN
  NEW.note := btrim(NEW.note);
  RETURN NEW;
END;
"""
"#;

const ROWS: &str = "
INSERT INTO customers (id, email) VALUES ('00000000-0000-0000-0000-000000000001', 'ada@example.org');
INSERT INTO orders (customer_id) SELECT id FROM customers CROSS JOIN generate_series(1, 3);
";

fn pgwright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pgwright"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap()
}

fn project(spec: &str) -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("schema.toml"), spec).unwrap();
    temp
}

/// A database with the schema and some rows, then changed.
async fn database(folder: &Path, change: &str) -> Database {
    let generated = pgwright(folder, &["gen"]);
    assert!(generated.status.success(), "{generated:?}");
    let ddl = fs::read_to_string(folder.join("generated/schema.sql")).unwrap();
    let db = testing::database(&ddl).await.unwrap();
    let mut connection = db.connect().await.unwrap();
    let sql = format!("{ROWS}{change}");
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    db
}

/// What `check` says of a database; its new database is made on the server of the tests.
async fn check(folder: &Path, db: Option<&Database>) -> (Option<i32>, Value, String) {
    let reference = Cluster::shared()
        .await
        .unwrap()
        .admin()
        .to_url_lossy()
        .to_string();
    let url = db.map(Database::url);
    let mut arguments = vec!["check", "--reference", &reference];
    if let Some(url) = &url {
        arguments.extend(["--url", url]);
    }
    let text = pgwright(folder, &arguments);
    arguments.push("--json");
    let output = pgwright(folder, &arguments);
    assert_eq!(text.status, output.status, "--json ends in another way");
    let json = serde_json::from_slice(&output.stdout).unwrap();
    let text = [text.stdout, text.stderr].concat();
    (output.status.code(), json, String::from_utf8(text).unwrap())
}

/// The state of an object.
fn state<'a>(json: &'a Value, name: &str) -> &'a Value {
    let objects = json["objects"].as_array().unwrap();
    let found = objects.iter().find(|object| object["name"] == name);
    &found.unwrap_or_else(|| panic!("`{name}` was not looked at: {json:#}"))["state"]
}

#[tokio::test]
async fn a_database_that_is_as_the_spec_says_is_good() {
    let temp = project(SPEC);
    let db = database(temp.path(), "").await;
    let (code, json, text) = check(temp.path(), Some(&db)).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(json["good"], true);
    assert_eq!(json["maintained"][0]["rows"], 1);
    assert_eq!(json["maintained"][0]["wrong"], 0);
    assert!(
        text.contains("trg_tidy") && text.contains("order_count"),
        "{text}"
    );
}

#[tokio::test]
async fn a_new_database_is_made_when_none_is_named() {
    let temp = project(SPEC);
    let (code, json, text) = check(temp.path(), None).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(state(&json, "trg_tidy")["is"], "in_force");
}

#[tokio::test]
async fn a_trigger_that_is_disabled_missing_or_changed_is_found() {
    let temp = project(SPEC);
    let disabled = database(temp.path(), "ALTER TABLE orders DISABLE TRIGGER trg_tidy;").await;
    let (code, json, text) = check(temp.path(), Some(&disabled)).await;
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(state(&json, "trg_tidy")["is"], "not_in_force");
    assert!(text.contains("not in force: disabled"), "{text}");

    let missing = database(temp.path(), "DROP TRIGGER trg_tidy ON orders;").await;
    let (code, json, _) = check(temp.path(), Some(&missing)).await;
    assert_eq!(code, Some(1));
    assert_eq!(state(&json, "trg_tidy")["is"], "missing");

    let changed = "CREATE OR REPLACE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql
                   AS $$ BEGIN RETURN NEW; END $$;";
    let changed = database(temp.path(), changed).await;
    let (code, json, _) = check(temp.path(), Some(&changed)).await;
    assert_eq!(code, Some(1));
    assert_eq!(state(&json, "trg_tidy")["is"], "different");
}

#[tokio::test]
async fn a_trigger_that_the_spec_does_not_know_is_found() {
    let temp = project(SPEC);
    let change =
        "CREATE TRIGGER other BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tidy();";
    let db = database(temp.path(), change).await;
    let (code, json, text) = check(temp.path(), Some(&db)).await;
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(state(&json, "other")["is"], "unknown");
}

#[tokio::test]
async fn a_maintained_column_that_is_wrong_is_shown_with_the_repair_and_the_repair_works() {
    let temp = project(SPEC);
    let change = "ALTER TABLE orders DISABLE TRIGGER USER; DELETE FROM orders; ALTER TABLE orders ENABLE TRIGGER USER;";
    let db = database(temp.path(), change).await;
    let (code, json, text) = check(temp.path(), Some(&db)).await;
    assert_eq!(code, Some(1), "{text}");
    let column = &json["maintained"][0];
    assert_eq!(
        (&column["column"], &column["wrong"]),
        (&"order_count".into(), &1.into())
    );
    assert_eq!(column["examples"][0]["expected"], "0");
    assert_eq!(column["examples"][0]["found"], "3");
    assert!(text.contains("holds 3, should hold 0"), "{text}");
    let repair = column["repair"].as_str().unwrap().to_string();
    db.connect()
        .await
        .unwrap()
        .execute(AssertSqlSafe(repair))
        .await
        .unwrap();
    assert_eq!(check(temp.path(), Some(&db)).await.0, Some(0));
}

#[tokio::test]
async fn a_foreign_key_whose_triggers_are_switched_off_is_found() {
    let temp = project(SPEC);
    let db = database(temp.path(), "").await;
    // Only a superuser may do that, and a restore with `--disable-triggers` does.
    let mut admin = db.admin_options().connect().await.unwrap();
    admin
        .execute("ALTER TABLE orders DISABLE TRIGGER ALL")
        .await
        .unwrap();
    let (code, json, _) = check(temp.path(), Some(&db)).await;
    assert_eq!(code, Some(1));
    assert_eq!(state(&json, "fk_orders_customer_id")["is"], "not_in_force");
}

#[tokio::test]
async fn a_setting_that_switches_every_trigger_off_is_found() {
    let temp = project(SPEC);
    let db = database(temp.path(), "").await;
    let mut admin = db.admin_options().connect().await.unwrap();
    let sql = format!(
        "ALTER DATABASE {} SET session_replication_role = replica",
        db.name()
    );
    admin.execute(AssertSqlSafe(sql)).await.unwrap();
    let (code, json, text) = check(temp.path(), Some(&db)).await;
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(
        state(&json, "session_replication_role")["is"],
        "not_in_force"
    );
}

#[tokio::test]
async fn sql_that_only_a_server_can_judge_is_shown_where_the_spec_has_it() {
    for (good, bad, place) in [
        ("~ '@'", "~ nosuch('@')", "schema.toml:7:"),
        ("btrim(NEW.note)", "btrim(NEW.nota)", "schema.toml:29:"),
    ] {
        let temp = project(&SPEC.replace(good, bad));
        let (code, json, text) = check(temp.path(), None).await;
        if text.contains("plpgsql_check is not there") && bad.contains("nota") {
            continue;
        }
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(place), "{place} is missing in:\n{text}");
        assert_eq!(json["diagnostics"][0]["code"], "live-sql");
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_an_error_of_the_command() {
    let temp = project(SPEC);
    let reference = Cluster::shared()
        .await
        .unwrap()
        .admin()
        .to_url_lossy()
        .to_string();
    for url in ["postgres://localhost:1/nothing", "no address"] {
        let arguments = ["check", "--reference", &reference, "--url", url];
        let output = pgwright(temp.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("help:"),
            "{output:?}"
        );
    }
}
