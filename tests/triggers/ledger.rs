//! A ledger: what `RETURNING` shows, what is not believed, what is refused, and that nothing leaves a gap.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::support::{Base, base, platform, refused, run, value};

const ONE: &str = "'00000000-0000-0000-0000-000000000001'::uuid";
const TWO: &str = "'00000000-0000-0000-0000-000000000002'::uuid";

async fn accounts() -> (Base, PgConnection) {
    let base = base(platform()).await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        &format!("INSERT INTO users (id, email) VALUES ({ONE}, 'a'), ({TWO}, 'b')"),
    )
    .await;
    (base, connection)
}

fn entry(user: &str, amount: &str) -> String {
    format!(
        "INSERT INTO credit_transactions (user_id, amount, transaction_type) VALUES ({user}, {amount}, 'adjustment')"
    )
}

#[tokio::test]
async fn returning_shows_what_is_stored_in_the_order_of_the_statement() {
    let (base, mut connection) = accounts().await;
    let rows = connection
        .fetch_all(AssertSqlSafe(format!(
            "INSERT INTO credit_transactions (user_id, amount, transaction_type, balance_after, entry_no)
             VALUES ({ONE}, 10, 'purchase', 77, 99), ({TWO}, 5, 'purchase', -1, -1), ({ONE}, -3, 'refund', NULL, NULL), ({ONE}, -7, 'refund', 0, 1)
             RETURNING entry_no, balance_after"
        )))
        .await
        .unwrap();
    let found: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(found, [(1, 10), (1, 5), (2, 7), (3, 0)]);
    assert_eq!(
        value(
            &mut connection,
            "SELECT string_agg(balance_after::text, ' ' ORDER BY user_id, entry_no) FROM credit_transactions"
        )
        .await,
        "10 7 0 5"
    );
    base.assert_true("a statement over two accounts").await;
}

#[tokio::test]
async fn an_overdraft_in_the_middle_of_a_statement_is_refused_as_a_whole() {
    let (base, mut connection) = accounts().await;
    let refusal = refused(
        &mut connection,
        &format!("INSERT INTO credit_transactions (user_id, amount, transaction_type) VALUES ({ONE}, 5, 'purchase'), ({ONE}, -6, 'refund'), ({ONE}, 100, 'purchase')"),
    )
    .await;
    assert_eq!(
        refusal.fields(),
        "23514 public.credit_transactions.amount credit_transactions_minimum"
    );
    assert!(
        refusal
            .message
            .contains("00000000-0000-0000-0000-000000000001"),
        "{}",
        refusal.message
    );
    assert_eq!(
        value(&mut connection, "SELECT count(*) FROM credit_transactions").await,
        "0"
    );
    base.assert_true("a refused overdraft").await;
}

#[tokio::test]
async fn null_amounts_and_accounts_are_refused_by_their_columns() {
    let (_base, mut connection) = accounts().await;
    for sql in [entry(ONE, "NULL"), entry("NULL", "1")] {
        assert_eq!(refused(&mut connection, &sql).await.code, "23502", "{sql}");
    }
    let refusal = refused(&mut connection, &entry("gen_random_uuid()", "1")).await;
    assert_eq!(
        refusal.fields(),
        "23503 public.credit_transactions.user_id credit_transactions_retained"
    );
}

#[tokio::test]
async fn a_payment_that_arrives_twice_adds_once_and_leaves_no_gap() {
    let (base, mut connection) = accounts().await;
    for _ in 0..2 {
        run(
            &mut connection,
            &format!(
                "INSERT INTO credit_transactions (user_id, amount, transaction_type, idempotency_key)
                 VALUES ({ONE}, 5, 'purchase', 'x'), ({ONE}, 6, 'purchase', 'x'), ({ONE}, 7, 'purchase', NULL)
                 ON CONFLICT DO NOTHING"
            ),
        )
        .await;
    }
    assert_eq!(
        value(
            &mut connection,
            "SELECT string_agg(entry_no || ':' || balance_after, ' ' ORDER BY entry_no) FROM credit_transactions"
        )
        .await,
        "1:5 2:12 3:19"
    );
    base.assert_true("payments that arrive twice").await;
}

#[tokio::test]
async fn no_entry_changes_not_even_for_the_owner() {
    let (base, mut connection) = accounts().await;
    run(&mut connection, &entry(ONE, "5")).await;
    for sql in [
        "UPDATE credit_transactions SET description = 'x'",
        "UPDATE credit_transactions SET amount = 6",
        "DELETE FROM credit_transactions",
        "TRUNCATE credit_transactions",
        "TRUNCATE users, credit_transactions CASCADE",
    ] {
        let refusal = refused(&mut connection, sql).await;
        assert_eq!(
            refusal.fields(),
            "55000 public.credit_transactions. credit_transactions_immutable",
            "{sql}"
        );
    }
    let refusal = refused(
        &mut connection,
        "INSERT INTO credit_transactions SELECT * FROM credit_transactions ON CONFLICT (id) DO UPDATE SET amount = 9",
    )
    .await;
    assert_eq!(refusal.code, "55000");
    base.assert_true("refused changes").await;
}

