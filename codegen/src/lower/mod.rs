//! From the spec to the schema: names resolved, defaults filled in.

pub mod index_part;
pub mod types;
