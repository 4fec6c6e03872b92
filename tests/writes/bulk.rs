//! Many rows.

use automl_db::prelude::*;

use crate::{platform, user};

#[tokio::test]
async fn many_rows_are_one_statement_and_come_in_their_order() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let (ada, bob) = (user(&db, "ada").await.id, user(&db, "bob").await.id);
    let rows: Vec<NewDataset> = (0..1000)
        .map(|number| {
            let owner = if number % 3 == 0 { bob } else { ada };
            let row = NewDataset::new(owner, format!("d{number}")).original_size_bytes(number);
            match number % 2 {
                0 => row.original_format(FileFormat::Csv).description("even"),
                _ => row,
            }
        })
        .collect();
    let made = NewDataset::insert_many(&db, &rows).await.unwrap();
    let names: Vec<&str> = made.iter().map(|row| row.name.as_str()).collect();
    let expected: Vec<String> = (0..1000).map(|number| format!("d{number}")).collect();
    assert_eq!(names, expected);
    assert_eq!(made[0].original_format, FileFormat::Csv);
    assert_eq!(made[1].original_format, FileFormat::Unknown, "its default");
    assert_eq!(
        (
            made[0].description.as_deref(),
            made[1].description.as_deref()
        ),
        (Some("even"), None)
    );
    assert_eq!(User::get(&db, bob).await.unwrap().dataset_count, 334);
    assert_eq!(User::get(&db, ada).await.unwrap().dataset_count, 666);

    assert_eq!(NewDataset::insert_many(&db, &[]).await.unwrap(), []);

    // All or none.
    let bad = [NewDataset::new(ada, "new"), NewDataset::new(ada, "d1")];
    let error = NewDataset::insert_many(&db, &bad).await.unwrap_err();
    assert!(error.is(Dataset::UX_DATASETS_USERID_NAME), "{error:?}");
    let found = Dataset::find_by_user_id_and_name(&db, ada, "new").await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test]
async fn more_rows_than_a_statement_has_parameters_are_one_statement() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await.id;
    let rows: Vec<NewExperiment> = Vec::new();
    assert_eq!(NewExperiment::insert_many(&db, &rows).await.unwrap(), []);
    let rows: Vec<NewWorkflow> = (0..70_000)
        .map(|number| NewWorkflow::new(ada, format!("w{number}")))
        .collect();
    let made = NewWorkflow::insert_many(&db, &rows).await.unwrap();
    assert_eq!(made.len(), 70_000);
    assert_eq!(User::get(&db, ada).await.unwrap().workflow_count, 70_000);
}

#[tokio::test]
async fn lists_of_many_rows_stay_with_their_rows() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await.id;
    let tag = |tags: &[&str]| tags.iter().map(|&tag| tag.to_owned()).collect::<Vec<_>>();
    let tutorials = NewTutorial::insert_many(
        &db,
        &[
            NewTutorial::new("none"),
            NewTutorial::new("empty").tags(tag(&[])),
            NewTutorial::new("two").tags(tag(&["a,b", "NULL"])),
        ],
    )
    .await
    .unwrap();
    let tags: Vec<_> = tutorials.iter().map(|row| row.tags.clone()).collect();
    assert_eq!(tags, [None, Some(vec![]), Some(tag(&["a,b", "NULL"]))]);
    let rows: Vec<_> = tutorials
        .iter()
        .zip([vec![], vec![3, 1, 2], vec![9]])
        .map(|(tutorial, steps)| {
            NewUserTutorialProgress::new(ada, tutorial.id).completed_steps(steps)
        })
        .collect();
    let rows = NewUserTutorialProgress::insert_many(&db, &rows)
        .await
        .unwrap();
    let steps: Vec<_> = rows.into_iter().map(|row| row.completed_steps).collect();
    assert_eq!(steps, [vec![], vec![3, 1, 2], vec![9]]);
}

#[tokio::test]
async fn a_copy_takes_defaults_row_by_row_and_is_all_or_none() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await.id;
    let rows = |from: i64, to: i64| {
        (from..to).map(move |number| {
            let row = NewDataset::new(ada, format!("d{number}")).parquet_size_bytes(1);
            match number % 3 {
                0 => row.original_format(FileFormat::Csv),
                1 => row.columns_metadata(serde_json::json!({"n": number})),
                _ => row,
            }
        })
    };
    assert_eq!(
        NewDataset::copy_in(&db, rows(0, 20_000)).await.unwrap(),
        20_000
    );
    let user = User::get(&db, ada).await.unwrap();
    assert_eq!(
        (user.dataset_count, user.storage_used_bytes),
        (20_000, 20_000)
    );
    let one = |number: i64| {
        let db = db.clone();
        async move {
            let found = Dataset::find_by_user_id_and_name(&db, ada, &format!("d{number}")).await;
            found.unwrap().unwrap()
        }
    };
    assert_eq!(one(0).await.original_format, FileFormat::Csv);
    assert_eq!(one(19_998).await.original_format, FileFormat::Csv);
    let plain = one(2).await;
    assert_eq!(
        (plain.original_format, plain.is_sample_dataset),
        (FileFormat::Unknown, false)
    );
    assert_eq!(
        one(1).await.columns_metadata,
        Some(serde_json::json!({"n": 1}))
    );

    let again = rows(30_000, 30_010).chain(rows(5, 6));
    let error = NewDataset::copy_in(&db, again).await.unwrap_err();
    assert!(error.is(Dataset::UX_DATASETS_USERID_NAME), "{error:?}");
    assert_eq!(User::get(&db, ada).await.unwrap().dataset_count, 20_000);

    let stream = futures_util::stream::iter(rows(40_000, 40_005));
    assert_eq!(NewDataset::copy_stream(&db, stream).await.unwrap(), 5);
    assert_eq!(NewDataset::copy_in(&db, []).await.unwrap(), 0);

    // Within a transaction it is part of it.
    let mut tx = db.begin().await.unwrap();
    NewDataset::copy_in(&mut tx, rows(50_000, 50_005))
        .await
        .unwrap();
    let failed = NewDataset::copy_in(&mut tx, rows(50_000, 50_005)).await;
    assert!(failed.is_err());
    NewDataset::copy_in(&mut tx, rows(60_000, 60_005))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(User::get(&db, ada).await.unwrap().dataset_count, 20_015);
}

#[tokio::test]
async fn sessions_that_insert_for_the_same_parents_in_any_order_do_not_meet() {
    let database = platform().await;
    let db = database.pool(6).await.unwrap();
    let mut users = Vec::new();
    for number in 0..20 {
        users.push(user(&db, &format!("u{number}")).await.id);
    }
    let tasks: Vec<_> = (0..6)
        .map(|session: usize| {
            let (db, users) = (db.clone(), users.clone());
            tokio::spawn(async move {
                for round in 0..20 {
                    let rows: Vec<_> = (0..users.len())
                        .map(|place| {
                            let user = users[(place * (session * 2 + 1) + round) % users.len()];
                            NewDataset::new(user, format!("{session}-{round}-{place}"))
                        })
                        .collect();
                    NewDataset::insert_many(&db, &rows).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let users = User::get_many(&db, &users).await.unwrap();
    let sum: i32 = users.iter().map(|user| user.dataset_count).sum();
    assert_eq!(sum, 6 * 20 * 20);
}
