//! From the schema to the statements of `schema.sql`.
