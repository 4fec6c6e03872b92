//! Relations at work on a real PostgreSQL: from rows, in filters, through others, and loaded for many rows at once.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]
#![allow(
    dead_code,
    reason = "the helpers are those of the other tests of the corpus, and not all are needed here"
)]

#[path = "../ddl/cases.rs"]
mod cases;
#[path = "../rust/database.rs"]
mod database;
mod keys;
mod loads;
mod platform;
