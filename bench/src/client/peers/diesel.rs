//! diesel-async, as its guides show it.

use super::super::row::{FileFormat, New, ProblemType, UserTier};
use super::{Cursor, Peer, Told};
use crate::Failure;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use std::io::Write as _;
use uuid::Uuid;

const NAME: &str = "diesel-async";

macro_rules! label {
    ($($sql:ident = $name:literal: $ty:ident),*) => {$(
        #[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
        #[diesel(postgres_type(name = $name))]
        pub struct $sql;

        impl ToSql<$sql, Pg> for $ty {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                out.write_all(self.label().as_bytes())?;
                Ok(IsNull::No)
            }
        }

        impl FromSql<$sql, Pg> for $ty {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Self::of(value.as_bytes())
            }
        }
    )*};
}

label!(FileFormatType = "file_format": FileFormat, ProblemTypeType = "problem_type": ProblemType,
    UserTierType = "user_tier": UserTier);

diesel::table! {
    use diesel::sql_types::{Bool, Int4, Int8, Jsonb, Nullable, Text, Timestamptz, Uuid};
    use super::{FileFormatType, ProblemTypeType};

    datasets (id) {
        id -> Uuid,
        user_id -> Uuid,
        name -> Text,
        description -> Nullable<Text>,
        original_filename -> Nullable<Text>,
        original_format -> FileFormatType,
        original_size_bytes -> Nullable<Int8>,
        parquet_size_bytes -> Nullable<Int8>,
        s3_path -> Nullable<Text>,
        row_count -> Nullable<Int8>,
        column_count -> Nullable<Int4>,
        columns_metadata -> Nullable<Jsonb>,
        problem_type -> Nullable<ProblemTypeType>,
        target_column -> Nullable<Text>,
        is_sample_dataset -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Date, Int4, Int8, Nullable, Text, Timestamptz, Uuid};
    use super::UserTierType;

    users (id) {
        id -> Uuid,
        email -> Text,
        password_hash -> Nullable<Text>,
        full_name -> Nullable<Text>,
        tier -> UserTierType,
        credit_balance -> Int8,
        streak_count -> Int4,
        last_active_date -> Nullable<Date>,
        storage_used_bytes -> Int8,
        dataset_count -> Int4,
        workflow_count -> Int4,
        model_count -> Int4,
        email_verified -> Bool,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::joinable!(datasets -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(datasets, users);

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = users, check_for_backend(Pg))]
#[expect(dead_code, reason = "rows are read, and nothing is done with them")]
struct User {
    id: Uuid,
    email: String,
    password_hash: Option<String>,
    full_name: Option<String>,
    tier: UserTier,
    credit_balance: i64,
    streak_count: i32,
    last_active_date: Option<NaiveDate>,
    storage_used_bytes: i64,
    dataset_count: i32,
    workflow_count: i32,
    model_count: i32,
    email_verified: bool,
    is_deleted: bool,
    deleted_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = datasets, belongs_to(User), check_for_backend(Pg))]
#[expect(dead_code, reason = "rows are read, and nothing is done with them")]
struct Dataset {
    id: Uuid,
    user_id: Uuid,
    name: String,
    description: Option<String>,
    original_filename: Option<String>,
    original_format: FileFormat,
    original_size_bytes: Option<i64>,
    parquet_size_bytes: Option<i64>,
    s3_path: Option<String>,
    row_count: Option<i64>,
    column_count: Option<i32>,
    columns_metadata: Option<Value>,
    problem_type: Option<ProblemType>,
    target_column: Option<String>,
    is_sample_dataset: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// With NULL instead of DEFAULT for what is `None`, the statement is always the same, and is prepared once.
#[derive(Insertable)]
#[diesel(table_name = datasets, treat_none_as_default_value = false)]
pub(crate) struct NewDataset {
    id: Uuid,
    user_id: Uuid,
    name: String,
    description: Option<String>,
    original_filename: Option<String>,
    original_format: FileFormat,
    original_size_bytes: Option<i64>,
    parquet_size_bytes: Option<i64>,
    s3_path: Option<String>,
    row_count: Option<i64>,
    column_count: Option<i32>,
    columns_metadata: Option<Value>,
    problem_type: Option<ProblemType>,
    target_column: Option<String>,
    is_sample_dataset: bool,
}

pub(crate) struct Diesel {
    db: AsyncPgConnection,
}

impl Diesel {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let db = AsyncPgConnection::establish(url).await.told(NAME)?;
        Ok(Self { db })
    }
}

