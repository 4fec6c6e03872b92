//! Transactions: commit, rollback, savepoints, futures that share one, retries.

use std::sync::atomic::{AtomicU32, Ordering};

use automl_db::prelude::*;

use crate::support::{backend, kill_all, platform};

#[tokio::test]
async fn what_is_ok_is_committed_and_what_is_err_is_not() {
    let (_database, db) = platform().await;
    let user = db
        .transaction(async |tx| {
            let user = NewUser::new("a@x.org").insert(tx).await?;
            NewDataset::new(user.id, "one").insert(tx).await?;
            Ok(user)
        })
        .await
        .unwrap();
    assert_eq!(User::get(&db, user.id).await.unwrap().dataset_count, 1);

    let failed: Result<()> = db
        .transaction(async |tx| {
            NewDataset::new(user.id, "two").insert(tx).await?;
            NewDataset::new(user.id, "one").insert(tx).await?;
            Ok(())
        })
        .await;
    assert!(failed.unwrap_err().is(Dataset::UX_DATASETS_USERID_NAME));
    assert_eq!(User::get(&db, user.id).await.unwrap().dataset_count, 1);
}

#[tokio::test]
async fn an_ok_after_a_failed_statement_is_no_commit() {
    let (_database, db) = platform().await;
    let done = db
        .transaction(async |tx| {
            let user = NewUser::new("a@x.org").insert(tx).await?;
            let spend = NewCreditTransaction::new(user.id, -30, TransactionType::Consumption);
            assert!(
                spend
                    .insert(tx)
                    .await
                    .unwrap_err()
                    .is(CreditTransaction::MINIMUM)
            );
            Ok(user.id)
        })
        .await;
    assert!(matches!(done, Err(Error::Aborted)), "{done:?}");
    // Raw statements are seen, too.
    let done = db
        .transaction(async |tx| {
            let mut connection = tx.connection().await?;
            let _ = sqlx::query("SELECT 1 / 0").execute(&mut *connection).await;
            Ok(())
        })
        .await;
    assert!(matches!(done, Err(Error::Aborted)), "{done:?}");
    assert_eq!(User::query().count(&db).await.unwrap(), 0);
}

#[tokio::test]
async fn what_fails_in_a_savepoint_is_undone_alone() {
    let (_database, db) = platform().await;
    let user = db
        .transaction(async |tx| {
            let user = NewUser::new("a@x.org").insert(tx).await?;
            let tried = tx
                .transaction(async |tx| {
                    NewDataset::new(user.id, "one").insert(tx).await?;
                    tx.transaction(async |tx| NewDataset::new(user.id, "one").insert(tx).await)
                        .await
                })
                .await;
            assert!(tried.unwrap_err().is(Dataset::UX_DATASETS_USERID_NAME));
            tx.transaction(async |tx| NewDataset::new(user.id, "two").insert(tx).await)
                .await?;
            Ok(user)
        })
        .await
        .unwrap();
    let datasets = Dataset::query().all(&db).await.unwrap();
    assert_eq!(datasets.len(), 1);
    assert_eq!(datasets[0].name, "two");
    assert_eq!(User::get(&db, user.id).await.unwrap().dataset_count, 1);
}

#[tokio::test]
async fn futures_that_share_a_transaction_work_one_after_the_other() {
    let (_database, db) = platform().await;
    let ids = db
        .transaction(async |tx| {
            let (a, b, nested, d) = tokio::join!(
                NewUser::new("a@x.org").insert(tx),
                NewUser::new("b@x.org").insert(tx),
                tx.transaction(async |tx| {
                    NewUser::new("c@x.org").insert(tx).await?;
                    // Too late for this row: it was undone with the savepoint.
                    Err::<(), _>(Error::not_found("User", &"c"))
                }),
                NewUser::new("d@x.org").insert(tx),
            );
            assert!(nested.is_err());
            Ok([a?.id, b?.id, d?.id])
        })
        .await
        .unwrap();
    for id in ids {
        User::get(&db, id).await.unwrap();
    }
    assert_eq!(User::query().count(&db).await.unwrap(), 3);
}

#[tokio::test]
async fn the_outer_transaction_within_an_inner_one_is_an_error_and_no_deadlock() {
    let (_database, db) = platform().await;
    let result = db
        .transaction(async |outer| {
            let inner = outer.transaction(async |_| User::query().count(outer).await);
            assert!(matches!(inner.await, Err(Error::Misuse(_))));
            User::query().count(outer).await
        })
        .await;
    assert_eq!(result.unwrap(), 0);
}

/// A service as an application has it.
#[derive(Clone)]
struct Service {
    db: Db,
    prefix: String,
}

