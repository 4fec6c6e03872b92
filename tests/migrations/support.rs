//! Two schemas, the way between them, and the proof that it leads there.

use pgwright_cli::migrate::history::{History, Part};
use pgwright_cli::migrate::snapshot;
use pgwright_cli::testing::{self, Database};
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::diff::{self, Options, Planned};
use pgwright_codegen::plan::{self, File, Plan};
use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;
use pgwright_codegen::triggers;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// The spec, resolved.
pub(crate) fn compile(spec: &str) -> Schema {
    let compilation = pgwright_codegen::compile(&Source::new("schema.toml", spec));
    compilation
        .schema
        .unwrap_or_else(|| panic!("{:#?}\n{spec}", compilation.diagnostics))
}

/// The plan, or what stands in its way.
pub(crate) fn planned(prev: &Schema, next: &Schema, drop: &[&str]) -> Result<Planned, String> {
    let options = Options {
        drop: drop.iter().map(|&name| name.to_owned()).collect(),
        ..Options::default()
    };
    diff::plan(prev, next, &options).map_err(|problems| {
        problems
            .iter()
            .map(|problem| format!("error: {}\nhelp: {}\n", problem.text, problem.help))
            .collect()
    })
}

/// The files of a plan.
pub(crate) fn files(plan: &Plan, next: &Schema) -> Vec<File> {
    plan::files(plan, next, "A migration.", &plan::Data::new())
}

/// A migration as it is written, with its way back.
pub(crate) fn parts(
    planned: &Planned,
    prev: Option<&Schema>,
    next: &Schema,
    from: i64,
) -> Vec<Part> {
    let back = planned.back.as_ref().zip(prev).map(|(back, prev)| {
        let files = files(back, prev);
        files.into_iter().map(|file| file.sql).collect::<String>()
    });
    files(&planned.plan, next)
        .into_iter()
        .zip(from..)
        .map(|(file, version)| Part {
            version,
            stem: format!("{version}_part_{}", file.word),
            up: file.sql,
            down: back.clone().filter(|_| version == from),
        })
        .collect()
}

/// Runs files as sqlx does: each in one message, in a transaction unless it says otherwise.
pub(crate) async fn apply(connection: &mut PgConnection, files: &[File]) -> Result<(), String> {
    for file in files {
        let sql = AssertSqlSafe(file.sql.clone());
        let done = if file.no_transaction {
            connection.execute(sql).await.map(drop)
        } else {
            let mut transaction = connection.begin().await.unwrap();
            match transaction.execute(sql).await {
                Ok(_) => transaction.commit().await,
                Err(error) => Err(error),
            }
        };
        done.map_err(|error| format!("{error}\n{}", file.sql))?;
    }
    Ok(())
}

/// A history that holds one migration of these files.
pub(crate) fn history(files: Vec<File>) -> History {
    let parts = files
        .into_iter()
        .zip(1..)
        .map(|(file, version)| Part {
            version,
            stem: format!("{version}_part_{}", file.word),
            up: file.sql,
            down: None,
        })
        .collect();
    let mut history = History::default();
    history.add(1, "part", parts, "");
    history
}

/// A database with the DDL of a schema.
pub(crate) async fn database(schema: &Schema) -> Result<Database, String> {
    testing::database(&schema_sql(schema))
        .await
        .map_err(|error| error.to_string())
}

/// What differs between a migrated database and a new one.
pub(crate) async fn difference(migrated: &mut PgConnection, schema: &Schema) -> Vec<String> {
    let fresh = database(schema).await.unwrap();
    let mut fresh = fresh.connect().await.unwrap();
    let (found, wanted) = (
        snapshot::read(migrated).await.unwrap(),
        snapshot::read(&mut fresh).await.unwrap(),
    );
    snapshot::difference(&found, &wanted)
}

/// The old schema with the migration is the new one; with the way back it is the old one again; and between two that are the
/// same there is nothing to do.
pub(crate) async fn prove(
    prev: &Schema,
    next: &Schema,
    drop: &[&str],
    before: &str,
) -> Result<Planned, String> {
    let planned = planned(prev, next, drop)?;
    let again =
        diff::plan(next, next, &Options::default()).map_err(|error| format!("{error:?}"))?;
    if !again.plan.is_empty() {
        return Err(format!("planning again gives {:#?}", again.plan));
    }
    let base = database(prev).await?;
    let mut connection = base.connect().await.unwrap();
    connection
        .execute(AssertSqlSafe(before.to_owned()))
        .await
        .map_err(|error| format!("before: {error}"))?;
    apply(&mut connection, &files(&planned.plan, next)).await?;
    let differs = difference(&mut connection, next).await;
    if !differs.is_empty() {
        let text: Vec<String> = files(&planned.plan, next)
            .into_iter()
            .map(|file| file.sql)
            .collect();
        return Err(format!(
            "the way there:\n{}\n{}",
            differs.join("\n"),
            text.join("\n======\n")
        ));
    }
    for kept in triggers::maintained(next) {
        let sql = AssertSqlSafe(kept.drift.into_string());
        let wrong = connection
            .fetch_all(sql)
            .await
            .map_err(|error| error.to_string())?;
        if !wrong.is_empty() {
            return Err(format!(
                "{} values that the database keeps are wrong",
                wrong.len()
            ));
        }
    }
    if let Some(back) = &planned.back {
        let files = files(back, prev);
        apply(&mut connection, &files)
            .await
            .map_err(|error| format!("back: {error}"))?;
        let differs = difference(&mut connection, prev).await;
        if !differs.is_empty() {
            let text: Vec<String> = files.into_iter().map(|file| file.sql).collect();
            return Err(format!(
                "the way back:\n{}\n{}",
                differs.join("\n"),
                text.join("\n======\n")
            ));
        }
    }
    Ok(planned)
}
