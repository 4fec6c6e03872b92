//! Queues on a real PostgreSQL: no job is lost, none is held twice, and who lost one cannot settle it.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod claims;
mod fair;
mod held;
mod killed;
mod shapes;
mod support;
mod waiting;
mod workers;
