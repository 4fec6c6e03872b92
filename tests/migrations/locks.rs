//! What a step says that it locks, against what PostgreSQL says: each step of each case runs in a transaction of its own.

use crate::cases::cases;
use crate::support::{compile, database, files, planned};
use pgwright_codegen::pg::Statement;
use pgwright_codegen::plan::{Plan, Step};
use pgwright_codegen::schema::Schema;
use pgwright_codegen::sql::{Render, Sql};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::collections::{BTreeMap, BTreeSet};

/// From the mildest of those that a reader of a plan wants to know of.
const MODES: [(&str, &str); 5] = [
    ("ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
    ("ShareLock", "SHARE"),
    ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
    ("ExclusiveLock", "EXCLUSIVE"),
    ("AccessExclusiveLock", "ACCESS EXCLUSIVE"),
];

fn rank(mode: &str) -> Option<usize> {
    MODES
        .iter()
        .position(|(locked, said)| *locked == mode || *said == mode)
}

/// Tables and views with their names as SQL has them.
async fn tables(connection: &mut PgConnection) -> BTreeMap<i64, String> {
    sqlx::query_as::<_, (i64, String)>(
        "SELECT c.oid::int8, pg_catalog.format('%I.%I', n.nspname, c.relname)
         FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')",
    )
    .fetch_all(connection)
    .await
    .unwrap()
    .into_iter()
    .collect()
}

/// The locks of the transaction, by table.
async fn held(connection: &mut PgConnection) -> Vec<(i64, String)> {
    sqlx::query_as(
        "SELECT relation::int8, mode FROM pg_catalog.pg_locks
         WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// What a step locks and does not say, as lines.
async fn unsaid(
    connection: &mut PgConnection,
    step: &Step,
    made: &mut BTreeSet<i64>,
) -> Vec<String> {
    let mut sql = Sql::new();
    step.statement.render(&mut sql);
    let before = tables(connection).await;
    let text = sql.into_string();
    // What the author's own statements lock, nobody knows.
    let own = matches!(step.statement, Statement::AuthorStatement(_));
    if step.phase.runs_alone() || own {
        connection.execute(AssertSqlSafe(text)).await.unwrap();
        return Vec::new();
    }
    let mut transaction = connection.begin().await.unwrap();
    transaction
        .execute(AssertSqlSafe(text.clone()))
        .await
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    let locks = held(&mut transaction).await;
    made.extend(
        tables(&mut transaction)
            .await
            .keys()
            .filter(|oid| !before.contains_key(oid)),
    );
    transaction.commit().await.unwrap();
    let mut found = Vec::new();
    for (oid, mode) in locks {
        let (Some(table), Some(taken)) = (before.get(&oid), rank(&mode)) else {
            continue;
        };
        let said = step.locks.iter().any(|lock| {
            let mut name = Sql::new();
            lock.table.render(&mut name);
            // PostgreSQL quotes what it must, and this project what it may have to.
            name.into_string().replace('"', "") == table.replace('"', "")
                && rank(lock.mode).is_some_and(|said| said >= taken)
        });
        // What makes room for a table that is made again goes in the same transaction, which says so.
        if !said && !made.contains(&oid) && !table.contains("_replaced") {
            found.push(format!("{mode} on {table}: {}: {text}", step.change));
        }
    }
    found
}

async fn each_step(plan: &Plan, prev: &Schema, next: &Schema, before: &str) -> Vec<String> {
    let database = database(prev).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    connection
        .execute(AssertSqlSafe(before.to_owned()))
        .await
        .unwrap();
    let settings: String = files(plan, next)
        .iter()
        .flat_map(|file| file.sql.lines())
        .filter(|line| line.starts_with("SET ") && !line.contains("lock_timeout"))
        .map(|line| format!("{line}\n"))
        .collect();
    connection.execute(AssertSqlSafe(settings)).await.unwrap();
    let mut made = BTreeSet::new();
    let mut found = Vec::new();
    for step in &plan.steps {
        found.extend(unsaid(&mut connection, step, &mut made).await);
    }
    found
}

#[tokio::test]
async fn each_step_says_every_lock_that_others_may_wait_for() {
    let mut found = Vec::new();
    for case in cases() {
        let (prev, next) = (
            compile(&case.file("prev.toml")),
            compile(&case.file("schema.toml")),
        );
        // A table that is made again is a matter of one transaction.
        if case.name == "migrate_partitioning" {
            continue;
        }
        let drop = case.drop();
        let drop: Vec<&str> = drop.iter().map(String::as_str).collect();
        let Ok(planned) = planned(&prev, &next, &drop) else {
            continue;
        };
        let lines = each_step(&planned.plan, &prev, &next, &case.file("before.sql")).await;
        found.extend(
            lines
                .into_iter()
                .map(|line| format!("{}: {line}", case.name)),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
