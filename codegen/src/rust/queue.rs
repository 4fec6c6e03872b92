//! A job queue: the statements that claim jobs and let go of them, and the functions that run them.
//!
//! Labels stand in the statements as literals, since a partial index fits a query only if the label is known when the
//! query is planned. So does the number of jobs of a claim: with a parameter the planner expects a tenth of the table,
//! and reads it all.

use super::columns::{Column, Table};
use super::examples::Examples;
use super::model::Key;
use super::module::Module;
use super::operations::{ASYNC_DB, DB, operation, statement};
use super::queue_sql::{QueueSql, queue_sql};
use super::text::{File, code, literal, sql_literal};
use crate::sql::Sql;

/// The file of a queue. Without a key there is none: nobody could say which job is done.
pub(super) fn file(table: &Table<'_>, module: &mut Module) -> Option<String> {
    let (key, sql) = (Key::of(table)?, queue_sql(table)?);
    let mut file = File::new(&[&format!(
        "The queue of the model {}: claims, and what a worker does with a job that it holds.",
        code(table.name)
    )]);
    statements(table, &sql, &mut file, module);
    file.blank();
    implementation(table, &sql, &mut file);
    file.blank();
    let examples = Examples::of(table);
    file.examples(examples.clone());
    file.line(0, &format!("impl super::{} {{", table.rust));
    claiming(&sql, &examples, &mut file);
    holding(&sql, &mut file);
    if sql.cancel.is_some() {
        cancel(table, &key, &mut file);
    }
    file.line(0, "}");
    Some(file.finish())
}

fn statements(table: &Table<'_>, sql: &QueueSql<'_>, file: &mut File, module: &mut Module) {
    let name = table.module();
    let mut whole = |file: &mut File, constant: &str, doc: &str, sql: &Sql| {
        file.blank();
        file.doc(0, doc);
        file.constant(
            0,
            &format!("pub const {constant}: &str"),
            &sql_literal(sql.as_str()),
        );
        module.statement(&name, constant, sql.clone());
    };
    whole(file, "CLAIM", "Claims one job.", &sql.claim);
    whole(file, "COMPLETE", "A held job is done.", &sql.complete);
    whole(file, "FAIL", "A held job failed for good.", &sql.fail);
    let optional = [
        (
            "HEARTBEAT",
            "Extends the lease of a held job.",
            &sql.heartbeat,
        ),
        (
            "RETRY",
            "A held job failed and is to be tried again.",
            &sql.retry,
        ),
        ("RELEASE", "Gives a held job back.", &sql.release),
        (
            "COMPLETED",
            "A job that this claim of it has completed.",
            &sql.completed,
        ),
        (
            "EXPIRE",
            "Makes jobs ready whose lease has ended, or whose time to be tried again has come.",
            &sql.expire,
        ),
        ("CANCEL", "Cancels a job that is not over.", &sql.cancel),
    ];
    for (constant, doc, sql) in optional {
        if let Some(sql) = sql {
            whole(file, constant, doc, sql);
        }
    }
    let parts = [
        (
            "CLAIM_HEAD",
            "What a claim begins with; further conditions follow.",
            &sql.claim_head,
        ),
        (
            "CLAIM_ORDER",
            "What comes first in a claim; the number of jobs follows.",
            &sql.claim_order,
        ),
        (
            "CLAIM_TAIL",
            "What a claim of several jobs ends in.",
            &sql.claim_tail,
        ),
    ];
    for (constant, doc, sql) in parts {
        file.blank();
        file.doc(0, doc);
        file.constant(
            0,
            &format!("const {constant}: &str"),
            &sql_literal(sql.as_str()),
        );
    }
}

