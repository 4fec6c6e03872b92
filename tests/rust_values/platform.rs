//! The platform's own crate at work.

use automl_db::prelude::*;
use pgwright_cli::testing::Database;

use crate::database::{case, load};

async fn platform() -> Database {
    load(&case("platform")).await
}

#[tokio::test]
async fn the_readme_s_words_compile_and_run() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();

    let user = NewUser::new("a@x.org")
        .full_name("Ada")
        .insert(&db)
        .await
        .unwrap();
    assert_eq!(User::get(&db, user.id).await.unwrap(), user);
    assert_eq!(user.tier, UserTier::Free);
    assert_eq!(user.id.0.get_version_num(), 7);

    let dataset = NewDataset::new(user.id, "sales")
        .description("of the year")
        .original_size_bytes(10)
        .insert(&db)
        .await
        .unwrap();
    let counted = User::get(&db, user.id).await.unwrap();
    assert_eq!((counted.dataset_count, counted.storage_used_bytes), (1, 10));

    let dataset = DatasetPatch::new()
        .name("sales 2026")
        .description(None)
        .update(&db, dataset.id)
        .await
        .unwrap();
    assert_eq!(dataset.name, "sales 2026");
    assert_eq!(dataset.description, None);
    assert_eq!(dataset.original_size_bytes, Some(10));

    let error = NewDataset::new(user.id, "sales 2026")
        .insert(&db)
        .await
        .unwrap_err();
    assert!(error.is(Dataset::UX_DATASETS_USERID_NAME), "{error:?}");
    let error = NewUser::new("A@X.org").insert(&db).await.unwrap_err();
    assert!(error.is(User::UX_USERS_EMAIL_CI), "{error:?}");
    let error = NewDataset::new(UserId::new(), "x")
        .insert(&db)
        .await
        .unwrap_err();
    assert!(error.is(Dataset::FK_DATASETS_USER_ID), "{error:?}");

    assert!(Dataset::delete(&db, dataset.id).await.unwrap());
    assert_eq!(User::get(&db, user.id).await.unwrap().dataset_count, 0);
}

#[tokio::test]
async fn what_triggers_refuse_is_told_apart_by_rule() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();

    let spend = NewCreditTransaction::new(user.id, -30, TransactionType::Consumption);
    let error = spend.insert(&db).await.unwrap_err();
    assert!(error.is(CreditTransaction::MINIMUM), "{error:?}");
    assert_eq!(error.violation().unwrap().kind, RuleKind::Minimum);

    let entry = NewCreditTransaction::new(user.id, 50, TransactionType::Purchase)
        .insert(&db)
        .await
        .unwrap();
    assert_eq!((entry.balance_after, entry.entry_no), (50, 1));
    let error = NewCreditTransaction::new(UserId::new(), 50, TransactionType::Purchase)
        .insert(&db)
        .await
        .unwrap_err();
    assert!(error.is(CreditTransaction::RETAINED), "{error:?}");

    let update = "UPDATE credit_transactions SET amount = 1";
    let error: Error = sqlx::query(update).execute(&db).await.unwrap_err().into();
    assert!(error.is(CreditTransaction::IMMUTABLE), "{error:?}");
    let update = "UPDATE users SET dataset_count = 5";
    let error: Error = sqlx::query(update).execute(&db).await.unwrap_err().into();
    assert!(error.is(User::MAINTAINED), "{error:?}");

    let job = NewJob::new(user.id).insert(&db).await.unwrap();
    let error = JobPatch::new()
        .status(JobStatus::Completed)
        .update(&db, job.id)
        .await
        .unwrap_err();
    assert!(error.is(Job::TRANSITION), "{error:?}");
    assert_eq!(error.violation().unwrap().model, Some("Job"));
}

/// Inserts for one user take turns, before the server checks the foreign key with a lock that sessions would then wait for
/// each other to give up.
#[tokio::test]
async fn inserts_for_one_user_take_turns() {
    let database = platform().await;
    let db = database.pool(3).await.unwrap();
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    NewDataset::new(user.id, "x")
        .insert(&mut *tx)
        .await
        .unwrap();

    // Beside it another insert for the same user waits, and for another user it does not.
    let other = NewUser::new("b@x.org").insert(&db).await.unwrap();
    NewDataset::new(other.id, "y").insert(&db).await.unwrap();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { NewDataset::new(user.id, "y").insert(&db).await }
    });
    let blocked = "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
                   WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
    let mut admin = database.connect().await.unwrap();
    while sqlx::query_scalar::<_, i64>(blocked)
        .fetch_one(&mut admin)
        .await
        .unwrap()
        == 0
    {
        tokio::task::yield_now().await;
    }
    tx.commit().await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(User::get(&db, user.id).await.unwrap().dataset_count, 2);
}
