//! Functions and triggers of the database that the compiler and the author would give one name.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use crate::ddl;
use crate::diag::{Diagnostic, Span};
use crate::fragment;
use crate::pg::Statement;
use crate::schema::{Event, Schema};

pub(super) fn check(report: &mut Report<'_>) {
    // Name and arguments, and where the author wrote it; nothing where the compiler made it.
    let mut functions: BTreeMap<(String, String), Option<Span>> = BTreeMap::new();
    let mut triggers: BTreeSet<(String, String)> = BTreeSet::new();
    let mut clashes: Vec<(String, Span, Span)> = Vec::new();
    for function in &report.schema.functions {
        let span = report.spans.at(&["functions", &function.name]);
        let arguments = fragment::arguments(function.sql.as_str());
        match functions.entry((function.function.to_string(), arguments)) {
            Entry::Vacant(entry) => {
                entry.insert(Some(span));
            }
            Entry::Occupied(entry) => clashes.push((
                format!(
                    "there are two functions `{}` with the same arguments",
                    entry.key().0
                ),
                span.clone(),
                entry.get().clone().unwrap_or(span),
            )),
        }
    }
    for statement in ddl::statements(report.schema)
        .into_iter()
        .flat_map(|section| section.statements)
    {
        match statement {
            Statement::CreateFunction(function) => {
                let name = function.name.to_string();
                // Ours have none, or types that no function of the author's has.
                let types: Vec<String> = function
                    .arguments
                    .iter()
                    .map(|argument| argument.ty.to_string())
                    .collect();
                let arguments = types.join(", ");
                match functions.entry((name, arguments)) {
                    Entry::Vacant(entry) => {
                        entry.insert(None);
                    }
                    Entry::Occupied(entry) => {
                        let own = span_of(report.schema, report, function.name.name.as_str());
                        let first = entry.get().clone().or_else(|| own.clone()).unwrap_or(0..0);
                        clashes.push((
                            format!("two functions would be `{}`", entry.key().0),
                            own.unwrap_or_else(|| first.clone()),
                            first,
                        ));
                    }
                }
            }
            Statement::CreateTrigger(trigger) => {
                let key = (trigger.table.to_string(), trigger.name.to_string());
                if !triggers.insert(key) {
                    let span =
                        span_of(report.schema, report, trigger.name.as_str()).unwrap_or(0..0);
                    clashes.push((
                        format!(
                            "two triggers of `{}` would be `{}`",
                            trigger.table, trigger.name
                        ),
                        span.clone(),
                        span,
                    ));
                }
            }
            _ => {}
        }
    }
    for (message, span, first) in clashes {
        let diagnostic = Diagnostic::error("name-clash", message, span.clone())
            .help("set another name: `functions = { insert = \"…\" }` or `names = { insert = \"…\" }` of a trigger");
        report.push(if first == span {
            diagnostic
        } else {
            diagnostic.also(first, "the first of that name")
        });
    }
}

/// Where a trigger of the spec sets this name, or has it as its own.
fn span_of(schema: &Schema, report: &Report<'_>, name: &str) -> Option<Span> {
    let events = [
        (Event::Insert, "insert"),
        (Event::Update, "update"),
        (Event::Delete, "delete"),
        (Event::Truncate, "truncate"),
    ];
    // The last that sets it is the one that clashes.
    for trigger in schema.triggers.iter().rev() {
        for (event, word) in events {
            for (set, key) in [
                (trigger.functions.get(event), "functions"),
                (trigger.names.get(event), "names"),
            ] {
                if set.as_ref().is_some_and(|set| set.as_str() == name) {
                    return Some(report.spans.at(&["triggers", &trigger.name, key, word]));
                }
            }
        }
    }
    schema
        .triggers
        .iter()
        .rev()
        .find(|trigger| name.contains(trigger.name.as_str()))
        .map(|trigger| report.spans.key(&["triggers", &trigger.name]))
}
