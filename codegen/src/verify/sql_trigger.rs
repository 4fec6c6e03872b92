//! The author's own triggers: what PostgreSQL takes together.

use super::Report;
use crate::diag::Diagnostic;
use crate::fragment::{self, Kind};
use crate::schema::{
    Event, Level, Run, RunFunction, SqlTrigger, Timing, Trigger, TriggerKind, TriggerTable,
};

pub(super) fn check(report: &mut Report<'_>) {
    for trigger in &report.schema.triggers {
        if let TriggerKind::Sql(sql) = &trigger.kind {
            let mut found = Vec::new();
            match sql.on {
                TriggerTable::Model(_) => on_table(sql, &mut found),
                TriggerTable::View(view) => {
                    on_view(sql, report.schema.views[view].materialized, &mut found)
                }
            }
            events(sql, &mut found);
            transition_tables(report, sql, &mut found);
            constraint(sql, &mut found);
            runs(report, sql, &mut found);
            for Found {
                key,
                message,
                help,
                warning,
            } in found
            {
                let path = ["triggers", trigger.name.as_str(), key];
                let diagnostic = if warning {
                    report.warning("sql-trigger", message, &path)
                } else {
                    report.error("sql-trigger", message, &path)
                };
                report.push(diagnostic.help(help));
            }
            when(report, trigger, sql);
        }
    }
}

struct Found {
    key: &'static str,
    message: String,
    help: &'static str,
    warning: bool,
}

fn found(key: &'static str, message: impl Into<String>, help: &'static str) -> Found {
    Found {
        key,
        message: message.into(),
        help,
        warning: false,
    }
}

fn on_table(sql: &SqlTrigger, all: &mut Vec<Found>) {
    if sql.timing == Timing::InsteadOf {
        all.push(found(
            "timing",
            "`instead of` is for views",
            "write \"before\" or \"after\"",
        ));
    }
    if sql.events.contains(&Event::Truncate) && sql.level == Level::Row {
        all.push(found(
            "level",
            "a truncate has no rows to fire for",
            "write `level = \"statement\"`",
        ));
    }
}

fn on_view(sql: &SqlTrigger, materialized: bool, all: &mut Vec<Found>) {
    if materialized {
        all.push(found(
            "on",
            "a materialized view has no triggers",
            "put the trigger on the tables that it is made of",
        ));
        return;
    }
    if sql.events.contains(&Event::Truncate) {
        all.push(found(
            "events",
            "a view can't be truncated",
            "remove \"truncate\"",
        ));
    }
    if sql.timing == Timing::InsteadOf {
        if sql.level == Level::Statement {
            all.push(found(
                "level",
                "`instead of` fires for each row",
                "write `level = \"row\"`",
            ));
        }
        if sql.when.is_some() {
            all.push(found(
                "when",
                "an `instead of` trigger has no `when`",
                "put the condition into the body",
            ));
        }
        if !sql.update_of.is_empty() {
            all.push(found(
                "update_of",
                "an `instead of` trigger has no `update_of`",
                "put the condition into the body",
            ));
        }
    } else if sql.level == Level::Row {
        all.push(found(
            "timing",
            "a trigger for each row of a view stands instead of the change",
            "write `timing = \"instead of\"`",
        ));
    }
}

fn events(sql: &SqlTrigger, all: &mut Vec<Found>) {
    let statement_columns = sql.level == Level::Statement
        && sql.when.as_ref().is_some_and(|when| {
            fragment::check(Kind::When, when.as_str())
                .is_ok_and(|analysis| !analysis.references().is_empty())
        });
    if statement_columns {
        all.push(found(
            "when",
            "a trigger for each statement has no row that `when` could read",
            "write `level = \"row\"`, or put the condition into the body",
        ));
    }
}

fn transition_tables(report: &Report<'_>, sql: &SqlTrigger, all: &mut Vec<Found>) {
    let (key, named) = match (&sql.old_table, &sql.new_table) {
        (None, None) => return,
        (Some(_), None) => ("old_table", vec!["old_table"]),
        (None, Some(_)) => ("new_table", vec!["new_table"]),
        (Some(_), Some(_)) => ("new_table", vec!["old_table", "new_table"]),
    };
    if sql.timing != Timing::After {
        all.push(found(
            key,
            "only a trigger `after` the change has transition tables",
            "write `timing = \"after\"`",
        ));
    }
    if sql.events.len() != 1 {
        all.push(found(
            key,
            "a trigger with transition tables has one event",
            "make a trigger for each event; they can share a `function`",
        ));
    }
    if sql.events.contains(&Event::Truncate) {
        all.push(found(
            key,
            "a truncate has no transition tables",
            "remove the tables",
        ));
    }
    if !sql.update_of.is_empty() {
        all.push(found(
            "update_of",
            "a trigger with transition tables can't have `update_of`",
            "compare the columns in the body",
        ));
    }
    if named.contains(&"old_table") && sql.events == [Event::Insert] {
        all.push(found(
            "old_table",
            "an insert has no old rows",
            "remove `old_table`",
        ));
    }
    if named.contains(&"new_table") && sql.events == [Event::Delete] {
        all.push(found(
            "new_table",
            "a delete has no new rows",
            "remove `new_table`",
        ));
    }
    if sql.old_table.is_some() && sql.old_table == sql.new_table {
        all.push(found(
            key,
            "both transition tables have one name",
            "give each a name of its own",
        ));
    }
    match sql.on {
        TriggerTable::View(_) => all.push(found(
            key,
            "a view has no transition tables",
            "put the trigger on the tables that it is made of",
        )),
        TriggerTable::Model(model) if sql.level == Level::Row => {
            let model = report.model(model);
            if model.partition_by.is_some() || !model.inherits.is_empty() {
                all.push(found(key, "a trigger for each row of a partitioned or inheriting table has no transition tables", "write `level = \"statement\"`"));
            }
        }
        TriggerTable::Model(_) => {}
    }
    if sql.constraint.is_some() {
        all.push(found(
            key,
            "a constraint trigger has no transition tables",
            "remove the tables, or `constraint`",
        ));
    }
}

