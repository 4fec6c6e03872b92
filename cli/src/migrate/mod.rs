//! Migrations on disk and on a server: their history, the proof, and running them.

pub(crate) mod compat;
pub mod history;
pub mod module;
pub mod proof;
pub mod record;
pub mod rows;
pub mod runner;
pub mod snapshot;
pub mod truth;
mod values;

use std::path::PathBuf;

/// Why migrations could not be read, proven or run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried with it.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The history does not say what it should.
    #[error("{text}\nhelp: {help}")]
    History {
        /// What is wrong.
        text: String,
        /// What to do.
        help: String,
    },
    /// The server for the proof.
    #[error(transparent)]
    Testing(#[from] crate::testing::Error),
    /// The server refused something.
    #[error("cannot {doing}: {}", crate::said::Said(source))]
    Database {
        /// What.
        doing: String,
        /// What it said.
        source: sqlx::Error,
    },
}

impl Error {
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }

    pub(crate) fn history(text: impl Into<String>, help: impl Into<String>) -> Self {
        Self::History {
            text: text.into(),
            help: help.into(),
        }
    }

    pub(crate) fn doing(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Database { doing, source }
    }
}
