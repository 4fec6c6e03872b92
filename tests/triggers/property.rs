//! Statements made by chance: after each of them every maintained column is what its definition says.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::chance::Chance;
use crate::support::{Base, base, drift, platform, run};

/// How many sequences are tried of each family; `CASES=1000` tries more.
const CASES: u32 = 40;

/// A spec, its first rows, and statements by chance.
struct Family {
    spec: &'static str,
    rows: &'static str,
    statement: fn(&mut Chance) -> String,
}

/// References of every kind but retained: two to one parent, two parents, a parent in the same table, a chain of sums.
const PLAIN: Family = Family {
    spec: include_str!("../cases/trigger_references/schema.toml"),
    rows: "INSERT INTO regions VALUES ('a'), ('b'), ('c');
INSERT INTO accounts (id, region) VALUES (1, 'a'), (2, 'a'), (3, 'b'), (4, NULL);
INSERT INTO items (id, giver, taker, above, amount)
SELECT n, 1 + n % 4, CASE WHEN n % 3 > 0 THEN 1 + n % 3 END, CASE WHEN n > 2 THEN n / 2 END, n * 1.115
FROM generate_series(1, 12) AS n;",
    statement: plain,
};

fn plain(chance: &mut Chance) -> String {
    let id = 1 + chance.below(14);
    let other = 1 + chance.below(20);
    let parent = chance.pick(&["1", "2", "3", "4", "NULL", "giver", "taker", "1 + id % 4"]);
    let account = 1 + chance.below(5);
    let region = chance.pick(&["'a'", "'b'", "'c'", "NULL"]);
    let amount = chance.pick(&[
        "amount",
        "NULL",
        "0",
        "-7.345",
        "amount + 0.01",
        "-amount",
        "1e7",
        "id",
    ]);
    let state = chance.pick(&["'new'", "'void'", "state"]);
    let of = chance.pick(&[
        "id = 1",
        "id IN (2, 3, 4)",
        "id % 2 = 0",
        "true",
        "false",
        "giver = 1",
        "taker IS NULL",
    ]);
    match chance.below(26) {
        0 => format!("INSERT INTO items (id, giver, taker, amount) VALUES ({other}, {account}, NULL, 3.005)"),
        1 => format!(
            "INSERT INTO items (id, giver, taker, above, amount, state)
             SELECT 100 + n, 1 + n % 4, 1 + n % 3, {id}, n, {} FROM generate_series({id}, {other}) AS n",
            if state == "state" { "'new'" } else { state }
        ),
        2 => format!("UPDATE items SET amount = {amount} WHERE {of}"),
        3 => format!("UPDATE items SET state = {state} WHERE {of}"),
        4 => format!("UPDATE items SET giver = {parent} WHERE {of}"),
        5 => format!("UPDATE items SET taker = {parent}, giver = taker WHERE {of}"),
        6 => format!("UPDATE items SET id = id + 1000 WHERE {of}"),
        7 => format!(
            "UPDATE items SET id = id + 500, giver = {parent}, taker = giver, above = NULL, amount = {amount}, state = {state} WHERE {of}"
        ),
        8 => format!("DELETE FROM items WHERE {of}"),
        9 => format!(
            "INSERT INTO items (id, giver, amount) VALUES ({id}, {account}, 9), ({}, 1, 8) ON CONFLICT DO NOTHING",
            other + 20
        ),
        10 => format!(
            "INSERT INTO items (id, giver, amount) VALUES ({id}, {account}, 9), ({}, 1, 8)
             ON CONFLICT (id) DO UPDATE SET giver = excluded.giver, amount = items.amount + 1, state = {}",
            other + 20,
            if state == "state" { "items.state" } else { state }
        ),
        11 => format!(
            "MERGE INTO items AS t USING (VALUES ({id}, {account}), ({}, 2)) AS s (id, giver) ON t.id = s.id
             WHEN MATCHED AND t.amount > 8 THEN DELETE
             WHEN MATCHED THEN UPDATE SET giver = s.giver, amount = 4
             WHEN NOT MATCHED THEN INSERT (id, giver, amount) VALUES (s.id, s.giver, 6)",
            id + other
        ),
        12 => format!(
            "WITH gone AS (DELETE FROM items WHERE {of} RETURNING *)
             INSERT INTO items (id, giver, taker, amount) SELECT id + 2000, taker, giver, amount FROM gone"
        ),
        13 => format!(
            "WITH a AS (INSERT INTO items (id, giver, amount) VALUES ({}, 1, 7)),
                  b AS (INSERT INTO items (id, giver, amount) VALUES ({}, {account}, 7)),
                  c AS (UPDATE items SET giver = 3 WHERE id = {id})
             DELETE FROM items WHERE id = {}",
            other + 100,
            other + 200,
            id + 1
        ),
        14 => format!("UPDATE accounts SET id = id + 10 WHERE id = {account}"),
        15 => "UPDATE accounts SET id = id + 100".to_owned(),
        16 => format!("UPDATE accounts SET region = {region}, note = note || 'x' WHERE id <= {account}"),
        17 => format!("DELETE FROM accounts WHERE id = {account}"),
        18 => format!(
            "WITH p AS (INSERT INTO accounts (id, region) VALUES ({}, {region}) RETURNING id)
             INSERT INTO items (id, giver, taker, amount) SELECT 3000 + id, id, id, 5.5 FROM p",
            account + 50
        ),
        19 => format!(
            "WITH m AS (UPDATE items SET giver = 77 WHERE giver = {account} RETURNING 1)
             UPDATE accounts SET id = 77 WHERE id = {account} AND (SELECT count(*) FROM m) >= 0"
        ),
        20 => format!(
            "WITH m AS (UPDATE items SET giver = 78 WHERE giver = {account} RETURNING 1)
             UPDATE accounts SET id = 78 WHERE id = {account}"
        ),
        21 => "TRUNCATE items".to_owned(),
        22 => "TRUNCATE accounts CASCADE".to_owned(),
        23 => format!("UPDATE regions SET id = id || 'x' WHERE id <> {}", if region == "NULL" { "'a'" } else { region }),
        24 => format!("DELETE FROM regions WHERE id = {}", if region == "NULL" { "'b'" } else { region }),
        _ => format!(
            "DO $$ BEGIN UPDATE items SET giver = {parent} WHERE {of}; INSERT INTO items (id, giver) VALUES (1, 1), (1, 1);
             EXCEPTION WHEN unique_violation THEN DELETE FROM items WHERE id = {id}; END $$"
        ),
    }
}

