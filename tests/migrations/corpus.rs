//! Every spec of the corpus: to itself there is nothing to do, and from an empty database it is made by its first migration.

use std::path::Path;

use pgwright_codegen::diff;
use pgwright_codegen::schema::Schema;

use crate::support::{apply, compile, difference, files};

fn corpus() -> Vec<(String, Schema)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(root.join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("schema.toml"))
        .filter(|path| path.is_file())
        .collect();
    paths.push(root.join("schema.toml"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.display().to_string(), compile(&text))
        })
        .collect()
}

#[test]
fn there_is_nothing_to_do_between_a_spec_and_itself() {
    for (name, schema) in corpus() {
        let planned = diff::plan(&schema, &schema, &diff::Options::default()).unwrap();
        assert!(planned.plan.is_empty(), "{name}: {:#?}", planned.plan);
    }
}

#[tokio::test]
async fn the_first_migration_makes_what_schema_sql_makes() {
    let schema = compile(include_str!("../../schema.toml"));
    let database = pgwright_cli::testing::database("").await.unwrap();
    let mut connection = database.connect().await.unwrap();
    apply(&mut connection, &files(&diff::first(&schema), &schema))
        .await
        .unwrap();
    let differs = difference(&mut connection, &schema).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}
