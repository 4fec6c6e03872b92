//! Several sessions at once: single statements never meet in opposite order, and every maintained column is right when
//! all of them are done.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::chance::Chance;
use crate::support::{Base, Refusal, base, platform, run};

/// Runs what `statement` makes, so many times in so many sessions; returns how often each SQLSTATE came back.
async fn together(
    base: &Base,
    sessions: u64,
    times: u64,
    statement: fn(&mut Chance) -> String,
) -> Vec<String> {
    let mut tasks = Vec::new();
    for session in 0..sessions {
        let mut connection = base.connect().await;
        tasks.push(tokio::spawn(async move {
            let mut chance = Chance(session + 1);
            let mut codes = Vec::new();
            for _ in 0..times {
                let sql = statement(&mut chance);
                if let Err(error) = connection.execute(AssertSqlSafe(sql.clone())).await {
                    let refusal = Refusal::of(&error);
                    codes.push(format!("{}: {}: {sql}", refusal.code, refusal.message));
                    // A transaction that failed has to end.
                    let _ = connection.execute("ROLLBACK").await;
                }
            }
            codes
        }));
    }
    let mut codes = Vec::new();
    for task in tasks {
        codes.extend(task.await.unwrap());
    }
    codes
}

/// Those that are not of the SQLSTATEs.
fn but<'a>(codes: &'a [String], allowed: &[&str]) -> Vec<&'a String> {
    codes
        .iter()
        .filter(|code| !allowed.iter().any(|allowed| code.starts_with(allowed)))
        .collect()
}

const USERS: &str = "
INSERT INTO users (id, email) SELECT ('00000000-0000-0000-0000-0000000000' || lpad(n::text, 2, '0'))::uuid, n::text
FROM generate_series(0, 9) AS n;
INSERT INTO datasets (user_id, name, original_size_bytes) SELECT id, 'd' || n, n FROM users, generate_series(1, 10) AS n;
INSERT INTO credit_transactions (user_id, amount, transaction_type) SELECT id, 100, 'purchase' FROM users;";

async fn users() -> Base {
    let base = base(platform()).await;
    run(&mut base.connect().await, USERS).await;
    base
}

fn user(chance: &mut Chance) -> String {
    format!(
        "'00000000-0000-0000-0000-0000000000{:02}'::uuid",
        chance.below(10)
    )
}

