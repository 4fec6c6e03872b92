//! What a query reads: columns, aggregates, groups, streams; with locks, and with the plan that it has.

use std::time::Duration;

use automl_db::prelude::*;
use pgwright::types::Decimal;
use sqlx::PgPool;

use crate::filters::{datasets, platform};

/// Three datasets of one user, and one of another.
async fn two_users(db: &PgPool) -> (User, User) {
    let ada = datasets(db, &[("a", Some(1)), ("b", Some(2)), ("c", None)]).await;
    let bob = NewUser::new("bob@example.org").insert(db).await.unwrap();
    NewDataset::new(bob.id, "a")
        .original_size_bytes(40)
        .row_count(3)
        .insert(db)
        .await
        .unwrap();
    (ada, bob)
}

projection! {
    /// What a list shows.
    #[derive(Debug, PartialEq)]
    struct Line of Dataset {
        name: String = dataset::name,
        size: Option<i64> = dataset::original_size_bytes,
        letters: i32 = dataset::name.length(),
    }
}

#[tokio::test]
async fn columns_are_read_as_values_tuples_and_structs() {
    let (_database, db) = platform().await;
    two_users(&db).await;
    let query = || Dataset::query().order_by((dataset::name.asc(), dataset::id.asc()));
    let names: Vec<String> = query()
        .distinct()
        .select(dataset::name)
        .limit(9)
        .all(&db)
        .await
        .unwrap_err()
        .to_string()
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(names[0].contains("DISTINCT"), "{names:?}");
    let names: Vec<String> = Dataset::query()
        .select(dataset::name)
        .distinct()
        .order_by(dataset::name.asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(names, ["a", "b", "c"]);
    let pairs: Vec<(String, Option<i64>)> = query()
        .select((dataset::name, dataset::original_size_bytes))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(pairs[2], ("b".to_owned(), Some(2)));
    assert_eq!(pairs[3], ("c".to_owned(), None));
    let lines = query().select_as::<Line>().all(&db).await.unwrap();
    let line = Line {
        name: "b".to_owned(),
        size: Some(2),
        letters: 1,
    };
    assert_eq!(lines[2], line);
    let newest: Vec<(String, Option<i64>)> = Dataset::query()
        .select((dataset::name, dataset::original_size_bytes))
        .distinct_on(dataset::name)
        .order_by((
            dataset::name.asc(),
            dataset::original_size_bytes.desc().nulls_last(),
        ))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(newest[0], ("a".to_owned(), Some(40)));
    assert_eq!(newest.len(), 3);
    let query = Dataset::query().select(dataset::name).distinct();
    assert_eq!(query.count(&db).await.unwrap(), 3);
}

/// Rows, sizes, names, and the sum, mean and least of the sizes, and the last name.
type Whole = (
    i64,
    i64,
    i64,
    Option<Decimal>,
    Option<Decimal>,
    Option<i64>,
    Option<String>,
);

#[tokio::test]
async fn aggregates_have_the_types_of_postgresql() {
    let (_database, db) = platform().await;
    let (ada, bob) = two_users(&db).await;
    let size = dataset::original_size_bytes;
    let whole: Whole = Dataset::query()
        .select((
            count_rows(),
            size.count(),
            dataset::name.count_distinct(),
            size.sum(),
            size.avg(),
            size.min(),
            dataset::name.max(),
        ))
        .one(&db)
        .await
        .unwrap();
    let average = Decimal::from(43) / Decimal::from(3);
    assert_eq!(
        (whole.0, whole.1, whole.2, whole.3, whole.5, whole.6),
        (4, 3, 3, Some(43.into()), Some(1), Some("c".to_owned()))
    );
    assert!((whole.4.unwrap() - average).abs() < Decimal::new(1, 9));

    let mut groups: Vec<(UserId, i64, Option<Decimal>, i64)> = Dataset::query()
        .select((
            dataset::user_id,
            count_rows(),
            size.sum(),
            count_rows().only(size.gt(1)),
        ))
        .group_by(dataset::user_id)
        .order_by(count_rows().desc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(groups.remove(0), (ada.id, 3, Some(3.into()), 1));
    assert_eq!(groups, [(bob.id, 1, Some(40.into()), 1)]);
    let many = Dataset::query()
        .select(dataset::user_id)
        .group_by(dataset::user_id)
        .having(count_rows().gt(1));
    assert_eq!(many.clone().count(&db).await.unwrap(), 1);
    assert_eq!(many.all(&db).await.unwrap(), [ada.id]);

    // One expression with a value in it, in two places: the server must see that it is one.
    let day = dataset::created_at.trunc_in(DatePart::Day, "Asia/Tokyo");
    let days = Dataset::query()
        .select((day.clone(), count_rows()))
        .group_by(day.clone())
        .order_by(day.asc());
    assert_eq!(days.all(&db).await.unwrap()[0].1, 4);
    let none = Dataset::query().filter(Filter::none());
    assert_eq!(none.select(size.sum()).one(&db).await.unwrap(), None);
    let rows = dataset::row_count.sum();
    let sum: Option<Decimal> = Dataset::query().select(rows).one(&db).await.unwrap();
    assert_eq!(sum, Some(3.into()));
    let columns: Option<i64> = Dataset::query()
        .select(dataset::column_count.sum())
        .one(&db)
        .await
        .unwrap();
    assert_eq!(columns, None);
}

#[tokio::test]
async fn rows_come_one_by_one() {
    use futures_util::StreamExt as _;

    let (_database, db) = platform().await;
    two_users(&db).await;
    let query =
        Dataset::query().order_by((dataset::name.asc(), dataset::original_size_bytes.asc()));
    let expected = query.clone().all(&db).await.unwrap();
    let stream = query.clone().stream(&db);
    let rows: Vec<Dataset> = stream.map(|row| row.unwrap()).collect().await;
    assert_eq!(rows, expected);

    let mut tx = db.begin().await.unwrap();
    let mut rows = query.clone().select(dataset::name).stream(&mut tx);
    assert_eq!(rows.try_next().await.unwrap().unwrap(), "a");
    drop(rows);
    // What was left unread is no harm.
    assert_eq!(Dataset::query().count(&mut tx).await.unwrap(), 4);
    drop(tx);
    let wrong = Dataset::query().filter(sql("1 / (length(name) - 1) = 0"));
    let mut rows = wrong.stream(&db);
    assert!(rows.next().await.is_some_and(|row| row.is_err()));
    assert!(rows.next().await.is_none());
}

#[tokio::test]
async fn locks_are_taken_waited_for_or_passed_by() {
    let (_database, db) = platform().await;
    let (ada, _) = two_users(&db).await;
    let query = || {
        Dataset::query()
            .filter(dataset::user_id.eq(ada.id))
            .order_by(dataset::name.asc())
    };
    let mut tx = db.begin().await.unwrap();
    let held = query().limit(1).for_update().all(&mut tx).await.unwrap();
    assert_eq!(held[0].name, "a");
    let rest = query().for_no_key_update().skip_locked();
    assert_eq!(rest.all(&db).await.unwrap().len(), 2);
    assert_eq!(query().skip_locked().all(&db).await.unwrap().len(), 2);
    let error = query().for_share().nowait().all(&db).await.unwrap_err();
    assert!(
        error.to_string().contains("could not obtain lock"),
        "{error}"
    );
    assert_eq!(query().for_update().count(&db).await.unwrap(), 3);
    let waiting = query().for_key_share().all(&db);
    let waited = tokio::time::timeout(Duration::from_millis(100), waiting).await;
    assert!(waited.is_err());
    tx.rollback().await.unwrap();
    assert_eq!(query().for_key_share().all(&db).await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_plan_is_one_call_away() {
    let (_database, db) = platform().await;
    let (ada, _) = two_users(&db).await;
    let query = Dataset::query().filter(dataset::user_id.eq(ada.id));
    let plan = query.clone().explain(&db).await.unwrap();
    assert!(plan.contains("datasets"), "{plan}");
    let plan = query.explain_analyze(&db).await.unwrap();
    assert!(plan.contains("actual time"), "{plan}");
}
