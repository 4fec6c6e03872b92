//! A project with a spec, databases of it, and the command on them.

use pgwright_cli::testing::{self, Cluster, Database};
use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

pub(crate) const SPEC: &str = r#"version = 1
[database]
name = "shop"

[enums.Tier]
values = ["free", "it's \"pro\""]

[domains.Email]
type = "text"
checks = [{ name = "has_at", sql = "VALUE ~ '@'" }]

[models.Customer]
doc = "Who buys."
rls = { enabled = true }
policies = [{ name = "own", using = "email = current_user" }]
[models.Customer.fields]
id          = { type = "uuid", primary_key = true }
email       = { type = "text", check = "~ '@'", unique = true }
Tier        = { type = "Tier", default = "free" }
order_count = { type = "bigint", default = 0 }

[models.Order]
schema = "Sales dept"
indexes = [{ on = ["note"] }]
[models.Order.fields]
id          = { type = "bigint", identity = "always", primary_key = true }
customer_id = { type = "uuid", references = "Customer", on_delete = "cascade" }
note        = "varchar(20)?"

[models.Visit]
primary_key = ["n", "at"]
partition   = { by = "range", on = ["at"] }
partitions  = [{ name = "visits_2026", values = "FROM ('2026-01-01') TO ('2027-01-01')" }]
[models.Visit.fields]
n  = "serial"
at = "timestamptz"

[triggers.customers_order_count]
kind  = "counter"
count = "Order"
by    = "customer_id"
into  = "Customer.order_count"

[views.counted]
materialized = true
sql = "SELECT count(*) AS n FROM customers"

[views.notes]
sql = "SELECT note FROM \"Sales dept\".orders"
"#;

pub(crate) fn pgwright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pgwright"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap()
}

pub(crate) fn project() -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("schema.toml"), SPEC).unwrap();
    let generated = pgwright(temp.path(), &["gen"]);
    assert!(generated.status.success(), "{generated:?}");
    temp
}

pub(crate) async fn database(folder: &Path, change: &str) -> Database {
    let ddl = fs::read_to_string(folder.join("generated/schema.sql")).unwrap();
    let db = testing::database(&ddl).await.unwrap();
    let mut admin = db.admin_options().connect().await.unwrap();
    admin.execute(AssertSqlSafe(change)).await.unwrap();
    db
}

pub(crate) async fn arguments(db: &Database) -> Vec<String> {
    let reference = Cluster::shared()
        .await
        .unwrap()
        .admin()
        .to_url_lossy()
        .to_string();
    vec!["drift".into(), db.url(), "--reference".into(), reference]
}

pub(crate) async fn drift(folder: &Path, db: &Database) -> (Option<i32>, Value) {
    let arguments = arguments(db).await;
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.push("--json");
    let output = pgwright(folder, &arguments);
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).unwrap(),
    )
}

/// What people read.
pub(crate) async fn text(folder: &Path, db: &Database) -> (Option<i32>, String) {
    let arguments = arguments(db).await;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = pgwright(folder, &arguments);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}
