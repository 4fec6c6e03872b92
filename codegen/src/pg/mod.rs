//! Statements of PostgreSQL: one struct and one `render` for each kind, a file each.

mod create_function;
mod create_trigger;
mod data_type;

pub use create_function::*;
pub use create_trigger::*;
pub use data_type::*;

use crate::sql::{Render, Sql};

/// Any statement that the compiler writes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each variant is the statement of that name, described at its type"
)]
pub enum Statement {
    CreateFunction(CreateFunction),
    CreateTrigger(CreateTrigger),
}

impl Render for Statement {
    fn render(&self, sql: &mut Sql) {
        match self {
            Self::CreateFunction(statement) => statement.render(sql),
            Self::CreateTrigger(statement) => statement.render(sql),
        }
    }
}
