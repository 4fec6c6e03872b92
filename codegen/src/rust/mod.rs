//! From the schema to Rust.
