//! The project's benchmarks. `cargo xtask bench NAME` builds this program and gives it a server in `DATABASE_URL`.

mod check;
mod client;
mod codegen;
mod lab;
mod load;
mod report;
mod sessions;
mod stats;
mod table;
mod triggers;

use clap::{Args, Parser, Subcommand};
use std::process::ExitCode;

/// Benchmarks of the platform's database
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// What the triggers cost, against no triggers and against the platform's old ones
    #[command(after_help = "\
Examples:
  cargo xtask bench triggers                 measure everything; write bench/results/triggers.md and .json
  cargo xtask bench triggers --quick         a smoke test of less than a minute; writes nothing
  cargo xtask bench triggers --check         exit with 1 when a bar is missed
  cargo xtask bench triggers --only hot      the rows whose name contains `hot`; writes nothing")]
    Triggers(Options),
    /// What the crate costs, beside tokio-postgres, sqlx, diesel-async, SeaORM and SQLAlchemy
    #[command(after_help = "\
Examples:
  cargo xtask bench client                   measure everything; write bench/results/client.md, .json and .svg
  cargo xtask bench client --quick           a smoke test; writes nothing
  cargo xtask bench client --only claims     the rows whose name contains `claims`; writes nothing
  cargo xtask bench client --peer diesel     diesel-async and tokio-postgres alone; writes nothing

What is measured so far is written after each row. When a bar is missed it is named, and the exit code is 1.")]
    Client(ClientOptions),
    /// How much CPU time `cargo check` takes, beside sqlx alone, and for a spec of 200 models
    #[command(after_help = "\
Examples:
  cargo xtask bench check                    measure; write bench/results/check.md and .json
  cargo xtask bench check --check            exit with 1 when a bar is missed")]
    Check(CheckOptions),
    /// What the compiler takes, from 10 models to 1,000: reading a spec, generating, planning a migration
    #[command(after_help = "\
Examples:
  cargo xtask bench codegen                  measure; write bench/results/codegen.md, .json and .svg
  cargo xtask bench codegen --check          exit with 1 when a bar is missed")]
    Codegen(CodegenOptions),
}

/// How often the compiler is measured.
#[derive(Args, Clone)]
struct CodegenOptions {
    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Write the result as JSON to standard output
    #[arg(long)]
    json: bool,
    /// Exit with 1 when a bar is missed
    #[arg(long)]
    check: bool,
}

/// How often checks are measured.
#[derive(Args, Clone)]
struct CheckOptions {
    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Write the result as JSON to standard output
    #[arg(long)]
    json: bool,
    /// Exit with 1 when a bar is missed
    #[arg(long)]
    check: bool,
}

/// What to measure beside the peers, and how long.
#[derive(Args, Clone)]
struct ClientOptions {
    /// Measure briefly: one round, fewer rows; the bars are not meant for it
    #[arg(long)]
    quick: bool,
    /// Write the result as JSON to standard output
    #[arg(long)]
    json: bool,
    /// How often each peer is measured; the peers take turns [default: 11]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Option<u32>,
    /// How long each turn is; claims take twelve times as long [default: 0.12]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    seconds: Option<f64>,
    /// Only the rows whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Only tokio-postgres and the peers whose name contains this
    #[arg(long, value_name = "NAME")]
    peer: Option<String>,
    /// The server; a superuser's address
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    server: String,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.01..=60.0).contains(&seconds) => Ok(seconds),
        _ => Err("not a number from 0.01 to 60".to_string()),
    }
}

impl ClientOptions {
    fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 1 } else { 11 })
    }

    fn seconds(&self) -> f64 {
        self.seconds.unwrap_or(if self.quick { 0.05 } else { 0.12 })
    }

    /// Datasets of the user with many.
    fn rows(&self) -> u64 {
        if self.quick { 2_000 } else { 10_000 }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|part| name.contains(part))
    }

    /// Whether it is worth to be kept.
    fn is_whole(&self) -> bool {
        !self.quick && self.only.is_none() && self.peer.is_none()
    }

    fn invites(&self, name: &str) -> bool {
        self.peer.as_deref().is_none_or(|part| name.contains(part))
    }

    /// The command that measures the same.
    fn command(&self) -> String {
        let mut command = "cargo xtask bench client".to_string();
        if self.quick {
            command.push_str(" --quick");
        }
        if let Some(rounds) = self.rounds {
            command.push_str(&format!(" --rounds {rounds}"));
        }
        if let Some(seconds) = self.seconds {
            command.push_str(&format!(" --seconds {seconds}"));
        }
        if let Some(only) = &self.only {
            command.push_str(&format!(" --only {only}"));
        }
        if let Some(peer) = &self.peer {
            command.push_str(&format!(" --peer {peer}"));
        }
        command
    }
}

