//! Every statement of the generated code, prepared on a real PostgreSQL.

use pgwright_cli::testing::Cluster;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::cases;
use crate::database::{case, load};

#[tokio::test]
async fn every_statement_of_every_spec_is_prepared() {
    let cluster = Cluster::shared().await.unwrap();
    let mut admin = PgConnection::connect_with(cluster.admin()).await.unwrap();
    let mut failures = Vec::new();
    let mut prepared = 0;
    for case in cases::all() {
        if case.requires() > cluster.version() {
            continue;
        }
        if let Some(before) = case.file("before.sql") {
            // Test processes that run beside each other grant the same roles.
            let _ = admin.execute(AssertSqlSafe(before)).await;
        }
        let database = load(&case).await;
        let mut connection = database.connect().await.unwrap();
        for (name, sql) in pgwright_codegen::rust::statements(&case.schema) {
            let prepare = format!("PREPARE s AS {sql}; DEALLOCATE s;");
            if let Err(error) = connection.execute(AssertSqlSafe(prepare)).await {
                failures.push(format!("{} {name}: {error}\n{sql}", case.name));
            }
            prepared += 1;
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(prepared > 100, "only {prepared} statements were tried");
}

#[test]
fn the_list_of_statements_is_what_the_crate_carries() {
    let expected = pgwright_codegen::rust::statements(&case("platform").schema);
    assert_eq!(automl_db::STATEMENTS.len(), expected.len());
    for ((name, sql), (expected_name, expected_sql)) in automl_db::STATEMENTS.iter().zip(&expected)
    {
        assert_eq!(
            (*name, *sql),
            (expected_name.as_str(), expected_sql.as_str())
        );
    }
}
