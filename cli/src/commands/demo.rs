//! `demo`: the project's demonstration, from nothing to a checked database.

use super::child::{self, Server};
use super::{Failure, Outcome, check, generate};
use crate::args::{Check, Demo, Gen};
use crate::inspect;
use crate::project::Project;
use crate::script;
use crate::testing::{Cluster, place};
use crate::ui::{GOOD, HEAD};
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Executor};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(super) fn run(args: &Demo) -> Result<Outcome, Failure> {
    let project = Project::here()?;
    heading("Generate");
    let generate = Gen {
        place: args.place.clone(),
        out: None,
        check: false,
        json: false,
    };
    let timer = Instant::now();
    if generate::run(&generate)? == Outcome::Bad {
        return Ok(Outcome::Bad);
    }
    took(timer, "schema.toml to DDL, Rust and documentation");

    heading("Start");
    let timer = Instant::now();
    let server = Server::start(&project)?;
    took(timer, &server.name());

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    heading("Apply");
    let timer = Instant::now();
    let spec = super::spec::Spec::read(&args.place)?;
    let (cluster, database, statements) = runtime.block_on(async {
        let cluster = Cluster::on(&server.url, None).await?;
        if let Some(schema) = &spec.schema {
            for role in inspect::roles(schema) {
                cluster.ensure_role(&role).await?;
            }
        }
        let database = cluster.database("").await?;
        let ddl = std::fs::read_to_string(spec.generated().join("schema.sql"))?;
        let mut connection = database.connect().await?;
        let statements = script::statements(&ddl);
        for statement in &statements {
            connection
                .execute(AssertSqlSafe(statement.text.to_string()))
                .await
                .map_err(|error| place(&error, &ddl, statement.start))?;
        }
        Ok::<_, Failure>((cluster, database, statements.len()))
    })?;
    took(
        timer,
        &format!("{statements} statements of schema.sql, as a role that is no superuser"),
    );

    let url = database.url();
    let program = program(&project)?;
    if build(&server, &project, &program)? == Outcome::Bad {
        return Ok(Outcome::Bad);
    }
    let mut command = server.cargo(&project);
    command.args(program).env("DATABASE_URL", &url).env(
        "PGWRIGHT_SCHEMA_SQL",
        absolute(&spec.generated().join("schema.sql"))?,
    );
    if !args.arguments.is_empty() {
        command.arg("--").args(&args.arguments);
    }
    if child::run(command)? == Outcome::Bad {
        return Ok(Outcome::Bad);
    }

    heading("Check");
    let timer = Instant::now();
    let outcome = check::run(&Check {
        place: args.place.clone(),
        url: Some(url),
        reference: Some(server.url.clone()),
        json: false,
    })?;
    took(timer, "every trigger and every maintained column");
    drop(database);
    drop(cluster);
    Ok(outcome)
}

/// Builds what `cargo run …` would run. Cargo says what it does; the run itself is then quiet.
fn build(server: &Server, project: &Project, program: &[String]) -> Result<Outcome, Failure> {
    let Some(("run", rest)) = program.split_first().map(|(first, rest)| (&**first, rest)) else {
        return Ok(Outcome::Good);
    };
    heading("Build");
    let timer = Instant::now();
    let mut command = server.cargo(project);
    command.arg("build");
    command.args(rest.iter().filter(|argument| *argument != "--quiet"));
    let outcome = child::run(command)?;
    if outcome == Outcome::Good {
        took(timer, "the crate and its demonstration");
    }
    Ok(outcome)
}

fn heading(text: &str) {
    anstream::println!("\n{HEAD}== {text}{HEAD:#}");
}

fn took(since: Instant, what: &str) {
    anstream::println!(
        "{GOOD}done{GOOD:#} in {:.2} s: {what}",
        since.elapsed().as_secs_f64()
    );
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(Failure::from)
}

/// What of Cargo.toml is read.
#[derive(Deserialize)]
struct Manifest {
    package: Option<Section>,
    workspace: Option<Section>,
}

#[derive(Deserialize)]
struct Section {
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    pgwright: Option<Settings>,
}

#[derive(Deserialize)]
struct Settings {
    demo: Option<Vec<String>>,
}

/// The arguments for cargo that run the demonstration.
fn program(project: &Project) -> Result<Vec<String>, Failure> {
    let path = project.root.join("Cargo.toml");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    demo_of(&text)
        .map_err(|error| Failure::from(format!("cannot read `{}`: {error}", path.display())))
}

fn demo_of(manifest: &str) -> Result<Vec<String>, toml::de::Error> {
    let manifest: Manifest = toml::from_str(manifest)?;
    let set = [manifest.package, manifest.workspace]
        .into_iter()
        .flatten()
        .find_map(|section| section.metadata?.pgwright?.demo);
    Ok(set.unwrap_or_else(|| {
        ["run", "--quiet", "--example", "demo"]
            .map(String::from)
            .to_vec()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_is_an_example_unless_the_manifest_says_otherwise() {
        assert_eq!(
            demo_of("[package]\nname = \"x\"").unwrap(),
            ["run", "--quiet", "--example", "demo"]
        );
        let manifest =
            "[package]\n[package.metadata.pgwright]\ndemo = [\"run\", \"--bin\", \"tour\"]";
        assert_eq!(demo_of(manifest).unwrap(), ["run", "--bin", "tour"]);
        let manifest = "[workspace]\n[workspace.metadata.pgwright]\ndemo = [\"run\"]";
        assert_eq!(demo_of(manifest).unwrap(), ["run"]);
        assert!(demo_of("[package.metadata.pgwright]\ndemo = 1").is_err());
    }
}
