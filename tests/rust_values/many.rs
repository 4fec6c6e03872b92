//! Many rows at once, with values of every type: what comes of them is what comes of the same rows one by one.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::Settings;
use crate::database::{case, load};
use crate::types::full;
use crate::types::generated::*;

fn rows() -> Vec<NewEverything> {
    vec![
        full(),
        NewEverything::new(),
        NewEverything::new().a_positive(None).texts(vec![]),
        full().a_positive(Positive(9)),
        NewEverything::new()
            .some_tags(Tags(vec![]))
            .positions(vec![]),
    ]
}

/// Every row but for its key, as the server writes it.
async fn texts(db: &mut PgConnection, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT (to_jsonb(t) - 'id' - 'number' - 'said')::text FROM {table} AS t ORDER BY 1"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(db).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn many_rows_of_every_type_are_what_they_are_one_by_one() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let mut singles = Vec::new();
    for row in rows() {
        singles.push(row.insert(&mut db).await.unwrap());
    }
    let expected = texts(&mut db, "everythings").await;
    sqlx::query("DELETE FROM everythings")
        .execute(&mut db)
        .await
        .unwrap();

    let many = NewEverything::insert_many(&mut db, &rows()).await.unwrap();
    assert_eq!(texts(&mut db, "everythings").await, expected);
    assert_eq!(many.len(), singles.len());
    for (mut one, many) in singles.into_iter().zip(many) {
        one.id = many.id;
        assert_eq!(one, many, "in the order given");
    }

    sqlx::query("DELETE FROM everythings")
        .execute(&mut db)
        .await
        .unwrap();
    let count = NewEverything::copy_in(&mut db, rows()).await.unwrap();
    assert_eq!(count, 5);
    assert_eq!(texts(&mut db, "everythings").await, expected);
}

#[tokio::test]
async fn many_rows_take_their_defaults_one_by_one() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let rows = || vec![NewDefaults::new(), NewDefaults::new()];
    for row in rows() {
        row.insert(&mut db).await.unwrap();
    }
    let expected = texts(&mut db, "defaults").await;
    sqlx::query("DELETE FROM defaults")
        .execute(&mut db)
        .await
        .unwrap();
    NewDefaults::insert_many(&mut db, &rows()).await.unwrap();
    assert_eq!(texts(&mut db, "defaults").await, expected);
    sqlx::query("DELETE FROM defaults")
        .execute(&mut db)
        .await
        .unwrap();
    NewDefaults::copy_in(&mut db, rows()).await.unwrap();
    assert_eq!(texts(&mut db, "defaults").await, expected);
}

#[tokio::test]
async fn a_type_of_the_author_s_own_is_sent_in_many_rows_too() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let rows = || {
        vec![
            NewOwn::new(Settings { size: 1 }),
            NewOwn::new(Settings { size: 2 })
                .maybe(Settings { size: 5 })
                .said(None),
        ]
    };
    let many = NewOwn::insert_many(&mut db, &rows()).await.unwrap();
    let sizes: Vec<_> = many
        .iter()
        .map(|row| (row.needed.size, row.said.as_ref().map(|said| said.size)))
        .collect();
    assert_eq!(sizes, [(1, Some(3)), (2, None)]);
    assert_eq!(NewOwn::copy_in(&mut db, rows()).await.unwrap(), 2);
    let copied = texts(&mut db, "owns").await;
    assert_eq!(copied.len(), 4);
    assert_eq!(copied[0], copied[1]);
    assert_eq!(copied[2], copied[3]);
    assert_eq!(many[1].maybe.as_ref().unwrap().size, 5);
}
