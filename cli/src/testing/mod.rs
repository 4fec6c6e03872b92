//! A real PostgreSQL for tests: one server for a run, a database for each test.
//!
//! ```no_run
//! # async fn example() -> Result<(), pgwright_cli::testing::Error> {
//! use pgwright_cli::testing;
//!
//! // Loaded once, cloned for every test, dropped when `db` goes.
//! let db = testing::database("CREATE TABLE t (n int);").await?;
//! let mut connection = db.connect().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The server is `DATABASE_URL` if that is set, else the project's own ([`crate::server`]): started by the first test
//! process that needs it, stopped a moment after the last, even if that was killed. Works under `cargo test` and under
//! runners that start a process for each test.

mod address;
mod cluster;
mod database;
mod template;

pub(crate) use cluster::quoted;
pub use cluster::{Cluster, OWNER};
pub use database::Database;
pub(crate) use template::place;

/// Why there is no database for a test.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The local server.
    #[error(transparent)]
    Server(#[from] crate::server::Error),
    /// The project around the working directory.
    #[error("cannot find the project: {0}")]
    Project(#[from] std::io::Error),
    /// `DATABASE_URL` is not an address.
    #[error(
        "DATABASE_URL is not an address of PostgreSQL: {0}\nhelp: `postgres://user:password@host:port/database`"
    )]
    Url(sqlx::Error),
    /// The server refused something.
    #[error("cannot {doing}: {}", crate::said::Said(source))]
    Database {
        /// What.
        doing: String,
        /// What it said.
        source: sqlx::Error,
    },
    /// The SQL of a template does not load.
    #[error("the SQL of the template does not load: {message}")]
    Load {
        /// What the server said, with line and column where it named a place.
        message: String,
        /// The error.
        source: sqlx::Error,
    },
}

impl Error {
    pub(crate) fn doing(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Database { doing, source }
    }
}

/// A database of its own for a test: a clone of a template into which `sql` was loaded once, by a role that owns the
/// database and is no superuser.
///
/// # Errors
/// When there is no server, or the SQL does not load.
pub async fn database(sql: &str) -> Result<Database, Error> {
    Cluster::shared().await?.database(sql).await
}
