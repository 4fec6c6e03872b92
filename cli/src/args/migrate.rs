//! The words of `migrate`.

use super::Place;
use clap::{Args as Group, Subcommand, ValueEnum};
use pgwright_codegen::plan;
use std::path::PathBuf;

/// Arguments of `migrate`.
#[derive(Debug, Group)]
pub struct Migrate {
    /// What to do.
    #[command(subcommand)]
    pub command: MigrateCommand,
}

/// What to do with migrations.
#[derive(Debug, Subcommand)]
pub enum MigrateCommand {
    /// Write a migration from what the last one leads to, to what the spec says
    New(MigrateNew),
    /// Write the last migration again, with its data steps and what was said of it: it must not have been applied anywhere
    Rewrite(Planning),
    /// After a merge: plan our migrations again, behind theirs
    Rebase(Planning),
    /// Put one migration in the place of all
    Squash(MigrateSquash),
    /// Say which migrations there are, whether they are what they were, and which a database has; exit code 1 if any waits
    Status(MigrateStatus),
    /// Apply the migrations that a database does not have yet
    Run(MigrateDatabase),
    /// Take the last migration back
    Down(MigrateDown),
    /// Adopt a database that is what the migrations lead to
    Baseline(MigrateDatabase),
    /// Say which statements of the last release break on the new schema, and which new ones on the old
    Compat(MigrateCompat),
}

/// Arguments of `migrate new`.
#[derive(Debug, Group)]
pub struct MigrateNew {
    /// Its name, as `add_nicknames`
    pub name: String,
    /// How it is planned.
    #[command(flatten)]
    pub planning: Planning,
}

/// What triggers do while a migration writes rows that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Triggers {
    /// They run
    #[default]
    Run,
    /// They are disabled by name, in each transaction that writes such rows
    Skip,
    /// The same, and what they keep true is repaired afterwards
    Recompute,
}

impl Triggers {
    /// The word of it.
    #[must_use]
    pub fn word(self) -> &'static str {
        plan::Triggers::from(self).code()
    }

    /// The value of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::from_str(word, false).ok()
    }
}

impl From<Triggers> for plan::Triggers {
    fn from(triggers: Triggers) -> Self {
        match triggers {
            Triggers::Run => Self::Run,
            Triggers::Skip => Self::Skip,
            Triggers::Recompute => Self::Recompute,
        }
    }
}

/// How a migration is planned.
#[derive(Clone, Debug, Group)]
pub struct Planning {
    /// Where the spec is.
    #[command(flatten)]
    pub place: Place,
    /// The folder of the generated files, which holds `migrations/` [default: what Cargo.toml says, else `generated`, beside the spec]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What may go with its data: `Model`, `Model.field`, `Model.partition`, `Enum.label`, `raw.name`
    #[arg(long, value_name = "NAME")]
    pub drop: Vec<String>,
    /// A hazard that may remain: `rewrite`, `blocks-reads`, `blocks-writes`, or `all`
    #[arg(long, value_name = "HAZARD")]
    pub allow: Vec<String>,
    /// What triggers do while rows that are there get values [default: run]
    #[arg(long, value_enum)]
    pub triggers: Option<Triggers>,
    /// Prove it, and fetch a PostgreSQL for that if none is at hand
    #[arg(long, conflicts_with = "no_proof")]
    pub proof: bool,
    /// Write it without a proof
    #[arg(long)]
    pub no_proof: bool,
}

/// Arguments of `migrate squash`.
#[derive(Debug, Group)]
pub struct MigrateSquash {
    /// The name of the one migration
    #[arg(default_value = "init")]
    pub name: String,
    /// Where the spec is.
    #[command(flatten)]
    pub place: Place,
    /// The folder of the generated files, which holds `migrations/` [default: what Cargo.toml says, else `generated`, beside the spec]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A database, and the history that it is held against.
#[derive(Debug, Group)]
pub struct MigrateDatabase {
    /// Where the spec is.
    #[command(flatten)]
    pub place: Place,
    /// The folder of the generated files, which holds `migrations/` [default: what Cargo.toml says, else `generated`, beside the spec]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The database [default: DATABASE_URL]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub url: Option<String>,
}

/// Arguments of `migrate status`.
#[derive(Debug, Group)]
pub struct MigrateStatus {
    /// The database and the history.
    #[command(flatten)]
    pub database: MigrateDatabase,
}

/// Arguments of `migrate down`.
#[derive(Debug, Group)]
pub struct MigrateDown {
    /// The database and the history.
    #[command(flatten)]
    pub database: MigrateDatabase,
    /// Take back every migration after this version [default: the last one alone]
    #[arg(long, value_name = "VERSION")]
    pub to: Option<i64>,
}

/// Arguments of `migrate compat`.
#[derive(Debug, Group)]
pub struct MigrateCompat {
    /// Where the spec is.
    #[command(flatten)]
    pub place: Place,
    /// The spec of the last release, from git: a tag, branch or commit
    #[arg(long, value_name = "REF", conflicts_with = "from")]
    pub tag: Option<String>,
    /// The spec of the last release, from a file
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Write the result as JSON
    #[arg(long)]
    pub json: bool,
}
