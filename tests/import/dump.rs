//! pg_dump as a judge that knows nothing of the queries of the import.

use std::path::PathBuf;
use std::process::Command;

use pgwright_cli::testing::{Cluster, Database};
use sqlx::ConnectOptions;

/// Compares the dumps of two databases, whatever their order. Where no pg_dump is new enough for the server, there is
/// nothing to compare.
pub(crate) async fn compare(one: &Database, other: &Database) -> Result<(), String> {
    let version = Cluster::shared()
        .await
        .map_err(|error| error.to_string())?
        .version()
        / 10_000;
    let Some(program) = program(version) else {
        return Ok(());
    };
    let (one, other) = (dump(&program, one)?, dump(&program, other)?);
    let only = |these: &[String], those: &[String], sign: &str| -> String {
        let lost = these.iter().filter(|statement| !those.contains(statement));
        lost.map(|statement| format!("{sign} {statement}\n"))
            .collect()
    };
    let difference = only(&one, &other, "-") + &only(&other, &one, "+");
    if difference.is_empty() {
        Ok(())
    } else {
        Err(format!("pg_dump differs:\n{difference}"))
    }
}

fn program(version: u32) -> Option<PathBuf> {
    let installed = PathBuf::from(format!("/usr/lib/postgresql/{version}/bin/pg_dump"));
    [PathBuf::from("pg_dump"), installed]
        .into_iter()
        .find(|program| {
            let said = Command::new(program).arg("--version").output();
            said.is_ok_and(|said| {
                let text = String::from_utf8_lossy(&said.stdout).into_owned();
                let number = text
                    .split_whitespace()
                    .find_map(|word| word.split('.').next()?.parse::<u32>().ok());
                number == Some(version)
            })
        })
}

/// Statements of a dump, without comments. Lines of a table stand in the order of the file.
fn dump(program: &PathBuf, database: &Database) -> Result<Vec<String>, String> {
    // Parameters of the driver's own are none of libpq's.
    let mut url = database.admin_options().to_url_lossy();
    let known: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| matches!(&**key, "host" | "sslmode" | "password"))
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(known);
    let url = url.to_string();
    let output = Command::new(program)
        .args(["--schema-only", "--no-owner", "--dbname", &url])
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut statements: Vec<String> = Vec::new();
    for block in text.split("\n\n") {
        let lines = block
            .lines()
            .filter(|line| !line.starts_with("--") && !line.starts_with('\\') && !line.is_empty());
        let statement = lines.collect::<Vec<_>>().join("\n");
        if statement.starts_with("GRANT ") || statement.starts_with("REVOKE ") {
            // The order of rights is that in which they were given.
            statements.extend(statement.lines().map(str::to_owned));
        } else if !statement.is_empty() && !statement.starts_with("SET ") {
            statements.push(statement);
        }
    }
    statements.sort();
    statements.dedup();
    Ok(statements)
}