fn constraint(sql: &SqlTrigger, all: &mut Vec<Found>) {
    if sql.constraint.is_none() {
        return;
    }
    if sql.timing != Timing::After {
        all.push(found(
            "constraint",
            "a constraint trigger fires `after` the change",
            "write `timing = \"after\"`",
        ));
    }
    if sql.level != Level::Row {
        all.push(found(
            "constraint",
            "a constraint trigger fires for each row",
            "write `level = \"row\"`",
        ));
    }
    if matches!(sql.on, TriggerTable::View(_)) {
        all.push(found(
            "constraint",
            "a view has no constraint triggers",
            "remove `constraint`",
        ));
    }
}

/// The function returns a trigger; a body returns something.
fn runs(report: &Report<'_>, sql: &SqlTrigger, all: &mut Vec<Found>) {
    match &sql.run {
        Run::Body(body) => {
            let returns = fragment::words(body.as_str())
                .iter()
                .any(|word| matches!(word.as_str(), "return" | "raise"));
            if !returns {
                all.push(Found {
                    warning: true,
                    ..found(
                        "body",
                        "this body ends without `RETURN`, which PL/pgSQL refuses when it runs",
                        "end with `RETURN NEW;`, `RETURN OLD;` or `RETURN NULL;`",
                    )
                });
            }
        }
        Run::Function {
            function: RunFunction::Spec(id),
            ..
        } => {
            let function = &report.schema.function(*id);
            let words = fragment::words(function.sql.as_str());
            let returns = words
                .windows(2)
                .find(|pair| pair[0] == "returns")
                .map(|pair| pair[1].as_str());
            if returns
                .is_some_and(|returns| !matches!(returns, "trigger" | "pg_catalog" | "opaque"))
            {
                all.push(found(
                    "function",
                    format!("`{}` does not return `trigger`", function.name),
                    "a trigger's function has no arguments and `RETURNS trigger`",
                ));
            }
        }
        Run::Function {
            function: RunFunction::Other(_),
            ..
        } => {}
    }
}

/// What `when` may read.
fn when(report: &mut Report<'_>, trigger: &Trigger, sql: &SqlTrigger) {
    let Some(when) = &sql.when else { return };
    if sql.level != Level::Row {
        return;
    }
    let path = ["triggers", trigger.name.as_str(), "when"];
    let Ok(analysis) = fragment::check(Kind::When, when.as_str()) else {
        return;
    };
    let reads = |row: &str| {
        analysis.references().iter().any(|reference| {
            reference.qualifier.as_deref() == Some(row)
                || reference.qualifier.is_none() && reference.name == row
        })
    };
    for (row, event, said) in [
        ("old", Event::Insert, "insert"),
        ("new", Event::Delete, "delete"),
    ] {
        if sql.events.contains(&event) && reads(row) {
            let upper = row.to_uppercase();
            let diagnostic = report
                .error(
                    "sql-trigger",
                    format!("on {said} there is no `{upper}` that `when` could read"),
                    &path,
                )
                .help(format!(
                    "remove \"{said}\" from `events`, or make a trigger of its own for it"
                ));
            report.push(diagnostic);
        }
    }
    let TriggerTable::Model(id) = sql.on else {
        return;
    };
    let model = report.model(id);
    let columns: Vec<&str> = model
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    if let Err(error) = fragment::check_columns(
        Kind::When,
        when.as_str(),
        model.table.name.as_str(),
        &columns,
    ) {
        let diagnostic = report.error("sql", error.message, &path);
        report.push(match error.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }
    if sql.timing != Timing::Before {
        return;
    }
    for reference in analysis.references() {
        let generated = model.field_named(&reference.name).filter(|&field| {
            reference.qualifier.as_deref() == Some("new") && model.field(field).generated.is_some()
        });
        if let Some(field) = generated {
            let name = &model.field(field).name;
            let diagnostic = Diagnostic::error(
                "sql-trigger",
                format!("`{name}` is generated, and has no value before the change"),
                report.spans.at(&path),
            )
            .help("write `timing = \"after\"`, or read the columns that it is made of");
            report.push(diagnostic);
        }
    }
}
