//! One file a command.

mod bench;
mod check;
mod child;
mod db;
mod demo;
mod drift;
mod generate;
mod import;
mod live;
mod migrate;
mod spec;
mod test;

use crate::args::{Args, Command};
use crate::ui::BAD;
use std::fmt::Display;
use std::process::ExitCode;

/// How a command ended, if nothing stood in its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Good,
    /// What was looked at is not as it should be. The command has said what.
    Bad,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure(String);

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Runs a command and says how it ended: 0 all is well, 1 it is not, 2 the command could not do its work.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    let outcome = match args.command {
        Command::Gen(args) => generate::run(&args),
        Command::Db(args) => db::run(args),
        Command::Check(args) => check::run(&args),
        Command::Drift(args) => drift::run(&args),
        Command::Migrate(args) => migrate::run(args),
        Command::Import(args) => import::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Err(Failure(text)) => {
            anstream::eprintln!("{BAD}error{BAD:#}: {text}");
            ExitCode::from(2)
        }
    }
}