/// What the runtime asks of the model.
fn implementation(table: &Table<'_>, sql: &QueueSql<'_>, file: &mut File) {
    file.line(
        0,
        &format!(
            "impl ::pgwright::queue::QueueModel for super::{} {{",
            table.rust
        ),
    );
    let constant = |name: &str, there: bool| {
        if there {
            format!("Some({name})")
        } else {
            "None".to_owned()
        }
    };
    let fields = [
        format!("channel: {}", literal(sql.channel.as_str())),
        format!("ready: {}", literal(sql.ready.as_str())),
        format!("running: {}", literal(sql.running.as_str())),
        format!("order: {}", literal(sql.order.as_str())),
        format!("keys: {}", literal(sql.keys.as_str())),
        format!("turn_keys: {}", literal(sql.turn_keys.as_str())),
        format!("same_turn: {}", literal(sql.same_turn.as_str())),
        format!("worker: {}", sql.worker.is_some()),
        format!("lease: {}", sql.lease),
        format!("attempt: {}", sql.attempt.is_some()),
        format!("waits: {}", sql.waits),
        "claim: CLAIM".to_owned(),
        "claim_head: CLAIM_HEAD".to_owned(),
        "claim_order: CLAIM_ORDER".to_owned(),
        "claim_tail: CLAIM_TAIL".to_owned(),
        format!(
            "heartbeat: {}",
            constant("HEARTBEAT", sql.heartbeat.is_some())
        ),
        "complete: COMPLETE".to_owned(),
        format!(
            "completed: {}",
            constant("COMPLETED", sql.completed.is_some())
        ),
        "fail: FAIL".to_owned(),
        format!("retry: {}", constant("RETRY", sql.retry.is_some())),
        format!("release: {}", constant("RELEASE", sql.release.is_some())),
        format!("expire: {}", constant("EXPIRE", sql.expire.is_some())),
    ];
    file.structure(
        1,
        "const QUEUE: ::pgwright::queue::QueueSql = ::pgwright::queue::QueueSql",
        &fields,
        ";",
    );
    file.blank();
    file.line(1, "fn held(&self, args: &mut ::pgwright::Args) {");
    for column in table.key_columns().chain(sql.worker).chain(sql.attempt) {
        file.call(2, "args.add", &[format!("&self.{}", column.rust)]);
    }
    file.line(1, "}");
    file.blank();
    file.line(1, "fn key(&self) -> ::std::string::String {");
    let keys: Vec<String> = table
        .key_columns()
        .map(|column| format!("self.{}", column.rust))
        .collect();
    match keys.as_slice() {
        [key] => file.line(2, &format!("::std::format!(\"{{:?}}\", {key})")),
        keys => {
            file.line(2, "let mut key = ::std::string::String::new();");
            for (index, part) in keys.iter().enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                file.line(
                    2,
                    &format!("key.push_str(&::std::format!(\"{comma}{{:?}}\", {part}));"),
                );
            }
            file.line(2, "key");
        }
    }
    file.line(1, "}");
    if let Some(number) = sql.attempt.and_then(attempt_number) {
        file.blank();
        file.line(1, "fn attempt(&self) -> ::core::option::Option<i64> {");
        file.line(2, &number);
        file.line(1, "}");
    }
    file.line(0, "}");
}

/// The attempt as a number, where its type is one.
fn attempt_number(column: &Column<'_>) -> Option<String> {
    match column.mapped.rust.as_str() {
        "i64" => Some(format!("Some(self.{})", column.rust)),
        "i32" | "i16" => Some(format!("Some(i64::from(self.{}))", column.rust)),
        _ => None,
    }
}

fn errors(file: &mut File, text: &str) {
    file.doc(1, &format!("\n# Errors\n{text}"));
}

const REFUSED: &str = "If the database refuses.";
const LOST: &str = "[`LeaseLost`](::pgwright::Error::LeaseLost) if the job is not held by this claim any more; else if \
                    the database refuses.";

fn claiming(sql: &QueueSql<'_>, examples: &Examples, file: &mut File) {
    file.doc(
        1,
        "Claims up to `limit` jobs: what comes first in the queue and nobody else holds. They are in the order of the \
         queue.",
    );
    if sql.lease {
        file.doc(
            1,
            "\nThe lease is [`DEFAULT_LEASE`](::pgwright::queue::DEFAULT_LEASE): whoever needs longer sends a \
             [`heartbeat`](Self::heartbeat). For\nanother lease, some jobs only or taking turns, see \
             [`queue`](Self::queue).",
        );
    }
    errors(file, REFUSED);
    let mut parameters = vec![ASYNC_DB.to_owned()];
    let mut chain = String::from("Self::queue()");
    if let Some(worker) = sql.worker {
        let mapped = &worker.mapped;
        let ty = if mapped.rust == "String" {
            "&str".to_owned()
        } else if !mapped.traits.text {
            "impl ::std::string::ToString".to_owned()
        } else if mapped.traits.copy {
            mapped.rust.clone()
        } else {
            format!("&{}", mapped.rust)
        };
        parameters.push(format!("worker: {ty}"));
        chain.push_str(".worker(worker)");
    }
    parameters.push("limit: u32".to_owned());
    chain.push_str(".limit(limit).claim(db).await");
    file.signature(
        1,
        "pub async fn claim",
        &parameters,
        "::pgwright::Result<Vec<Self>>",
    );
    chained(&chain, file);
    file.line(1, "}");
    file.blank();
    file.doc(
        1,
        "The queue: for whom, how many, for how long; then [`claim`](::pgwright::queue::Queue::claim).",
    );
    let worker = if sql.worker.is_some() {
        ".worker(\"worker-7\")"
    } else {
        ""
    };
    let claim = format!("queue(){worker}.limit(10).claim(db).await?;");
    file.example(
        1,
        &examples.lines(&[], &[examples.call("let rows = ", &claim)]),
    );
    file.line(1, "pub fn queue() -> ::pgwright::queue::Queue<Self> {");
    file.line(2, "::pgwright::queue::Queue::new()");
    file.line(1, "}");
    if sql.expire.is_some() {
        file.blank();
        file.doc(
            1,
            "Makes jobs ready again whose worker let the lease end, and those whose time to be tried again has come. How \
             many\nthere were. A [`Worker`](::pgwright::queue::Worker) does this by itself.",
        );
        errors(file, REFUSED);
        file.signature(
            1,
            "pub async fn return_expired",
            &[ASYNC_DB.to_owned()],
            "::pgwright::Result<u64>",
        );
        file.line(2, "Self::queue().return_expired(db).await");
        file.line(1, "}");
    }
}

