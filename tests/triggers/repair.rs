//! Drift, repair and backfill; what deletes in batches; and that the tests can fail.

use pgwright_codegen::triggers;

use crate::support::{Base, base, platform, refused, run, value};

async fn users() -> Base {
    let base = base(platform()).await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "INSERT INTO users (id, email) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, n::text FROM generate_series(1, 9) AS n;
         INSERT INTO datasets (user_id, name, original_size_bytes) SELECT id, 'd', 5 FROM users;
         INSERT INTO workflows (user_id, name) SELECT id, 'w' FROM users;
         INSERT INTO credit_transactions (user_id, amount, transaction_type) SELECT id, 10, 'purchase' FROM users;",
    )
    .await;
    base
}

/// Each trigger in turn is switched off while something happens that it looks after; drift must say so, and the repair,
/// which is the backfill of a new column too, must mend it.
#[tokio::test]
async fn drift_lists_what_each_missing_trigger_leaves_and_repair_mends_it() {
    let base = users().await;
    let mut connection = base.connect().await;
    for (trigger, on, sql, wrong) in [
        (
            "trg_datasets_after_insert_storage",
            "datasets",
            "INSERT INTO datasets (user_id, name, original_size_bytes) SELECT id, 'e', 7 FROM users WHERE email < '3'",
            4,
        ),
        (
            "trg_datasets_after_update_storage",
            "datasets",
            "UPDATE datasets SET original_size_bytes = 9 WHERE name = 'd'",
            9,
        ),
        (
            "trg_datasets_after_delete_storage",
            "datasets",
            "DELETE FROM datasets WHERE name = 'e'",
            4,
        ),
        (
            "trg_datasets_maintain_truncate",
            "datasets",
            "TRUNCATE datasets CASCADE",
            18,
        ),
        (
            "trg_workflows_after_insert",
            "workflows",
            "INSERT INTO workflows (user_id, name) SELECT id, 'x' FROM users WHERE email = '1'",
            1,
        ),
        (
            "trg_workflows_after_delete",
            "workflows",
            "DELETE FROM workflows WHERE name = 'x'",
            1,
        ),
    ] {
        run(
            &mut connection,
            &format!("ALTER TABLE {on} DISABLE TRIGGER {trigger}; {sql}; ALTER TABLE {on} ENABLE TRIGGER {trigger}"),
        )
        .await;
        assert_eq!(base.drift().await.len(), wrong, "{trigger}: {sql}");
        let listed = value(
            &mut connection,
            "SELECT count(*), bool_and(expected <> found) FROM users_drift()",
        )
        .await;
        assert_eq!(listed, format!("{wrong} true"), "{trigger}");
        // A user may have two wrong columns.
        let rows = if wrong % 2 == 0 { wrong / 2 } else { wrong };
        assert_eq!(
            value(&mut connection, "SELECT users_repair(2)").await,
            rows.min(2).to_string()
        );
        assert_eq!(
            value(&mut connection, "SELECT users_repair()").await,
            (rows - rows.min(2)).to_string()
        );
        assert_eq!(value(&mut connection, "SELECT users_repair()").await, "0");
        base.assert_true(trigger).await;
    }
    // Nobody was charged by a repair that repaired nothing.
    assert_eq!(
        refused(&mut connection, "UPDATE users SET dataset_count = 3")
            .await
            .code,
        "42501"
    );
}

#[tokio::test]
async fn a_ledger_that_was_tampered_with_is_found() {
    let base = users().await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "ALTER TABLE credit_transactions DISABLE TRIGGER USER;
         UPDATE credit_transactions SET amount = 11 WHERE user_id = '00000000-0000-0000-0000-000000000001';
         UPDATE credit_transactions SET entry_no = 2 WHERE user_id = '00000000-0000-0000-0000-000000000002';
         ALTER TABLE credit_transactions ENABLE TRIGGER USER;",
    )
    .await;
    assert_eq!(
        value(&mut connection, "SELECT string_agg(column_name || ' ' || expected || ' ' || found, ', ' ORDER BY row_key) FROM credit_transactions_drift()").await,
        "balance_after 11 10, entry_no 1 2"
    );
    assert_eq!(base.drift().await.len(), 3, "the user's balance too");
}

#[tokio::test]
async fn a_repair_under_an_old_snapshot_is_refused() {
    let base = users().await;
    let mut connection = base.connect().await;
    let refusal = refused(
        &mut connection,
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT users_repair()",
    )
    .await;
    assert_eq!(refusal.code, "25001");
}

#[tokio::test]
async fn every_maintained_column_has_a_query_and_functions_in_the_database() {
    let base = users().await;
    let mut connection = base.connect().await;
    let mut columns = Vec::new();
    for maintained in triggers::maintained(&base.schema) {
        let model = base.schema.model(maintained.model);
        for &field in &maintained.columns {
            columns.push(format!(
                "{}.{}",
                model.table.name.as_str(),
                model.field(field).name.as_str()
            ));
        }
        run(
            &mut connection,
            &format!("SELECT * FROM {}()", maintained.drift_function),
        )
        .await;
    }
    columns.sort();
    assert_eq!(
        columns,
        [
            "credit_transactions.balance_after",
            "credit_transactions.entry_no",
            "tutorials.completion_count",
            "tutorials.enrollment_count",
            "users.credit_balance",
            "users.dataset_count",
            "users.model_count",
            "users.storage_used_bytes",
            "users.workflow_count",
        ]
    );
}

#[tokio::test]
async fn a_purge_in_batches_leaves_every_column_true_and_the_ledger_whole() {
    let base = users().await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "INSERT INTO tutorials (title, created_by_user_id) SELECT 't' || email, id FROM users;
         INSERT INTO user_tutorial_progress (user_id, tutorial_id, is_completed) SELECT u.id, t.id, u.email < '5' FROM users AS u, tutorials AS t;
         UPDATE users SET is_deleted = true, deleted_at = now() - interval '31 days' WHERE email < '6';
         UPDATE users SET is_deleted = true, deleted_at = now() WHERE email = '9'",
    )
    .await;
    base.assert_true("soft deletes").await;
    for expected in ["2", "2", "1", "0"] {
        assert_eq!(
            value(&mut connection, "SELECT users_purge(2)").await,
            expected
        );
        base.assert_true("a batch").await;
    }
    assert_eq!(
        value(&mut connection, "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM credit_transactions), (SELECT min(enrollment_count) FROM tutorials)").await,
        "4 9 4"
    );
}
