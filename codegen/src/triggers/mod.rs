//! What the database keeps true by itself: a file for each kind.

use crate::pg::Statement;
use crate::schema::Schema;

/// Functions and triggers, in an order that loads.
#[must_use]
pub fn statements(_schema: &Schema) -> Vec<Statement> {
    Vec::new()
}