impl Peer for Diesel {
    type New = NewDataset;

    fn new(row: New) -> NewDataset {
        NewDataset {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            description: row.description,
            original_filename: row.original_filename,
            original_format: row.original_format,
            original_size_bytes: row.original_size_bytes,
            parquet_size_bytes: row.parquet_size_bytes,
            s3_path: row.s3_path,
            row_count: row.row_count,
            column_count: row.column_count,
            columns_metadata: row.columns_metadata,
            problem_type: row.problem_type,
            target_column: row.target_column,
            is_sample_dataset: row.is_sample_dataset,
        }
    }

    async fn point(&mut self, id: Uuid) -> Result<usize, Failure> {
        let query = datasets::table.find(id).select(Dataset::as_select());
        let dataset = query.get_result(&mut self.db).await.told(NAME)?;
        Ok(usize::from(std::hint::black_box(dataset).id == id))
    }

    async fn rows(&mut self, user: Uuid) -> Result<usize, Failure> {
        let query = datasets::table
            .filter(datasets::user_id.eq(user))
            .select(Dataset::as_select());
        let rows = query.load(&mut self.db).await.told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn insert(&mut self, row: NewDataset) -> Result<usize, Failure> {
        let query = diesel::insert_into(datasets::table)
            .values(row)
            .returning(Dataset::as_returning());
        std::hint::black_box(query.get_result(&mut self.db).await.told(NAME)?);
        Ok(1)
    }

    async fn update(&mut self, id: Uuid, description: &str) -> Result<usize, Failure> {
        let query = diesel::update(datasets::table.find(id))
            .set(datasets::description.eq(description))
            .returning(Dataset::as_returning());
        std::hint::black_box(query.get_result(&mut self.db).await.told(NAME)?);
        Ok(1)
    }

    async fn page(&mut self, user: Uuid, after: &Cursor) -> Result<usize, Failure> {
        // diesel has no comparison of rows: this is what people write instead.
        let behind = datasets::created_at
            .lt(after.created_at)
            .or(datasets::created_at
                .eq(after.created_at)
                .and(datasets::id.lt(after.id)));
        let query = datasets::table
            .filter(datasets::user_id.eq(user))
            .filter(behind)
            .order((datasets::created_at.desc(), datasets::id.desc()))
            .limit(100)
            .select(Dataset::as_select());
        let rows = query.load(&mut self.db).await.told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn parents(&mut self, ids: &[Uuid]) -> Result<usize, Failure> {
        let users: Vec<User> = users::table
            .filter(users::id.eq_any(ids))
            .filter(users::is_deleted.eq(false))
            .select(User::as_select())
            .load(&mut self.db)
            .await
            .told(NAME)?;
        let children = Dataset::belonging_to(&users)
            .select(Dataset::as_select())
            .load(&mut self.db)
            .await
            .told(NAME)?;
        let grouped: Vec<Vec<Dataset>> = children.grouped_by(&users);
        Ok(std::hint::black_box(grouped).iter().map(Vec::len).sum())
    }

    async fn bulk(&mut self, rows: Vec<NewDataset>) -> Result<usize, Failure> {
        // A statement has 65,535 values at most: 4,369 rows of 15 columns.
        let db = &mut self.db;
        let mut inserted = 0;
        for rows in rows.chunks(4_000) {
            inserted += diesel::insert_into(datasets::table)
                .values(rows)
                .execute(db)
                .await
                .told(NAME)?;
        }
        Ok(inserted)
    }
}
