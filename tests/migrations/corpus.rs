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

/// Everything that a spec has goes, and comes back, beside rows of nobody: each kind of object is dropped and made.
#[tokio::test]
async fn each_spec_of_the_corpus_goes_and_comes() {
    let little = compile(
        "version = 1\n[models.Little.fields]\nid = { type = \"uuid\", primary_key = true }\n",
    );
    let mut failures = Vec::new();
    for (name, schema) in corpus() {
        if name.contains("/migrate_") || name.contains("nulls_not_distinct") {
            continue;
        }
        if let Err(error) = goes_and_comes(&schema, &little).await {
            failures.push(format!("{name}: {error}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} fail:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

async fn goes_and_comes(schema: &Schema, little: &Schema) -> Result<(), String> {
    let cluster = pgwright_cli::testing::Cluster::shared().await.unwrap();
    for role in pgwright_cli::inspect::roles(schema) {
        cluster.ensure_role(&role).await.unwrap();
    }
    let mut drop: Vec<String> = schema
        .models
        .iter()
        .map(|model| model.name.clone())
        .collect();
    drop.extend(schema.raw.iter().map(|raw| format!("raw.{}", raw.name)));
    let drop: Vec<&str> = drop.iter().map(String::as_str).collect();
    let there = crate::support::planned(schema, little, &drop)?;
    let base = crate::support::database(schema).await?;
    let mut connection = base.connect().await.unwrap();
    apply(&mut connection, &files(&there.plan, little)).await?;
    let differs = difference(&mut connection, little).await;
    if !differs.is_empty() {
        return Err(differs.join("\n"));
    }
    let back = crate::support::planned(little, schema, &["Little"])?;
    apply(&mut connection, &files(&back.plan, schema)).await?;
    let differs = difference(&mut connection, schema).await;
    if differs.is_empty() {
        Ok(())
    } else {
        Err(differs.join("\n"))
    }
}
