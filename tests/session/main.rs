//! The pool, transactions and errors at work on a real PostgreSQL, with connections that die and sessions that meet.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod bouncer;
mod commit;
mod errors;
mod meeting;
mod pgbouncer;
mod pool;
mod reads;
mod replica;
mod samples;
mod server;
mod support;
mod tls;
mod transactions;
