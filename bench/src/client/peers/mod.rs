//! Those who take part. Each does the same with the same rows, in the way its own guide shows.

pub(super) mod claimers;
pub(super) mod diesel;
pub(super) mod ours;
pub(super) mod raw;
pub(super) mod sea_orm;
pub(super) mod sqlalchemy;
pub(super) mod sqlx;

use super::row::New;
use crate::Failure;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use uuid::Uuid;

/// Where a page begins: behind this dataset.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) id: Uuid,
}

/// One who takes part. Each method returns how many rows it got, or wrote.
pub(super) trait Peer {
    /// A dataset to insert, in this peer's own type.
    type New;
    /// Whether it has a COPY of its own.
    const COPIES: bool = false;

    fn new(row: New) -> Self::New;

    /// A dataset by its key.
    async fn point(&mut self, id: Uuid) -> Result<usize, Failure>;

    /// All datasets of a user.
    async fn rows(&mut self, user: Uuid) -> Result<usize, Failure>;

    /// Inserts a dataset and returns it.
    async fn insert(&mut self, row: Self::New) -> Result<usize, Failure>;

    /// Changes a dataset and returns it.
    async fn update(&mut self, id: Uuid, description: &str) -> Result<usize, Failure>;

    /// The 100 newest datasets of a user behind another.
    async fn page(&mut self, user: Uuid, after: &Cursor) -> Result<usize, Failure>;

    /// Users, and all their datasets with them, in two queries; how many datasets.
    async fn parents(&mut self, ids: &[Uuid]) -> Result<usize, Failure>;

    /// Inserts many datasets, as fast as this peer can.
    async fn bulk(&mut self, rows: Vec<Self::New>) -> Result<usize, Failure>;

    /// Inserts many datasets by COPY.
    async fn copy(&mut self, rows: Vec<Self::New>) -> Result<usize, Failure> {
        self.bulk(rows).await
    }
}

/// Gives each parent its children; how many found theirs.
fn group<P, C>(
    parents: &[P],
    children: Vec<C>,
    key: impl Fn(&P) -> Uuid,
    parent: impl Fn(&C) -> Uuid,
) -> usize {
    let mut of: HashMap<Uuid, Vec<C>> = HashMap::with_capacity(parents.len());
    for child in children {
        of.entry(parent(&child)).or_default().push(child);
    }
    let grouped: Vec<Vec<C>> = parents
        .iter()
        .map(|parent| of.remove(&key(parent)).unwrap_or_default())
        .collect();
    std::hint::black_box(grouped).iter().map(Vec::len).sum()
}

/// Errors of any library, as ours.
pub(super) trait Told<T> {
    fn told(self, peer: &'static str) -> Result<T, Failure>;
}

impl<T, E: Error> Told<T> for Result<T, E> {
    fn told(self, peer: &'static str) -> Result<T, Failure> {
        self.map_err(|error| {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(error) = source {
                // Writing to a String cannot fail.
                let _ = write!(text, ": {error}");
                source = error.source();
            }
            Failure::Peer(peer, text)
        })
    }
}
