//! Ledgers.

use automl_db::prelude::*;

use crate::{platform, user};

fn entry(user: UserId, amount: i32, key: &str) -> NewCreditTransaction {
    let kind = match amount < 0 {
        true => TransactionType::Consumption,
        false => TransactionType::Purchase,
    };
    NewCreditTransaction::new(user, amount, kind).idempotency_key(key)
}

#[tokio::test]
async fn an_entry_is_posted_once_whatever_the_balance_is_by_then() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await.id;
    CreditTransaction::post(&db, entry(ada, 10, "buy"))
        .await
        .unwrap();
    let first = CreditTransaction::post(&db, entry(ada, -10, "job"))
        .await
        .unwrap();
    assert_eq!((first.entry_no, first.balance_after), (2, 0));
    let again = CreditTransaction::post(&db, entry(ada, -10, "job"))
        .await
        .unwrap();
    assert_eq!(again, first);
    assert_eq!(CreditTransaction::balance(&db, ada).await.unwrap(), 0);

    let plain = entry(ada, 10, "job").insert(&db).await.unwrap_err();
    assert!(
        plain.is(CreditTransaction::UX_CREDIT_TRANSACTIONS_USER_ID_IDEMPOTENCY_KEY),
        "{plain:?}"
    );
    // It is the key that is in the way, although there is nothing left to take.
    let plain = entry(ada, -10, "job").insert(&db).await.unwrap_err();
    let key = CreditTransaction::UX_CREDIT_TRANSACTIONS_USER_ID_IDEMPOTENCY_KEY;
    assert!(plain.is(key), "{plain:?}");
    let violation = plain.violation().unwrap();
    assert_eq!(violation.sqlstate, "23505");
    assert_eq!(violation.columns, ["user_id", "idempotency_key"]);
    assert!(violation.key.as_deref().unwrap().ends_with("job"));
    let poor = CreditTransaction::post(&db, entry(ada, -1, "other"))
        .await
        .unwrap_err();
    assert!(poor.is(CreditTransaction::MINIMUM), "{poor:?}");

    // Another account's key is another key.
    let bob = user(&db, "bob").await.id;
    let other = CreditTransaction::post(&db, entry(bob, 5, "buy"))
        .await
        .unwrap();
    assert_eq!((other.entry_no, other.balance_after), (1, 5));
}

#[tokio::test]
async fn another_entry_with_the_same_key_is_an_error_that_says_what_differs() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await.id;
    let first = CreditTransaction::post(&db, entry(ada, 10, "buy"))
        .await
        .unwrap();
    let refund =
        || NewCreditTransaction::new(ada, 10, TransactionType::Refund).idempotency_key("buy");
    let mut tx = db.begin().await.unwrap();
    for (other, differs) in [
        (entry(ada, 11, "buy"), "amount"),
        (entry(ada, -11, "buy"), "amount"),
        (refund(), "transaction_type"),
    ] {
        let error = CreditTransaction::post(&mut tx, other).await.unwrap_err();
        assert_eq!(error.problem().status, 409);
        assert_eq!(
            error.to_string(),
            format!(
                "`CreditTransaction` has another entry with the same `idempotency_key` already: its `{differs}` differs"
            )
        );
    }
    // What else it says may differ: a retry has an id of its own, and perhaps another text.
    let same = entry(ada, 10, "buy").description("once more");
    let again = CreditTransaction::post(&mut tx, same).await.unwrap();
    assert_eq!(again, first);
    tx.commit().await.unwrap();

    let differs = |error: Error| match error {
        Error::PostedOtherwise { key, column, .. } => (key, column),
        other => panic!("{other:?}"),
    };
    for many in [
        [entry(ada, 1, "new"), refund()],
        // Both are new.
        [entry(ada, 1, "new"), entry(ada, 2, "new")],
    ] {
        let error = CreditTransaction::post_many(&db, &many).await.unwrap_err();
        assert_eq!(differs(error).0, "idempotency_key");
    }
    let report = CreditTransaction::verify(&db, ada).await.unwrap();
    assert_eq!((report.entries, report.is_sound()), (1, true));
}

