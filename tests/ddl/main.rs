//! The corpus `tests/cases/`, pure and live: the DDL of each spec as a snapshot, and loaded into a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "an unwrap in a test is an assertion")]

mod cases;
mod checked;
mod expect;
mod live;
mod purge;
mod quoting;
mod random;
mod snapshots;
