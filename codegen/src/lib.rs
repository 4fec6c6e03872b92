//! The compiler of pgwright: from `schema.toml` to DDL, triggers, Rust and documentation.
//!
//! Every stage is a plain function that takes a value and returns a value: text in, a map of path → contents out.
//! There is no I/O here, no clock and no environment.

pub mod ddl;
pub mod diag;
pub mod docs;
pub mod fragment;
pub mod ident;
pub mod lower;
pub mod pg;
pub mod rust;
pub mod schema;
pub mod source;
pub mod spec;
pub mod sql;
pub mod triggers;
pub mod verify;

use std::collections::BTreeMap;

/// Files to write: path below the output folder, with `/`, and contents.
pub type Output = BTreeMap<String, String>;
