//! Databases of every making become a spec, and the spec makes the same database again: by PostgreSQL's catalog, and by
//! pg_dump where there is one.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod cases;
mod dump;
mod offers;
mod rare;
mod real;
mod round;
mod size;
mod words;
