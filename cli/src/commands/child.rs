//! Running the project's own programs by cargo, with a server for them.

use super::{Failure, Outcome, db};
use crate::project::Project;
use crate::server::{self, Keep, Lease, Running};
use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

/// A server for a child: what `DATABASE_URL` names, else the project's own, which stops with this value.
pub(super) struct Server {
    /// Its address.
    pub(super) url: String,
    running: Option<Running>,
    _lease: Option<Lease>,
}

impl Server {
    /// Starts the server, unless one is given.
    pub(super) fn start(project: &Project) -> Result<Self, Failure> {
        if let Some(url) = db::given_url() {
            return Ok(Self {
                url,
                running: None,
                _lease: None,
            });
        }
        let (running, lease) = server::start(project, Keep::WhileUsed(Duration::ZERO))?;
        Ok(Self {
            url: running.url("postgres"),
            running: Some(running),
            _lease: lease,
        })
    }

    /// What it is, for people.
    pub(super) fn name(&self) -> String {
        match &self.running {
            Some(running) => format!("PostgreSQL {} of this project", running.version),
            None => "the server of DATABASE_URL".to_string(),
        }
    }

    /// Cargo in the project's root, with the server's address and programs.
    pub(super) fn cargo(&self, project: &Project) -> Command {
        let mut command = cargo(project);
        command.env("DATABASE_URL", &self.url);
        if let Some(running) = &self.running
            && running.libraries.is_empty()
        {
            // After the user's own, for programs such as psql and pgbench.
            let path = std::env::var_os("PATH").unwrap_or_default();
            let folders = std::env::split_paths(&path).chain([running.bin.clone()]);
            if let Ok(path) = std::env::join_paths(folders) {
                command.env("PATH", path);
            }
        }
        command
    }
}

/// Cargo in the project's root: the one that runs this command, if one does.
fn cargo(project: &Project) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(&project.root);
    // What cargo says of the package of this command is not true of the child's.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command to its end.
pub(super) fn run(mut command: Command) -> Result<Outcome, Failure> {
    let status = command.status().map_err(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        Failure::from(format!(
            "cannot run `{program}`: {error}\nhelp: install Rust from https://rustup.rs"
        ))
    })?;
    Ok(if status.success() {
        Outcome::Good
    } else {
        Outcome::Bad
    })
}