/// What to measure, and how long.
#[derive(Args, Clone)]
struct Options {
    /// Measure briefly: one round, fewer rows; the bars are not meant for it
    #[arg(long)]
    quick: bool,
    /// Write the result as JSON to standard output
    #[arg(long)]
    json: bool,
    /// Exit with 1 when a bar is missed
    #[arg(long)]
    check: bool,
    /// How often each variant is measured; the variants take turns [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Option<u32>,
    /// How long each load runs [default: 3]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: Option<u64>,
    /// Only the rows whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// The server; a superuser's address
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    server: String,
}

impl Options {
    fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 1 } else { 5 })
    }

    fn seconds(&self) -> u64 {
        self.seconds.unwrap_or(if self.quick { 1 } else { 3 })
    }

    /// Rows of a bulk statement. The old triggers are quadratic.
    fn rows(&self) -> i32 {
        if self.quick { 2_000 } else { 10_000 }
    }

    /// The command that measures the same.
    fn command(&self) -> String {
        let mut command = "cargo xtask bench triggers".to_string();
        if self.quick {
            command.push_str(" --quick");
        }
        for (name, value) in [
            ("rounds", self.rounds.map(u64::from)),
            ("seconds", self.seconds),
        ] {
            if let Some(value) = value {
                command.push_str(&format!(" --{name} {value}"));
            }
        }
        if let Some(only) = &self.only {
            command.push_str(&format!(" --only {only}"));
        }
        command
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|part| name.contains(part))
    }
}

/// Why a benchmark could not be run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The server refused something.
    #[error("cannot {0}: {1}")]
    Database(&'static str, #[source] sqlx::Error),
    /// A program could not be run, or a file not written.
    #[error("cannot {0}: {1}")]
    Io(&'static str, #[source] std::io::Error),
    /// `pgbench` did not do its work.
    #[error("pgbench failed: {0}")]
    Pgbench(String),
    /// A session of a load ended before its time.
    #[error("a session of a load ended: {0}")]
    Session(String),
    /// No row has such a name.
    #[error("no row has a name that contains `{0}`")]
    NothingToMeasure(String),
    /// Cargo said what is wrong.
    #[error("cargo failed")]
    Cargo,
    /// A stage of the compiler failed.
    #[error("the compiler failed: {0}")]
    Stage(String),
    /// A peer could not do what it was asked for.
    #[error("{0}: {1}")]
    Peer(&'static str, String),
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().benchmark {
        Benchmark::Triggers(options) => triggers(&options),
        Benchmark::Client(options) => client(&options),
        Benchmark::Check(options) => check(&options),
        Benchmark::Codegen(options) => codegen(&options),
    };
    done.unwrap_or_else(|error| {
        anstream::eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn triggers(options: &Options) -> Result<ExitCode, Failure> {
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Failure::Io("start a runtime", error))?;
    let report = runtime.block_on(triggers::run(options))?;
    if options.json {
        anstream::println!("{}", report.json());
    } else {
        anstream::print!("{}", report.terminal());
    }
    if !options.quick && options.only.is_none() {
        report.write()?;
    }
    Ok(verdict(options.check, report.missed()))
}

fn client(options: &ClientOptions) -> Result<ExitCode, Failure> {
    let report = client::run(options)?;
    if options.json {
        anstream::println!("{}", report.json());
    } else {
        anstream::print!("{}", report.terminal());
    }
    report.keep(options)?;
    let missed = report.missed();
    if options.quick || missed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    anstream::eprintln!("\nerror: missed {} of the bars", missed.len());
    for bar in &missed {
        anstream::eprintln!("  {bar}");
    }
    Ok(ExitCode::FAILURE)
}

fn check(options: &CheckOptions) -> Result<ExitCode, Failure> {
    let report = check::run(options)?;
    if options.json {
        anstream::println!("{}", report.json());
    } else {
        anstream::print!("{}", report.terminal());
    }
    report.write()?;
    Ok(verdict(options.check, report.missed()))
}

fn codegen(options: &CodegenOptions) -> Result<ExitCode, Failure> {
    let report = codegen::run(options)?;
    if options.json {
        anstream::println!("{}", report.json());
    } else {
        anstream::print!("{}", report.terminal());
    }
    report.write()?;
    Ok(verdict(options.check, report.missed()))
}

fn verdict(check: bool, missed: usize) -> ExitCode {
    if check && missed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Says on standard error what is done now.
fn progress(what: &str) {
    anstream::eprintln!("{what} …");
}
