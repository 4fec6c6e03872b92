//! A database against the spec: what should be in force, and is it?
//!
//! The spec is loaded into a new, empty database beside the one that is looked at. What the two catalogs say of
//! triggers, functions, constraints and indexes is compared as text: PostgreSQL itself writes both.

mod bodies;
mod catalog;
mod locate;
mod maintained;
mod reference;

pub use catalog::{Looked, State, compare, main_schema, read, replica_roles};
pub use maintained::{Column, Probe, Wrong, drift};
pub use reference::{Refusal, load, load_only, roles};

/// Why a database could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server for the new database.
    #[error(transparent)]
    Testing(#[from] crate::testing::Error),
    /// What the catalog says cannot be read.
    #[error(transparent)]
    Catalog(#[from] pgwright_codegen::introspect::CatalogError),
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
    fn doing(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Database { doing, source }
    }
}
