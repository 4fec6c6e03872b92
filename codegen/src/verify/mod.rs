//! Rules over the whole schema: whatever PostgreSQL would refuse at load, and whatever could make a backend fail or a
//! maintained column wrong. A file for each family.

mod access;
mod classes;
mod columns;
mod conditions;
mod emitted;
mod keys;
mod lists;
mod lookups;
mod maintained;
mod names;
mod partitions;
mod references;
mod report;
mod rules;
mod rust_names;
mod sql_trigger;
mod statistics;
mod storage;
mod types;
pub mod write_graph;

pub(crate) use report::Report;

use crate::diag::Diagnostic;
use crate::schema::Schema;
use crate::source::Spans;

/// Every mistake of a schema that its parts alone do not show.
#[must_use]
pub fn verify(schema: &Schema, spans: &Spans) -> Vec<Diagnostic> {
    let mut report = Report::new(schema, spans);
    names::check(&mut report);
    rust_names::check(&mut report);
    columns::check(&mut report);
    conditions::check(&mut report);
    keys::check(&mut report);
    partitions::check(&mut report);
    storage::check(&mut report);
    statistics::check(&mut report);
    references::check(&mut report);
    maintained::check(&mut report);
    rules::check(&mut report);
    sql_trigger::check(&mut report);
    access::check(&mut report);
    write_graph::check(&mut report);
    report.into_diagnostics()
}

/// Names that clash only in what is made of a schema, and what is slow in what is right. Asked of a schema without errors:
/// backends read it.
#[must_use]
pub fn verify_emitted(schema: &Schema, spans: &Spans) -> Vec<Diagnostic> {
    let mut report = Report::new(schema, spans);
    emitted::check(&mut report);
    lists::check(&mut report);
    lookups::check(&mut report);
    report.into_diagnostics()
}
