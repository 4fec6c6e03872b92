//! The author's own triggers.

use super::super::context::Lowering;
use super::super::did_you_mean;
use crate::diag::{Diagnostic, Span};
use crate::fragment::Kind;
use crate::schema::{
    Deferrable, Event, FunctionId, Level, Run, RunFunction, SqlTrigger, Timing, TriggerTable,
};
use crate::source::Spanned;
use crate::spec::{self, ConstraintTime};

/// An `sql` trigger.
pub(super) fn trigger(cx: &mut Lowering<'_>, item: &spec::SqlTrigger) -> Option<SqlTrigger> {
    let on = table(cx, item.on.as_ref()?);
    let timing = item.timing.as_ref().map(|timing| match timing.value {
        spec::Timing::Before => Timing::Before,
        spec::Timing::After => Timing::After,
        spec::Timing::InsteadOf => Timing::InsteadOf,
    });
    let events = events(cx, item);
    let update_of = match (on, &item.update_of) {
        (Some(TriggerTable::Model(model)), Some(columns)) => cx.fields(model, &columns.value),
        _ => Vec::new(),
    };
    if let Some(columns) = &item.update_of
        && !events.contains(&Event::Update)
    {
        cx.report(
            Diagnostic::error(
                "update-of",
                "`update_of` is for a trigger that fires on `update`",
                columns.span.clone(),
            )
            .help("write `update` in `events`, or remove `update_of`"),
        );
    }
    let transition_table = item.old_table.as_ref().or(item.new_table.as_ref());
    let level = match &item.level {
        Some(level) => match level.value {
            spec::Level::Row => Level::Row,
            spec::Level::Statement => Level::Statement,
        },
        None if transition_table.is_some() || events.contains(&Event::Truncate) => Level::Statement,
        None => Level::Row,
    };
    let when = item.when.as_ref().map(|sql| cx.fragment(Kind::When, sql));
    let old_table = item.old_table.as_ref().map(|name| cx.ident(name));
    let new_table = item.new_table.as_ref().map(|name| cx.ident(name));
    let constraint = item
        .constraint
        .as_ref()
        .map(|constraint| match constraint.value {
            ConstraintTime::Deferred => Deferrable::Deferred,
            ConstraintTime::Deferrable => Deferrable::Immediate,
            ConstraintTime::Immediate => Deferrable::No,
        });
    let run = run(cx, item);
    Some(SqlTrigger {
        on: on?,
        timing: timing?,
        events,
        update_of,
        level,
        when,
        run: run?,
        old_table,
        new_table,
        constraint,
    })
}

fn table(cx: &mut Lowering<'_>, name: &Spanned<String>) -> Option<TriggerTable> {
    if let Some(&model) = cx.model_ids.get(&name.value) {
        return Some(TriggerTable::Model(model));
    }
    if let Some(view) = cx
        .schema
        .views
        .iter()
        .position(|view| view.name == name.value)
    {
        return Some(TriggerTable::View(view));
    }
    let views: Vec<String> = cx
        .schema
        .views
        .iter()
        .map(|view| view.name.clone())
        .collect();
    let known: Vec<&str> = views.iter().map(String::as_str).collect();
    if let Some(near) = crate::diag::nearest(&name.value, known) {
        cx.report(
            Diagnostic::error(
                "unknown-model",
                format!("there is no model or view `{}`", name.value),
                name.span.clone(),
            )
            .help(format!("did you mean `{near}`?")),
        );
    } else {
        cx.unknown_model(&name.value, name.span.clone());
    }
    None
}

fn events(cx: &mut Lowering<'_>, item: &spec::SqlTrigger) -> Vec<Event> {
    let mut events = Vec::new();
    let Some(written) = &item.events else {
        return events;
    };
    if written.value.is_empty() {
        cx.empty(
            &written.span,
            "the trigger fires on nothing",
            "write what it fires on: `events = [\"insert\"]`",
        );
    }
    for event in &written.value {
        let event = match event.value {
            spec::Event::Insert => Event::Insert,
            spec::Event::Update => Event::Update,
            spec::Event::Delete => Event::Delete,
            spec::Event::Truncate => Event::Truncate,
        };
        if !events.contains(&event) {
            events.push(event);
        }
    }
    events
}

fn run(cx: &mut Lowering<'_>, item: &spec::SqlTrigger) -> Option<Run> {
    match (&item.body, &item.function) {
        (Some(body), None) => {
            if let Some(args) = &item.args {
                cx.report(
                    Diagnostic::error(
                        "trigger-args",
                        "arguments are for a `function`, and this has a `body`",
                        args.span.clone(),
                    )
                    .help("remove `args`"),
                );
            }
            Some(Run::Body(cx.fragment(Kind::Body, body)))
        }
        (None, Some(name)) => {
            let function = function(cx, name)?;
            let args = item.args.iter().flat_map(|list| list.value.iter());
            Some(Run::Function {
                function,
                args: args.map(|arg| arg.value.clone()).collect(),
            })
        }
        (Some(body), Some(function)) => {
            cx.report(
                Diagnostic::error(
                    "trigger-run",
                    "the trigger has a body and a function",
                    function.span.clone(),
                )
                .also(body.span.clone(), "the body")
                .help("remove one of them"),
            );
            None
        }
        (None, None) => {
            let span: Span = item
                .kind
                .as_ref()
                .map(|kind| kind.span.clone())
                .unwrap_or_default();
            cx.report(
                Diagnostic::error("trigger-run", "the trigger runs nothing", span)
                    .help("write `body = \"BEGIN … END\"`, or `function = \"name\"`"),
            );
            None
        }
    }
}

/// A function of the spec by its key or by its name, or one that says its schema and comes from elsewhere.
fn function(cx: &mut Lowering<'_>, name: &Spanned<String>) -> Option<RunFunction> {
    let found = cx.schema.functions.iter().position(|function| {
        function.name == name.value
            || function.function.name.as_str() == name.value
            || function.function.to_string() == name.value
    });
    if let Some(index) = found {
        return Some(RunFunction::Spec(FunctionId(index)));
    }
    // A function that an extension or raw SQL brings cannot be known here.
    let elsewhere = name.value.contains('.')
        || !cx.schema.extensions.is_empty()
        || cx
            .spec
            .raw
            .as_ref()
            .is_some_and(|raw| !raw.value.0.is_empty())
        || name.value.ends_with("_trigger");
    if elsewhere {
        return Some(RunFunction::Other(cx.qualified_or_plain(name)));
    }
    let keys: Vec<String> = cx
        .schema
        .functions
        .iter()
        .map(|function| function.name.clone())
        .collect();
    let known: Vec<&str> = keys.iter().map(String::as_str).collect();
    let help = did_you_mean(&name.value, &known, || {
        format!("write it under `[functions.{}]`", name.value)
    });
    cx.report(
        Diagnostic::error(
            "unknown-function",
            format!("there is no function `{}`", name.value),
            name.span.clone(),
        )
        .help(help),
    );
    None
}
