//! Rows that are deleted softly.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use automl_db::prelude::*;

use crate::{platform, user};

#[tokio::test]
async fn reads_pass_over_a_row_until_it_is_restored() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await;
    let bob = user(&db, "bob").await;

    let deleted = User::soft_delete(&db, ada.id).await.unwrap();
    assert!(deleted.is_deleted && deleted.deleted_at.is_some());
    assert_eq!(User::find(&db, ada.id).await.unwrap(), None);
    assert!(User::get(&db, ada.id).await.unwrap_err().is_not_found());
    assert_eq!(User::find_by_email(&db, "ada@x.org").await.unwrap(), None);
    let only = std::slice::from_ref(&bob);
    assert_eq!(User::list(&db, 10, None).await.unwrap(), only);
    let many = User::get_many(&db, &[ada.id, bob.id]).await.unwrap();
    assert_eq!(many, only);
    let patch = UserPatch::new().full_name("Ada").update(&db, ada.id).await;
    assert!(patch.unwrap_err().is_not_found());
    assert_eq!(User::query().count(&db).await.unwrap(), 1);
    assert_eq!(User::query().with_deleted().count(&db).await.unwrap(), 2);
    assert_eq!(
        User::find_with_deleted(&db, ada.id).await.unwrap(),
        Some(deleted.clone())
    );

    let error = NewUser::new("Ada@x.org").insert(&db).await.unwrap_err();
    assert!(error.is(User::UX_USERS_EMAIL_CI), "the address stays taken");

    let again = User::soft_delete(&db, ada.id).await.unwrap();
    assert_eq!(
        again.deleted_at, deleted.deleted_at,
        "the first mark counts"
    );
    let restored = User::restore(&db, ada.id).await.unwrap();
    assert_eq!((restored.is_deleted, restored.deleted_at), (false, None));
    assert_eq!(User::get(&db, ada.id).await.unwrap(), restored);

    let nobody = UserId::new();
    assert!(
        User::soft_delete(&db, nobody)
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(User::restore(&db, nobody).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn what_was_kept_long_enough_is_removed_in_batches() {
    let database = platform().await;
    let db = database.pool(3).await.unwrap();
    let mut ids = Vec::new();
    for number in 0..7 {
        let user = user(&db, &format!("u{number}")).await;
        NewDataset::new(user.id, "sales").insert(&db).await.unwrap();
        ids.push(user.id);
    }
    for id in &ids[..6] {
        User::soft_delete(&db, *id).await.unwrap();
    }
    assert_eq!(
        User::purge_expired(&db).await.unwrap(),
        0,
        "not for 30 days"
    );
    sqlx::query("UPDATE users SET deleted_at = deleted_at - interval '31 days' WHERE is_deleted AND id <> $1")
        .bind(ids[5])
        .execute(&db)
        .await
        .unwrap();

    // One that a session holds is left for the next time.
    let mut holder = db.begin().await.unwrap();
    sqlx::query("SELECT FROM users WHERE id = $1 FOR UPDATE")
        .bind(ids[0])
        .execute(&mut *holder)
        .await
        .unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let removed = User::purge()
        .batch(2)
        .limit(3)
        .on_progress(move |removed| tell.lock().unwrap().push(removed))
        .run(&db)
        .await
        .unwrap();
    assert_eq!(removed, 3);
    assert_eq!(*told.lock().unwrap(), [2, 3]);
    assert_eq!(User::purge_expired(&db).await.unwrap(), 1);
    holder.rollback().await.unwrap();
    assert_eq!(User::purge_expired(&db).await.unwrap(), 1);
    assert_eq!(User::purge_expired(&db).await.unwrap(), 0);

    let left = User::query().with_deleted().count(&db).await.unwrap();
    assert_eq!(left, 2);
    assert_eq!(
        Dataset::query().count(&db).await.unwrap(),
        2,
        "and what they owned"
    );
    let removed = User::purge().older_than(Duration::ZERO).run(&db).await;
    assert_eq!(removed.unwrap(), 1, "one deleted just now");
}