#[tokio::test]
async fn a_transaction_that_somebody_began_by_a_statement_is_not_ended() {
    let database = platform().await;
    let pool = database.pool(1).await.unwrap();
    let ada = user(&pool, "ada").await.id;
    let mut connection = database.connect().await.unwrap();
    let raw = async |connection: &mut sqlx::PgConnection, sql: &'static str| {
        sqlx::raw_sql(sql).execute(connection).await.unwrap();
    };
    for end in ["ROLLBACK", "COMMIT"] {
        raw(&mut connection, "BEGIN").await;
        NewDataset::new(ada, "before")
            .insert(&mut connection)
            .await
            .unwrap();
        let first = CreditTransaction::post(&mut connection, entry(ada, 5, "a")).await;
        let many = [entry(ada, 5, "a"), entry(ada, 1, "b")];
        let posted = CreditTransaction::post_many(&mut connection, &many)
            .await
            .unwrap();
        assert_eq!(posted[0], first.unwrap());
        // What fails is undone alone.
        let bad = [entry(ada, 1, "c"), entry(ada, -100, "d")];
        let poor = CreditTransaction::post_many(&mut connection, &bad)
            .await
            .unwrap_err();
        assert!(poor.is(CreditTransaction::MINIMUM), "{poor:?}");
        let poor = CreditTransaction::post(&mut connection, entry(ada, -100, "e")).await;
        assert!(poor.unwrap_err().is(CreditTransaction::MINIMUM));
        let rows = (0..10).map(|n| NewDataset::new(ada, format!("d{n}")));
        NewDataset::copy_in(&mut connection, rows).await.unwrap();
        let twice = (0..2).map(|_| NewDataset::new(ada, "d0"));
        let twice = NewDataset::copy_in(&mut connection, twice)
            .await
            .unwrap_err();
        assert!(twice.is(Dataset::UX_DATASETS_USERID_NAME), "{twice:?}");
        raw(&mut connection, end).await;
        let kept = if end == "COMMIT" { (11, 6) } else { (0, 0) };
        let user = User::get(&pool, ada).await.unwrap();
        assert_eq!((user.dataset_count, user.credit_balance), kept, "{end}");
    }
    // Nothing is under way now: operations commit by themselves again.
    CreditTransaction::post_many(&mut connection, &[entry(ada, 1, "z")])
        .await
        .unwrap();
    drop(connection);
    assert_eq!(CreditTransaction::balance(&pool, ada).await.unwrap(), 7);
}

#[tokio::test]
async fn a_transaction_goes_on_after_an_entry_that_was_there_or_refused() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await.id;
    let mut tx = db.begin().await.unwrap();
    let first = CreditTransaction::post(&mut tx, entry(ada, 3, "a"))
        .await
        .unwrap();
    let again = CreditTransaction::post(&mut tx, entry(ada, 3, "a"))
        .await
        .unwrap();
    assert_eq!(first, again);
    let poor = CreditTransaction::post(&mut tx, entry(ada, -4, "b"))
        .await
        .unwrap_err();
    assert!(poor.is(CreditTransaction::MINIMUM), "{poor:?}");
    CreditTransaction::post(&mut tx, entry(ada, -3, "c"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(CreditTransaction::balance(&db, ada).await.unwrap(), 0);

    // A connection without a transaction.
    let mut connection = database.connect().await.unwrap();
    let again = CreditTransaction::post(&mut connection, entry(ada, -3, "c")).await;
    assert_eq!(again.unwrap().entry_no, 2);

    let db = Db::connect(&database.url()).await.unwrap();
    let last = db
        .transaction(async |tx| {
            let again = CreditTransaction::post(tx, entry(ada, -3, "c")).await?;
            assert_eq!(again.entry_no, 2);
            let poor = CreditTransaction::post(tx, entry(ada, -1, "d")).await;
            assert!(poor.unwrap_err().is(CreditTransaction::MINIMUM));
            CreditTransaction::post(tx, entry(ada, 1, "d")).await
        })
        .await
        .unwrap();
    assert_eq!((last.entry_no, last.balance_after), (3, 1));
}

#[tokio::test]
async fn sessions_that_post_the_same_entry_all_get_the_one() {
    let database = platform().await;
    let db = database.pool(12).await.unwrap();
    let ada = user(&db, "ada").await.id;
    CreditTransaction::post(&db, entry(ada, 30, "buy"))
        .await
        .unwrap();
    for round in 0..5 {
        let tasks: Vec<_> = (0..12)
            .map(|session| {
                let db = db.clone();
                tokio::spawn(async move {
                    // The balance is enough for one.
                    let entry = entry(ada, -30, &format!("job {round}"));
                    if session % 2 == 0 {
                        return CreditTransaction::post(&db, entry).await;
                    }
                    let mut tx = db.begin().await.unwrap();
                    let posted = CreditTransaction::post(&mut tx, entry).await;
                    tx.commit().await.unwrap();
                    posted
                })
            })
            .collect();
        let mut posted = Vec::new();
        for task in tasks {
            posted.push(task.await.unwrap().unwrap());
        }
        posted.dedup();
        assert_eq!(posted.len(), 1);
        assert_eq!(posted[0].balance_after, 0);
        CreditTransaction::post(&db, entry(ada, 30, &format!("buy {round}")))
            .await
            .unwrap();
    }
    let report = CreditTransaction::verify(&db, ada).await.unwrap();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.entries, 11);
}

