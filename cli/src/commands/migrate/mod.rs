//! `migrate`: the life of a schema.

mod compat;
mod database;
mod merge;
pub(super) mod new;

use super::{Failure, Outcome};
use crate::args::{Migrate, MigrateCommand, Place};
use crate::migrate::proof;
use crate::project::Project;
use crate::server::{self, Keep, find};
use crate::testing::Cluster;
use std::path::PathBuf;
use std::time::Duration;

pub(super) fn run(args: Migrate) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match args.command {
            MigrateCommand::New(args) => new::run(&args).await,
            MigrateCommand::Rewrite(args) => new::rewrite(&args).await,
            MigrateCommand::Rebase(args) => merge::rebase(&args).await,
            MigrateCommand::Squash(args) => merge::squash(&args).await,
            MigrateCommand::Status(args) => database::status(&args).await,
            MigrateCommand::Run(args) => database::run(&args).await,
            MigrateCommand::Down(args) => database::down(&args).await,
            MigrateCommand::Baseline(args) => database::baseline(&args).await,
            MigrateCommand::Compat(args) => compat::run(&args).await,
        }
    })
}

/// The folder of the migrations of a folder of generated files.
pub(super) fn folder(out: Option<&PathBuf>, place: &Place) -> Result<PathBuf, Failure> {
    let generated = match out {
        Some(out) => out.clone(),
        None => super::spec::generated(place)?,
    };
    Ok(generated.join("migrations"))
}

/// A server for a proof, where one is at hand: that of `DATABASE_URL`, or one that the machine's own programs run. Nothing is
/// fetched for it.
async fn server_at_hand(wanted: bool) -> Result<Option<Cluster>, Failure> {
    if let Some(url) = super::db::given_url() {
        return Ok(Some(Cluster::for_a_command(&url, None).await?));
    }
    let project = Project::here()?;
    let runs = matches!(server::status(&project), Ok(Some(_)));
    if !wanted && !runs && find::installed(&|_| Ok(())).is_err() {
        return Ok(None);
    }
    let started = server::start(&project, Keep::WhileUsed(Duration::ZERO));
    match started {
        Ok((running, lease)) => Ok(Some(
            Cluster::for_a_command(&running.url("postgres"), lease).await?,
        )),
        Err(error) if wanted => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// Says what a proof found.
pub(super) fn show_wrong(wrong: &proof::Wrong) {
    for line in wrong {
        anstream::eprintln!("  {line}");
    }
}
