//! SeaORM, as its guides show it.

use super::super::row::{self, New};
use super::{Cursor, Peer, Told};
use crate::Failure;
use ::sea_orm::ActiveValue::{Set, Unchanged};
use ::sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectOptions, Database, DatabaseConnection,
    DatabaseTransaction, DbErr, EntityTrait, LoaderTrait, QueryFilter, TransactionTrait,
};
use uuid::Uuid;

const NAME: &str = "sea-orm";

mod dataset {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(
        rs_type = "String",
        db_type = "Enum",
        enum_name = "file_format",
        rename_all = "lowercase"
    )]
    pub(super) enum FileFormat {
        Csv,
        Json,
        Parquet,
        Excel,
        Unknown,
    }

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(
        rs_type = "String",
        db_type = "Enum",
        enum_name = "problem_type",
        rename_all = "lowercase"
    )]
    pub(super) enum ProblemType {
        Classification,
        Regression,
        Clustering,
        Other,
    }

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "datasets")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) user_id: Uuid,
        pub(super) name: String,
        pub(super) description: Option<String>,
        pub(super) original_filename: Option<String>,
        pub(super) original_format: FileFormat,
        pub(super) original_size_bytes: Option<i64>,
        pub(super) parquet_size_bytes: Option<i64>,
        pub(super) s3_path: Option<String>,
        pub(super) row_count: Option<i64>,
        pub(super) column_count: Option<i32>,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub(super) columns_metadata: Option<Json>,
        pub(super) problem_type: Option<ProblemType>,
        pub(super) target_column: Option<String>,
        pub(super) is_sample_dataset: bool,
        pub(super) created_at: DateTimeUtc,
        pub(super) updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(
            belongs_to = "super::user::Entity",
            from = "Column::UserId",
            to = "super::user::Column::Id"
        )]
        User,
    }

    impl Related<super::user::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::User.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod user {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(
        rs_type = "String",
        db_type = "Enum",
        enum_name = "user_tier",
        rename_all = "lowercase"
    )]
    pub(super) enum UserTier {
        Free,
        Pro,
        Enterprise,
    }

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) email: String,
        pub(super) password_hash: Option<String>,
        pub(super) full_name: Option<String>,
        pub(super) tier: UserTier,
        pub(super) credit_balance: i64,
        pub(super) streak_count: i32,
        pub(super) last_active_date: Option<Date>,
        pub(super) storage_used_bytes: i64,
        pub(super) dataset_count: i32,
        pub(super) workflow_count: i32,
        pub(super) model_count: i32,
        pub(super) email_verified: bool,
        pub(super) is_deleted: bool,
        pub(super) deleted_at: Option<DateTimeUtc>,
        pub(super) created_at: DateTimeUtc,
        pub(super) updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(has_many = "super::dataset::Entity")]
        Datasets,
    }

    impl Related<super::dataset::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Datasets.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) struct SeaOrm {
    db: DatabaseConnection,
    /// A transaction is how SeaORM holds a connection: reads run here, so that they pay for no pool.
    held: DatabaseTransaction,
}

impl SeaOrm {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(4)
            .min_connections(2)
            .test_before_acquire(false)
            .sqlx_logging(false);
        let db = Database::connect(options).await.told(NAME)?;
        let held = db.begin().await.told(NAME)?;
        Ok(Self { db, held })
    }
}

impl Peer for SeaOrm {
    type New = dataset::ActiveModel;

    fn new(row: New) -> dataset::ActiveModel {
        dataset::ActiveModel {
            id: Set(row.id),
            user_id: Set(row.user_id),
            name: Set(row.name),
            description: Set(row.description),
            original_filename: Set(row.original_filename),
            original_format: Set(match row.original_format {
                row::FileFormat::Csv => dataset::FileFormat::Csv,
                row::FileFormat::Json => dataset::FileFormat::Json,
                row::FileFormat::Parquet => dataset::FileFormat::Parquet,
                row::FileFormat::Excel => dataset::FileFormat::Excel,
                row::FileFormat::Unknown => dataset::FileFormat::Unknown,
            }),
            original_size_bytes: Set(row.original_size_bytes),
            parquet_size_bytes: Set(row.parquet_size_bytes),
            s3_path: Set(row.s3_path),
            row_count: Set(row.row_count),
            column_count: Set(row.column_count),
            columns_metadata: Set(row.columns_metadata),
            problem_type: Set(row.problem_type.map(|ty| match ty {
                row::ProblemType::Classification => dataset::ProblemType::Classification,
                row::ProblemType::Regression => dataset::ProblemType::Regression,
                row::ProblemType::Clustering => dataset::ProblemType::Clustering,
                row::ProblemType::Other => dataset::ProblemType::Other,
            })),
            target_column: Set(row.target_column),
            is_sample_dataset: Set(row.is_sample_dataset),
            ..Default::default()
        }
    }

    async fn point(&mut self, id: Uuid) -> Result<usize, Failure> {
        let dataset = dataset::Entity::find_by_id(id)
            .one(&self.held)
            .await
            .told(NAME)?;
        Ok(usize::from(std::hint::black_box(dataset).is_some()))
    }

    async fn rows(&mut self, user: Uuid) -> Result<usize, Failure> {
        let query = dataset::Entity::find().filter(dataset::Column::UserId.eq(user));
        let rows = query.all(&self.held).await.told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn insert(&mut self, row: dataset::ActiveModel) -> Result<usize, Failure> {
        std::hint::black_box(row.insert(&self.db).await.told(NAME)?);
        Ok(1)
    }

    async fn update(&mut self, id: Uuid, description: &str) -> Result<usize, Failure> {
        let change = dataset::ActiveModel {
            id: Unchanged(id),
            description: Set(Some(description.to_string())),
            ..Default::default()
        };
        std::hint::black_box(change.update(&self.db).await.told(NAME)?);
        Ok(1)
    }

    async fn page(&mut self, user: Uuid, after: &Cursor) -> Result<usize, Failure> {
        let mut query = dataset::Entity::find()
            .filter(dataset::Column::UserId.eq(user))
            .cursor_by((dataset::Column::CreatedAt, dataset::Column::Id));
        query.desc().after((after.created_at, after.id)).first(100);
        let rows = query.all(&self.held).await.told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn parents(&mut self, ids: &[Uuid]) -> Result<usize, Failure> {
        let read = async |ids: &[Uuid]| -> Result<usize, DbErr> {
            let users = user::Entity::find()
                .filter(user::Column::Id.is_in(ids.iter().copied()))
                .filter(user::Column::IsDeleted.eq(false))
                .all(&self.held)
                .await?;
            let datasets = users.load_many(dataset::Entity, &self.held).await?;
            Ok(std::hint::black_box(datasets).iter().map(Vec::len).sum())
        };
        read(ids).await.told(NAME)
    }

    async fn bulk(&mut self, rows: Vec<dataset::ActiveModel>) -> Result<usize, Failure> {
        // A statement has 65,535 values at most: 4,369 rows of 15 columns.
        let count = rows.len();
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let some: Vec<_> = rows.by_ref().take(4_000).collect();
            let insert = dataset::Entity::insert_many(some);
            insert.exec_without_returning(&self.db).await.told(NAME)?;
        }
        Ok(count)
    }
}
