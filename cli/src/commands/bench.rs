//! `bench`: the project's benchmarks, in a package of their own, so that no user ever builds it.

use super::child::{self, Server};
use super::{Failure, Outcome};
use crate::args::Bench;
use crate::project::Project;
use crate::ui::DIM;

pub(super) fn run(args: &Bench) -> Result<Outcome, Failure> {
    let project = Project::here()?;
    let manifest = project.root.join("bench/Cargo.toml");
    if !manifest.is_file() {
        return Err(Failure::from(format!(
            "there is no `{}`\nhelp: benchmarks are a package of their own in `bench/`; its program gets the \
             benchmark's name as the first argument and a server's address in DATABASE_URL",
            manifest.display()
        )));
    }
    let server = Server::start(&project)?;
    anstream::eprintln!("{DIM}measuring on {}{DIM:#}", server.name());
    let mut command = server.cargo(&project);
    command
        .args(["run", "--quiet", "--release", "--manifest-path"])
        .arg(manifest)
        // Beside everything else that is built, where `cargo clean` finds it.
        .arg("--target-dir")
        .arg(project.root.join("target/bench"))
        .arg("--")
        .args(&args.arguments);
    child::run(command)
}
