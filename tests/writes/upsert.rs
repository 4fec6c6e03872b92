//! Rows that may be there already.

use automl_db::prelude::*;

use crate::{platform, user};

async fn tutorial(db: &sqlx::PgPool) -> Tutorial {
    NewTutorial::new("one").insert(db).await.unwrap()
}

#[tokio::test]
async fn an_upsert_writes_what_it_was_given_and_nothing_else() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let (u, t) = (user(&db, "ada").await.id, tutorial(&db).await.id);

    let first = NewUserTutorialProgress::new(u, t)
        .upsert(&db)
        .await
        .unwrap();
    let second = NewUserTutorialProgress::new(u, t)
        .current_step_index(3)
        .completed_steps(vec![1, 2])
        .upsert(&db)
        .await
        .unwrap();
    assert_eq!(second.id, first.id, "the row that is there keeps its key");
    assert_eq!(
        second.created_at, first.created_at,
        "no default is written over it"
    );
    assert_eq!(
        (second.current_step_index, &second.completed_steps[..]),
        (3, &[1, 2][..])
    );
    let third = NewUserTutorialProgress::new(u, t)
        .completion_percentage(50)
        .upsert(&db)
        .await
        .unwrap();
    assert_eq!(
        (third.current_step_index, third.completion_percentage),
        (3, Some(50))
    );

    let none = NewUserTutorialProgress::new(u, t).completion_percentage(None);
    let third = none.upsert(&db).await.unwrap();
    assert_eq!(
        third.completion_percentage, None,
        "`None` is NULL, and not nothing"
    );

    // With nothing to write the row is read: no new version of it, and no trigger.
    let version = "SELECT xmin::text || ctid::text FROM user_tutorial_progress";
    let before: String = sqlx::query_scalar(version).fetch_one(&db).await.unwrap();
    let same = NewUserTutorialProgress::new(u, t)
        .upsert(&db)
        .await
        .unwrap();
    assert_eq!(same, third);
    let after: String = sqlx::query_scalar(version).fetch_one(&db).await.unwrap();
    assert_eq!(before, after);
    let counted = Tutorial::get(&db, t).await.unwrap();
    assert_eq!(counted.enrollment_count, 1);
}

#[tokio::test]
async fn an_upsert_names_its_key() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await;

    let other = NewUser::new("ADA@x.org")
        .full_name("Ada")
        .upsert(&db)
        .await
        .unwrap();
    assert_eq!(other.id, ada.id);
    assert_eq!(
        (other.email.as_str(), other.full_name.as_deref()),
        ("ada@x.org", Some("Ada"))
    );
    let by_key = NewUser::new("b@x.org")
        .id(ada.id)
        .upsert_on(&db, User::USERS_PKEY)
        .await
        .unwrap();
    assert_eq!(
        (by_key.email.as_str(), by_key.full_name.as_deref()),
        ("b@x.org", Some("Ada"))
    );

    // Another key than the one that is named is refused as always.
    let carl = user(&db, "carl").await;
    let error = NewUser::new("carl@x.org")
        .id(ada.id)
        .upsert_on(&db, User::USERS_PKEY)
        .await;
    assert!(error.unwrap_err().is(User::UX_USERS_EMAIL_CI));
    let ignored = NewUser::new("carl@x.org")
        .insert_or_ignore(&db)
        .await
        .unwrap();
    assert_eq!(ignored, None);
    let inserted = NewUser::new("dora@x.org")
        .insert_or_ignore(&db)
        .await
        .unwrap();
    assert_eq!(inserted.unwrap().email, "dora@x.org");
    assert_eq!(User::get(&db, carl.id).await.unwrap(), carl);
}

