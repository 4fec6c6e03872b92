//! `test`: the workspace's tests, with a server for them.

use super::child::{self, Server};
use super::{Failure, Outcome};
use crate::args::Test;
use crate::project::Project;
use crate::ui::DIM;
use std::ffi::OsString;

pub(super) fn run(args: &Test) -> Result<Outcome, Failure> {
    let project = Project::here()?;
    let server = Server::start(&project)?;
    anstream::eprintln!("{DIM}testing with {}{DIM:#}", server.name());
    let mut command = server.cargo(&project);
    let arguments = with_dashes(&args.arguments, std::env::args_os());
    command.arg("test");
    if !chooses_packages(&arguments) {
        command.arg("--workspace");
    }
    command.args(arguments);
    child::run(command)
}

/// The arguments with a `--` before them, if that is how they were written: it divides cargo's from those of the tests,
/// and the parser of this command line has taken it out.
fn with_dashes(arguments: &[OsString], written: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let written: Vec<OsString> = written.collect();
    let before = written.len().checked_sub(arguments.len() + 1);
    let dashes = before
        .and_then(|place| written.get(place))
        .filter(|word| *word == "--");
    dashes.into_iter().chain(arguments).cloned().collect()
}

/// Whether the arguments for cargo, those before `--`, say which packages are meant.
fn chooses_packages(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .map(|argument| argument.to_string_lossy())
        .take_while(|argument| argument != "--")
        .any(|argument| {
            let long = [
                "--package",
                "--workspace",
                "--all",
                "--manifest-path",
                "--exclude",
            ];
            (argument.starts_with("-p") && !argument.starts_with("--"))
                || long.iter().any(|name| {
                    argument
                        .strip_prefix(name)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
                })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_reach_cargo_wherever_they_stand() {
        let words =
            |text: &str| -> Vec<OsString> { text.split_whitespace().map(OsString::from).collect() };
        let seen =
            |parsed: &str, written: &str| with_dashes(&words(parsed), words(written).into_iter());
        assert_eq!(
            seen("--nocapture", "pgwright test -- --nocapture"),
            words("-- --nocapture")
        );
        assert_eq!(
            seen("-p x -- y", "pgwright test -p x -- y"),
            words("-p x -- y")
        );
        assert_eq!(seen("", "pgwright test"), words(""));
        assert_eq!(seen("ledger", "pgwright test ledger"), words("ledger"));
    }

    #[test]
    fn the_workspace_is_meant_unless_packages_are_named_before_the_dashes() {
        let chooses = |text: &str| {
            let words: Vec<OsString> = text.split_whitespace().map(OsString::from).collect();
            chooses_packages(&words)
        };
        assert!(chooses("-p x"));
        assert!(chooses("--package=x ledger"));
        assert!(!chooses("ledger -- -p"));
        assert!(!chooses("--all-features"));
    }
}
