//! The proof of migrations: what it finds in rows that no catalog shows.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use pgwright_cli::dump::{self, Columns};
use pgwright_cli::migrate::history::Part;
use pgwright_cli::migrate::proof::{Proof, prove};
use pgwright_cli::migrate::rows;
use pgwright_cli::testing::{self, Cluster, Database};
use pgwright_codegen::diff::{self, Options};
use pgwright_codegen::plan::{self, Data, Plan};
use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;
use sqlx::ConnectOptions;

const PREV: &str = r#"version = 1
[database]
name = "shop"

[enums.Tier]
values = ["free", "it's \"pro\""]

[domains.Percentage]
type = "integer"
checks = [{ name = "in_range", sql = "VALUE BETWEEN 40 AND 60" }]

[models.Customer]
checks = [{ name = "ck_code", sql = "length(code) = 3 AND code ~ '^[A-Z]+$' OR code = 'X-1'" }]
unique = [{ on = ["email"] }]
[models.Customer.fields]
id          = { type = "uuid", primary_key = true }
email       = { type = "text", check = "~ '@'" }
code        = "varchar(5)"
tier        = { type = "Tier" }
share       = "Percentage"
wide        = { type = "integer", check = "> 5000" }
order_count = { type = "bigint", default = 0 }

[models.Order]
[models.Order.fields]
id          = { type = "bigint", identity = "always", primary_key = true }
customer_id = { type = "uuid", references = "Customer", on_delete = "cascade" }
parent_id   = { type = "bigint?", references = "Order" }
happened_at = "timestamptz"
tags        = "text[]"
body        = "jsonb"

[models.Log]
primary_key = ["id", "at"]
partition = { by = "range", on = ["at"] }
partitions = [{ name = "logs_old", values = "FROM ('1990-01-01') TO ('1991-01-01')" }]
[models.Log.fields]
id = "integer"
at = "date"

[triggers.customers_order_count]
kind  = "counter"
count = "Order"
by    = "customer_id"
into  = "Customer.order_count"
"#;

fn compile(spec: &str) -> Schema {
    let compilation = pgwright_codegen::compile(&Source::new("schema.toml", spec));
    compilation
        .schema
        .unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics))
}

fn parts(plan: &Plan, next: &Schema, from: i64) -> Vec<Part> {
    plan::files(plan, next, "A migration.", &Data::new())
        .into_iter()
        .zip(from..)
        .map(|(file, version)| Part {
            version,
            stem: format!("{version}_{}", file.word),
            up: file.sql,
            down: None,
        })
        .collect()
}

/// The proof of the way from one spec to the other, with something after it that an author may have written.
async fn proof(prev: &str, next: &str, own: &str) -> Proof {
    let (prev, next) = (compile(prev), compile(next));
    let before = parts(&diff::first(&prev), &prev, 1);
    let planned = diff::plan(&prev, &next, &Options::default()).unwrap();
    let mut new = parts(&planned.plan, &next, 10);
    new.last_mut().unwrap().up.push_str(own);
    let cluster = Cluster::shared().await.unwrap();
    prove(cluster, &before, &new, Some(&prev), &next)
        .await
        .unwrap()
}

fn with_column(spec: &str, column: &str) -> String {
    spec.replacen(
        "[models.Order.fields]",
        &format!("[models.Order.fields]\n{column}"),
        1,
    )
}

#[tokio::test]
async fn every_table_of_the_spec_takes_rows_that_are_made_up_and_the_proof_holds() {
    let proof = proof(PREV, &with_column(PREV, "note = \"text?\""), "").await;
    assert_eq!(proof, Proof::default());
}

#[tokio::test]
async fn a_row_that_is_lost_is_found() {
    let proof = proof(
        PREV,
        &with_column(PREV, "note = \"text?\""),
        "DELETE FROM orders;",
    )
    .await;
    assert!(
        proof.wrong[0].starts_with("public.orders had 3 rows"),
        "{proof:#?}"
    );
}

#[tokio::test]
async fn a_column_that_its_triggers_did_not_keep_true_is_found() {
    let own = "ALTER TABLE customers DISABLE TRIGGER USER; UPDATE customers SET order_count = 7; ALTER TABLE customers ENABLE TRIGGER USER;";
    let proof = proof(PREV, &with_column(PREV, "note = \"text?\""), own).await;
    assert!(
        proof
            .wrong
            .iter()
            .any(|why| why.contains("customers.order_count is 7")),
        "{proof:#?}"
    );
}

#[tokio::test]
async fn a_step_that_may_fail_is_proven_without_rows_and_that_is_said() {
    let proof = proof(PREV, &with_column(PREV, "note = \"text\""), "").await;
    assert!(proof.wrong.is_empty(), "{proof:#?}");
    assert!(
        proof
            .notes
            .iter()
            .any(|note| note.contains("the step says that it may")),
        "{proof:#?}"
    );
}

#[tokio::test]
async fn a_table_that_takes_no_row_is_named() {
    let sql = "CREATE TABLE nothing (a integer CHECK (a > 5 AND a < 3) NOT NULL); CREATE TABLE below (a integer NOT NULL);";
    let database = testing::database(sql).await.unwrap();
    let mut connection = database.admin_options().connect().await.unwrap();
    let empty = rows::fill(&mut connection).await.unwrap();
    assert_eq!(empty.len(), 1, "{empty:#?}");
    assert_eq!(empty[0].table, "public.nothing");
    assert!(empty[0].why.contains("nothing_a_check"), "{empty:#?}");
}

#[tokio::test]
async fn the_same_database_gets_the_same_rows() {
    let schema = compile(PREV);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let database = testing::database(&pgwright_codegen::ddl::schema_sql(&schema))
            .await
            .unwrap();
        let mut connection = database.admin_options().connect().await.unwrap();
        assert_eq!(rows::fill(&mut connection).await.unwrap(), []);
        let found: Vec<String> = sqlx::query_scalar(
            "SELECT c::text FROM customers AS c UNION ALL SELECT l::text FROM logs AS l ORDER BY 1",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        seen.push(found);
    }
    assert!(seen[0].len() > 2, "{seen:#?}");
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn pg_dump_is_asked_too_where_it_is_at_hand() {
    let cluster = Cluster::shared().await.unwrap();
    let Some(installation) = dump::at_hand(cluster.version()) else {
        return;
    };
    let one = testing::database("CREATE TABLE t (a integer, b text);")
        .await
        .unwrap();
    let other = testing::database("CREATE TABLE t (b text, a integer);")
        .await
        .unwrap();
    let third = testing::database("CREATE TABLE t (b text, a bigint);")
        .await
        .unwrap();
    let dump = |database: &Database| {
        dump::statements(&installation, &database.admin_options(), Columns::AnyOrder).unwrap()
    };
    assert_eq!(dump(&one), dump(&other));
    assert_ne!(dump(&one), dump(&third));
}
