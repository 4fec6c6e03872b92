//! tokio-postgres, with statements prepared once: what everything else is measured by.

use super::super::row::{
    Dataset, FileFormat, New, ProblemType, User, UserTier, by_ordinal, dataset, user,
};
use super::super::sql;
use super::{Cursor, Peer, Told, group};
use crate::Failure;
use futures_util::pin_mut;
use std::error::Error as StdError;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{Client, Error, NoTls, Row, Statement};
use uuid::Uuid;

const NAME: &str = "tokio-postgres";

pub(crate) struct Raw {
    client: Client,
    point: Statement,
    rows: Statement,
    insert: Statement,
    update: Statement,
    page: Statement,
    users: Statement,
    children: Statement,
    types: Vec<Type>,
}

/// A session, whose protocol runs beside it.
pub(crate) async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.told(NAME)?;
    tokio::spawn(connection);
    Ok(client)
}

impl Raw {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let client = connect(url).await?;
        Self::prepare(client).await.told(NAME)
    }

    async fn prepare(client: Client) -> Result<Self, Error> {
        let insert = client.prepare(sql::INSERT).await?;
        Ok(Self {
            point: client.prepare(sql::POINT).await?,
            rows: client.prepare(sql::ROWS).await?,
            types: insert.params().to_vec(),
            insert,
            update: client.prepare(sql::UPDATE).await?,
            page: client.prepare(sql::PAGE).await?,
            users: client.prepare(sql::USERS).await?,
            children: client.prepare(sql::CHILDREN).await?,
            client,
        })
    }

    async fn datasets(
        &self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Dataset>, Error> {
        let rows = self.client.query(statement, params).await?;
        rows.iter().map(read).collect()
    }

    async fn send(&self, rows: &[New]) -> Result<u64, Error> {
        let sink = self.client.copy_in(sql::COPY).await?;
        let writer = BinaryCopyInWriter::new(sink, &self.types);
        pin_mut!(writer);
        for row in rows {
            writer.as_mut().write(&params(row)).await?;
        }
        writer.finish().await
    }
}

impl Peer for Raw {
    type New = New;
    // Its `bulk` is one.
    const COPIES: bool = true;

    fn new(row: New) -> New {
        row
    }

    async fn point(&mut self, id: Uuid) -> Result<usize, Failure> {
        let row = self
            .client
            .query_one(&self.point, &[&id])
            .await
            .told(NAME)?;
        let dataset = read(&row).told(NAME)?;
        Ok(usize::from(std::hint::black_box(dataset).id == id))
    }

    async fn rows(&mut self, user: Uuid) -> Result<usize, Failure> {
        let rows = self.datasets(&self.rows, &[&user]).await.told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn insert(&mut self, row: New) -> Result<usize, Failure> {
        let row = self
            .client
            .query_one(&self.insert, &params(&row))
            .await
            .told(NAME)?;
        std::hint::black_box(read(&row).told(NAME)?);
        Ok(1)
    }

    async fn update(&mut self, id: Uuid, description: &str) -> Result<usize, Failure> {
        let row = self
            .client
            .query_one(&self.update, &[&id, &description])
            .await
            .told(NAME)?;
        std::hint::black_box(read(&row).told(NAME)?);
        Ok(1)
    }

    async fn page(&mut self, user: Uuid, after: &Cursor) -> Result<usize, Failure> {
        let rows = self
            .datasets(&self.page, &[&user, &after.created_at, &after.id])
            .await
            .told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn parents(&mut self, ids: &[Uuid]) -> Result<usize, Failure> {
        let users = self.client.query(&self.users, &[&ids]).await.told(NAME)?;
        let users: Vec<User> = users
            .iter()
            .map(read_user)
            .collect::<Result<_, _>>()
            .told(NAME)?;
        let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
        let datasets = self.datasets(&self.children, &[&ids]).await.told(NAME)?;
        Ok(group(
            &users,
            datasets,
            |user| user.id,
            |dataset| dataset.user_id,
        ))
    }

    async fn bulk(&mut self, rows: Vec<New>) -> Result<usize, Failure> {
        self.send(&rows).await.told(NAME)?;
        Ok(rows.len())
    }
}

fn params(row: &New) -> [&(dyn ToSql + Sync); 15] {
    [
        &row.id,
        &row.user_id,
        &row.name,
        &row.description,
        &row.original_filename,
        &row.original_format,
        &row.original_size_bytes,
        &row.parquet_size_bytes,
        &row.s3_path,
        &row.row_count,
        &row.column_count,
        &row.columns_metadata,
        &row.problem_type,
        &row.target_column,
        &row.is_sample_dataset,
    ]
}

fn read(row: &Row) -> Result<Dataset, Error> {
    Ok(dataset!(row))
}

fn read_user(row: &Row) -> Result<User, Error> {
    Ok(user!(row))
}

macro_rules! label {
    ($($ty:ident = $name:literal),*) => {$(
        impl<'a> FromSql<'a> for $ty {
            fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
                Self::of(raw)
            }

            fn accepts(ty: &Type) -> bool {
                ty.name() == $name
            }
        }

        impl ToSql for $ty {
            fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
                out.extend_from_slice(self.label().as_bytes());
                Ok(IsNull::No)
            }

            fn accepts(ty: &Type) -> bool {
                ty.name() == $name
            }

            to_sql_checked!();
        }
    )*};
}

label!(
    FileFormat = "file_format",
    ProblemType = "problem_type",
    UserTier = "user_tier"
);
