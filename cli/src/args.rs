//! The words of the command line.

mod migrate;

pub use migrate::*;

use clap::{Args as Group, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  what was looked at is not as it should be: errors in the spec, stale files, a drifted database, failed tests
  2  the command could not do its work: wrong arguments, a file that cannot be read, no server

Environment:
  DATABASE_URL         a server to use instead of the project's own
  PGWRIGHT_PG_BIN      the folder of `initdb` and `postgres`
  PGWRIGHT_CACHE       where a fetched PostgreSQL is kept
  PGWRIGHT_SOCKET_DIR  a short path for the local server's socket (default /tmp)
  PGWRIGHT_INSTALL=1   allows to install PostgreSQL with the system's package manager
  NO_COLOR=1           no colours";

/// One file says what the database holds; this command writes the rest and looks after it.
#[derive(Debug, Parser)]
#[command(name = "pgwright", version, about, after_help = EXIT_CODES, propagate_version = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the DDL, the triggers, the Rust and the documentation
    #[command(after_help = "\
Examples:
  pgwright gen                      write generated/ from schema.toml
  pgwright gen --check              fail if generated/ is not what schema.toml says (for CI)
  pgwright gen --spec db/app.toml --out src/db

Where Cargo.toml says another folder than `generated`, every command finds it:

  [package.metadata.pgwright]
  out = \"src/db\"

Only files whose contents change are written, all of them or none. Files that an earlier run made and nothing makes
any more are removed; files that pgwright did not make, and everything below migrations/, are left alone.")]
    Gen(Gen),
    /// Run a PostgreSQL of the project's own
    #[command(after_help = "\
Examples:
  pgwright db start                 start it, or say that it runs; it stays until `db stop`
  psql \"$(pgwright db url)\"         its address, for any program
  pgwright db psql                  a prompt on it
  pgwright db stop                  stop it and remove its data

The data is made for this project, below target/pgwright/, and is thrown away by `db stop`.")]
    Db(Db),
    /// Look whether a database is what the spec says: triggers, maintained columns, raw SQL
    #[command(after_help = "\
Examples:
  pgwright check                    a new database on the local server: does the spec load and hold?
  pgwright check --url postgres://app@db.example/app
  pgwright check --json | jq '.maintained[] | select(.wrong > 0)'")]
    Check(Check),
    /// List what differs between a database and the spec, object by object
    #[command(after_help = "\
Examples:
  pgwright drift postgres://app@db.example/app
  pgwright drift --json | jq '.drift[] | select(.kind == \"trigger\")'     with DATABASE_URL set

Nothing is changed. Objects that the spec does not know and that are on none of its tables are listed and are no drift.
With `--fix` the way back is written as a migration, which other databases run unharmed; what the spec does not know stays
unless `--drop` names it.
The spec is loaded into a new database on the project's own server, or on that of `--reference`, and both are asked the
same: a server of the same major version gives the sharpest answer.")]
    Drift(Drift),
    /// Plan, prove, write and run migrations
    #[command(after_help = "\
Examples:
  pgwright migrate new add_nicknames           from what the migrations lead to, to what schema.toml says
  pgwright migrate new drop_notes --drop Note  what goes with its data is named
  pgwright migrate status --url postgres://app@db.example/app
  pgwright migrate run --url postgres://app@db.example/app

Planning needs no database. Where a PostgreSQL is at hand, the migration is proven on it before it is written.")]
    Migrate(Migrate),
    /// Write the spec of a database that is already there
    #[command(after_help = "\
Examples:
  pgwright import postgres://app@db.example/app --out schema.toml
  pgwright import $DATABASE_URL --no-proof | less

The database is only read. What the language has no words for is written under [raw] as SQL; what cannot be said there
stops the import by name. Then the spec is proven: it is loaded into a new database on the project's own server, or on that
of `--reference`, and both catalogs are compared.")]
    Import(Import),
    /// Run the tests of the workspace, with a server
    #[command(after_help = "\
Examples:
  pgwright test                     `cargo test --workspace`, with a PostgreSQL for it
  pgwright test ledger              only tests with that word in their name
  pgwright test -p my-crate --lib
  pgwright test -- --nocapture      after `--`: arguments for the tests themselves")]
    Test(Test),
    /// Run the project's demonstration from nothing: generate, start a server, apply, use it, check it
    #[command(after_help = "\
The demonstration is the project's own: the example `demo` of its root package, or what Cargo.toml says:

  [package.metadata.pgwright]
  demo = [\"run\", \"--example\", \"tour\"]        # arguments for cargo

It finds an empty database's address in DATABASE_URL, and the DDL's path in PGWRIGHT_SCHEMA_SQL.")]
    Demo(Demo),
    /// Run one of the project's benchmarks, on a server of its own
    #[command(after_help = "\
Examples:
  pgwright bench triggers           `cargo run --release` in bench/, with the name as its first argument")]
    Bench(Bench),
}

/// Where the spec is and where its files go.
#[derive(Clone, Debug, Group)]
pub struct Place {
    /// The spec
    #[arg(long, value_name = "FILE", default_value = "schema.toml")]
    pub spec: PathBuf,
}

/// Arguments of `gen`.
#[derive(Debug, Group)]
pub struct Gen {
    /// Where the spec is.
    #[command(flatten)]
    pub place: Place,
    /// The folder of the generated files [default: what Cargo.toml says, else `generated`, beside the spec]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing; fail if a file is changed, missing or left over
    #[arg(long)]
    pub check: bool,
    /// Write the result as JSON to standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `db`.
#[derive(Debug, Group)]
pub struct Db {
    /// What to do with it.
    #[command(subcommand)]
    pub command: DbCommand,
}

/// What to do with the local server.
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Start it, unless it runs
    Start {
        /// Write the result as JSON
        #[arg(long)]
        json: bool,
        /// Allow to install PostgreSQL with the system's package manager, if there is no other way
        #[arg(long, env = "PGWRIGHT_INSTALL", value_parser = clap::builder::FalseyValueParser::new())]
        install: bool,
    },
    /// Stop it and remove its data
    Stop,
    /// Say whether it runs; exit code 1 if it does not
    Status {
        /// Write the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the address of a database on it; exit code 1 if it does not run
    Url {
        /// The database
        #[arg(default_value = "postgres")]
        database: String,
    },
    /// Open a prompt on it
    Psql {
        /// Arguments for psql, such as `-d NAME` or `-c 'SELECT 1'`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// Arguments of `check`.
#[derive(Debug, Group)]
pub struct Check {
    /// Where the spec is.
    #[command(flatten)]
    pub place: Place,
    /// The database to look at [default: DATABASE_URL, else a new one on the local server]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// A server on which a new database is made to compare with, and dropped again [default: the local server]
    #[arg(long, value_name = "URL")]
    pub reference: Option<String>,
    /// Write the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `drift`.
#[derive(Debug, Group)]
pub struct Drift {
    /// Where the spec is.
    #[command(flatten)]
    pub place: Place,
    /// The database to look at [default: DATABASE_URL]
    #[arg(env = "DATABASE_URL", hide_env_values = true)]
    pub url: String,
    /// A server on which a new database is made to compare with, and dropped again [default: the local server]
    #[arg(long, value_name = "URL")]
    pub reference: Option<String>,
    /// Write the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the migration that brings the database back, behind the others, or to a file of its own: `--fix=FILE`
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[allow(
        clippy::option_option,
        reason = "clap's way to say that the value may be left out"
    )]
    pub fix: Option<Option<PathBuf>>,
    /// The name of the migration
    #[arg(
        long,
        value_name = "NAME",
        default_value = "fix_drift",
        requires = "fix"
    )]
    pub name: String,
    /// The folder of the generated files, which holds `migrations/` [default: what Cargo.toml says, else `generated`, beside the spec]
    #[arg(long, value_name = "DIR", requires = "fix")]
    pub out: Option<PathBuf>,
    /// What the spec does not know and may go: `"trigger public.users.audit"`, as it is listed
    #[arg(long, value_name = "OBJECT", requires = "fix")]
    pub drop: Vec<String>,
    /// A hazard that may remain: `rewrite`, `blocks-reads`, `blocks-writes`, or `all`
    #[arg(long, value_name = "HAZARD", requires = "fix")]
    pub allow: Vec<String>,
}

/// Arguments of `import`.
#[derive(Debug, Group)]
pub struct Import {
    /// The database to read [default: DATABASE_URL]
    #[arg(env = "DATABASE_URL", hide_env_values = true)]
    pub url: String,
    /// The file to write, which must not be there yet [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The PostgreSQL schema of everything that names no other [default: the one with most tables]
    #[arg(long, value_name = "SCHEMA")]
    pub schema: Option<String>,
    /// A server on which a new database is made to prove the spec, and dropped again [default: the local server]
    #[arg(long, value_name = "URL")]
    pub reference: Option<String>,
    /// Do not load the spec into a new database to prove it
    #[arg(long)]
    pub no_proof: bool,
}

/// Arguments of `test`.
#[derive(Debug, Group)]
pub struct Test {
    /// Arguments for `cargo test`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

/// Arguments of `demo`.
#[derive(Debug, Group)]
pub struct Demo {
    /// Where the spec is.
    #[command(flatten)]
    pub place: Place,
    /// Arguments for the demonstration
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

/// Arguments of `bench`.
#[derive(Debug, Group)]
pub struct Bench {
    /// The benchmark and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Args::command().debug_assert();
    }
}
