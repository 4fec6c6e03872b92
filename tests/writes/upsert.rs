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
