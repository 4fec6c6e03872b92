//! Rules over the whole schema: whatever PostgreSQL would refuse at load, and whatever could make a backend fail or a
//! maintained column wrong. A file for each family.

mod report;
pub mod write_graph;

pub(crate) use report::Report;

use crate::diag::Diagnostic;
use crate::schema::Schema;
use crate::source::Spans;

/// Every mistake of a schema that its parts alone do not show.
#[must_use]
pub fn verify(schema: &Schema, spans: &Spans) -> Vec<Diagnostic> {
    let mut report = Report::new(schema, spans);
    write_graph::check(&mut report);
    report.into_diagnostics()
}
