//! Files are uploaded: real ones, read with the `csv` crate. Counts and storage follow by themselves.

use super::Result;
use super::people::People;
use super::stage::{Stage, ensure, refusal};
use automl_db::prelude::*;
use pgwright::types::Json;
use pgwright_cli::ui::Table;
use sqlx::PgPool;
use std::path::{Path, PathBuf};

/// The folder of the files.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo");

/// How many datasets one statement makes.
const BULK: i64 = 10_000;

/// What is known of a file before it is uploaded.
struct Profile {
    name: String,
    file: String,
    bytes: i64,
    rows: i64,
    columns: Vec<Json>,
}

/// Reads a file and finds out what each column holds.
fn profile(path: &Path) -> Result<Profile> {
    let mut reader = csv::Reader::from_path(path)?;
    let names: Vec<String> = reader.headers()?.iter().map(String::from).collect();
    let mut numbers = vec![true; names.len()];
    let mut missing = vec![0_u64; names.len()];
    let mut rows = 0;
    for record in reader.records() {
        rows += 1;
        for (column, value) in record?.iter().enumerate() {
            if value.is_empty() {
                missing[column] += 1;
            } else if value.parse::<f64>().is_err() {
                numbers[column] = false;
            }
        }
    }
    let columns = names
        .iter()
        .zip(numbers)
        .zip(missing)
        .map(|((name, is_number), missing)| {
            let kind = if is_number { "number" } else { "text" };
            serde_json::json!({ "name": name, "kind": kind, "missing": missing })
        });
    let text =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    Ok(Profile {
        name: text(path.file_stem()),
        file: text(path.file_name()),
        bytes: i64::try_from(std::fs::metadata(path)?.len())?,
        rows,
        columns: columns.collect(),
    })
}

fn files() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(FOLDER)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

pub(crate) async fn from_files(
    db: &PgPool,
    stage: &mut Stage,
    people: &People,
) -> Result<Vec<Dataset>> {
    stage.part("Files are uploaded");
    let profiles: Vec<Profile> = files()?
        .iter()
        .map(|path| profile(path))
        .collect::<Result<_>>()?;
    let datasets = stage
        .timed(
            format!("upload {} files for two users", profiles.len()),
            async {
                let mut datasets = Vec::new();
                for owner in [people.ada, people.alan] {
                    for profile in &profiles {
                        let dataset = NewDataset::new(owner, &*profile.name)
                            .original_filename(&*profile.file)
                            .original_format(FileFormat::Csv)
                            .original_size_bytes(profile.bytes)
                            .row_count(profile.rows)
                            .column_count(i32::try_from(profile.columns.len())?)
                            .columns_metadata(Json::from(profile.columns.clone()))
                            .s3_path(format!("s3://uploads/{owner}/{}", profile.file));
                        datasets.push(dataset.insert(db).await?);
                    }
                }
                Ok(datasets)
            },
        )
        .await?;
    let mut table = Table::new(["file", "bytes", "rows", "columns"]);
    for profile in &profiles {
        table.row([
            profile.file.clone(),
            profile.bytes.to_string(),
            profile.rows.to_string(),
            profile.columns.len().to_string(),
        ]);
    }
    stage.table(&table);
    let ada = User::get(db, people.ada).await?;
    let bytes: i64 = profiles.iter().map(|profile| profile.bytes).sum();
    ensure(
        (i64::from(ada.dataset_count), ada.storage_used_bytes)
            == (i64::try_from(profiles.len())?, bytes),
        "Ada's row says how many files she has and how large they are",
    )?;
    stage.good(format!(
        "Ada's own row says: {} datasets, {} bytes",
        ada.dataset_count, ada.storage_used_bytes
    ));
    let same_name = NewDataset::new(people.ada, &*profiles[0].name)
        .insert(db)
        .await;
    let error = refusal(same_name, Dataset::UX_DATASETS_USERID_NAME)?;
    stage.refused("a second dataset of the same name", &error);
    Ok(datasets)
}

/// What row triggers make quadratic: many rows of one user in one statement.
pub(crate) async fn in_bulk(db: &PgPool, stage: &mut Stage, people: &People) -> Result<()> {
    stage.part("An import writes many rows at once");
    let before = User::get(db, people.grace).await?;
    stage
        .timed(
            format!("insert {BULK} datasets of one user in one statement"),
            async {
                sqlx::query(
                    "INSERT INTO datasets (user_id, name, original_size_bytes)
                 SELECT $1, 'import ' || n, n FROM generate_series(1, $2) AS n",
                )
                .bind(people.grace)
                .bind(BULK)
                .execute(db)
                .await?;
                Ok(())
            },
        )
        .await?;
    let after = User::get(db, people.grace).await?;
    stage
        .timed(
            format!("delete {} of them in one statement", BULK - 10),
            async {
                sqlx::query("DELETE FROM datasets WHERE user_id = $1 AND original_size_bytes > 10")
                    .bind(people.grace)
                    .execute(db)
                    .await?;
                Ok(())
            },
        )
        .await?;
    let last = User::get(db, people.grace).await?;
    let mut table = Table::new(["Grace's row", "datasets", "bytes"]);
    for (moment, user) in [
        ("before", &before),
        ("after the import", &after),
        ("after the deletion", &last),
    ] {
        table.row([
            moment.into(),
            user.dataset_count.to_string(),
            user.storage_used_bytes.to_string(),
        ]);
    }
    stage.table(&table);
    ensure(
        (last.dataset_count, last.storage_used_bytes) == (10, 55),
        "ten datasets of 55 bytes are left",
    )
}

/// A dataset gets another owner: both rows follow.
pub(crate) async fn hand_over(
    db: &PgPool,
    stage: &mut Stage,
    people: &People,
    datasets: &[Dataset],
) -> Result<()> {
    stage.part("A dataset changes hands");
    let dataset = datasets
        .iter()
        .find(|dataset| dataset.user_id == people.ada)
        .ok_or("Ada has a dataset")?;
    let mut table = Table::new([
        "whose row",
        "datasets before",
        "bytes before",
        "datasets after",
        "bytes after",
    ]);
    let before = [
        User::get(db, people.ada).await?,
        User::get(db, people.grace).await?,
    ];
    stage
        .timed("hand over a dataset", async {
            Ok(DatasetPatch::new()
                .user_id(people.grace)
                .update(db, dataset.id)
                .await?)
        })
        .await?;
    let after = [
        User::get(db, people.ada).await?,
        User::get(db, people.grace).await?,
    ];
    for (before, after) in before.iter().zip(&after) {
        table.row([
            before.full_name.clone().unwrap_or_default(),
            before.dataset_count.to_string(),
            before.storage_used_bytes.to_string(),
            after.dataset_count.to_string(),
            after.storage_used_bytes.to_string(),
        ]);
    }
    stage.table(&table);
    let bytes = dataset.original_size_bytes.unwrap_or_default();
    ensure(
        before[0].storage_used_bytes - bytes == after[0].storage_used_bytes
            && before[1].storage_used_bytes + bytes == after[1].storage_used_bytes
            && before[1].dataset_count + 1 == after[1].dataset_count,
        "both rows follow",
    )
}