#[tokio::test]
async fn an_account_that_is_deleted_and_made_again_has_its_balance() {
    let (base, mut connection) = accounts().await;
    run(&mut connection, &entry(ONE, "5")).await;
    run(
        &mut connection,
        &format!("DELETE FROM users WHERE id = {ONE}"),
    )
    .await;
    assert_eq!(
        refused(&mut connection, &entry(ONE, "1")).await.code,
        "23503"
    );
    run(
        &mut connection,
        &format!("INSERT INTO users (id, email) VALUES ({ONE}, 'again')"),
    )
    .await;
    run(&mut connection, &entry(ONE, "2")).await;
    assert_eq!(
        value(
            &mut connection,
            &format!("SELECT u.credit_balance, t.entry_no, t.balance_after FROM users AS u JOIN credit_transactions AS t ON t.user_id = u.id WHERE u.id = {ONE} ORDER BY t.entry_no DESC LIMIT 1")
        )
        .await,
        "7 2 7"
    );
    base.assert_true("an account that came back").await;
}

#[tokio::test]
async fn a_later_trigger_cannot_change_an_entry() {
    for line in [
        "NEW.amount := NEW.amount * 10",
        "NEW.balance_after := 1000",
        "NEW.entry_no := 50",
        "NEW.user_id := '00000000-0000-0000-0000-000000000002'",
    ] {
        let (base, mut connection) = accounts().await;
        run(
            &mut connection,
            &format!(
                "CREATE FUNCTION zz() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {line}; RETURN NEW; END $$;
                 CREATE TRIGGER zz BEFORE INSERT ON credit_transactions FOR EACH ROW EXECUTE FUNCTION zz();"
            ),
        )
        .await;
        let refusal = refused(&mut connection, &entry(ONE, "5")).await;
        assert_eq!(refusal.code, "42501", "{line}");
        assert_eq!(
            refusal.constraint, "credit_transactions_maintained",
            "{line}"
        );
        // One that comes before the numbering is nothing but a default.
        run(
            &mut connection,
            "ALTER TRIGGER zz ON credit_transactions RENAME TO aa;",
        )
        .await;
        run(&mut connection, &entry(ONE, "5")).await;
        base.assert_true(line).await;
    }
}

#[tokio::test]
async fn a_trigger_that_drops_entries_leaves_no_gap() {
    let (base, mut connection) = accounts().await;
    run(
        &mut connection,
        "CREATE FUNCTION zz() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.amount = 3 THEN RETURN NULL; END IF; RETURN NEW; END $$;
         CREATE TRIGGER zz BEFORE INSERT ON credit_transactions FOR EACH ROW EXECUTE FUNCTION zz();",
    )
    .await;
    run(
        &mut connection,
        &format!("INSERT INTO credit_transactions (user_id, amount, transaction_type) SELECT {ONE}, n, 'purchase' FROM generate_series(1, 6) AS n"),
    )
    .await;
    assert_eq!(
        value(
            &mut connection,
            "SELECT max(entry_no), max(balance_after) FROM credit_transactions"
        )
        .await,
        "5 18"
    );
    base.assert_true("entries that were dropped").await;
}

/// Shared buffers that a statement touched: work that does not depend on how busy the machine is.
async fn work(connection: &mut PgConnection, entries: u32) -> i64 {
    let plan: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(format!(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
         INSERT INTO credit_transactions (user_id, amount, transaction_type) SELECT {ONE}, 1, 'purchase' FROM generate_series(1, {entries})"
    )))
    .fetch_one(connection)
    .await
    .unwrap();
    plan[0]["Plan"]["Shared Hit Blocks"].as_i64().unwrap()
}

#[tokio::test]
async fn ten_thousand_entries_of_one_account_are_linear() {
    let (base, mut connection) = accounts().await;
    let thousand = work(&mut connection, 1_000).await;
    let ten = work(&mut connection, 10_000).await;
    assert!(
        ten < 15 * thousand,
        "{thousand} buffers for 1,000 entries, {ten} for 10,000"
    );
    assert_eq!(
        value(
            &mut connection,
            &format!("SELECT credit_balance FROM users WHERE id = {ONE}")
        )
        .await,
        "11000"
    );
    base.assert_true("eleven thousand entries").await;
}
