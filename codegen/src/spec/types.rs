//! Enums, domains and composite types.

use super::section::{section, table};
use super::{Check, Constant, List, Map, Text};

section! {
    /// An enum type: `CREATE TYPE … AS ENUM`. Models use it by its Rust name.
    Enum "an enum" {
        /// Documentation.
        doc: Text = "doc",
        /// The type's name in PostgreSQL. Default: the Rust name in snake case.
        ty: Text = "type",
        /// The PostgreSQL schema of the type. Default: that of `[database]`.
        schema: Text = "schema",
        /// The labels in their order, at least one.
        values: List<Text> = "values" required,
        /// Labels that got a new text, `old = "new"`, for the next migration. Spent where the old label is gone.
        renamed: Map<Text> = "renamed",
        /// The Rust name it had before: a rename, not drop and create.
        renamed_from: Text = "renamed_from",
    }
}

section! {
    /// A domain: a type with checks. Models use it by its Rust name.
    Domain "a domain" {
        /// Documentation.
        doc: Text = "doc",
        /// The type it is made of.
        ty: Text = "type" required,
        /// The domain's name in PostgreSQL. Default: the Rust name in snake case.
        name: Text = "name",
        /// The PostgreSQL schema of the domain. Default: that of `[database]`.
        schema: Text = "schema",
        /// Collation, if not the type's.
        collate: Text = "collate",
        /// Whether the domain itself takes no NULL. Default: `false`; it is the field that should say so.
        not_null: bool = "not_null",
        /// A constant that a column of this type gets where nothing is said.
        default: Constant = "default",
        /// An expression that a column of this type gets where nothing is said.
        default_sql: Text = "default_sql",
        /// Conditions; `VALUE` stands for the value.
        checks: List<Check> = "checks",
        /// The Rust name it had before.
        renamed_from: Text = "renamed_from",
    }
}

section! {
    /// A composite type: `CREATE TYPE … AS (…)`. Models use it by its Rust name.
    Composite "a composite type" {
        /// Documentation.
        doc: Text = "doc",
        /// The type's name in PostgreSQL. Default: the Rust name in snake case.
        ty: Text = "type",
        /// The PostgreSQL schema of the type. Default: that of `[database]`.
        schema: Text = "schema",
        /// The attributes, `name = "type"`, at least one.
        fields: Map<Text> = "fields" required,
        /// The Rust name it had before.
        renamed_from: Text = "renamed_from",
    }
}

table!(Enum, Domain, Composite);
