//! `db`: the project's own server.

use super::{Failure, Outcome};
use crate::args::{Db, DbCommand};
use crate::project::Project;
use crate::server::{self, Keep, Options, Running, Stopped};
use crate::ui::{DIM, GOOD, own_name};
use serde_json::json;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Instant;

pub(super) fn run(args: Db) -> Result<Outcome, Failure> {
    let project = Project::here()?;
    match args.command {
        DbCommand::Start { json, install } => start(&project, json, install),
        DbCommand::Stop => stop(&project),
        DbCommand::Status { json } => status(&project, json),
        DbCommand::Url { database } => url(&project, &database),
        DbCommand::Psql { arguments } => psql(&project, arguments),
    }
}

/// `DATABASE_URL`, if it is set.
pub(super) fn given_url() -> Option<String> {
    std::env::var("DATABASE_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

fn start(project: &Project, json: bool, install: bool) -> Result<Outcome, Failure> {
    if let Some(url) = given_url() {
        anstream::eprintln!("DATABASE_URL is set: that server is used, and none is started");
        println!("{url}");
        return Ok(Outcome::Good);
    }
    let since = Instant::now();
    let (running, _) = server::start(
        project,
        Options {
            keep: Keep::UntilStopped,
            install,
        },
    )?;
    if json {
        println!("{:#}", report(Some(&running)));
        return Ok(Outcome::Good);
    }
    anstream::println!(
        "{GOOD}running{GOOD:#} PostgreSQL {} {DIM}(process {}, {:.1} s){DIM:#}\n{}",
        running.version,
        running.pid,
        since.elapsed().as_secs_f64(),
        running.url("postgres"),
    );
    anstream::eprintln!(
        "{DIM}stop it and remove its data with `{} db stop`{DIM:#}",
        own_name()
    );
    Ok(Outcome::Good)
}

fn stop(project: &Project) -> Result<Outcome, Failure> {
    match server::stop(project)? {
        Stopped::Server => println!("stopped, and its data removed"),
        Stopped::Nothing => println!("nothing to stop"),
    }
    Ok(Outcome::Good)
}

fn status(project: &Project, json: bool) -> Result<Outcome, Failure> {
    let running = server::status(project)?;
    if json {
        println!("{:#}", report(running.as_ref()));
    } else if let Some(running) = &running {
        anstream::println!(
            "{GOOD}running{GOOD:#} PostgreSQL {} {DIM}(process {}, programs in {}){DIM:#}\n{}",
            running.version,
            running.pid,
            running.bin.display(),
            running.url("postgres"),
        );
    } else {
        println!("not running; start it with `{} db start`", own_name());
    }
    if given_url().is_some() {
        anstream::eprintln!("note: DATABASE_URL is set, and is used instead");
    }
    Ok(if running.is_some() {
        Outcome::Good
    } else {
        Outcome::Bad
    })
}

fn report(running: Option<&Running>) -> serde_json::Value {
    match running {
        Some(running) => json!({
            "running": true,
            "version": running.version,
            "pid": running.pid,
            "bin": running.bin,
            "data": running.data,
            "socket": running.socket,
            "url": running.url("postgres"),
        }),
        None => json!({ "running": false }),
    }
}

fn url(project: &Project, database: &str) -> Result<Outcome, Failure> {
    if let Some(url) = given_url() {
        println!("{url}");
        return Ok(Outcome::Good);
    }
    match server::status(project)? {
        Some(running) => {
            println!("{}", running.url(database));
            Ok(Outcome::Good)
        }
        None => {
            eprintln!("not running; start it with `{} db start`", own_name());
            Ok(Outcome::Bad)
        }
    }
}

fn psql(project: &Project, arguments: Vec<OsString>) -> Result<Outcome, Failure> {
    let (url, mut command) = match given_url() {
        Some(url) => {
            let mut command = Command::new("psql");
            command.arg("--dbname").arg(&url);
            (url, command)
        }
        None => {
            let (running, _) = server::start(project, Keep::UntilStopped)?;
            // The client beside the server fits it best. Some packages carry the server alone.
            let own = running.bin.join("psql");
            let mut command = if own.is_file() {
                running.command(&own)
            } else {
                Command::new("psql")
            };
            // By the environment, so that `-d NAME` means a database on this server.
            command
                .env("PGHOST", &running.socket)
                .env("PGUSER", server::SUPERUSER)
                .env("PGDATABASE", "postgres")
                .env_remove("PGPORT");
            (running.url("postgres"), command)
        }
    };
    command.args(arguments);
    // Takes the place of this process, so that signals and the exit code are psql's own.
    let error = command.exec();
    Err(Failure::from(format!(
        "cannot run `psql`: {error}\nhelp: install PostgreSQL's client (`apt-get install postgresql-client`, \
         `brew install libpq`), or use another one with this address: {url}"
    )))
}
