//! Functions, views and raw objects.

use super::section::{section, table};
use super::{List, Map, Text};

section! {
    /// A function carried as SQL.
    Function "a function" {
        /// Documentation; a comment of the function.
        doc: Text = "doc",
        /// The whole `CREATE FUNCTION` (or `PROCEDURE`, `AGGREGATE`) statement.
        sql: Text = "sql" required,
    }
}

section! {
    /// A view. With `fields` it is a typed read-only model.
    View "a view" {
        /// Documentation; a comment of the view.
        doc: Text = "doc",
        /// The query.
        sql: Text = "sql" required,
        /// The view's name in PostgreSQL. Default: its key.
        name: Text = "name",
        /// The PostgreSQL schema of the view. Default: that of `[database]`.
        schema: Text = "schema",
        /// Whether its rows are stored. Default: `false`.
        materialized: bool = "materialized",
        /// The columns, `name = "type"`, in the order of the query.
        fields: Map<Text> = "fields",
    }
}

section! {
    /// A whole object that nothing else can say.
    Raw "a raw object" {
        /// What it is for.
        doc: Text = "doc",
        /// How it is made: one statement or several.
        create: Text = "create" required,
        /// How it is removed.
        drop: Text = "drop",
        /// What it comes after: `"models.User"`, `"functions.slug"`, `"raw.other"`. Default: everything else.
        after: List<Text> = "after",
    }
}

table!(Function, View, Raw);
