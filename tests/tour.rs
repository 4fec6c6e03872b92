//! The crate from end to end, as an application calls it: if this does not compile, programs of others don't either.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

use automl_db::prelude::*;
use pgwright_cli::testing;

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn an_application_reads_as_the_readme_says() {
    let sql = include_str!("../generated/schema.sql");
    let database = testing::database(sql).await.unwrap();
    is_send(tour(&database.url())).await.unwrap();
}

async fn tour(url: &str) -> Result<()> {
    let db = Db::connect(url).await?;
    let user = NewUser::new("a@x.org").full_name("Ada").insert(&db).await?;
    let other = NewUser::new("b@x.org").insert(&db).await?;
    assert_eq!(User::get(&db, user.id).await?, user);
    assert!(
        User::get(&db, UserId::new())
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert_eq!(
        User::find_by_email(&db, "A@x.org").await?,
        Some(user.clone())
    );
    let ids = [other.id, user.id];
    let users = User::get_many(&db, &ids).await?;
    assert_eq!(users.iter().map(|user| user.id).collect::<Vec<_>>(), ids);

    let items: Vec<NewDataset> = (0..60)
        .map(|number| NewDataset::new(user.id, format!("sales {number:02}")))
        .collect();
    let rows = NewDataset::insert_many(&db, &items).await?;
    assert_eq!((rows.len(), rows[7].name.as_str()), (60, "sales 07"));
    let patch = DatasetPatch::new().name("stock").description(None);
    assert_eq!(patch.update(&db, rows[0].id).await?.name, "stock");
    let tutorial = NewTutorial::new("first steps").insert(&db).await?;
    let first = NewUserTutorialProgress::new(user.id, tutorial.id)
        .upsert(&db)
        .await?;
    let again = NewUserTutorialProgress::new(user.id, tutorial.id)
        .upsert(&db)
        .await?;
    assert_eq!(first.id, again.id);

    let list = || {
        Dataset::query()
            .filter(
                dataset::user_id
                    .eq(user.id)
                    .and(dataset::name.ilike("%sales%")),
            )
            .order_by(dataset::created_at.desc())
    };
    let page = list().page(&db, Page::first(50)).await?;
    let cursor = page.next.unwrap();
    let rest = list().page(&db, Page::after(50, cursor)).await?;
    assert_eq!((page.items.len(), rest.items.len()), (50, 9));
    assert!(rest.next.is_none() && !page.items.contains(&rest.items[0]));

    for _ in 0..7 {
        NewJob::new(user.id)
            .status(JobStatus::Queued)
            .insert(&db)
            .await?;
    }
    let states = [JobStatus::Queued, JobStatus::Running];
    let n = Job::query()
        .filter(job::status.in_(states))
        .count(&db)
        .await?;
    assert_eq!(n, 7);
    assert_eq!(
        user.datasets()
            .order_by(dataset::name.asc())
            .all(&db)
            .await?
            .len(),
        60
    );
    let loaded = User::load(&users)
        .datasets()
        .jobs_with(|q| q.limit(5))
        .fetch(&db)
        .await?;
    let sizes = loaded
        .iter()
        .map(|(_, datasets, jobs)| (datasets.len(), jobs.len()));
    assert_eq!(sizes.collect::<Vec<_>>(), [(0, 0), (60, 5)]);

    let key = "webhook-1".to_owned();
    db.transaction(async |tx| {
        let bought = NewCreditTransaction::new(user.id, 20, TransactionType::Purchase);
        bought.insert(tx).await?;
        let spent = NewCreditTransaction::new(user.id, -30, TransactionType::Consumption);
        match tx
            .transaction(async |tx| spent.idempotency_key(key.clone()).insert(tx).await)
            .await
        {
            Err(e) if e.is(CreditTransaction::MINIMUM) => Ok(()),
            other => panic!("30 of 20 credits: {other:?}"),
        }
    })
    .await?;
    assert_eq!(User::get(&db, user.id).await?.credit_balance, 20);
    let taken = NewUser::new("A@X.ORG").insert(&db).await.unwrap_err();
    assert!(taken.is(User::UX_USERS_EMAIL_CI));

    User::soft_delete(&db, other.id).await?;
    assert!(User::find(&db, other.id).await?.is_none());
    User::restore(&db, other.id).await?;
    assert_eq!(
        User::find(&db, other.id).await?.map(|user| user.id),
        Some(other.id)
    );
    User::purge_expired(&db).await?;
    let jobs = Job::claim(&db, "worker-7", 10).await?;
    assert_eq!(jobs.len(), 7);
    Ok(())
}
