//! What triggers do while a migration writes rows that are there: they run, are skipped, or are made up for.

use pgwright_codegen::diff::{self, Options};
use pgwright_codegen::plan::{self, Data, File, Triggers};
use pgwright_codegen::schema::Schema;
use pgwright_codegen::triggers;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::support::{apply, compile, database};

const PREV: &str = r#"
version = 1
[models.User.fields]
id = { type = "bigint", primary_key = true }
paid = { type = "bigint", default = 0 }
[models.Order.fields]
id = { type = "bigint", primary_key = true }
user_id = { type = "bigint", references = "User" }
amount = { type = "integer", default = 1 }
touched_at = { type = "timestamptz", default_sql = "'2020-01-01'" }
[models.Frozen.fields]
id = { type = "bigint", primary_key = true }
code = "integer"
[triggers.touch]
kind = "touch"
column = "touched_at"
on = ["Order"]
[triggers.paid]
kind = "sum"
sum = "amount"
of = "Order"
by = "user_id"
into = "User.paid"
[triggers.frozen]
kind = "immutable"
on = "Frozen"
deny = ["update", "delete"]
"#;

const ROWS: &str = "INSERT INTO users SELECT i FROM generate_series(1, 10) AS i;
    INSERT INTO orders (id, user_id, amount) SELECT i, i % 10 + 1, 5 FROM generate_series(1, 100) AS i;
    INSERT INTO frozens SELECT i, i FROM generate_series(1, 10) AS i";

fn options(triggers: Triggers) -> Options {
    Options {
        triggers,
        ..Options::default()
    }
}

fn planned(prev: &Schema, next: &Schema, triggers: Triggers) -> Vec<File> {
    let planned = diff::plan(prev, next, &options(triggers)).unwrap();
    plan::files(&planned.plan, next, "A migration.", &Data::new())
}