/// Insert, move, delete and charge over the same users in random order. A session touches rows of its own alone, so that
/// only the users are shared.
fn traffic(chance: &mut Chance) -> String {
    let (one, two) = (user(chance), user(chance));
    let name = chance.below(u64::MAX);
    match chance.below(6) {
        0 => format!(
            "INSERT INTO datasets (user_id, name, original_size_bytes)
             SELECT u.id, 'n{name}-' || n, n FROM users AS u, generate_series(1, 3) AS n ORDER BY md5(u.id::text || {name} || n) LIMIT 9"
        ),
        1 => format!("INSERT INTO datasets (user_id, name, parquet_size_bytes) VALUES ({one}, 'm{name}', 3), ({two}, 'o{name}', 4)"),
        2 => "UPDATE datasets SET user_id = (SELECT id FROM users ORDER BY random() LIMIT 1), original_size_bytes = 5
              WHERE id IN (SELECT id FROM datasets ORDER BY random() LIMIT 5 FOR UPDATE SKIP LOCKED)"
            .to_owned(),
        3 => "DELETE FROM datasets WHERE id IN (SELECT id FROM datasets ORDER BY random() LIMIT 3 FOR UPDATE SKIP LOCKED)".to_owned(),
        4 => format!("INSERT INTO workflows (user_id, name) VALUES ({one}, 'w'), ({two}, 'w')"),
        _ => format!("INSERT INTO credit_transactions (user_id, amount, transaction_type) VALUES ({one}, -3, 'consumption')"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twelve_sessions_over_the_same_users_never_deadlock() {
    let base = users().await;
    let codes = together(&base, 12, 150, traffic).await;
    // A charge may be refused, and a dataset may be moved to a user who has one of that name.
    let wrong = but(&codes, &["23514: ", "23505: "]);
    assert!(wrong.is_empty(), "{wrong:#?}");
    base.assert_true("twelve sessions").await;
}

fn dataset_and_charge(chance: &mut Chance) -> String {
    let one = "'00000000-0000-0000-0000-000000000000'::uuid";
    let name = chance.below(u64::MAX);
    let (first, second) = (
        format!("INSERT INTO datasets (user_id, name) VALUES ({one}, 'n{name}')"),
        format!(
            "INSERT INTO credit_transactions (user_id, amount, transaction_type) VALUES ({one}, -1, 'consumption')"
        ),
    );
    if chance.below(2) == 0 {
        format!("BEGIN; {first}; {second}; COMMIT")
    } else {
        format!("BEGIN; {second}; {first}; COMMIT")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dataset_and_a_charge_in_one_transaction_on_one_user_never_deadlock() {
    let base = users().await;
    let codes = together(&base, 8, 40, dataset_and_charge).await;
    let wrong = but(&codes, &["23514: "]);
    assert!(wrong.is_empty(), "{wrong:#?}");
    // 100 credits, 320 charges of one: the rest was refused, with its dataset.
    assert_eq!(codes.len(), 220);
    base.assert_true("eight sessions").await;
    let found: (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT u.credit_balance, u.dataset_count::bigint, min(t.balance_after), count(*)
         FROM users AS u JOIN credit_transactions AS t ON t.user_id = u.id
         WHERE u.id = '00000000-0000-0000-0000-000000000000' GROUP BY u.id",
    )
    .fetch_one(&mut base.connect().await)
    .await
    .unwrap();
    assert_eq!(found, (0, 110, 0, 101));
}

/// Transactions of several statements with every isolation: what cannot be ordered fails with 40001 or 40P01, and leaves
/// nothing behind.
fn isolated(chance: &mut Chance) -> String {
    let level = chance.pick(&["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]);
    let (one, two) = (traffic(chance), traffic(chance));
    let end = chance.pick(&[
        "COMMIT",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT s; DELETE FROM workflows; ROLLBACK TO s; COMMIT",
    ]);
    format!("BEGIN ISOLATION LEVEL {level}; {one}; {two}; {end}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_of_every_isolation_leave_every_column_true() {
    let base = users().await;
    let codes = together(&base, 6, 50, isolated).await;
    let wrong = but(&codes, &["23514: ", "23505: ", "40001: ", "40P01: "]);
    assert!(wrong.is_empty(), "{wrong:#?}");
    base.assert_true("transactions of every isolation").await;
}

const BOXES: &str = "
version = 1
[models.Box.fields]
id = { type = \"integer\", primary_key = true }
things = { type = \"integer\", default = 0 }
marks = { type = \"integer\", default = 0 }
[models.Thing.fields]
id = { type = \"bigint\", identity = \"always\", primary_key = true }
box_id = { type = \"integer\", references = \"Box\", on_delete = \"cascade\", on_update = \"cascade\", deferrable = \"deferred\" }
[models.Mark.fields]
id = { type = \"bigint\", identity = \"always\", primary_key = true }
box_id = { type = \"integer?\", references = \"Box\", on_delete = \"retain\" }
[triggers.box_things]
kind = \"counter\"
count = \"Thing\"
by = \"box_id\"
into = \"Box.things\"
[triggers.box_marks]
kind = \"counter\"
count = \"Mark\"
by = \"box_id\"
into = \"Box.marks\"
";

/// Parents come and go while their children do.
fn coming_and_going(chance: &mut Chance) -> String {
    let id = chance.below(4);
    let to = chance.below(4);
    match chance.below(9) {
        0 => format!("INSERT INTO things (box_id) VALUES ({id})"),
        1 => format!(
            "BEGIN; INSERT INTO things (box_id) VALUES ({id}); INSERT INTO boxes (id) VALUES ({id}) ON CONFLICT DO NOTHING; COMMIT"
        ),
        2 => format!("INSERT INTO boxes (id) VALUES ({id}) ON CONFLICT DO NOTHING"),
        3 => format!("DELETE FROM boxes WHERE id = {id}"),
        4 => format!("INSERT INTO marks (box_id) VALUES ({id}), ({id})"),
        5 => format!(
            "DELETE FROM marks WHERE id IN (SELECT id FROM marks WHERE box_id = {id} LIMIT 1 FOR UPDATE SKIP LOCKED)"
        ),
        6 => format!(
            "UPDATE marks SET box_id = {to} WHERE id IN (SELECT id FROM marks WHERE box_id = {id} LIMIT 2 FOR UPDATE SKIP LOCKED)"
        ),
        7 => format!("UPDATE boxes SET id = {to} WHERE id = {id}"),
        _ => format!(
            "WITH b AS (INSERT INTO boxes (id) VALUES ({id}) ON CONFLICT DO NOTHING RETURNING id) INSERT INTO things (box_id) SELECT id FROM b"
        ),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parents_that_come_and_go_beside_their_children_are_counted_right() {
    let base = base(BOXES).await;
    let codes = together(&base, 6, 120, coming_and_going).await;
    // A cascade takes locks row by row, so that these may meet.
    let wrong = but(&codes, &["23503: ", "23505: ", "40P01: ", "40001: "]);
    assert!(wrong.is_empty(), "{wrong:#?}");
    base.assert_true("parents that come and go").await;
}

/// An account that is used up by many at once is never overdrawn, and its entries have no gaps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charges_at_once_never_overdraw_and_leave_no_gaps() {
    let base = users().await;
    let codes = together(&base, 8, 40, |chance| {
        let amount = 1 + chance.below(3);
        format!(
            "INSERT INTO credit_transactions (user_id, amount, transaction_type)
             SELECT id, -{amount}, 'consumption' FROM users WHERE id = '00000000-0000-0000-0000-000000000001'"
        )
    })
    .await;
    assert!(but(&codes, &["23514: "]).is_empty(), "{codes:#?}");
    assert!(!codes.is_empty());
    base.assert_true("charges at once").await;
    let mut connection = base.connect().await;
    let lowest: i64 = sqlx::query_scalar("SELECT min(balance_after) FROM credit_transactions")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(lowest, 0);
}

/// Beside writers, a repair neither waits for ever nor writes what is no longer true.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_is_repaired_beside_writers() {
    let base = users().await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "ALTER TABLE datasets DISABLE TRIGGER USER;
         DELETE FROM datasets WHERE original_size_bytes < 4;
         INSERT INTO datasets (user_id, name, original_size_bytes) SELECT id, 'x', 50 FROM users;
         ALTER TABLE datasets ENABLE TRIGGER USER;",
    )
    .await;
    assert_eq!(base.drift().await.len(), 20);
    let writers = together(&base, 5, 60, traffic);
    let repairs = repair_until_true(&base, &mut connection);
    let (codes, ()) = tokio::join!(writers, repairs);
    let wrong = but(&codes, &["23514: ", "23505: "]);
    assert!(wrong.is_empty(), "{wrong:#?}");
    base.assert_true("repairs beside writers").await;
}

async fn repair_until_true(base: &Base, connection: &mut PgConnection) {
    for _ in 0..20 {
        let repaired: i64 = sqlx::query_scalar("SELECT users_repair(2)")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        if repaired == 0 && base.drift().await.is_empty() {
            return;
        }
    }
}
