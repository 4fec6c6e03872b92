//! Queues of specs that leave things out, name them strangely, or forbid moves.

#[path = "../cases/queue_shapes/generated/mod.rs"]
mod generated;

use std::time::Duration;

use generated::*;
use pgwright::queue::Retry;
use pgwright_cli::testing::{self, Database};
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::source::Source;
use sqlx::PgPool;

const MINUTE: Duration = Duration::from_secs(60);

async fn load() -> (Database, PgPool) {
    let spec = include_str!("../cases/queue_shapes/schema.toml");
    let compilation = pgwright_codegen::compile(&Source::new("schema.toml", spec));
    let database = testing::database(&schema_sql(&compilation.schema.unwrap()))
        .await
        .unwrap();
    let pool = database.pool(2).await.unwrap();
    (database, pool)
}

#[tokio::test]
async fn a_queue_needs_no_more_than_a_status_and_a_key_of_any_columns() {
    let (_database, pool) = load().await;
    for number in [2, 1, 3] {
        NewBare::new("t", number).insert(&pool).await.unwrap();
    }
    let jobs = Bare::claim(&pool, 2).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.nr).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(jobs[0].complete(&pool).await.unwrap().select, State::Done);
    assert!(jobs[0].complete(&pool).await.unwrap_err().is_lease_lost());
    // Nothing can wait: it is ready at once.
    assert_eq!(
        jobs[1].fail(&pool, MINUTE).await.unwrap().select,
        State::ItSReady
    );
    assert_eq!(Bare::claim(&pool, 1).await.unwrap()[0].nr, 2);
    let cancelled = Bare::cancel(&pool, ("t".to_owned(), 3)).await.unwrap();
    assert_eq!(cancelled.unwrap().select, State::Canceled);
    let owner = Bare::queue().fair_by(bare::tenant).limit(3);
    NewBare::new("u", 1).insert(&pool).await.unwrap();
    NewBare::new("t", 9).insert(&pool).await.unwrap();
    assert_eq!(owner.claim(&pool).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_worker_may_be_a_row_and_a_lease_may_have_no_zone() {
    let (database, pool) = load().await;
    let node = NewNode::new().insert(&pool).await.unwrap();
    for rank in [None, Some(1), Some(5)] {
        NewChore::new("ada").rank(rank).insert(&pool).await.unwrap();
    }
    // Whatever the zones of the sessions are.
    let mut east = database.connect().await.unwrap();
    sqlx::query("SET timezone = 'Asia/Tokyo'")
        .execute(&mut east)
        .await
        .unwrap();
    let jobs = Chore::claim(&mut east, node.id, 3).await.unwrap();
    // Descending, NULL comes first: in the index and in the claim alike.
    assert_eq!(
        jobs.iter().map(|job| job.rank).collect::<Vec<_>>(),
        [None, Some(5), Some(1)]
    );
    assert!(
        jobs.iter()
            .all(|job| job.node_id == Some(node.id) && job.tries == 1)
    );
    let mut west = database.connect().await.unwrap();
    sqlx::query("SET timezone = 'America/Los_Angeles'")
        .execute(&mut west)
        .await
        .unwrap();
    assert_eq!(Chore::return_expired(&mut west).await.unwrap(), 0);
    assert!(jobs[0].heartbeat(&mut west, MINUTE).await.unwrap());
    assert_eq!(Chore::return_expired(&mut east).await.unwrap(), 0);
    jobs[1].complete(&mut west).await.unwrap();
    let failed = jobs[2]
        .fail(&mut west, Retry::after(MINUTE).attempts(1))
        .await
        .unwrap();
    assert_eq!((failed.status, failed.until), (State::Broken, None));

    // What is deleted is not claimed.
    let gone = NewChore::new("ada").insert(&pool).await.unwrap();
    ChorePatch::new()
        .gone(true)
        .gone_at(pgwright::chrono::Utc::now())
        .update(&pool, gone.id)
        .await
        .unwrap();
    assert!(Chore::claim(&pool, node.id, 1).await.unwrap().is_empty());
    let turns = Chore::queue()
        .worker(node.id)
        .fair_by(chore::owner)
        .limit(2);
    assert!(turns.claim(&pool).await.unwrap().is_empty());
}

#[tokio::test]
async fn where_a_running_job_may_not_become_ready_it_comes_back_as_a_failed_one() {
    let (_database, pool) = load().await;
    for day in [1, 2, 3] {
        NewPart::new(pgwright::types::Uuid::now_v7(), day)
            .insert(&pool)
            .await
            .unwrap();
    }
    let jobs = Part::claim(&pool, 2).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.day).collect::<Vec<_>>(), [1, 2]);
    assert!(jobs[0].release(&pool).await.unwrap());
    assert_eq!(Part::return_expired(&pool).await.unwrap(), 1);
    assert_eq!(Part::claim(&pool, 1).await.unwrap()[0].day, 1);
    sqlx::query("UPDATE parts SET lease = now() WHERE lease IS NOT NULL")
        .execute(&pool)
        .await
        .unwrap();
    // First failed, then ready.
    assert_eq!(Part::return_expired(&pool).await.unwrap(), 2);
    assert_eq!(Part::return_expired(&pool).await.unwrap(), 2);
    let jobs = Part::claim(&pool, 9).await.unwrap();
    assert_eq!(
        jobs.iter().map(|job| job.attempt).collect::<Vec<_>>(),
        [3, 2, 1]
    );
    assert!(
        Part::queue()
            .fair_by(part::day)
            .claim(&pool)
            .await
            .unwrap()
            .is_empty()
    );
}
