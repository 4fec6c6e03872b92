//! `migrate compat`: the statements of the last release against the new schema, and the new ones against the old.

use super::super::spec::Spec;
use super::super::{Failure, Outcome};
use super::server_at_hand;
use crate::args::MigrateCompat;
use crate::testing::Cluster;
use crate::ui::{BAD, DIM, GOOD, Progress};
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::rust;
use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr as _};

/// A statement that PostgreSQL refuses.
struct Broken {
    name: String,
    error: String,
}

pub(super) async fn run(args: &MigrateCompat) -> Result<Outcome, Failure> {
    let spec = Spec::read(&args.place)?;
    spec.show_diagnostics();
    let Some(next) = &spec.schema else {
        return Ok(Outcome::Bad);
    };
    let text = old_text(args, &spec)?;
    let source = Source::new("the last release", text);
    let compiled = pgwright_codegen::compile(&source);
    let Some(prev) = compiled.schema else {
        return Err(Failure::from(format!(
            "the spec of the last release is not valid:\n{}",
            pgwright_codegen::diag::render(&source, &compiled.diagnostics, true)
        )));
    };
    let progress = Progress::start("preparing statements");
    let Some(cluster) = server_at_hand(true).await? else {
        return Err(Failure::from("no PostgreSQL to prepare statements on"));
    };
    for role in crate::inspect::roles(&prev)
        .into_iter()
        .chain(crate::inspect::roles(next))
    {
        cluster.ensure_role(&role).await?;
    }
    let mut old_on_new = broken(&cluster, &prev, next).await?;
    old_on_new.extend(left_out(&prev, next));
    let new_on_old = broken(&cluster, next, &prev).await?;
    drop(progress);
    if args.json {
        let list = |list: &[Broken]| -> Vec<_> {
            list.iter()
                .map(|one| json!({ "statement": one.name, "error": one.error }))
                .collect()
        };
        println!(
            "{:#}",
            json!({ "old_code_on_new_schema": list(&old_on_new), "new_code_on_old_schema": list(&new_on_old) })
        );
    } else {
        for one in &old_on_new {
            anstream::println!(
                "{BAD}old code, new schema{BAD:#} {}: {}",
                one.name,
                one.error
            );
        }
        for one in &new_on_old {
            anstream::println!(
                "{DIM}new code, old schema{DIM:#} {}: {}",
                one.name,
                one.error
            );
        }
        if old_on_new.is_empty() {
            anstream::println!("{GOOD}the last release runs on the new schema{GOOD:#}");
        }
    }
    Ok(if old_on_new.is_empty() {
        Outcome::Good
    } else {
        Outcome::Bad
    })
}

/// The spec of the last release: a file, or what git has under a name.
fn old_text(args: &MigrateCompat, spec: &Spec) -> Result<String, Failure> {
    if let Some(file) = &args.from {
        return std::fs::read_to_string(file)
            .map_err(|error| Failure::from(format!("cannot read `{}`: {error}", file.display())));
    }
    let Some(tag) = &args.tag else {
        return Err(Failure::from(
            "which release?\nhelp: `--tag v1.2` reads the spec from git, `--from FILE` from a file",
        ));
    };
    let path = std::fs::canonicalize(&spec.path)?;
    let (folder, name) = (
        path.parent(),
        path.file_name().unwrap_or_default().to_string_lossy(),
    );
    let output = std::process::Command::new("git")
        .arg("-C")
        .arg(folder.unwrap_or(std::path::Path::new(".")))
        .args(["show", &format!("{tag}:./{name}")])
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failure::from(format!(
            "git has no `{name}` at `{tag}`: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )))
    }
}

/// The statements of the code of one schema that do not run on another one.
async fn broken(cluster: &Cluster, code: &Schema, schema: &Schema) -> Result<Vec<Broken>, Failure> {
    let database = cluster.database(&schema_sql(schema)).await?;
    let mut connection = database.connect().await?;
    let mut found = Vec::new();
    for (name, sql) in rust::statements(code) {
        let prepared = connection
            .prepare(AssertSqlSafe(sql.into_string()).into_sql_str())
            .await;
        if let Err(error) = prepared {
            let error = error
                .as_database_error()
                .map_or_else(|| error.to_string(), |said| said.message().to_owned());
            found.push(Broken { name, error });
        }
    }
    Ok(found)
}

/// Inserts that say nothing of a column that wants a value: they can be prepared, and fail when they run.
fn left_out(prev: &Schema, next: &Schema) -> Vec<Broken> {
    let mut found = Vec::new();
    for model in &next.models {
        let Some(old) = prev.models.iter().find(|old| old.table == model.table) else {
            continue;
        };
        for field in &model.fields {
            let given = field.nullable
                || field.default.is_some()
                || field.generated.is_some()
                || field.sequence.is_some()
                || field.maintained_by.is_some();
            if !given && old.field_named(field.name.as_str()).is_none() {
                found.push(Broken {
                    name: format!("inserts of {}", old.name),
                    error: format!(
                        "leave out {}, which takes no NULL and has no default",
                        field.name
                    ),
                });
            }
        }
    }
    found
}
