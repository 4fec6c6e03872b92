//! The generated Rust at work on a real PostgreSQL: values of every type, there and back, and keys of every shape.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]
#![allow(
    dead_code,
    reason = "the helpers are those of the other tests of the corpus, and not all are needed here"
)]

#[path = "../ddl/cases.rs"]
mod cases;
#[path = "../rust/database.rs"]
mod database;
mod domains;
mod json;
mod keys;
mod labels;
mod many;
mod nested;
mod platform;
mod queries;
mod samples;
mod types;

/// What a column of the corpus holds as JSON.
#[derive(Clone, Debug, pgwright::serde::Serialize, pgwright::serde::Deserialize)]
#[serde(crate = "pgwright::serde")]
pub(crate) struct Settings {
    pub(crate) size: i32,
}
