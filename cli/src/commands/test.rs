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
    command.arg("test");
    if !chooses_packages(&args.arguments) {
        command.arg("--workspace");
    }
    command.args(&args.arguments);
    child::run(command)
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
