//! A model for the examples of the documentation, as generated code would have it.

use crate::types::DateTime;
use crate::{ColumnInfo, Model, Query, Result, Row, Rule, Spec, Table};

/// Somebody.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "for examples alone")]
pub struct User {
    pub id: i64,
    pub email: String,
    pub full_name: Option<String>,
    pub created_at: DateTime,
}

impl Model for User {
    const NAME: &'static str = "User";
    const RULES: &'static [Rule] = &[];
    const SPEC: &'static Spec = &Spec {
        rules: &[],
        types: &[],
        statements: 0,
    };
    const TABLE: &'static Table = &Table {
        name: "public.users",
        select: "id, email, full_name, created_at",
        columns: &[
            ColumnInfo::new("id"),
            ColumnInfo::new("email"),
            ColumnInfo::nullable("full_name"),
            ColumnInfo::new("created_at"),
        ],
        key: &[0],
        shown: "",
        indexes: &[&["id"]],
    };

    fn read_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            email: row.get(1)?,
            full_name: row.get(2)?,
            created_at: row.get(3)?,
        })
    }
}

impl User {
    /// Rows to be asked for.
    pub fn query() -> Query<Self> {
        Query::new()
    }
}

/// The columns of a [`User`].
#[allow(missing_docs, non_upper_case_globals, reason = "for examples alone")]
pub mod user {
    use super::User;
    use crate::types::DateTime;
    use crate::{Column, Null};

    pub const id: Column<User, i64> = Column::new(0);
    pub const email: Column<User, String> = Column::new(1);
    pub const full_name: Column<User, String, Null> = Column::new(2);
    pub const created_at: Column<User, DateTime> = Column::new(3);
}
