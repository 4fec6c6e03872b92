//! `drift` as its users see it: on a live database that was changed by hand in one way after the other.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod changes;
mod fix;
mod found;
mod project;
