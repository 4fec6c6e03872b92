//! Changing and removing rows by a filter.

use automl_db::prelude::*;
use automl_db::{dataset, user};

use crate::platform;

async fn datasets(db: &sqlx::PgPool, user: UserId, count: usize) -> Vec<Dataset> {
    let rows: Vec<_> = (0..count)
        .map(|number| NewDataset::new(user, format!("d{number}")).row_count(number as i64))
        .collect();
    NewDataset::insert_many(db, &rows).await.unwrap()
}

#[tokio::test]
async fn a_patch_changes_the_rows_of_a_filter() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = crate::user(&db, "ada").await.id;
    datasets(&db, ada, 10).await;
    let some = || dataset::user_id.eq(ada).and(dataset::row_count.lt(4));

    let patch = || DatasetPatch::new().description("small").row_count(None);
    assert_eq!(patch().update_where(&db, some()).await.unwrap(), 4);
    assert_eq!(patch().update_where(&db, some()).await.unwrap(), 0);
    let rows = DatasetPatch::new()
        .description(None)
        .update_where_returning(&db, dataset::description.eq("small"))
        .await
        .unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.description.is_none()));

    // A patch that changes nothing.
    let all = || dataset::user_id.eq(ada);
    assert_eq!(
        DatasetPatch::new().update_where(&db, all()).await.unwrap(),
        0
    );
    let rows = DatasetPatch::new().update_where_returning(&db, all()).await;
    assert_eq!(rows.unwrap().len(), 10);
}

#[tokio::test]
async fn every_row_is_meant_only_where_that_is_said() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = crate::user(&db, "ada").await.id;
    datasets(&db, ada, 3).await;
    for nothing in [
        Filter::all_of(Vec::<Filter<Dataset>>::new()),
        Filter::from(None),
    ] {
        let error = Dataset::delete_where(&db, nothing).await.unwrap_err();
        assert!(matches!(error, Error::Misuse(_)), "{error:?}");
    }
    let two = dataset::name.in_(["d0", "d1"]);
    let removed = Dataset::delete_where_returning(&db, two).await.unwrap();
    assert_eq!(removed.len(), 2);
    assert_eq!(User::get(&db, ada).await.unwrap().dataset_count, 1);
    assert_eq!(Dataset::delete_where(&db, Filter::all()).await.unwrap(), 1);
    assert_eq!(Dataset::query().count(&db).await.unwrap(), 0);

    let row = NewDataset::new(ada, "last").insert(&db).await.unwrap();
    let removed = Dataset::delete_returning(&db, row.id).await.unwrap();
    assert_eq!(removed, Some(row.clone()));
    assert_eq!(Dataset::delete_returning(&db, row.id).await.unwrap(), None);
}

#[tokio::test]
async fn rows_that_are_deleted_softly_are_passed_over() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = crate::user(&db, "ada").await.id;
    crate::user(&db, "bob").await;
    User::soft_delete(&db, ada).await.unwrap();
    let patch = UserPatch::new().full_name("x");
    let count = patch.update_where(&db, user::email.like("%@x.org")).await;
    assert_eq!(count.unwrap(), 1);
    assert_eq!(User::delete_where(&db, Filter::all()).await.unwrap(), 1);
    assert_eq!(User::query().with_deleted().count(&db).await.unwrap(), 1);
}

#[tokio::test]
async fn sessions_that_change_the_same_rows_wait_and_do_not_deadlock() {
    let database = platform().await;
    let db = database.pool(8).await.unwrap();
    let mut users = Vec::new();
    for number in 0..6 {
        users.push(crate::user(&db, &format!("u{number}")).await.id);
        datasets(&db, users[number], 20).await;
    }
    let tasks: Vec<_> = (0..8)
        .map(|session| {
            let (db, users) = (db.clone(), users.clone());
            tokio::spawn(async move {
                for round in 0..15 {
                    let user = users[(session + round) % users.len()];
                    // In the order of one index, and in that of another.
                    let filter = match session % 3 {
                        0 => dataset::row_count.between(0, 19),
                        1 => dataset::name.like("d%"),
                        _ => dataset::user_id.in_(users.iter().rev().copied()),
                    };
                    let patch = match session % 2 {
                        0 => DatasetPatch::new().user_id(user).name(format!("{session}")),
                        _ => DatasetPatch::new().description(format!("{session}")),
                    };
                    let result = patch.update_where(&db, filter).await;
                    let refused =
                        result.is_err_and(|error| !error.is(Dataset::UX_DATASETS_USERID_NAME));
                    assert!(!refused, "a deadlock");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