/// A chain of calls, by rustfmt's rules: in one line up to 60 characters, else a call a line.
fn chained(chain: &str, file: &mut File) {
    if chain.chars().count() <= 60 {
        file.line(2, chain);
        return;
    }
    for (index, part) in chain.split('.').enumerate() {
        if index == 0 {
            file.line(2, part);
        } else {
            file.line(3, &format!(".{part}"));
        }
    }
}

fn holding(sql: &QueueSql<'_>, file: &mut File) {
    let mut method =
        |name: &str, doc: &str, error: &str, more: &[&str], result: &str, call: &str| {
            file.blank();
            file.doc(1, doc);
            errors(file, error);
            let mut parameters = vec!["&self".to_owned(), ASYNC_DB.to_owned()];
            parameters.extend(more.iter().map(|&parameter| parameter.to_owned()));
            file.signature(
                1,
                &format!("pub async fn {name}"),
                &parameters,
                &format!("::pgwright::Result<{result}>"),
            );
            file.line(2, &format!("::pgwright::queue::{call}.await"));
            file.line(1, "}");
        };
    if sql.heartbeat.is_some() {
        method(
            "heartbeat",
            "Extends the lease, counted from now; whether the job is still held by this claim of it. If not, it was \
             cancelled,\nor the lease ended and somebody else may have it: stop.",
            REFUSED,
            &["lease: ::core::time::Duration"],
            "bool",
            "heartbeat(db, self, lease)",
        );
    }
    method(
        "complete",
        "The job is done. In the transaction that stores what the job has made, both happen or neither does.\n\nA \
         worker that lost the job is refused. Saying it twice does no harm.",
        LOST,
        &[],
        "Self",
        "complete(db, self)",
    );
    method(
        "fail",
        "The job failed: for good with `None`, or to be tried again after a \
         [`Duration`](::core::time::Duration) or as a\n[`Retry`](::pgwright::queue::Retry) says. Until then it counts \
         as failed.",
        LOST,
        &["retry: impl ::core::convert::Into<::pgwright::queue::Retry>"],
        "Self",
        "fail(db, self, retry)",
    );
    if sql.release.is_some() {
        method(
            "release",
            "Gives the job back unfinished: it is ready at once, for anybody. Whether it was still held by this claim.",
            REFUSED,
            &[],
            "bool",
            "release(db, self)",
        );
    }
}

fn cancel(table: &Table<'_>, key: &Key<'_, '_>, file: &mut File) {
    let (parameter, values) = match key {
        Key::Own(column, name) if column.mapped.traits.copy => (format!("super::{name}"), "id"),
        Key::Own(_, name) => (format!("&super::{name}"), "id"),
        Key::Other(column) if column.mapped.traits.copy => (column.mapped.rust.clone(), "id"),
        Key::Other(column) => (format!("&{}", column.mapped.rust), "id"),
        Key::Several(name) => (format!("impl ::core::convert::Into<super::{name}>"), ""),
    };
    file.blank();
    file.doc(
        1,
        "Cancels the job with that key; none if there is none, or it is over. Who works on it learns of it by the next \
         heartbeat,\nand can complete it no more.",
    );
    errors(file, REFUSED);
    file.signature(
        1,
        "pub fn cancel<'c>",
        &[DB.to_owned(), format!("id: {parameter}")],
        &operation("Option<Self>"),
    );
    if let Key::Several(name) = key {
        file.assignment(
            2,
            &format!("let id: super::{name}"),
            "::core::convert::Into::into(id);",
        );
    }
    file.line(2, "let mut args = ::pgwright::Args::new();");
    if values.is_empty() {
        for column in table.key_columns() {
            file.call(2, "args.add", &[format!("&id.{}", column.rust)]);
        }
    } else {
        file.call(2, "args.add", &[values.to_owned()]);
    }
    statement("write", "cancel", "CANCEL", file);
    file.line(2, "::pgwright::fetch_optional(db, statement, args)");
    file.line(1, "}");
}
