//! Queries at work on a real PostgreSQL: filters, orders, pages, over the platform and over specs of the corpus.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]
#![allow(
    dead_code,
    reason = "the helpers are those of the other tests of the corpus, and not all are needed here"
)]

#[path = "../ddl/cases.rs"]
mod cases;
#[path = "../rust/database.rs"]
mod database;
mod expressions;
mod filters;
mod pages;
mod selections;
