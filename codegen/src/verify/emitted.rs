//! Functions and triggers of the database that the compiler and the author would give one name.

use super::Report;
use crate::ddl;
use crate::diag::{Diagnostic, Span};
use crate::fragment;
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{Event, Schema};

pub(super) fn check(report: &mut Report<'_>) {
    let mut functions: Vec<(String, String, Span)> = Vec::new();
    let mut triggers: Vec<CreateTrigger> = Vec::new();
    let authors = report.schema.functions.iter().map(|function| {
        let arguments = fragment::arguments(function.sql.as_str());
        (
            function.function.to_string(),
            arguments,
            report.spans.at(&["functions", &function.name]),
        )
    });
    functions.extend(authors);
    let mut clashes: Vec<(String, Span, Span)> = Vec::new();
    for index in 1..functions.len() {
        let (name, arguments, span) = &functions[index];
        let same =
            |(other, others, _): &&(String, String, Span)| other == name && others == arguments;
        if let Some((.., first)) = functions[..index].iter().find(same) {
            clashes.push((
                format!("there are two functions `{name}` with the same arguments"),
                span.clone(),
                first.clone(),
            ));
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
                let own = span_of(report.schema, report, function.name.name.as_str());
                let first = functions
                    .iter()
                    .find(|(other, others, _)| *other == name && *others == arguments);
                match first {
                    Some((.., first)) => clashes.push((
                        format!("two functions would be `{name}`"),
                        own.unwrap_or_else(|| first.clone()),
                        first.clone(),
                    )),
                    None => functions.push((name, arguments, own.unwrap_or(0..0))),
                }
            }
            Statement::CreateTrigger(trigger) => {
                let first = triggers
                    .iter()
                    .any(|first| first.table == trigger.table && first.name == trigger.name);
                if first {
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
                triggers.push(trigger);
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
