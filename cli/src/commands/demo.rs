//! `demo`: the project's demonstration, from nothing to a checked database.

use super::child::{self, Server};
use super::{Failure, Outcome, check, generate};
use crate::args::{Check, Demo, Gen};
use crate::inspect;
use crate::manifest;
use crate::project::Project;
use crate::script;
use crate::testing::{Cluster, place};
use crate::ui::{GOOD, HEAD};
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
        let cluster = Cluster::for_a_command(&server.url, None).await?;
        if let Some(schema) = &spec.schema {
            for role in inspect::roles(schema) {
                cluster.ensure_role(&role).await?;
            }
        }
        let database = cluster.database("").await?;
        let ddl = std::fs::read_to_string(spec.generated()?.join("schema.sql"))?;
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
    match program(&project)? {
        Some(program) => {
            let ddl = absolute(&spec.generated()?.join("schema.sql"))?;
            if play(args, &server, &project, &program, &url, &ddl)? == Outcome::Bad {
                return Ok(Outcome::Bad);
            }
        }
        None => anstream::eprintln!(
            "note: this project has no demonstration of its own\nhelp: write `examples/demo.rs`; it finds the database in DATABASE_URL"
        ),
    }

    heading("Check");
    let timer = Instant::now();
    let outcome = check::run(&Check {
        place: args.place.clone(),
        url: Some(url),
        reference: Some(server.url.clone()),
        json: false,
    })?;
    if outcome == Outcome::Good {
        took(timer, "every trigger and every maintained column");
    }
    drop(database);
    drop(cluster);
    Ok(outcome)
}

/// Builds and runs the project's own demonstration.
fn play(
    args: &Demo,
    server: &Server,
    project: &Project,
    program: &[String],
    url: &str,
    ddl: &Path,
) -> Result<Outcome, Failure> {
    if build(server, project, program)? == Outcome::Bad {
        return Ok(Outcome::Bad);
    }
    let mut command = server.cargo(project);
    command
        .args(program)
        .env("DATABASE_URL", url)
        .env("PGWRIGHT_SCHEMA_SQL", ddl);
    if !args.arguments.is_empty() {
        command.arg("--").args(&args.arguments);
    }
    child::run(command)
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

/// The arguments for cargo that run the demonstration, if there is one.
fn program(project: &Project) -> Result<Option<Vec<String>>, Failure> {
    let set = manifest::settings(&project.root)?.demo;
    let is_there = |file| project.root.join("examples").join(file).is_file();
    Ok(set.or_else(|| {
        (is_there("demo.rs") || is_there("demo/main.rs"))
            .then(|| EXAMPLE.map(String::from).to_vec())
    }))
}

/// What runs where the manifest says nothing.
const EXAMPLE: [&str; 4] = ["run", "--quiet", "--example", "demo"];
