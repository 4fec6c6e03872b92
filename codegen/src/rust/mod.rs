//! From the schema to Rust.

pub mod names;