#[tokio::test]
async fn sessions_that_upsert_one_row_at_a_time_all_get_it() {
    let database = platform().await;
    let db = database.pool(8).await.unwrap();
    let (u, t) = (user(&db, "ada").await.id, tutorial(&db).await.id);
    let tasks: Vec<_> = (0..24)
        .map(|step| {
            let db = db.clone();
            tokio::spawn(async move {
                let row = NewUserTutorialProgress::new(u, t);
                match step % 2 {
                    0 => row.upsert(&db).await,
                    _ => row.current_step_index(step).upsert(&db).await,
                }
            })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap().unwrap().id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(Tutorial::get(&db, t).await.unwrap().enrollment_count, 1);
}

#[tokio::test]
async fn many_rows_are_written_over_those_that_are_there_in_one_go_and_the_order_given() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let u = user(&db, "ada").await.id;
    let row = |name: &str| NewDataset::new(u, name);
    let there = row("b")
        .description("old")
        .row_count(1)
        .insert(&db)
        .await
        .unwrap();
    let key = Dataset::UX_DATASETS_USERID_NAME;
    let rows = [
        row("c").description("new"),
        row("b").description("new"),
        // Another set of columns, and NULL.
        row("d").row_count(7),
        row("a").description(None),
    ];
    let written = NewDataset::upsert_many_on(&db, &rows, key).await.unwrap();
    let seen: Vec<_> = written
        .iter()
        .map(|row| (row.name.as_str(), row.description.as_deref(), row.row_count))
        .collect();
    assert_eq!(
        seen,
        [
            ("c", Some("new"), None),
            ("b", Some("new"), Some(1)),
            ("d", None, Some(7)),
            ("a", None, None)
        ]
    );
    assert_eq!(written[1].id, there.id);
    assert_eq!(User::get(&db, u).await.unwrap().dataset_count, 4);

    // By the one key that the model has beside its primary key; rows that say nothing are read and left alone.
    let t = tutorial(&db).await.id;
    let (eve, bob) = (user(&db, "eve").await.id, user(&db, "bob").await.id);
    let progress = |user| NewUserTutorialProgress::new(user, t);
    let first = progress(bob)
        .current_step_index(3)
        .insert(&db)
        .await
        .unwrap();
    let rows = [progress(eve).is_completed(true), progress(bob), progress(u)];
    let written = NewUserTutorialProgress::upsert_many(&db, &rows)
        .await
        .unwrap();
    assert_eq!(written[1], first);
    assert_eq!((written[0].user_id, written[2].user_id), (eve, u));
    let tutorial = Tutorial::get(&db, t).await.unwrap();
    assert_eq!(
        (tutorial.enrollment_count, tutorial.completion_count),
        (3, 1)
    );

    // All or none; a key that comes twice is refused.
    let bad = [row("e").description("x"), row("f").row_count(-1)];
    let refused = NewDataset::upsert_many_on(&db, &bad, key).await;
    assert!(refused.unwrap_err().violation().is_some());
    // Whether they say the same columns or not.
    for twice in [
        [
            row("e").description("x"),
            row("f"),
            row("e").description("y"),
        ],
        [row("e").description("x"), row("f"), row("e").row_count(1)],
    ] {
        let error = NewDataset::upsert_many_on(&db, &twice, key)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "two rows to upsert are the same `Dataset`, by `user_id`, `name`: those at 0 and 2"
        );
        assert_eq!(error.problem().status, 400);
    }
    // What is the same to the server alone.
    let emails = ["new@x.org", "NEW@x.org"].map(|email| NewUser::new(email).full_name("New"));
    let error = NewUser::upsert_many(&db, &emails).await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::GivenTwice {
                model: "User",
                rows: None,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(User::get(&db, u).await.unwrap().dataset_count, 4);
    let none: [NewDataset; 0] = [];
    assert!(
        NewDataset::upsert_many_on(&db, &none, key)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn sessions_that_upsert_the_same_rows_in_any_order_do_not_deadlock() {
    let database = platform().await;
    let db = database.pool(4).await.unwrap();
    let u = user(&db, "ada").await.id;
    let tasks: Vec<_> = (0..4)
        .map(|session: usize| {
            let db = db.clone();
            tokio::spawn(async move {
                for round in 0..10_usize {
                    let rows: Vec<_> = (0..20)
                        .map(|n| (n * [1, 3, 7, 9][session] + round) % 20)
                        .map(|n| NewDataset::new(u, format!("d{n}")).row_count(session as i64))
                        .collect();
                    let key = Dataset::UX_DATASETS_USERID_NAME;
                    NewDataset::upsert_many_on(&db, &rows, key).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(User::get(&db, u).await.unwrap().dataset_count, 20);
}

#[tokio::test]
async fn rows_that_are_there_are_passed_over_by_any_key_or_by_one() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let u = user(&db, "ada").await.id;
    let there = NewDataset::new(u, "b").insert(&db).await.unwrap();
    let rows = ["a", "b", "c", "c"].map(|name| NewDataset::new(u, name));
    let new = NewDataset::insert_many_or_ignore(&db, &rows).await.unwrap();
    let names: Vec<_> = new.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(User::get(&db, u).await.unwrap().dataset_count, 3);

    let key = Dataset::UX_DATASETS_USERID_NAME;
    let same = NewDataset::new(u, "b").insert_or_ignore_on(&db, key).await;
    assert!(same.unwrap().is_none());
    // Another key than the one that was named is an error.
    let id = NewDataset::new(u, "z").id(there.id);
    let error = id.insert_or_ignore_on(&db, key).await.unwrap_err();
    assert!(error.is(Dataset::DATASETS_PKEY), "{error:?}");
}
