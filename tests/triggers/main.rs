//! What the triggers promise, on a real PostgreSQL: after any statements, from any number of sessions, every maintained
//! column is what its definition says, and what must be refused is refused with an error that says which rule.
//!
//! `tests/cases/` has the plain cases of each kind; here is what needs several sessions, chance, or the fields of errors.

#![allow(clippy::unwrap_used, reason = "an unwrap in a test is an assertion")]

mod alone;
mod chance;
mod errors;
mod guard;
mod ledger;
mod names;
mod property;
mod repair;
mod sessions;
mod support;
mod turns;
