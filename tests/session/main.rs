//! The pool, transactions and errors at work on a real PostgreSQL, with connections that die and sessions that meet.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod bouncer;
mod errors;
mod meeting;
mod pgbouncer;
mod pool;
mod samples;
mod support;
mod transactions;
