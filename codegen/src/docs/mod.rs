//! Documentation: the language's JSON Schema and reference page, and the page of a schema.

mod types;

pub use types::type_text;
