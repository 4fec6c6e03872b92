//! How each claims a job: one is queued, and is then somebody's.

use super::Told;
use super::raw;
use crate::Failure;
use automl_db::prelude::{Db, Job};
use chrono::{TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectOptions, Database, DatabaseConnection,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};
use uuid::Uuid;

/// One worker.
pub(crate) trait Claimer {
    /// Claims the next job; its key.
    async fn claim(&mut self, worker: &str) -> Result<Option<Uuid>, Failure>;
}

/// What somebody writes who knows how.
const CLAIM: &str = "\
WITH next AS MATERIALIZED (
    SELECT id FROM jobs WHERE status = 'queued' ORDER BY priority DESC, created_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE jobs SET status = 'running', claimed_by = $1, lease_expires_at = now() + interval '60 seconds',
    attempt = attempt + 1
FROM next WHERE jobs.id = next.id
RETURNING jobs.id, jobs.user_id, jobs.workflow_snapshot_id, jobs.status, jobs.priority, jobs.started_at,
    jobs.completed_at, jobs.duration_seconds, jobs.error_message, jobs.celery_task_id, jobs.claimed_by,
    jobs.lease_expires_at, jobs.attempt, jobs.created_at";

pub(crate) struct RawClaimer {
    client: tokio_postgres::Client,
    claim: tokio_postgres::Statement,
}

impl RawClaimer {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let client = raw::connect(url).await?;
        let claim = client.prepare(CLAIM).await.told("tokio-postgres")?;
        Ok(Self { client, claim })
    }
}

impl Claimer for RawClaimer {
    async fn claim(&mut self, worker: &str) -> Result<Option<Uuid>, Failure> {
        let row = self
            .client
            .query_opt(&self.claim, &[&worker])
            .await
            .told("tokio-postgres")?;
        Ok(row.map(|row| row.get(0)))
    }
}

diesel::table! {
    use diesel::sql_types::{Int4, Nullable, Text, Timestamptz, Uuid};
    use super::JobStatusType;

    jobs (id) {
        id -> Uuid,
        user_id -> Uuid,
        workflow_snapshot_id -> Nullable<Uuid>,
        status -> JobStatusType,
        priority -> Int4,
        started_at -> Nullable<Timestamptz>,
        completed_at -> Nullable<Timestamptz>,
        duration_seconds -> Nullable<Int4>,
        error_message -> Nullable<Text>,
        celery_task_id -> Nullable<Text>,
        claimed_by -> Nullable<Text>,
        lease_expires_at -> Nullable<Timestamptz>,
        attempt -> Int4,
        created_at -> Timestamptz,
    }
}

#[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "job_status"))]
pub struct JobStatusType;

#[derive(Debug, diesel::expression::AsExpression)]
#[diesel(sql_type = JobStatusType)]
struct Status(&'static str);

impl diesel::serialize::ToSql<JobStatusType, diesel::pg::Pg> for Status {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

pub(crate) struct DieselClaimer {
    db: AsyncPgConnection,
}

impl DieselClaimer {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let db = AsyncPgConnection::establish(url)
            .await
            .told("diesel-async")?;
        Ok(Self { db })
    }
}

impl Claimer for DieselClaimer {
    async fn claim(&mut self, worker: &str) -> Result<Option<Uuid>, Failure> {
        let claimed = self.db.transaction(async |db| {
            let next: Option<Uuid> = jobs::table
                .filter(jobs::status.eq(Status("queued")))
                .order((jobs::priority.desc(), jobs::created_at.asc()))
                .select(jobs::id)
                .limit(1)
                .for_update()
                .skip_locked()
                .first(db)
                .await
                .optional()?;
            let Some(id) = next else { return Ok(None) };
            diesel::update(jobs::table.find(id))
                .set((
                    jobs::status.eq(Status("running")),
                    jobs::claimed_by.eq(worker),
                    jobs::lease_expires_at.eq(Utc::now() + TimeDelta::seconds(60)),
                    jobs::attempt.eq(jobs::attempt + 1),
                ))
                .execute(db)
                .await?;
            Ok::<_, diesel::result::Error>(Some(id))
        });
        claimed.await.told("diesel-async")
    }
}

mod job {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(
        rs_type = "String",
        db_type = "Enum",
        enum_name = "job_status",
        rename_all = "lowercase"
    )]
    pub(super) enum Status {
        Pending,
        Queued,
        Running,
        Failed,
        Completed,
        Cancelled,
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "jobs")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) user_id: Uuid,
        pub(super) workflow_snapshot_id: Option<Uuid>,
        pub(super) status: Status,
        pub(super) priority: i32,
        pub(super) started_at: Option<DateTimeUtc>,
        pub(super) completed_at: Option<DateTimeUtc>,
        pub(super) duration_seconds: Option<i32>,
        pub(super) error_message: Option<String>,
        pub(super) celery_task_id: Option<String>,
        pub(super) claimed_by: Option<String>,
        pub(super) lease_expires_at: Option<DateTimeUtc>,
        pub(super) attempt: i32,
        pub(super) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A pool, as many connections as workers.
#[derive(Clone)]
pub(crate) struct SeaOrmClaimer {
    db: DatabaseConnection,
}

impl SeaOrmClaimer {
    pub(crate) async fn connect(url: &str, workers: u32) -> Result<Self, Failure> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(workers)
            .min_connections(workers)
            .test_before_acquire(false)
            .sqlx_logging(false);
        let db = Database::connect(options).await.told("sea-orm")?;
        Ok(Self { db })
    }
}

impl Claimer for SeaOrmClaimer {
    async fn claim(&mut self, worker: &str) -> Result<Option<Uuid>, Failure> {
        let claim = async || -> Result<Option<Uuid>, sea_orm::DbErr> {
            let tx = self.db.begin().await?;
            let next = job::Entity::find()
                .filter(job::Column::Status.eq(job::Status::Queued))
                .order_by_desc(job::Column::Priority)
                .order_by_asc(job::Column::CreatedAt)
                .limit(1)
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .one(&tx)
                .await?;
            let Some(next) = next else { return Ok(None) };
            let (id, attempt) = (next.id, next.attempt);
            let mut change = next.into_active_model();
            change.status = Set(job::Status::Running);
            change.claimed_by = Set(Some(worker.to_string()));
            change.lease_expires_at = Set(Some(Utc::now() + TimeDelta::seconds(60)));
            change.attempt = Set(attempt + 1);
            change.update(&tx).await?;
            tx.commit().await?;
            Ok(Some(id))
        };
        claim().await.told("sea-orm")
    }
}

/// A `Db`, as many connections as workers.
#[derive(Clone)]
pub(crate) struct OurClaimer {
    db: Db,
}

impl OurClaimer {
    pub(crate) async fn connect(url: &str, workers: u32) -> Result<Self, Failure> {
        let db = Db::builder()
            .max_connections(workers)
            .min_connections(workers)
            .connect(url)
            .await;
        Ok(Self {
            db: db.told("automl-db")?,
        })
    }
}

impl Claimer for OurClaimer {
    async fn claim(&mut self, worker: &str) -> Result<Option<Uuid>, Failure> {
        let jobs = Job::claim(&self.db, worker, 1).await.told("automl-db")?;
        Ok(jobs.into_iter().next().map(|job| job.id.0))
    }
}
