//! Every case of the language that loads, and the platform: what the compiler makes, the import says again.

use std::fs;
use std::path::Path;

use pgwright_cli::testing::Cluster;
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::source::Source;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::round::{database, round};

/// The DDL of a spec, if it has no errors.
fn ddl(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).unwrap();
    let schema = pgwright_codegen::compile(&Source::new("schema.toml", text)).schema?;
    Some(schema_sql(&schema))
}

#[tokio::test]
async fn each_case_comes_back_from_its_database() {
    let cluster = Cluster::shared().await.unwrap();
    let mut admin = PgConnection::connect_with(cluster.admin()).await.unwrap();
    let only = std::env::var("CASE").ok();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .collect();
    names.sort();
    let mut failures = Vec::new();
    let mut count = 0_usize;
    for name in names {
        let path = folder.join(&name).join("schema.toml");
        if !path.exists() || only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let Some(ddl) = ddl(&path) else {
            continue;
        };
        if name == "nulls_not_distinct" && cluster.version() < 150_000 {
            continue;
        }
        if let Ok(before) = fs::read_to_string(folder.join(&name).join("before.sql")) {
            // Test processes that run beside each other grant the same roles.
            let _ = admin.execute(AssertSqlSafe(before)).await;
        }
        let database = database(&ddl).await;
        if let Err(error) = round(&database).await {
            failures.push(format!("{name}: {error}"));
        }
        count += 1;
    }
    assert!(
        failures.is_empty(),
        "{} of {count}\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    assert!(only.is_some() || count > 20, "{count}");
}

#[tokio::test]
async fn the_platform_comes_back_from_its_database() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.toml");
    let database = database(&ddl(&path).unwrap()).await;
    let imported = round(&database).await.unwrap();
    assert_eq!(imported.raw, Vec::<String>::new());
    let line = "user_id             = { type = \"uuid\", references = \"User\", on_delete = \"cascade\", inverse = \"datasets\" }";
    assert!(imported.text.contains(line), "{}", imported.text);
}
