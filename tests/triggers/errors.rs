//! Every rule's error says which rule of which table it is, in fields that a client reads without the text.

use crate::support::{base, refused, run};

const SPEC: &str = include_str!("../cases/trigger_errors/schema.toml");

#[tokio::test]
async fn each_rule_is_told_apart_by_its_fields() {
    let base = base(SPEC).await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "INSERT INTO app.accounts (id) VALUES (1), (2);
         INSERT INTO app.tasks (id, state) VALUES (1, 'new'), (2, 'done'), (3, NULL);
         INSERT INTO app.logs VALUES (1, 1, 2), (1, 2, NULL);
         INSERT INTO app.notes VALUES (1, 1), (2, NULL);
         INSERT INTO app.entries (account_id, task_id, amount) VALUES (1, 1, 3), (1, NULL, 4.5);",
    )
    .await;
    base.assert_true("first rows").await;
    for (sql, fields, named) in [
        (
            "INSERT INTO app.entries (account_id, amount) VALUES (1, -12.51)",
            "23514 app.entries.amount entries_minimum",
            "-5.01",
        ),
        (
            "INSERT INTO app.entries (account_id, amount) VALUES (7, 1)",
            "23503 app.entries.account_id entries_retained",
            "7",
        ),
        (
            "UPDATE app.entries SET amount = 1",
            "55000 app.entries. entries_immutable",
            "(1)",
        ),
        (
            "DELETE FROM app.entries",
            "55000 app.entries. entries_immutable",
            "(1)",
        ),
        (
            "TRUNCATE app.entries",
            "55000 app.entries. entries_immutable",
            "entries",
        ),
        (
            "UPDATE app.entries SET task_id = NULL",
            "55000 app.entries. entries_immutable",
            "(1)",
        ),
        (
            "UPDATE app.accounts SET balance = 1 WHERE id = 1",
            "42501 app.accounts.balance accounts_maintained",
            "(1)",
        ),
        (
            "UPDATE app.accounts SET entries = 9 WHERE id = 2",
            "42501 app.accounts.entries accounts_maintained",
            "(2)",
        ),
        (
            "INSERT INTO app.accounts VALUES (5, 1)",
            "42501 app.accounts.balance accounts_maintained",
            "(5)",
        ),
        (
            "UPDATE app.tasks SET state = 'done' WHERE id = 1",
            "23514 app.tasks.state tasks_transition",
            "(1): state cannot go from new to done",
        ),
        (
            "UPDATE app.tasks SET state = 'new' WHERE id = 2",
            "23514 app.tasks.state tasks_transition",
            "from done to new",
        ),
        (
            "UPDATE app.tasks SET state = NULL WHERE id = 2",
            "23514 app.tasks.state tasks_transition",
            "NULL",
        ),
        (
            "UPDATE app.tasks SET frozen = 'x', free = 'y' WHERE id = 2",
            "55000 app.tasks.frozen tasks_immutable",
            "(2)",
        ),
        (
            "UPDATE app.tasks SET stone = 'x', free = 'y' WHERE id = 2",
            "55000 app.tasks.stone tasks_immutable",
            "(2)",
        ),
        (
            "UPDATE app.logs SET text = 'x' WHERE line = 2",
            "55000 app.logs. logs_immutable",
            "(1, 2)",
        ),
        (
            "UPDATE app.logs SET owner = NULL WHERE line = 1",
            "55000 app.logs. logs_immutable",
            "(1, 1)",
        ),
        (
            "DELETE FROM app.logs",
            "55000 app.logs. logs_immutable",
            "(1, 1)",
        ),
        (
            "TRUNCATE app.logs",
            "55000 app.logs. logs_immutable",
            "logs",
        ),
        (
            "INSERT INTO app.notes VALUES (3, 99)",
            "23503 app.notes.task_id notes_retained",
            "99",
        ),
        (
            "UPDATE app.notes SET task_id = 98 WHERE id = 1",
            "23503 app.notes.task_id notes_retained",
            "98",
        ),
        (
            "INSERT INTO app.notes VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET task_id = 97",
            "23503 app.notes.task_id notes_retained",
            "97",
        ),
    ] {
        let refusal = refused(&mut connection, sql).await;
        assert_eq!(refusal.fields(), fields, "{sql}");
        assert!(
            refusal.message.contains(named),
            "{sql}: {}",
            refusal.message
        );
        base.assert_true(sql).await;
    }
}

#[tokio::test]
async fn what_the_rules_allow_goes_through() {
    let base = base(SPEC).await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "INSERT INTO app.accounts (id) VALUES (1), (2);
         INSERT INTO app.tasks (id, state) VALUES (1, 'new'), (2, 'done'), (3, NULL);
         INSERT INTO app.logs VALUES (1, 1, 2);
         INSERT INTO app.notes VALUES (1, 1), (2, NULL);
         INSERT INTO app.entries (account_id, task_id, amount) VALUES (1, 1, 3), (1, 2, -8);",
    )
    .await;
    for sql in [
        "UPDATE app.tasks SET state = 'open' WHERE id = 1",
        "UPDATE app.tasks SET state = state, free = 'x', frozen = frozen",
        "UPDATE app.tasks SET state = 'done' WHERE id IN (1, 3)",
        "DELETE FROM app.logs WHERE false; UPDATE app.logs SET text = 'x' WHERE false",
        // A retained value is looked at when it is set, and outlives what it names.
        "DELETE FROM app.tasks WHERE id = 3; UPDATE app.notes SET id = 7 WHERE id = 1",
        // The foreign keys' own SET NULL, which is what the filter of a counter on the ledger reads too.
        "DELETE FROM app.tasks WHERE id = 1",
        "DELETE FROM app.accounts WHERE id = 2",
        "UPDATE app.notes SET task_id = 1 WHERE id = 7",
        "UPDATE app.notes SET task_id = NULL WHERE id = 7",
    ] {
        run(&mut connection, sql).await;
        base.assert_true(sql).await;
    }
    let touched: i64 =
        sqlx::query_scalar("SELECT count(*) FROM app.tasks WHERE touched_at = '-infinity'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(touched, 0);
    assert_eq!(
        refused(&mut connection, "UPDATE app.notes SET task_id = 1")
            .await
            .code,
        "23503"
    );
}