async fn number(connection: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

async fn drift(connection: &mut PgConnection, schema: &Schema) -> usize {
    let mut wrong = 0;
    for kept in triggers::maintained(schema) {
        let sql = AssertSqlSafe(kept.drift.into_string());
        wrong += connection.fetch_all(sql).await.unwrap().len();
    }
    wrong
}

const TOUCHED: &str = "SELECT count(*) FROM orders WHERE touched_at > '2021-01-01'";
const DISABLED: &str = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'";

#[tokio::test]
async fn a_backfill_runs_triggers_unless_it_is_told_to_skip_them() {
    let prev = compile(PREV);
    // A new type, and a column whose default differs from row to row: both write every row.
    let next = compile(
        &PREV
            .replace("amount = { type = \"integer\"", "token = { type = \"uuid\", default_sql = \"gen_random_uuid()\" }\namount = { type = \"bigint\""),
    );
    for (said, touched) in [
        (Triggers::Run, 100),
        (Triggers::Skip, 0),
        (Triggers::Recompute, 0),
    ] {
        let base = database(&prev).await.unwrap();
        let mut connection = base.connect().await.unwrap();
        connection.execute(ROWS).await.unwrap();
        apply(&mut connection, &planned(&prev, &next, said))
            .await
            .unwrap();
        assert_eq!(number(&mut connection, TOUCHED).await, touched, "{said:?}");
        assert_eq!(drift(&mut connection, &next).await, 0, "{said:?}");
        assert_eq!(number(&mut connection, DISABLED).await, 0, "{said:?}");
        connection
            .execute("UPDATE orders SET amount = 6")
            .await
            .unwrap();
        assert_eq!(
            number(&mut connection, TOUCHED).await,
            100,
            "they run again"
        );
        assert_eq!(drift(&mut connection, &next).await, 0);
    }
}

#[tokio::test]
async fn rows_that_nobody_may_change_get_another_type_when_it_is_said() {
    let prev = compile(PREV);
    let next = compile(&PREV.replace("code = \"integer\"", "code = \"bigint\""));
    let problems = diff::plan(&prev, &next, &Options::default()).unwrap_err();
    assert!(
        problems[0].help.contains("--triggers skip"),
        "{problems:#?}"
    );
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection.execute(ROWS).await.unwrap();
    apply(&mut connection, &planned(&prev, &next, Triggers::Skip))
        .await
        .unwrap();
    assert_eq!(
        number(&mut connection, "SELECT sum(code)::bigint FROM frozens").await,
        55
    );
    let refused = connection.execute("UPDATE frozens SET code = 3").await;
    assert!(refused.is_err(), "they are immutable as before");
}

#[tokio::test]
async fn a_data_step_says_what_triggers_do() {
    let prev = compile(PREV);
    let next = compile(&format!(
        "{PREV}[models.Other.fields]\nid = {{ type = \"bigint\", primary_key = true }}\n"
    ));
    let statements =
        "UPDATE orders SET amount = amount + 1;\nUPDATE frozens SET code = code + 1;\n";
    for (said, touched, wrong) in [("skip", 0, 10), ("recompute", 0, 0)] {
        let data = Data::from([(
            "expand".to_owned(),
            format!("-- triggers: {said}\n{statements}"),
        )]);
        assert_eq!(plan::wrong_data(&data), None);
        let planned = diff::plan(&prev, &next, &Options::default()).unwrap();
        let files = plan::files(&planned.plan, &next, "A migration.", &data);
        assert_eq!(
            plan::data_of(&files[0].sql).as_ref(),
            data.first_key_value()
                .map(|(key, own)| (key.clone(), own.clone()))
                .as_ref(),
            "it is kept as it was written"
        );
        let base = database(&prev).await.unwrap();
        let mut connection = base.connect().await.unwrap();
        connection.execute(ROWS).await.unwrap();
        apply(&mut connection, &files).await.unwrap();
        assert_eq!(
            number(&mut connection, "SELECT sum(amount)::bigint FROM orders").await,
            600
        );
        assert_eq!(
            number(&mut connection, "SELECT sum(code)::bigint FROM frozens").await,
            65
        );
        assert_eq!(number(&mut connection, TOUCHED).await, touched, "{said}");
        assert_eq!(drift(&mut connection, &next).await, wrong, "{said}");
        assert_eq!(number(&mut connection, DISABLED).await, 0);
    }
    // Without a word they run: the second statement is refused, and with it the file.
    let data = Data::from([("expand".to_owned(), statements.to_owned())]);
    let planned = diff::plan(&prev, &next, &Options::default()).unwrap();
    let files = plan::files(&planned.plan, &next, "A migration.", &data);
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection.execute(ROWS).await.unwrap();
    assert!(apply(&mut connection, &files).await.is_err());
    assert_eq!(
        number(&mut connection, "SELECT sum(amount)::bigint FROM orders").await,
        500
    );
}

#[test]
fn a_word_that_triggers_do_not_know_is_wrong() {
    let data = Data::from([(
        "expand".to_owned(),
        "\n-- triggers: off\nSELECT 1;\n".to_owned(),
    )]);
    assert!(plan::wrong_data(&data).is_some());
}

/// Outside of a transaction everybody would write past the triggers.
#[tokio::test]
async fn triggers_are_not_disabled_outside_of_a_transaction() {
    let prev = compile(PREV);
    let next = compile(&format!(
        "{PREV}[models.Other.fields]\nid = {{ type = \"bigint\", primary_key = true }}\n"
    ));
    let data = Data::from([(
        "expand".to_owned(),
        "-- triggers: skip\nUPDATE orders SET amount = 9;\n".to_owned(),
    )]);
    let planned = diff::plan(&prev, &next, &Options::default()).unwrap();
    let files = plan::files(&planned.plan, &next, "A migration.", &data);
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    // As psql does: each statement by itself.
    let disable = files[0].sql.find("DO $$").unwrap();
    connection
        .execute("SELECT pg_catalog.set_config('pgwright.in_transaction', 'yes', true)")
        .await
        .unwrap();
    let statement = files[0].sql[disable..]
        .split_inclusive("$$;")
        .next()
        .unwrap()
        .to_owned();
    let error = connection
        .execute(AssertSqlSafe(statement))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("this is no transaction"),
        "{error}"
    );
    assert_eq!(number(&mut connection, DISABLED).await, 0);
}
