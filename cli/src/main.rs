//! The `pgwright` command.

use clap::Parser;
use pgwright_cli::args::Args;
use std::process::ExitCode;

fn main() -> ExitCode {
    pgwright_cli::commands::run(Args::parse())
}
