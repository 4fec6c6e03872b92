//! One statement with thousands of rows.

use super::{Bench, Rows, row};
use crate::lab::{self, Variant};
use crate::report::{Limit, Row, Unit};
use crate::stats::Spread;
use crate::{Failure, Options};
use sqlx::postgres::PgConnection;
use std::time::Instant;

const INSERT: &str = "insert-many";
const DELETE: &str = "delete-many";
const LEDGER: &str = "ledger-many";
const UPDATE: &str = "update-many-users";

const INSERT_SQL: &str = "INSERT INTO datasets (user_id, name, original_size_bytes) \
    SELECT $1::uuid, 'dataset ' || number, 1000 FROM generate_series(1, $2) AS number";
const DELETE_SQL: &str = "DELETE FROM datasets WHERE user_id = $1::uuid AND $2 > 0";
const LEDGER_SQL: &str = "INSERT INTO credit_transactions (user_id, amount, balance_after, entry_no, transaction_type) \
    SELECT $1::uuid, 1, 0, number, 'purchase' FROM generate_series(1, $2) AS number";
const UPDATE_SQL: &str =
    "UPDATE users SET full_name = full_name || '.' WHERE $1::uuid IS NOT NULL AND $2 > 0";

pub(super) fn rows(options: &Options) -> Vec<Row> {
    let many = options.rows();
    [
        (
            INSERT,
            format!("insert {many} datasets of one user, one statement"),
        ),
        (
            DELETE,
            format!("delete {many} datasets of one user, one statement"),
        ),
        (
            LEDGER,
            format!("{many} ledger entries of one account, one statement"),
        ),
        (
            UPDATE,
            "update the full name of 10000 users, one statement".to_string(),
        ),
    ]
    .into_iter()
    .filter(|(name, _)| options.wants(name))
    .map(|(name, title)| Row::new(name, title, Unit::Milliseconds))
    .collect()
}

pub(super) async fn measure(bench: &Bench<'_>, rows: &mut Rows) -> Result<(), Failure> {
    let wanted = |name| bench.options.wants(name);
    if wanted(INSERT) || wanted(DELETE) {
        bench.progress("datasets in bulk");
        pairs(bench, rows).await?;
    }
    if wanted(LEDGER) {
        bench.progress("ledger entries in bulk");
        // Accounts without entries, so that the numbers given without triggers are free.
        repeat(bench, rows, LEDGER, LEDGER_SQL, &Variant::ALL, 5_000).await?;
    }
    if wanted(UPDATE) {
        bench.progress("names of users in bulk");
        repeat(
            bench,
            rows,
            UPDATE,
            UPDATE_SQL,
            &[Variant::None, Variant::New],
            1,
        )
        .await?;
    }
    Ok(())
}

pub(super) fn compare(rows: &mut Rows) {
    let ratios = [
        (INSERT, Some(Limit::AtMost(1.3)), Some(Limit::AtLeast(30.0))),
        (DELETE, Some(Limit::AtMost(1.6)), Some(Limit::AtLeast(30.0))),
        (LEDGER, Some(Limit::AtMost(3.0)), Some(Limit::None)),
        (UPDATE, Some(Limit::None), None),
    ];
    for (name, of_none, of_old) in ratios {
        let Some(row) = row(rows, name) else { continue };
        if let Some(limit) = of_none {
            row.time_of("time, of none", Variant::New, Variant::None, limit);
        }
        if let Some(limit) = of_old {
            row.speed_of("speed, of old", Variant::New, Variant::Old, limit);
        }
    }
}

/// How often a round does what is quick; the old triggers do it once.
fn repeats(bench: &Bench<'_>) -> usize {
    if bench.options.quick { 1 } else { 3 }
}

/// Inserts, then deletes the same.
async fn pairs(bench: &Bench<'_>, rows: &mut Rows) -> Result<(), Failure> {
    let many = bench.options.rows();
    let mut times: Vec<(Variant, f64, f64)> = Vec::new();
    for repeat in 0..repeats(bench) {
        for variant in bench.turns(&Variant::ALL) {
            if repeat > 0 && variant == Variant::Old {
                continue;
            }
            bench.lab.tidy(&[variant]).await?;
            let mut db = bench.lab.session(variant).await?;
            let (warm, user) = (account(2_000), account(3_000 + repeat));
            time(&mut db, INSERT_SQL, &warm, 50).await?;
            time(&mut db, DELETE_SQL, &warm, 50).await?;
            let insert = time(&mut db, INSERT_SQL, &user, many).await?;
            lab::execute(&mut db, "VACUUM (ANALYZE) users, datasets").await?;
            let delete = time(&mut db, DELETE_SQL, &user, many).await?;
            times.push((variant, insert, delete));
            lab::close(db).await;
        }
    }
    for variant in Variant::ALL {
        let of = |which: fn(&(Variant, f64, f64)) -> f64| {
            let own = times.iter().filter(|time| time.0 == variant);
            Spread::of(&own.map(which).collect::<Vec<_>>())
        };
        for (name, spread) in [(INSERT, of(|time| time.1)), (DELETE, of(|time| time.2))] {
            if let (Some(row), Some(spread)) = (row(rows, name), spread) {
                row.add(variant, spread.median);
            }
        }
    }
    Ok(())
}

/// One statement, each time for another user.
async fn repeat(
    bench: &Bench<'_>,
    rows: &mut Rows,
    name: &str,
    sql: &'static str,
    variants: &[Variant],
    first: usize,
) -> Result<(), Failure> {
    let mut times: Vec<(Variant, f64)> = Vec::new();
    for repeat in 0..repeats(bench) {
        for variant in bench.turns(variants) {
            if repeat > 0 && variant == Variant::Old {
                continue;
            }
            bench.lab.tidy(&[variant]).await?;
            let mut db = bench.lab.session(variant).await?;
            time(&mut db, sql, &account(first + 100 + repeat), 50).await?;
            let spent = time(&mut db, sql, &account(first + repeat), bench.options.rows()).await?;
            times.push((variant, spent));
            lab::close(db).await;
        }
    }
    for &variant in variants {
        let own: Vec<f64> = times
            .iter()
            .filter(|time| time.0 == variant)
            .map(|time| time.1)
            .collect();
        if let (Some(row), Some(spread)) = (row(rows, name), Spread::of(&own)) {
            row.add(variant, spread.median);
        }
    }
    Ok(())
}

fn account(number: usize) -> String {
    format!("00000000-0000-4000-8000-1{number:011}")
}

/// Milliseconds of one statement, which is planned for its own values.
async fn time(
    db: &mut PgConnection,
    sql: &'static str,
    user: &str,
    many: i32,
) -> Result<f64, Failure> {
    let since = Instant::now();
    sqlx::query(sql)
        .persistent(false)
        .bind(user)
        .bind(many)
        .execute(&mut *db)
        .await
        .map_err(|error| Failure::Database("run a bulk statement", error))?;
    Ok(since.elapsed().as_secs_f64() * 1000.0)
}
