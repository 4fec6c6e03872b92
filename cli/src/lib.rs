//! What the `pgwright` command is made of, and the test help that a project's own tests use.
//!
//! - [`server`]: a PostgreSQL of the project's own, found or fetched, started and stopped.
//! - [`testing`]: a database per test, cloned from a template.
//! - [`dump`]: what pg_dump says of a database.
//! - [`files`]: generated files against the disk.
//! - [`inspect`]: a database against the spec.
//! - [`commands`]: what the command line can do.

pub mod args;
pub mod commands;
pub mod dump;
pub mod files;
pub mod inspect;
pub mod manifest;
pub mod migrate;
mod mount;
pub mod project;
mod said;
pub mod script;
pub mod server;
pub mod testing;
pub mod ui;
