//! A database of the platform with jobs in it.

use std::future::Future;
use std::time::Duration;

use automl_db::prelude::*;
use pgwright_cli::testing::{self, Database};
use sqlx::PgPool;

/// A database of the platform, a pool, and a user.
pub(crate) struct Base {
    pub(crate) database: Database,
    pub(crate) pool: PgPool,
    pub(crate) user: UserId,
}

pub(crate) async fn base() -> Base {
    let database = testing::database(include_str!("../../generated/schema.sql"))
        .await
        .unwrap();
    let pool = database.pool(8).await.unwrap();
    let user = NewUser::new("ada@example.org").insert(&pool).await.unwrap();
    Base {
        database,
        pool,
        user: user.id,
    }
}

impl Base {
    /// Ready jobs of a user, one behind the other.
    pub(crate) async fn jobs(&self, user: UserId, number: usize) -> Vec<JobId> {
        let mut ids = Vec::new();
        for _ in 0..number {
            ids.push(self.job(user, 0).await);
        }
        ids
    }

    pub(crate) async fn job(&self, user: UserId, priority: i32) -> JobId {
        let job = NewJob::new(user)
            .status(JobStatus::Queued)
            .priority(priority);
        job.insert(&self.pool).await.unwrap().id
    }

    pub(crate) async fn user(&self, email: &str) -> UserId {
        NewUser::new(email).insert(&self.pool).await.unwrap().id
    }

    pub(crate) async fn get(&self, id: JobId) -> Job {
        Job::get(&self.pool, id).await.unwrap()
    }

    /// Lets the lease of a job end, or its time to be tried again come, without waiting for it.
    pub(crate) async fn let_lease_end(&self, id: JobId) {
        sqlx::query("UPDATE jobs SET lease_expires_at = now() - interval '1 second' WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// How many jobs have that status.
    pub(crate) async fn count(&self, status: JobStatus) -> i64 {
        let jobs = Job::query().filter(job::status.eq(status));
        jobs.count(&self.pool).await.unwrap()
    }
}

/// Fails if it takes too long: a test that waits for something must not wait for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("it did not happen in time")
}
