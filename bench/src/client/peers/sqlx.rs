//! sqlx with SQL by hand, rows read by ordinal.

use super::super::row::{
    Dataset, FileFormat, New, ProblemType, User, UserTier, by_ordinal, dataset, user,
};
use super::super::sql;
use super::{Cursor, Peer, Told, group};
use crate::Failure;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgHasArrayType, PgRow, PgTypeInfo, PgValueRef,
};
use sqlx::query::Query;
use sqlx::{Connection, Decode, Error, PgConnection, Postgres, Row, Type};
use uuid::Uuid;

const NAME: &str = "sqlx";

pub(crate) struct Sqlx {
    db: PgConnection,
}

impl Sqlx {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let db = PgConnection::connect(url).await.told(NAME)?;
        Ok(Self { db })
    }

    async fn datasets(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<Dataset>, Error> {
        query
            .fetch_all(&mut self.db)
            .await?
            .iter()
            .map(read)
            .collect()
    }
}

impl Peer for Sqlx {
    type New = New;

    fn new(row: New) -> New {
        row
    }

    async fn point(&mut self, id: Uuid) -> Result<usize, Failure> {
        let row = sqlx::query(sql::POINT)
            .bind(id)
            .fetch_one(&mut self.db)
            .await
            .told(NAME)?;
        let dataset = read(&row).told(NAME)?;
        Ok(usize::from(std::hint::black_box(dataset).id == id))
    }

    async fn rows(&mut self, user: Uuid) -> Result<usize, Failure> {
        let rows = self
            .datasets(sqlx::query(sql::ROWS).bind(user))
            .await
            .told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn insert(&mut self, row: New) -> Result<usize, Failure> {
        let row = sqlx::query(sql::INSERT)
            .bind(row.id)
            .bind(row.user_id)
            .bind(row.name)
            .bind(row.description)
            .bind(row.original_filename)
            .bind(row.original_format)
            .bind(row.original_size_bytes)
            .bind(row.parquet_size_bytes)
            .bind(row.s3_path)
            .bind(row.row_count)
            .bind(row.column_count)
            .bind(row.columns_metadata)
            .bind(row.problem_type)
            .bind(row.target_column)
            .bind(row.is_sample_dataset)
            .fetch_one(&mut self.db)
            .await
            .told(NAME)?;
        std::hint::black_box(read(&row).told(NAME)?);
        Ok(1)
    }

    async fn update(&mut self, id: Uuid, description: &str) -> Result<usize, Failure> {
        let query = sqlx::query(sql::UPDATE).bind(id).bind(description);
        let row = query.fetch_one(&mut self.db).await.told(NAME)?;
        std::hint::black_box(read(&row).told(NAME)?);
        Ok(1)
    }

    async fn page(&mut self, user: Uuid, after: &Cursor) -> Result<usize, Failure> {
        let query = sqlx::query(sql::PAGE)
            .bind(user)
            .bind(after.created_at)
            .bind(after.id);
        let rows = self.datasets(query).await.told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn parents(&mut self, ids: &[Uuid]) -> Result<usize, Failure> {
        let users = sqlx::query(sql::USERS)
            .bind(ids)
            .fetch_all(&mut self.db)
            .await
            .told(NAME)?;
        let users: Vec<User> = users
            .iter()
            .map(read_user)
            .collect::<Result<_, _>>()
            .told(NAME)?;
        let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
        let datasets = self
            .datasets(sqlx::query(sql::CHILDREN).bind(ids))
            .await
            .told(NAME)?;
        Ok(group(
            &users,
            datasets,
            |user| user.id,
            |dataset| dataset.user_id,
        ))
    }

    async fn bulk(&mut self, rows: Vec<New>) -> Result<usize, Failure> {
        let count = rows.len();
        let mut columns = Columns::default();
        for row in rows {
            columns.push(row);
        }
        columns.query().execute(&mut self.db).await.told(NAME)?;
        Ok(count)
    }
}

/// Builds [`Columns`]: an array for each column.
macro_rules! columns {
    ($($field:ident: $ty:ty),*) => {
        #[derive(Default)]
        struct Columns { $($field: Vec<$ty>),* }

        impl Columns {
            fn push(&mut self, row: New) {
                $(self.$field.push(row.$field);)*
            }

            fn query(self) -> Query<'static, Postgres, PgArguments> {
                sqlx::query(sql::UNNEST)$(.bind(self.$field))*
            }
        }
    };
}

columns! {
    id: Uuid, user_id: Uuid, name: String, description: Option<String>, original_filename: Option<String>,
    original_format: FileFormat, original_size_bytes: Option<i64>, parquet_size_bytes: Option<i64>,
    s3_path: Option<String>, row_count: Option<i64>, column_count: Option<i32>,
    columns_metadata: Option<serde_json::Value>, problem_type: Option<ProblemType>, target_column: Option<String>,
    is_sample_dataset: bool
}

fn read(row: &PgRow) -> Result<Dataset, Error> {
    Ok(dataset!(row))
}

fn read_user(row: &PgRow) -> Result<User, Error> {
    Ok(user!(row))
}

/// What `#[derive(sqlx::Type)]` writes.
macro_rules! label {
    ($($ty:ident = $name:literal, $array:literal);*) => {$(
        impl Type<Postgres> for $ty {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_name($name)
            }
        }

        impl PgHasArrayType for $ty {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_name($array)
            }
        }

        impl Encode<'_, Postgres> for $ty {
            fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                buffer.extend_from_slice(self.label().as_bytes());
                Ok(IsNull::No)
            }
        }

        impl<'r> Decode<'r, Postgres> for $ty {
            fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                Self::of(value.as_bytes()?)
            }
        }
    )*};
}

label!(
    FileFormat = "file_format", "_file_format";
    ProblemType = "problem_type", "_problem_type";
    UserTier = "user_tier", "_user_tier"
);
