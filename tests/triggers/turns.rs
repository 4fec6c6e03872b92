//! Sessions that insert for one parent take turns: who asks for one, and that nobody holds anything while they wait.

use sqlx::Row;
use sqlx::postgres::PgConnection;

use crate::support::{Base, base, platform, run};

const ONE: &str = "'00000000-0000-0000-0000-000000000001'::uuid";
const TWO: &str = "'00000000-0000-0000-0000-000000000002'::uuid";

async fn two_users() -> Base {
    let base = base(platform()).await;
    run(
        &mut base.connect().await,
        &format!("INSERT INTO users (id, email) VALUES ({ONE}, 'one'), ({TWO}, 'two')"),
    )
    .await;
    base
}

/// The advisory locks that the session holds.
async fn turns(connection: &mut PgConnection) -> i64 {
    sqlx::query(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted",
    )
    .fetch_one(connection)
    .await
    .unwrap()
    .get(0)
}

fn insert(user: &str, name: &str) -> String {
    format!("INSERT INTO datasets (user_id, name) VALUES ({user}, '{name}')")
}

#[tokio::test]
async fn only_the_first_row_that_a_transaction_writes_asks_for_a_turn() {
    let base = two_users().await;
    let mut db = base.connect().await;
    run(
        &mut db,
        &format!("BEGIN; INSERT INTO datasets (user_id, name) VALUES ({TWO}, 'a'), ({ONE}, 'b')"),
    )
    .await;
    assert_eq!(turns(&mut db).await, 1, "several rows of one statement");
    run(&mut db, &insert(ONE, "c")).await;
    assert_eq!(turns(&mut db).await, 1, "a second statement");
    run(&mut db, "ROLLBACK").await;
    assert_eq!(turns(&mut db).await, 0, "after the transaction");

    run(
        &mut db,
        &format!(
            "BEGIN; UPDATE users SET full_name = 'x' WHERE id = {TWO}; {}",
            insert(ONE, "d")
        ),
    )
    .await;
    assert_eq!(turns(&mut db).await, 0, "a transaction that holds a row");
}

#[tokio::test]
async fn a_row_that_is_not_stored_uses_up_the_turn_too() {
    let base = two_users().await;
    let (mut first, mut second) = (base.connect().await, base.connect().await);
    run(
        &mut first,
        &format!("{}; {}", insert(ONE, "x"), insert(TWO, "x")),
    )
    .await;
    // Each has the turn of one user, and stored nothing; a second turn would wait for the other session.
    for (db, user) in [(&mut first, ONE), (&mut second, TWO)] {
        let nothing = insert(user, "x");
        run(db, &format!("BEGIN; {nothing} ON CONFLICT DO NOTHING")).await;
        assert_eq!(turns(db).await, 1);
    }
    for (db, user) in [(&mut first, TWO), (&mut second, ONE)] {
        run(
            db,
            &format!("SET lock_timeout = '5s'; {}", insert(user, "y")),
        )
        .await;
    }
    run(&mut first, "COMMIT").await;
    run(&mut second, "COMMIT").await;
    base.assert_true("two sessions that cross").await;
}

#[tokio::test]
async fn a_row_that_a_trigger_inserts_asks_for_no_turn() {
    let base = two_users().await;
    let mut db = base.connect().await;
    run(
        &mut db,
        &format!(
            "CREATE FUNCTION copies() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN {}; RETURN NEW; END $$;
             CREATE TRIGGER a_copies BEFORE INSERT ON tutorials FOR EACH ROW EXECUTE FUNCTION copies()",
            insert(ONE, "copy")
        ),
    )
    .await;
    run(&mut db, "BEGIN; INSERT INTO tutorials (title) VALUES ('t')").await;
    assert_eq!(turns(&mut db).await, 0);
    run(&mut db, "COMMIT").await;
    base.assert_true("a row inserted by a trigger").await;
}

#[tokio::test]
async fn whoever_waits_for_a_turn_holds_no_row() {
    let base = two_users().await;
    let (mut first, mut second, mut third) = (
        base.connect().await,
        base.connect().await,
        base.connect().await,
    );
    run(&mut first, &format!("BEGIN; {}", insert(ONE, "a"))).await;
    let waiting = tokio::spawn(async move {
        // The user of the second row is free, and stays so while the first row waits.
        let sql = format!("INSERT INTO datasets (user_id, name) VALUES ({ONE}, 'b'), ({TWO}, 'b')");
        run(&mut second, &sql).await;
    });
    // The lock it ends up waiting for, after a few looks.
    loop {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
             WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)",
        )
        .fetch_one(&mut third)
        .await
        .unwrap();
        if waits {
            break;
        }
        tokio::task::yield_now().await;
    }
    run(
        &mut third,
        &format!(
            "SET lock_timeout = '5s'; SELECT FROM users WHERE id = {TWO} FOR UPDATE; {}",
            insert(TWO, "c")
        ),
    )
    .await;
    run(&mut first, "COMMIT").await;
    waiting.await.unwrap();
    base.assert_true("a session that waited").await;
}
