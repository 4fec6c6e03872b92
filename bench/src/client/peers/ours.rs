//! This project's own crate: on a connection that is held, and through a `Db`.

use super::super::row::{FileFormat, New, ProblemType};
use super::{Cursor, Peer, Told};
use crate::Failure;
use automl_db::pgwright::Executor;
use automl_db::prelude::{Cursor as Behind, Db, *};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

const NAME: &str = "automl-db";

/// Where its statements run.
pub(crate) trait Place {
    fn db(&mut self) -> impl Executor<'_>;
}

impl Place for PgConnection {
    fn db(&mut self) -> impl Executor<'_> {
        self
    }
}

impl Place for Db {
    fn db(&mut self) -> impl Executor<'_> {
        &*self
    }
}

pub(crate) struct Ours<P> {
    place: P,
    /// Where pages begin, as pages themselves said.
    cursors: Vec<Behind>,
    random: fastrand::Rng,
}

impl<P> Ours<P> {
    fn at(place: P) -> Self {
        Self {
            place,
            cursors: Vec::new(),
            random: fastrand::Rng::with_seed(7),
        }
    }
}

impl Ours<PgConnection> {
    pub(crate) async fn held(url: &str) -> Result<Self, Failure> {
        let place = PgConnection::connect(url).await.told(NAME)?;
        Ok(Self::at(place))
    }
}

impl Ours<Db> {
    pub(crate) async fn through_db(url: &str) -> Result<Self, Failure> {
        let place = Db::connect(url).await.told(NAME)?;
        Ok(Self::at(place))
    }
}

impl<P: Place> Peer for Ours<P> {
    type New = NewDataset;
    const COPIES: bool = true;

    fn new(row: New) -> NewDataset {
        NewDataset::new(UserId(row.user_id), row.name)
            .id(DatasetId(row.id))
            .description(row.description)
            .original_filename(row.original_filename)
            .original_format(match row.original_format {
                FileFormat::Csv => automl_db::FileFormat::Csv,
                FileFormat::Json => automl_db::FileFormat::Json,
                FileFormat::Parquet => automl_db::FileFormat::Parquet,
                FileFormat::Excel => automl_db::FileFormat::Excel,
                FileFormat::Unknown => automl_db::FileFormat::Unknown,
            })
            .original_size_bytes(row.original_size_bytes)
            .parquet_size_bytes(row.parquet_size_bytes)
            .s3_path(row.s3_path)
            .row_count(row.row_count)
            .column_count(row.column_count)
            .columns_metadata(row.columns_metadata)
            .problem_type(row.problem_type.map(|ty| match ty {
                ProblemType::Classification => automl_db::ProblemType::Classification,
                ProblemType::Regression => automl_db::ProblemType::Regression,
                ProblemType::Clustering => automl_db::ProblemType::Clustering,
                ProblemType::Other => automl_db::ProblemType::Other,
            }))
            .target_column(row.target_column)
            .is_sample_dataset(row.is_sample_dataset)
    }

    async fn point(&mut self, id: Uuid) -> Result<usize, Failure> {
        let dataset = Dataset::get(self.place.db(), DatasetId(id))
            .await
            .told(NAME)?;
        Ok(usize::from(std::hint::black_box(dataset).id.0 == id))
    }

    async fn rows(&mut self, user: Uuid) -> Result<usize, Failure> {
        let query = Dataset::query().filter(dataset::user_id.eq(UserId(user)));
        let rows = query.all(self.place.db()).await.told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn insert(&mut self, row: NewDataset) -> Result<usize, Failure> {
        std::hint::black_box(row.insert(self.place.db()).await.told(NAME)?);
        Ok(1)
    }

    async fn update(&mut self, id: Uuid, description: &str) -> Result<usize, Failure> {
        let patch = DatasetPatch::new().description(description);
        std::hint::black_box(
            patch
                .update(self.place.db(), DatasetId(id))
                .await
                .told(NAME)?,
        );
        Ok(1)
    }

    async fn page(&mut self, user: Uuid, _: &Cursor) -> Result<usize, Failure> {
        let newest = || {
            let query = Dataset::query().filter(dataset::user_id.eq(UserId(user)));
            query.order_by(dataset::created_at.desc())
        };
        if self.cursors.is_empty() {
            // The first run of all, which nobody measures: all pages one after the other.
            let mut page = newest()
                .page(self.place.db(), Page::first(100))
                .await
                .told(NAME)?;
            while let Some(next) = page.next {
                page = newest()
                    .page(self.place.db(), Page::after(100, next.clone()))
                    .await
                    .told(NAME)?;
                self.cursors.push(next);
            }
        }
        let cursor = self.cursors[self.random.usize(..self.cursors.len())].clone();
        let page = newest()
            .page(self.place.db(), Page::after(100, cursor))
            .await
            .told(NAME)?;
        Ok(std::hint::black_box(page).items.len())
    }

    async fn parents(&mut self, ids: &[Uuid]) -> Result<usize, Failure> {
        let ids: Vec<UserId> = ids.iter().copied().map(UserId).collect();
        let users = User::get_many(self.place.db(), &ids).await.told(NAME)?;
        let loaded = User::load(&users)
            .datasets()
            .fetch(self.place.db())
            .await
            .told(NAME)?;
        let datasets = std::hint::black_box(loaded).into_iter();
        Ok(datasets.map(|(_, datasets)| datasets.len()).sum())
    }

    async fn bulk(&mut self, rows: Vec<NewDataset>) -> Result<usize, Failure> {
        let rows = NewDataset::insert_many(self.place.db(), &rows)
            .await
            .told(NAME)?;
        Ok(std::hint::black_box(rows).len())
    }

    async fn copy(&mut self, rows: Vec<NewDataset>) -> Result<usize, Failure> {
        let rows = NewDataset::copy_in(self.place.db(), rows)
            .await
            .told(NAME)?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }
}