/// Children that come before their parents, in partitions, with references that outlive what they name.
const LOOSE: Family = Family {
    spec: include_str!("../cases/trigger_orphans/schema.toml"),
    rows: "INSERT INTO boxes (id, code) VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO things SELECT n, CASE WHEN n % 2 = 0 THEN 'x' ELSE 'y' END, 1 + n % 3, n FROM generate_series(1, 9) AS n;
INSERT INTO marks SELECT n, CASE n % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' ELSE 'c' END FROM generate_series(1, 7) AS n;",
    statement: loose,
};

fn loose(chance: &mut Chance) -> String {
    let id = 1 + chance.below(12);
    let other = 20 + chance.below(30);
    let parent = 1 + chance.below(6);
    let code = chance.pick(&["a", "b", "c", "d"]);
    let kind = chance.pick(&["x", "y"]);
    let of = chance.pick(&["id = 2", "id < 5", "true", "kind = 'x'", "box_id = 1"]);
    match chance.below(25) {
        0 => format!("INSERT INTO things VALUES ({other}, '{kind}', {parent}, 5)"),
        1 => format!("INSERT INTO thing_{kind} SELECT {other} + n, '{kind}', 1 + n, n FROM generate_series(1, {parent}) AS n"),
        2 => format!("UPDATE thing_{kind} SET box_id = {parent}, weight = 2 WHERE id < {id}"),
        3 => format!("UPDATE things SET kind = '{kind}', box_id = {parent} WHERE {of}"),
        4 => format!("UPDATE things SET weight = weight + 1 WHERE {of}"),
        5 => format!("DELETE FROM things WHERE {of}"),
        6 => format!("DELETE FROM thing_{kind} WHERE id = {id}"),
        7 => format!("TRUNCATE thing_{kind}"),
        8 => "TRUNCATE things, marks".to_owned(),
        9 => format!("INSERT INTO boxes (id, code) VALUES ({parent}, '{code}')"),
        10 => format!("INSERT INTO boxes (id, code) VALUES ({parent}, '{code}'), ({other}, '{code}2') ON CONFLICT DO NOTHING"),
        11 => format!("DELETE FROM boxes WHERE id = {parent}"),
        12 => format!("DELETE FROM boxes WHERE code = '{code}'; INSERT INTO boxes (id, code) VALUES (60, '{code}')"),
        13 => format!("UPDATE boxes SET id = id + 10 WHERE id = {parent}"),
        14 => format!("UPDATE boxes SET code = '{code}' WHERE id = {parent}"),
        15 => "UPDATE boxes SET id = id + 100, code = code || 'x'".to_owned(),
        16 => format!("INSERT INTO marks VALUES ({other}, '{code}')"),
        17 => format!("UPDATE marks SET code = '{code}', good = id % 2 = 0 WHERE id < {id}"),
        18 => format!("DELETE FROM marks WHERE id = {id}"),
        19 => format!(
            "WITH b AS (INSERT INTO boxes (id, code) VALUES ({other}, 'n{other}') RETURNING *),
                  t AS (INSERT INTO things SELECT {other}, '{kind}', id, 3 FROM b)
             INSERT INTO marks SELECT {other}, code FROM b"
        ),
        20 => format!(
            "WITH t AS (INSERT INTO things VALUES ({other}, '{kind}', 90, 3) RETURNING box_id),
                  d AS (DELETE FROM marks WHERE code = '{code}')
             INSERT INTO boxes (id, code) SELECT box_id, '{code}' FROM t ON CONFLICT DO NOTHING"
        ),
        21 => format!(
            "WITH t AS (UPDATE things SET box_id = 95 WHERE box_id = {parent} RETURNING 1),
                  m AS (UPDATE marks SET good = NOT good WHERE code = '{code}')
             UPDATE boxes SET id = 95, code = 'z' WHERE id = {parent} AND (SELECT count(*) FROM t) >= 0"
        ),
        _ => "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED".to_owned(),
    }
}

