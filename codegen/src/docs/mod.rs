//! Documentation: the language's JSON Schema and reference page, and the page of a schema.

mod diagram;
mod json_schema;
mod markdown;
mod reference;
mod schema_page;
mod triggers;
mod types;

pub use json_schema::json_schema;
pub use reference::reference;
pub use schema_page::schema_page;
pub use types::type_text;

use crate::Output;
use crate::schema::Schema;

/// The files of documentation.
#[must_use]
pub fn emit(schema: &Schema) -> Output {
    [
        ("schema.schema.json", json_schema()),
        ("docs/language.md", reference()),
        ("docs/schema.md", schema_page(schema)),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into()
}
