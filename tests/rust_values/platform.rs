//! The platform's own crate at work.

use automl_db::prelude::*;
use pgwright_cli::testing::Database;
use sqlx::AssertSqlSafe;

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

/// The parent's row is locked by the insert itself, before the server checks the foreign key with a weaker lock that
/// sessions would then wait for each other to give up.
#[tokio::test]
async fn an_insert_locks_the_row_that_counts_it() {
    let database = platform().await;
    let db = database.pool(3).await.unwrap();
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let plan = sqlx::query_scalar::<_, String>(AssertSqlSafe(format!(
        "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) EXECUTE i('{}', '{}', 'x', {})",
        DatasetId::new(),
        user.id,
        vec!["NULL"; 14].join(", ")
    )));
    let prepare = format!("PREPARE i AS {}", automl_db::dataset::INSERT);
    sqlx::raw_sql(AssertSqlSafe(prepare))
        .execute(&mut *tx)
        .await
        .unwrap();
    let plan = plan.fetch_all(&mut *tx).await.unwrap().join("\n");
    let lock = plan.lines().find(|line| line.contains("LockRows")).unwrap();
    assert!(lock.contains("rows=1"), "{plan}");

    // Beside it another insert for the same user waits, and for another user it does not.
    let other = NewUser::new("b@x.org").insert(&db).await.unwrap();
    NewDataset::new(other.id, "y").insert(&db).await.unwrap();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { NewDataset::new(user.id, "y").insert(&db).await }
    });
    let blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('tuple', 'transactionid')";
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