#[tokio::test]
async fn many_entries_are_posted_all_or_none_and_each_once() {
    let database = platform().await;
    let db = database.pool(6).await.unwrap();
    let mut users = Vec::new();
    for number in 0..5 {
        users.push(user(&db, &format!("u{number}")).await.id);
    }
    let (ada, bob) = (users[0], users[1]);
    CreditTransaction::post(&db, entry(ada, 7, "before"))
        .await
        .unwrap();
    let posted = CreditTransaction::post_many(
        &db,
        &[
            entry(bob, 1, "x"),
            entry(ada, 7, "before"),
            entry(ada, 2, "x"),
            entry(bob, 1, "x"),
            NewCreditTransaction::new(bob, 1, TransactionType::Refund),
            NewCreditTransaction::new(bob, 1, TransactionType::Refund),
        ],
    )
    .await
    .unwrap();
    let seen: Vec<_> = posted
        .iter()
        .map(|entry| (entry.user_id == bob, entry.entry_no, entry.balance_after))
        .collect();
    assert_eq!(
        seen,
        [
            (true, 1, 1),
            (false, 1, 7),
            (false, 2, 9),
            (true, 1, 1),
            (true, 2, 2),
            (true, 3, 3)
        ]
    );
    let bad = [entry(ada, 5, "new"), entry(bob, -100, "new")];
    let error = CreditTransaction::post_many(&db, &bad).await.unwrap_err();
    assert!(error.is(CreditTransaction::MINIMUM), "{error:?}");
    assert_eq!(CreditTransaction::balance(&db, ada).await.unwrap(), 9);

    // In any order of accounts: no deadlock, and each key once.
    let tasks: Vec<_> = (0..6)
        .map(|session: usize| {
            let (db, users) = (db.clone(), users.clone());
            tokio::spawn(async move {
                for round in 0..20 {
                    let rows: Vec<_> = (0..5)
                        .map(|place| {
                            let user = users[(place * (session % 4 + 1) + round) % 5];
                            entry(user, 1, &format!("{round}"))
                        })
                        .collect();
                    CreditTransaction::post_many(&db, &rows).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for user in &users[2..] {
        let report = CreditTransaction::verify(&db, *user).await.unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.entries, 20);
        assert_eq!(CreditTransaction::balance(&db, *user).await.unwrap(), 20);
    }
}

#[tokio::test]
async fn a_statement_comes_in_pages_and_a_broken_chain_is_named() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await.id;
    let rows: Vec<_> = (1..=5)
        .map(|number| entry(ada, number, &number.to_string()))
        .collect();
    CreditTransaction::post_many(&db, &rows).await.unwrap();
    let page = CreditTransaction::statement(&db, ada, Page::first(3))
        .await
        .unwrap();
    let numbers: Vec<i64> = page.items.iter().map(|entry| entry.entry_no).collect();
    assert_eq!(numbers, [5, 4, 3], "the last first");
    let rest = Page::after(3, page.next.unwrap());
    let page = CreditTransaction::statement(&db, ada, rest).await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert!(page.next.is_none());

    let nobody = CreditTransaction::balance(&db, UserId::new())
        .await
        .unwrap_err();
    assert_eq!(nobody.to_string().split(' ').nth(1), Some("`User`"));
    let empty = CreditTransaction::verify(&db, UserId::new()).await.unwrap();
    assert_eq!(
        (empty.entries, empty.balance, empty.is_sound()),
        (0, None, true)
    );

    // What nobody can do by a statement: somebody who turned the triggers off.
    let spoil = |sql: &'static str| {
        let db = db.clone();
        async move {
            let script = format!(
                "ALTER TABLE credit_transactions DISABLE TRIGGER USER; ALTER TABLE users DISABLE TRIGGER USER; {sql};
                 ALTER TABLE credit_transactions ENABLE TRIGGER USER; ALTER TABLE users ENABLE TRIGGER USER"
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(script))
                .execute(&db)
                .await
                .unwrap();
        }
    };
    spoil("UPDATE users SET credit_balance = 14").await;
    let report = CreditTransaction::verify(&db, ada).await.unwrap();
    assert!(!report.is_sound() && report.wrong.is_none());
    assert_eq!(
        report.to_string(),
        "5 entries come to 15, and the account has 14"
    );
    spoil("UPDATE users SET credit_balance = 15").await;
    assert!(
        CreditTransaction::verify(&db, ada)
            .await
            .unwrap()
            .is_sound()
    );
    spoil("UPDATE credit_transactions SET amount = 30 WHERE entry_no = 3").await;
    let wrong = CreditTransaction::verify(&db, ada)
        .await
        .unwrap()
        .wrong
        .unwrap();
    assert_eq!((wrong.entry_no, wrong.expected_no), (3, 3));
    assert_eq!(
        (wrong.balance_after, wrong.expected_balance),
        (6.into(), 33.into())
    );
    spoil("DELETE FROM credit_transactions WHERE entry_no = 2").await;
    let wrong = CreditTransaction::verify(&db, ada)
        .await
        .unwrap()
        .wrong
        .unwrap();
    assert_eq!((wrong.entry_no, wrong.expected_no), (3, 2), "a gap");
}
