//! One small statement again and again, by `pgbench -M prepared` where there is one, else by a loop of our own.

use crate::Failure;
use crate::lab::{Lab, SETTINGS, Variant};
use crate::sessions::{self, Random};
use sqlx::AssertSqlSafe;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// A statement in the words of `pgbench`: `:user` is a variable.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) statement: String,
    /// A variable that is drawn anew each time, and its bounds.
    pub(crate) random: Option<(&'static str, u64, u64)>,
    /// Variables that stay.
    pub(crate) fixed: Vec<(&'static str, &'static str)>,
}

/// What runs scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driver {
    Pgbench,
    BuiltIn,
}

impl Driver {
    /// `pgbench`, if the PATH has one that starts.
    pub(crate) async fn find() -> Self {
        let found = Command::new("pgbench")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await
            .is_ok_and(|status| status.success());
        if found { Self::Pgbench } else { Self::BuiltIn }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pgbench => "pgbench -M prepared",
            Self::BuiltIn => "a loop of prepared statements (no pgbench was found)",
        }
    }

    /// Statements a second.
    pub(crate) async fn run(
        self,
        lab: &Lab,
        variant: Variant,
        script: &Script,
        clients: usize,
        seconds: u64,
    ) -> Result<f64, Failure> {
        match self {
            Self::Pgbench => pgbench(lab, variant, script, clients, seconds).await,
            Self::BuiltIn => built_in(lab, variant, script, clients, seconds).await,
        }
    }
}

async fn pgbench(
    lab: &Lab,
    variant: Variant,
    script: &Script,
    clients: usize,
    seconds: u64,
) -> Result<f64, Failure> {
    let mut text = String::new();
    if let Some((name, low, high)) = script.random {
        text.push_str(&format!("\\set {name} random({low}, {high})\n"));
    }
    text.push_str(&script.statement);
    text.push_str(";\n");
    let file = std::env::temp_dir().join(format!("bench-{}.sql", std::process::id()));
    std::fs::write(&file, text)
        .map_err(|error| Failure::Io("write a script for pgbench", error))?;
    let settings: Vec<String> = SETTINGS
        .iter()
        .map(|(name, value)| format!("-c {name}={value}"))
        .collect();
    let mut command = Command::new("pgbench");
    command
        .env("PGOPTIONS", settings.join(" "))
        .env("LC_ALL", "C")
        .args(["--no-vacuum", "--protocol=prepared"])
        .arg(format!("--time={seconds}"))
        .arg(format!("--client={clients}"))
        .arg(format!("--jobs={}", clients.min(2)))
        .arg(format!("--file={}", file.display()))
        .kill_on_drop(true);
    for (name, value) in &script.fixed {
        command.arg(format!("--define={name}={value}"));
    }
    let output = command
        .arg(lab.address(variant))
        .output()
        .await
        .map_err(|error| Failure::Io("run pgbench", error));
    let _ = std::fs::remove_file(&file);
    let output = output?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| {
        line.strip_prefix("tps = ")?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    });
    match tps {
        Some(tps) if output.status.success() => Ok(tps),
        _ => Err(Failure::Pgbench(
            String::from_utf8_lossy(&output.stderr).trim().to_string(),
        )),
    }
}

async fn built_in(
    lab: &Lab,
    variant: Variant,
    script: &Script,
    clients: usize,
    seconds: u64,
) -> Result<f64, Failure> {
    let (sql, names) = numbered(&script.statement);
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(lab.session(variant).await?);
    }
    let script = script.clone();
    let outcome = sessions::run(
        connections,
        Duration::from_secs(seconds),
        async move |db, random: &mut Random| {
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for name in &names {
                let fixed = script.fixed.iter().find(|(fixed, _)| fixed == name);
                query = match (fixed, script.random) {
                    (Some((_, value)), _) => query.bind((*value).to_string()),
                    (None, Some((_, low, high))) => query.bind(random.u64(low..=high).to_string()),
                    (None, None) => query.bind(String::new()),
                };
            }
            query.execute(db).await.map(drop)
        },
    )
    .await?;
    outcome.without_errors()
}

/// `:user` becomes `$1`; a cast (`::`) stays.
fn numbered(statement: &str) -> (String, Vec<String>) {
    let mut sql = String::new();
    let mut names: Vec<String> = Vec::new();
    let mut rest = statement;
    while let Some(at) = rest.find(':') {
        sql.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(':') {
            sql.push_str("::");
            rest = after;
            continue;
        }
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let number = names
            .iter()
            .position(|known| known == name)
            .unwrap_or_else(|| {
                names.push(name.to_string());
                names.len() - 1
            });
        sql.push_str(&format!("${}", number + 1));
        rest = after;
    }
    sql.push_str(rest);
    (sql, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_become_parameters_and_casts_stay() {
        let (sql, names) = numbered("SELECT :user::uuid, 'a' || :n, :user");
        assert_eq!(sql, "SELECT $1::uuid, 'a' || $2, $1");
        assert_eq!(names, ["user", "n"]);
    }
}
