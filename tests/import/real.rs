//! Schemas that real applications made, each in its own way.

use std::fs;
use std::path::Path;

use crate::round::{database, round};

#[tokio::test]
async fn each_real_schema_comes_back_from_its_database() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/real");
    let only = std::env::var("CASE").ok();
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.ends_with(".sql"))
        .collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    let mut failures = Vec::new();
    for name in names {
        if only
            .as_ref()
            .is_some_and(|only| !name.starts_with(only.as_str()))
        {
            continue;
        }
        let sql = fs::read_to_string(folder.join(&name)).unwrap();
        // As pg_dump has it at its head: functions stand before the tables they read.
        let sql = format!("BEGIN;\nSET LOCAL check_function_bodies = false;\n{sql}\n;COMMIT;");
        let database = database(&sql).await;
        if let Err(error) = round(&database).await {
            failures.push(format!("{name}: {error}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
