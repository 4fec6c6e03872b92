//! Migrations on a real PostgreSQL: the old schema with the migration is the new schema, and back.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod beside;
mod cases;
mod chance;
mod corpus;
mod killed;
mod locks;
mod platform;
mod retype;
mod support;
mod triggers;
mod writers;
