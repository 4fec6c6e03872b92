//! The spec: exactly what the author wrote, with spans.
//!
//! The types here are the definition of the language. Each table of the file is one `section!` with its
//! keys, their documentation and their types; the reader, the JSON Schema and the reference page are all made from it.

mod access;
mod constraint;
mod field;
mod hints;
mod model;
mod objects;
mod parse;
pub mod reader;
mod recover;
mod section;
pub mod shape;
mod trigger;
mod types;
mod value;

pub use access::*;
pub use constraint::*;
pub use field::*;
pub use model::*;
pub use objects::*;
pub use parse::*;
pub use recover::Lost;
pub use trigger::*;
pub use types::*;
pub use value::*;

use section::{section, table};

section! {
    /// The whole file.
    Spec "the file" {
        /// The version of this language: 1.
        version: i64 = "version" required,
        /// The database as a whole.
        database: Database = "database",
        /// Enum types, by their Rust names.
        enums: Map<Enum> = "enums",
        /// Domains, by their Rust names: types with checks.
        domains: Map<Domain> = "domains",
        /// Composite types, by their Rust names.
        composites: Map<Composite> = "composites",
        /// Functions carried as SQL, by their names.
        functions: Map<Function> = "functions",
        /// Models, by their Rust names: tables and the types of their rows.
        models: Map<Model> = "models",
        /// What the database keeps true by itself, by names that the author chooses.
        triggers: Map<Trigger> = "triggers",
        /// Views, by their names.
        views: Map<View> = "views",
        /// Whole objects that nothing else can say, in order, by names that the author chooses.
        raw: Map<Raw> = "raw",
    }
}

section! {
    /// The database as a whole.
    Database "`[database]`" {
        /// The database's name, for documentation and as the default name where a database is made. Default: `app`.
        name: Text = "name",
        /// Documentation.
        doc: Text = "doc",
        /// The PostgreSQL schema of everything that names no other. Default: `public`.
        schema: Text = "schema",
        /// Extensions that must be there: `CREATE EXTENSION IF NOT EXISTS`.
        extensions: List<Text> = "extensions",
    }
}

table!(Spec, Database);
