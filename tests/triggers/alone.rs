//! What a single session sees: nothing is written where nothing changed, COPY counts, errors leave nothing behind.

use sqlx::postgres::PgConnection;

use crate::support::{Base, base, refused, run, value};

const SPEC: &str = "
version = 1
[models.Account.fields]
id = { type = \"integer\", primary_key = true }
items = { type = \"integer\", default = 0 }
open = { type = \"integer\", default = 0 }
total = { type = \"numeric\", default = 0 }
[models.Item.fields]
id = { type = \"integer\", primary_key = true }
account_id = { type = \"integer?\", references = \"Account\", on_delete = \"cascade\" }
amount = \"numeric?\"
done = { type = \"boolean\", default = false }
note = { type = \"text\", default = \"\" }
[triggers.items]
kind = \"counter\"
count = \"Item\"
by = \"account_id\"
into = \"Account.items\"
[triggers.open]
kind = \"counter\"
count = \"Item\"
by = \"account_id\"
into = \"Account.open\"
where = \"NOT done\"
[triggers.total]
kind = \"sum\"
sum = \"amount\"
of = \"Item\"
by = \"account_id\"
into = \"Account.total\"
";

async fn accounts() -> (Base, PgConnection) {
    let base = base(SPEC).await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "INSERT INTO accounts (id) SELECT n FROM generate_series(1, 5) AS n;
         INSERT INTO items (id, account_id, amount) SELECT n, 1 + n % 5, n FROM generate_series(1, 20) AS n;
         INSERT INTO items (id, amount) VALUES (30, 5), (31, NULL);",
    )
    .await;
    (base, connection)
}

/// Where every account is stored, and by which transaction.
async fn places(connection: &mut PgConnection) -> String {
    value(
        connection,
        "SELECT string_agg(id || ' ' || ctid || ' ' || xmin, ', ' ORDER BY id) FROM accounts",
    )
    .await
}

#[tokio::test]
async fn a_statement_that_changes_nothing_writes_nothing() {
    let (base, mut connection) = accounts().await;
    let before = places(&mut connection).await;
    for sql in [
        "UPDATE items SET note = 'x'",
        "UPDATE items SET note = 'y' WHERE id = 1",
        "UPDATE items SET amount = amount, account_id = account_id, done = done",
        "UPDATE items SET amount = amount WHERE id = 2",
        "UPDATE items SET amount = amount + 0.000 WHERE id = 2",
        "UPDATE items SET id = id + 100 WHERE id = 3",
        "UPDATE items SET amount = 0 WHERE id = 31",
        "UPDATE items SET amount = 7, done = true WHERE account_id IS NULL",
        "DELETE FROM items WHERE false",
        "INSERT INTO items (id, account_id) SELECT 1, 1 WHERE false",
        "INSERT INTO items (id, account_id) VALUES (1, 2) ON CONFLICT DO NOTHING",
        "INSERT INTO items (id, amount) VALUES (50, 3), (51, NULL)",
        "DELETE FROM items WHERE account_id IS NULL",
        // What one row takes the other gives.
        "WITH a AS (SELECT min(id) AS one, max(id) AS two FROM items WHERE account_id = 5)
         UPDATE items SET amount = amount + CASE id WHEN one THEN 1 ELSE -1 END FROM a WHERE id IN (one, two)",
        "UPDATE items SET account_id = CASE id WHEN 1 THEN 3 ELSE 2 END, amount = 5 - amount WHERE id IN (-1, -2)",
    ] {
        run(&mut connection, sql).await;
        assert_eq!(places(&mut connection).await, before, "{sql}");
    }
    base.assert_true("statements that change nothing").await;
}

#[tokio::test]
async fn only_parents_whose_value_changes_are_written() {
    let (_base, mut connection) = accounts().await;
    run(
        &mut connection,
        "UPDATE items SET note = 'x', amount = CASE WHEN account_id = 2 THEN 99 ELSE amount END",
    )
    .await;
    assert_eq!(
        value(
            &mut connection,
            "SELECT count(DISTINCT xmin::text), count(*) FILTER (WHERE total = 396) FROM accounts"
        )
        .await,
        "2 1",
        "four were written when the first items came, and account 2 now"
    );
}

#[tokio::test]
async fn copied_rows_are_counted() {
    let (base, mut connection) = accounts().await;
    let mut copy = connection
        .copy_in_raw("COPY items (id, account_id, amount) FROM STDIN")
        .await
        .unwrap();
    copy.send(b"1000\t1\t2.5\n1001\t2\t\\N\n1002\t\\N\t7\n".as_slice())
        .await
        .unwrap();
    copy.finish().await.unwrap();
    base.assert_true("COPY").await;
    assert_eq!(
        value(&mut connection, "SELECT items FROM accounts WHERE id = 1").await,
        "5"
    );
}

#[tokio::test]
async fn errors_and_savepoints_leave_nothing_behind() {
    let (base, mut connection) = accounts().await;
    let before = value(
        &mut connection,
        "SELECT sum(items), sum(total) FROM accounts",
    )
    .await;
    run(
        &mut connection,
        "BEGIN; SAVEPOINT a; INSERT INTO items (id, account_id, amount) VALUES (900, 1, 9), (901, 2, 9); ROLLBACK TO a;
         SAVEPOINT b; UPDATE items SET account_id = 1; RELEASE b; DELETE FROM items WHERE id = 4; ROLLBACK;",
    )
    .await;
    refused(
        &mut connection,
        "INSERT INTO items (id, account_id) SELECT n, n FROM generate_series(100, 110) AS n",
    )
    .await;
    refused(
        &mut connection,
        "UPDATE items SET account_id = 1, amount = 1 / (id - 20)",
    )
    .await;
    run(
        &mut connection,
        "DO $$ BEGIN
           BEGIN UPDATE items SET amount = 100; RAISE EXCEPTION 'no'; EXCEPTION WHEN raise_exception THEN NULL; END;
           BEGIN UPDATE accounts SET items = 5; EXCEPTION WHEN insufficient_privilege THEN NULL; END;
           BEGIN INSERT INTO items (id, account_id) VALUES (500, 1), (501, 77); EXCEPTION WHEN foreign_key_violation THEN NULL; END;
         END $$",
    )
    .await;
    // An announcement that was rolled back holds for nobody.
    assert_eq!(
        refused(&mut connection, "UPDATE accounts SET items = 5")
            .await
            .code,
        "42501"
    );
    assert_eq!(
        value(
            &mut connection,
            "SELECT sum(items), sum(total) FROM accounts"
        )
        .await,
        before
    );
    base.assert_true("errors").await;
}

#[tokio::test]
async fn a_value_that_cannot_be_added_back_is_counted_anew() {
    let (base, mut connection) = accounts().await;
    for sql in [
        "INSERT INTO items (id, account_id, amount) VALUES (60, 1, 'NaN')",
        "INSERT INTO items (id, account_id, amount) VALUES (61, 1, 'Infinity'), (62, 2, '-Infinity')",
        "UPDATE items SET amount = 3 WHERE id = 60",
        "UPDATE items SET account_id = 3 WHERE id IN (61, 62)",
        "DELETE FROM items WHERE id = 61",
        "DELETE FROM items WHERE id IN (60, 62)",
    ] {
        run(&mut connection, sql).await;
        base.assert_true(sql).await;
    }
}

#[tokio::test]
async fn a_difference_may_be_larger_than_the_column() {
    let spec = SPEC
        .replace(
            "total = { type = \"numeric\"",
            "total = { type = \"numeric(10,2)\"",
        )
        .replace(
            "open = { type = \"integer\"",
            "open = { type = \"smallint\"",
        )
        .replace(
            "count = \"Item\"\nby = \"account_id\"\ninto = \"Account.open\"\nwhere = \"NOT done\"",
            "of = \"Item\"\nsum = \"note::bigint\"\nby = \"account_id\"\ninto = \"Account.open\"",
        )
        .replace(
            "[triggers.open]\nkind = \"counter\"",
            "[triggers.open]\nkind = \"sum\"",
        );
    let base = base(&spec).await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "INSERT INTO accounts (id) VALUES (1); INSERT INTO items VALUES (1, 1, 99999999.99, false, '32767');
         UPDATE items SET amount = -99999999.99, note = '-32768';
         UPDATE items SET amount = 0.125, note = '5';",
    )
    .await;
    base.assert_true("large differences").await;
    assert_eq!(
        refused(&mut connection, "UPDATE items SET note = '32768'")
            .await
            .code,
        "22003"
    );
}
