//! The language's JSON Schema and reference page, and pages about the schema.
