//! Several sessions that write for the same users: how fast, how many deadlocks, and what is wrong at the end.

use super::{Bench, Rows, row};
use crate::lab::{self, Variant};
use crate::report::{Limit, Row, Unit};
use crate::sessions::{self, Random};
use crate::{Failure, Options};
use sqlx::postgres::PgConnection;
use std::time::Duration;

const SHEETS: &str = "insert-50-random";
const MIX: &str = "mix";
const PAIR: &str = "dataset-and-charge";

const BOTH: [Variant; 2] = [Variant::Old, Variant::New];

const INSERT_FOR: &str = "INSERT INTO datasets (user_id, name, original_size_bytes) \
    SELECT ('00000000-0000-4000-8000-1' || lpad(number::text, 11, '0'))::uuid, gen_random_uuid()::text, 1000 \
    FROM unnest($1::integer[]) AS number";
const MOVE: &str = "UPDATE datasets SET user_id = $2::uuid WHERE id = ANY (ARRAY( \
    SELECT id FROM datasets WHERE user_id = $1::uuid ORDER BY id LIMIT 5 FOR UPDATE))";
const DELETE: &str = "DELETE FROM datasets WHERE id = ANY (ARRAY( \
    SELECT id FROM datasets WHERE user_id = ANY ($1::uuid[]) ORDER BY id LIMIT 10 FOR UPDATE))";
const CHARGE: &str = "INSERT INTO credit_transactions (user_id, amount, transaction_type) \
    VALUES ($1::uuid, -1, 'consumption')";
const DRIFT: &str = "SELECT (SELECT count(*) FROM users_drift()) + (SELECT count(*) FROM tutorials_drift()) \
    + (SELECT count(*) FROM credit_transactions_drift())";

pub(super) fn rows(options: &Options) -> Vec<Row> {
    [
        (SHEETS, "insert 50 datasets of random users, 4 sessions"),
        (
            MIX,
            "insert, move, delete and charge over 20 users in random order, 12 sessions",
        ),
        (
            PAIR,
            "{dataset; charge} in one transaction, one user, 8 sessions",
        ),
    ]
    .into_iter()
    .filter(|(name, _)| options.wants(name))
    .map(|(name, title)| Row::new(name, title, Unit::PerSecond))
    .collect()
}

pub(super) async fn measure(bench: &Bench<'_>, rows: &mut Rows) -> Result<(), Failure> {
    // The mix runs last: the old triggers leave wrong numbers behind.
    for (name, count) in [(SHEETS, 4), (PAIR, 8), (MIX, 12)] {
        let Some(row) = row(rows, name) else { continue };
        bench.progress(&row.title);
        bench.lab.tidy(&BOTH).await?;
        for variant in bench.turns(&BOTH) {
            let mut connections = Vec::new();
            for _ in 0..count {
                connections.push(bench.lab.session(variant).await?);
            }
            let time = Duration::from_secs(bench.options.seconds());
            let outcome = match name {
                SHEETS => sessions::run(connections, time, sheet).await,
                PAIR => sessions::run(connections, time, pair).await,
                _ => sessions::run(connections, time, mixed).await,
            }?;
            row.add(variant, outcome.without_other_errors()?);
            note(row, variant, "deadlocks", outcome.deadlocks() as f64);
            if name == MIX {
                note(row, variant, "wrong values", drift(bench, variant).await?);
            }
        }
    }
    Ok(())
}

pub(super) fn compare(rows: &mut Rows) {
    for name in [SHEETS, MIX, PAIR] {
        let Some(row) = row(rows, name) else { continue };
        row.speed_of("speed, of old", Variant::New, Variant::Old, Limit::None);
    }
}

/// Adds a count of this round to the row's bars: what is new must have none.
fn note(row: &mut Row, variant: Variant, what: &str, count: f64) {
    let (what, limit) = match (what, variant) {
        ("deadlocks", Variant::New) => ("deadlocks, new", Limit::AtMost(0.0)),
        ("deadlocks", _) => ("deadlocks, old", Limit::None),
        (_, Variant::New) => ("wrong values, new", Limit::AtMost(0.0)),
        _ => ("wrong values, old", Limit::None),
    };
    match row.bars.iter_mut().find(|bar| bar.what == what) {
        Some(bar) => bar.samples.push(count),
        None => row.count(what, vec![count], limit),
    }
}

/// How many maintained values are not what their definitions say.
async fn drift(bench: &Bench<'_>, variant: Variant) -> Result<f64, Failure> {
    let mut db = bench.lab.session(variant).await?;
    let wrong: i64 = sqlx::query_scalar(DRIFT)
        .fetch_one(&mut db)
        .await
        .map_err(|error| Failure::Database("look for wrong values", error))?;
    lab::close(db).await;
    Ok(wrong as f64)
}

async fn sheet(db: &mut PgConnection, random: &mut Random) -> Result<(), sqlx::Error> {
    let users: Vec<i32> = (0..50).map(|_| random.i32(1..=1000)).collect();
    sqlx::query(INSERT_FOR)
        .bind(users)
        .execute(db)
        .await
        .map(drop)
}

/// One user for all sessions.
async fn pair(db: &mut PgConnection, _random: &mut Random) -> Result<(), sqlx::Error> {
    let mut transaction = sqlx::Connection::begin(db).await?;
    sqlx::query(INSERT_FOR)
        .bind(vec![7])
        .execute(&mut *transaction)
        .await?;
    sqlx::query(CHARGE)
        .bind(id(7))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

async fn mixed(db: &mut PgConnection, random: &mut Random) -> Result<(), sqlx::Error> {
    let mut some = || random.i32(1..=20);
    let (one, two, three) = (some(), some(), some());
    let query = match random.u32(0..8) {
        0..3 => {
            let users: Vec<i32> = (0..10).map(|_| random.i32(1..=20)).collect();
            sqlx::query(INSERT_FOR).bind(users)
        }
        3 | 4 => sqlx::query(MOVE).bind(id(one)).bind(id(two)),
        5 | 6 => sqlx::query(DELETE).bind(vec![id(one), id(two), id(three)]),
        _ => sqlx::query(CHARGE).bind(id(one)),
    };
    query.execute(db).await.map(drop)
}

fn id(user: i32) -> String {
    format!("00000000-0000-4000-8000-1{user:011}")
}