impl Service {
    async fn register(&self, names: &[String], limit: Option<usize>) -> Result<Vec<UserId>> {
        let prefix = self.prefix.clone();
        let first = self
            .db
            .transaction(async |tx| {
                let mut ids = Vec::new();
                for name in names {
                    let email = format!("{}{name}@x.org", self.prefix);
                    ids.push(NewUser::new(email).insert(tx).await?.id);
                    if limit.is_some_and(|limit| ids.len() >= limit) {
                        break;
                    }
                }
                tx.transaction(async |tx| count(tx, &prefix).await).await?;
                Ok(ids)
            })
            .await?;
        self.db
            .transaction(async move |tx| {
                count(tx, &prefix).await?;
                drop(prefix);
                Ok(())
            })
            .await?;
        Ok(first)
    }
}

async fn count(tx: &Tx, _: &str) -> Result<i64> {
    User::query().count(tx).await
}

#[tokio::test]
async fn a_transaction_can_be_spawned_and_used_in_a_handler() {
    let (_database, db) = platform().await;
    let service = Service {
        db,
        prefix: "p".to_owned(),
    };
    let owned = service.clone();
    let spawned = tokio::spawn(async move {
        let names = vec!["a".to_owned(), "b".to_owned()];
        owned.register(&names, Some(5)).await
    });
    assert_eq!(spawned.await.unwrap().unwrap().len(), 2);

    // What a web framework asks of a handler.
    fn handler<F>(_: impl Fn(Service) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<usize>> + Send + 'static,
    {
    }
    handler(|service| async move {
        let name = "c".to_owned();
        let ids = service.register(std::slice::from_ref(&name), None).await?;
        service
            .db
            .transaction(async |tx| {
                for id in &ids {
                    User::get(tx, *id).await?;
                }
                Ok(ids.len())
            })
            .await
    });
}

#[tokio::test]
async fn an_error_of_one_s_own_comes_through() {
    #[derive(Debug)]
    enum Refused {
        Closed,
        Database(Error),
    }
    impl From<Error> for Refused {
        fn from(error: Error) -> Self {
            Self::Database(error)
        }
    }
    let (_database, db) = platform().await;
    let result = db
        .try_transaction(TransactionOptions::new(), async |tx| {
            NewUser::new("a@x.org").insert(tx).await?;
            Err::<(), _>(Refused::Closed)
        })
        .await;
    assert!(matches!(result, Err(Refused::Closed)), "{result:?}");
    let result = db
        .try_transaction(TransactionOptions::new(), async |tx| {
            User::get(tx, UserId::new()).await?;
            Ok::<_, Refused>(())
        })
        .await;
    assert!(
        matches!(&result, Err(Refused::Database(error)) if error.is_not_found()),
        "{result:?}"
    );
    assert_eq!(User::query().count(&db).await.unwrap(), 0);
}

#[tokio::test]
async fn options_are_what_the_server_says() {
    let (_database, db) = platform().await;
    let options = TransactionOptions::new()
        .isolation(Isolation::Serializable)
        .read_only();
    let shown = db
        .transaction_with(options, async |tx| {
            let mut connection = tx.connection().await?;
            let shown: (String, String) = sqlx::query_as(
                "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')",
            )
            .fetch_one(&mut *connection)
            .await?;
            Ok(shown)
        })
        .await
        .unwrap();
    assert_eq!(shown, ("serializable".to_owned(), "on".to_owned()));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_is_rolled_back_and_its_connection_goes_on() {
    let (_database, db) = platform().await;
    let tx = db.begin().await.unwrap();
    NewUser::new("a@x.org").insert(&tx).await.unwrap();
    drop(tx);
    let tx = db.begin().await.unwrap();
    NewUser::new("b@x.org").insert(&tx).await.unwrap();
    tx.rollback().await.unwrap();
    let tx = db.begin().await.unwrap();
    NewUser::new("c@x.org").insert(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(User::query().count(&db).await.unwrap(), 1);
}

#[tokio::test]
async fn a_backend_that_is_killed_within_a_transaction_makes_the_work_begin_again() {
    let (database, db) = platform().await;
    let attempts = AtomicU32::new(0);
    let user = db
        .transaction(async |tx| {
            let user = NewUser::new("a@x.org").insert(tx).await?;
            if attempts.fetch_add(1, Ordering::SeqCst) == 0 {
                kill_all(&database).await;
            }
            NewDataset::new(user.id, "one").insert(tx).await?;
            Ok(user.id)
        })
        .await
        .unwrap();
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
    assert_eq!(User::get(&db, user).await.unwrap().dataset_count, 1);
    assert_eq!(User::query().count(&db).await.unwrap(), 1);
}

#[tokio::test]
async fn a_held_connection_is_one_session() {
    let (_database, db) = platform().await;
    let mut held = db.acquire().await.unwrap();
    let pid = backend(&mut held).await;
    NewUser::new("a@x.org").insert(&mut held).await.unwrap();
    assert_eq!(backend(&mut held).await, pid);
}
