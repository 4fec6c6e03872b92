//! A relation: which columns of one model equal which of another.

use std::marker::PhantomData;

use super::key::{OfRow, Related};
use crate::query::{Clause, Condition, Deleted};
use crate::{Filter, Model, Query};

/// Marks a relation to any number of rows.
#[derive(Clone, Copy, Debug)]
pub enum Many {}

/// Marks a relation to one row at most.
#[derive(Clone, Copy, Debug)]
pub enum One {}

/// Types that are only spoken of: nothing of them is held.
type Types<M, R, C> = PhantomData<fn() -> (M, R, C)>;

/// The rows of `R` that belong to a row of `M`. `C` says whether there can be many of them or [`One`].
///
/// Generated code has a constant of each relation beside the columns of its model: `user::datasets`, `dataset::user`.
///
/// ```ignore
/// // Users who have a dataset of that name.
/// User::query().filter(user::datasets.any(dataset::name.eq("sales")))
/// // Datasets of users who pay.
/// Dataset::query().filter(dataset::user.any(user::tier.eq(UserTier::Pro)))
/// ```
pub struct Relation<M, R, C = Many> {
    pub(super) on: &'static [(usize, usize)],
    deleted: Deleted,
    types: Types<M, R, C>,
}

impl<M, R, C> Clone for Relation<M, R, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, R, C> Copy for Relation<M, R, C> {}

impl<M, R, C> std::fmt::Debug for Relation<M, R, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Relation").field(&self.on).finish()
    }
}

impl<M, R, C> Relation<M, R, C> {
    /// Pairs of columns that are equal, by their places: of `R`, and of `M`. Called by generated code alone.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(on: &'static [(usize, usize)]) -> Self {
        Self {
            on,
            deleted: Deleted::Hidden,
            types: PhantomData,
        }
    }

    /// The same with rows that are deleted softly.
    ///
    /// ```
    /// # fn example<User: pgwright::Related, Dataset: pgwright::Model>(datasets: pgwright::Relation<User, Dataset>, user: &User) {
    /// let query = datasets.with_deleted().of(user);
    /// # }
    /// ```
    #[must_use]
    pub const fn with_deleted(mut self) -> Self {
        self.deleted = Deleted::Shown;
        self
    }
}

impl<M: Model, R: Model, C> Relation<M, R, C> {
    /// The names of the columns that are equal: of `R`, and of `M`.
    pub(super) fn names(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.on.iter().filter_map(|&(there, here)| {
            let there = R::TABLE.columns.get(there)?;
            let here = M::TABLE.columns.get(here)?;
            Some((there.name, here.name))
        })
    }

    /// True of a row that has one of which the filter is true. Rows that are deleted softly do not count.
    ///
    /// ```
    /// # fn example<User: pgwright::Related, Dataset: pgwright::Model>(datasets: pgwright::Relation<User, Dataset>, user: &User) {
    /// let filter: pgwright::Filter<User> = datasets.any(pgwright::Filter::all());
    /// # }
    /// ```
    pub fn any(self, filter: impl Into<Filter<R>>) -> Filter<M> {
        let mut select = Query::<R>::new().filter(filter).select;
        select.deleted = self.deleted;
        let mut clause = Clause::new();
        clause.exists(
            R::TABLE.name,
            self.names().collect(),
            select.condition().clause,
        );
        Filter::from_clause(clause)
    }

    /// True of a row that has none of which the filter is true.
    ///
    /// ```
    /// # fn example<User: pgwright::Related, Dataset: pgwright::Model>(datasets: pgwright::Relation<User, Dataset>, user: &User) {
    /// let filter: pgwright::Filter<User> = datasets.none(pgwright::Filter::all());
    /// # }
    /// ```
    pub fn none(self, filter: impl Into<Filter<R>>) -> Filter<M> {
        self.any(filter).not()
    }

    /// True of a row that has one at all.
    ///
    /// ```
    /// # fn example<User: pgwright::Related, Dataset: pgwright::Model>(datasets: pgwright::Relation<User, Dataset>, user: &User) {
    /// let filter: pgwright::Filter<User> = datasets.exists();
    /// # }
    /// ```
    pub fn exists(self) -> Filter<M> {
        self.any(Filter::all())
    }

    /// True of a row that has none at all.
    ///
    /// ```
    /// # fn example<User: pgwright::Related, Dataset: pgwright::Model>(datasets: pgwright::Relation<User, Dataset>, user: &User) {
    /// let filter: pgwright::Filter<User> = datasets.is_empty();
    /// # }
    /// ```
    pub fn is_empty(self) -> Filter<M> {
        self.exists().not()
    }
}

impl<M: Related, R: Model, C> Relation<M, R, C> {
    /// The rows that belong to this one.
    ///
    /// ```
    /// # fn example<User: pgwright::Related, Dataset: pgwright::Model>(datasets: pgwright::Relation<User, Dataset>, user: &User) {
    /// let newest = datasets.of(user).limit(5);
    /// # }
    /// ```
    pub fn of(self, row: &M) -> Query<R> {
        let mut query = Query::<R>::new();
        query.select.deleted = self.deleted;
        for &(there, here) in self.on {
            let columns = (R::TABLE.columns.get(there), M::TABLE.columns.get(here));
            let (Some(there), Some(info)) = columns else {
                continue;
            };
            let Some(value) = M::key(here, OfRow(row)) else {
                // NULL equals nothing.
                query.select.condition.and(Condition::one("false".into()));
                continue;
            };
            let mut clause = Clause::from(there.name);
            clause.text(" = ").bind(value, info.cast);
            let mut equal = Condition::one(clause);
            equal.equal.push(there.name);
            query.select.condition.and(equal);
        }
        query
    }
}

impl<M: Model> Query<M> {
    /// The rows that belong to those of this query, each once: a way through several models goes on from here.
    ///
    /// ```ignore
    /// // The tutorials that a user has begun.
    /// user.tutorial_progress().related(user_tutorial_progress::tutorial)
    /// ```
    pub fn related<R: Model, C>(self, relation: Relation<M, R, C>) -> Query<R> {
        let (there, here) = relation.names().unzip();
        let mut select = self.select;
        if select.limit.is_none() && select.offset.is_none() {
            select.order.clear();
        }
        let mut clause = Clause::new();
        clause.among(there, here, select);
        let mut query = Query::<R>::new();
        query.select.deleted = relation.deleted;
        query.select.condition.and(Condition::one(clause));
        query
    }
}