/// The platform's users with all that hangs on them, the ledger too.
const PLATFORM: Family = Family {
    spec: "",
    rows: "INSERT INTO users (id, email) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, n::text FROM generate_series(1, 4) AS n;
INSERT INTO datasets (user_id, name, original_size_bytes) SELECT id, email, 5 FROM users;
INSERT INTO credit_transactions (user_id, amount, transaction_type) SELECT id, 10, 'purchase' FROM users;
INSERT INTO tutorials (title) VALUES ('t'), ('u');
INSERT INTO user_tutorial_progress (user_id, tutorial_id) SELECT u.id, t.id FROM users AS u, tutorials AS t;",
    statement: on_platform,
};

fn on_platform(chance: &mut Chance) -> String {
    let user = |chance: &mut Chance| {
        format!(
            "'00000000-0000-0000-0000-00000000000{}'::uuid",
            1 + chance.below(5)
        )
    };
    let (one, two) = (user(chance), user(chance));
    let amount = i64::try_from(chance.below(20)).unwrap() - 9;
    let name = chance.below(1_000_000);
    match chance.below(18) {
        0 => format!("INSERT INTO credit_transactions (user_id, amount, transaction_type) VALUES ({one}, {amount}, 'adjustment')"),
        1 => format!(
            "INSERT INTO credit_transactions (user_id, amount, transaction_type, balance_after, entry_no)
             SELECT CASE WHEN n % 2 = 0 THEN {one} ELSE {two} END, {amount} + n, 'adjustment', 999, 999 FROM generate_series(1, 6) AS n"
        ),
        2 => format!(
            "INSERT INTO credit_transactions (user_id, amount, transaction_type, idempotency_key)
             VALUES ({one}, 1, 'purchase', 'a'), ({one}, 2, 'purchase', 'b'), ({one}, 3, 'purchase', 'a'), ({two}, {amount}, 'refund', 'a')
             ON CONFLICT DO NOTHING"
        ),
        3 => format!("DELETE FROM users WHERE id = {one}"),
        4 => format!("INSERT INTO users (id, email) VALUES ({one}, 'e{name}') ON CONFLICT DO NOTHING"),
        5 => format!(
            "WITH u AS (INSERT INTO users (id, email) VALUES ({one}, 'e{name}') ON CONFLICT DO NOTHING RETURNING id),
                  c AS (INSERT INTO credit_transactions (user_id, amount, transaction_type) SELECT id, {amount}, 'purchase' FROM u)
             INSERT INTO datasets (user_id, name, parquet_size_bytes) SELECT id, 'd{name}', 3 FROM u"
        ),
        6 => format!("INSERT INTO datasets (user_id, name, original_size_bytes) SELECT {one}, 'd{name}-' || n, n FROM generate_series(1, 4) AS n"),
        7 => format!("UPDATE datasets SET user_id = {one}, parquet_size_bytes = 7 WHERE user_id = {two}"),
        8 => format!("DELETE FROM datasets WHERE user_id IN ({one}, {two})"),
        9 => "TRUNCATE datasets CASCADE".to_owned(),
        10 => format!("UPDATE user_tutorial_progress SET is_completed = NOT is_completed WHERE user_id <> {one}"),
        11 => format!("INSERT INTO workflows (user_id, name) VALUES ({one}, 'w'), ({two}, 'w')"),
        12 => format!("INSERT INTO models (user_id, dataset_id) SELECT user_id, id FROM datasets WHERE user_id <> {one}"),
        13 => format!("UPDATE models SET user_id = {one}"),
        14 => format!("UPDATE users SET is_deleted = true, deleted_at = now() WHERE id = {one}"),
        15 => format!("UPDATE users SET full_name = 'x', id = ('00000000-0000-0000-0000-0000000000' || {})::uuid WHERE id = {one}", 10 + chance.below(80)),
        16 => format!("DELETE FROM tutorials WHERE {} = 1", 1 + chance.below(3)),
        _ => format!("DO $$ BEGIN INSERT INTO credit_transactions (user_id, amount, transaction_type) VALUES ({one}, 4, 'refund'), ({two}, -1000, 'refund');
                      EXCEPTION WHEN check_violation THEN INSERT INTO credit_transactions (user_id, amount, transaction_type) VALUES ({two}, 2, 'refund'); END $$"),
    }
}

/// What statements made by chance may run into.
fn is_expected(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(|error| error.code())
        .unwrap_or_default();
    // Keys, references, checks, a number that is too large, a row that is written twice by one ON CONFLICT or MERGE, a
    // TRUNCATE while constraints wait.
    code.starts_with("23") || ["22003", "21000", "55006"].contains(&code.as_ref())
}

async fn holds(
    connection: &mut PgConnection,
    base: &Base,
    family: &Family,
    seeds: &[u64],
    merge: bool,
) -> Result<(), String> {
    run(connection, "BEGIN").await;
    run(connection, family.rows).await;
    let mut done = Vec::new();
    let mut result = Ok(());
    for &seed in seeds {
        let statement = (family.statement)(&mut Chance(seed));
        if statement.starts_with("MERGE") && !merge {
            continue;
        }
        run(connection, "SAVEPOINT s").await;
        let outcome = connection.execute(AssertSqlSafe(statement.clone())).await;
        match outcome {
            Ok(_) => {
                done.push(statement);
                let wrong = drift(connection, &base.schema).await;
                if !wrong.is_empty() {
                    result = Err(format!("{}\n{}", wrong.join("\n"), done.join(";\n")));
                    break;
                }
            }
            Err(error) if is_expected(&error) => run(connection, "ROLLBACK TO s").await,
            Err(error) => {
                result = Err(format!("{error}\n{};\n{statement}", done.join(";\n")));
                break;
            }
        }
    }
    run(connection, "ROLLBACK").await;
    result
}

async fn property(family: &Family) {
    let base = base(if family.spec.is_empty() {
        platform()
    } else {
        family.spec
    })
    .await;
    let merge = version(&mut base.connect().await).await >= 150_000;
    let cases = std::env::var("CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    });
    let sequences = proptest::collection::vec(proptest::num::u64::ANY.no_shrink(), 1..14);
    let runtime = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        let connection = std::cell::RefCell::new(runtime.block_on(base.connect()));
        runner.run(&sequences, |seeds| {
            let mut connection = connection.borrow_mut();
            runtime
                .block_on(holds(&mut connection, &base, family, &seeds, merge))
                .map_err(TestCaseError::fail)
        })
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}

async fn version(connection: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn counters_and_sums_hold_after_any_statement() {
    property(&PLAIN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn children_without_parents_and_in_partitions_are_counted_after_any_statement() {
    property(&LOOSE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_platforms_columns_hold_after_any_statement() {
    property(&PLATFORM).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[should_panic(expected = "total of Account")]
async fn the_property_fails_when_a_trigger_is_off() {
    let family = Family {
        rows: "ALTER TABLE items DISABLE TRIGGER trg_items_maintain_update;
INSERT INTO regions VALUES ('a');
INSERT INTO accounts (id, region) VALUES (1, 'a'), (2, 'a');
INSERT INTO items (id, giver, amount) VALUES (1, 1, 1);",
        statement: |_| "UPDATE items SET amount = 2".to_owned(),
        ..PLAIN
    };
    property(&family).await;
}
