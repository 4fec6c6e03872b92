//! Reads that break in the middle: rows that cannot be read, connections that die, readers that go away.

use std::pin::pin;

use automl_db::pgwright::sql;
use automl_db::prelude::*;

use crate::support::{admin, connect, database};

/// More rows than the server sends at once.
const MANY: usize = 400;

/// A database with one connection and many datasets.
async fn many() -> (pgwright_cli::testing::Database, Db) {
    let database = database().await;
    let db = connect(&database, Db::builder().max_connections(1)).await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let rows: Vec<_> = (0..MANY)
        .map(|number| {
            NewDataset::new(user.id, format!("d{number:03}")).description("x".repeat(100))
        })
        .collect();
    NewDataset::insert_many(&db, &rows).await.unwrap();
    (database, db)
}

async fn backend(db: &Db) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(db.pool())
        .await
        .unwrap()
}

/// A label in the middle that the program does not know.
async fn spoil(db: &Db) {
    for sql in [
        "ALTER TYPE file_format ADD VALUE 'scroll'",
        "UPDATE datasets SET original_format = 'scroll' WHERE name = 'd200'",
    ] {
        sqlx::raw_sql(sql).execute(db.pool()).await.unwrap();
    }
}

fn is_of_the_label(error: &Error) -> bool {
    let Error::Decode {
        model,
        column,
        source,
    } = error
    else {
        return false;
    };
    (*model, column.as_str()) == ("Dataset", "original_format")
        && source.to_string() == "the enum `FileFormat` has no label `scroll`"
}

#[tokio::test]
async fn a_row_with_an_unknown_label_in_the_middle_is_named_and_the_connection_goes_on() {
    let (_database, db) = many().await;
    spoil(&db).await;
    let all = || Dataset::query().order_by(dataset::name.asc());
    let before = backend(&db).await;
    let error = all().all(&db).await.unwrap_err();
    assert!(is_of_the_label(&error), "{error:?}");

    let mut stream = all().stream(&db);
    let mut seen = 0;
    let error = loop {
        match stream.try_next().await {
            Ok(row) => seen += usize::from(row.is_some()),
            Err(error) => break error,
        }
    };
    assert!(is_of_the_label(&error), "{error:?}");
    assert_eq!(seen, 200);
    assert!(stream.try_next().await.unwrap().is_none());
    drop(stream);
    assert_eq!(all().limit(200).all(&db).await.unwrap().len(), 200);
    assert_eq!(backend(&db).await, before, "the session is the same");
}

#[tokio::test]
async fn a_transaction_goes_on_after_a_row_that_cannot_be_read() {
    let (_database, db) = many().await;
    spoil(&db).await;
    db.transaction(async |tx| {
        let error = Dataset::query().all(tx).await.unwrap_err();
        assert!(is_of_the_label(&error), "{error:?}");
        let mut stream = Dataset::query().stream(tx);
        while let Ok(Some(_)) = stream.try_next().await {}
        drop(stream);
        NewUser::new("b@x.org").insert(tx).await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(User::query().count(&db).await.unwrap(), 2);
}

#[tokio::test]
async fn rows_that_were_read_before_the_connection_broke_do_not_count_twice() {
    let (_database, db) = many().await;
    let kill = "
        CREATE SEQUENCE turns;
        CREATE FUNCTION breaks(name text) RETURNS bool LANGUAGE plpgsql AS $$
        BEGIN
            IF name = 'd350' AND nextval('turns') = 1 THEN
                PERFORM pg_terminate_backend(pg_backend_pid());
            END IF;
            RETURN true;
        END $$";
    sqlx::raw_sql(kill).execute(db.pool()).await.unwrap();
    let query = Dataset::query().filter(sql("breaks(name)"));
    let mut names: Vec<_> = query.all(&db).await.unwrap();
    names.sort_by(|one, other| one.name.cmp(&other.name));
    names.dedup_by(|one, other| one.name == other.name);
    assert_eq!(names.len(), MANY);
    let query = Dataset::query().filter(sql("breaks(name)"));
    assert_eq!(query.all(&db).await.unwrap().len(), MANY);
    let turns: i64 = sqlx::query_scalar("SELECT last_value FROM turns")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert_eq!(turns, 3, "it broke once, and was sent again once");
}

#[tokio::test]
async fn a_reader_that_goes_away_in_the_middle_leaves_a_sound_connection() {
    let (database, db) = many().await;
    let wait = "
        CREATE FUNCTION waits(name text) RETURNS bool LANGUAGE plpgsql AS $$
        BEGIN
            IF name = 'd350' THEN
                PERFORM pg_advisory_xact_lock(1);
            END IF;
            RETURN true;
        END $$";
    sqlx::raw_sql(wait).execute(db.pool()).await.unwrap();
    let mut admin = admin(&database).await;
    let mut raw = async |sql: &'static str| -> bool {
        let all = sqlx::query_scalar(sql).fetch_one(&mut admin).await;
        all.unwrap()
    };
    for streamed in [false, true] {
        assert!(raw("SELECT pg_advisory_lock(1) IS NOT NULL").await);
        let query = || Dataset::query().filter(sql("waits(name)"));
        {
            let mut read = pin!(async {
                if streamed {
                    let mut rows = query().stream(&db);
                    while rows.try_next().await?.is_some() {}
                    return Ok(Vec::new());
                }
                query().all(&db).await
            });
            loop {
                tokio::select! {
                    result = &mut read => panic!("it did not wait: {result:?}"),
                    waits = raw("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") => {
                        if waits {
                            break;
                        }
                    }
                }
            }
        }
        assert!(raw("SELECT pg_advisory_unlock(1)").await);
        assert_eq!(query().all(&db).await.unwrap().len(), MANY);
        assert_eq!(User::query().count(&db).await.unwrap(), 1);
    }
}
