//! A database of the size of the largest that are known.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use pgwright_cli::{inspect, testing};
use pgwright_codegen::introspect;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

/// Tables with columns, keys, indexes, checks, references and a trigger each, in several schemas.
fn tables(count: usize) -> String {
    let mut sql = String::from(
        "CREATE SCHEMA ci; CREATE TYPE state AS ENUM ('new', 'done');
         CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';\n",
    );
    for number in 0..count {
        let schema = if number % 5 == 4 { "ci" } else { "public" };
        let name = format!("{schema}.table_{number:04}s");
        let _ = write!(
            sql,
            "CREATE TABLE {name} (id bigserial PRIMARY KEY, state state NOT NULL DEFAULT 'new'"
        );
        for column in 0..12 {
            let _ = write!(
                sql,
                ", column_{column} text CHECK (char_length(column_{column}) <= 255)"
            );
        }
        let _ = write!(
            sql,
            ", created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()"
        );
        if number > 0 {
            let parent = number / 2;
            let schema = if parent % 5 == 4 { "ci" } else { "public" };
            let _ = write!(
                sql,
                ", parent_id bigint REFERENCES {schema}.table_{parent:04}s ON DELETE CASCADE"
            );
        }
        let _ = writeln!(
            sql,
            ");\nCREATE INDEX ON {name} (state, created_at DESC);\nCREATE UNIQUE INDEX ON {name} (lower(column_0)) WHERE state = 'new';
             CREATE TRIGGER touch BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION set_updated_at();\n
             COMMENT ON TABLE {name} IS 'Table {number}.';"
        );
    }
    sql
}

#[tokio::test]
async fn a_thousand_tables_are_imported_in_seconds() {
    let database = testing::database("").await.unwrap();
    let mut connection = database.admin_options().connect().await.unwrap();
    connection
        .execute(AssertSqlSafe(tables(1_050)))
        .await
        .unwrap();
    let start = Instant::now();
    let catalog = inspect::read(&mut connection, "public").await.unwrap();
    let read = start.elapsed();
    let imported = introspect::import(&catalog, "big", "public").unwrap();
    let whole = start.elapsed();
    println!(
        "{} objects read in {read:?}, {} models written after {whole:?}",
        catalog.objects.len(),
        imported.models
    );
    assert_eq!(imported.models, 1_050);
    // A build without optimisation on a machine that does other things too: an optimised one takes a tenth.
    assert!(whole < Duration::from_secs(120), "{whole:?}");
}
