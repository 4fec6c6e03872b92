//! The SELECT of a query.

use std::marker::PhantomData;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;

use super::filter::Condition;
use super::order::Key;
use super::{Filter, IntoOrder, Table, Writer};
use crate::{Args, Error, Executor, Model, Result, Row};

/// Rows of a model: which, in which order, how many.
///
/// Nothing is asked until one of `all`, `one`, `optional`, `count` … is called.
#[must_use = "nothing is asked until it is run"]
pub struct Query<M> {
    pub(crate) select: Select,
    model: PhantomData<fn() -> M>,
}

/// What a [`Query`] is, whatever the model.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) table: &'static Table,
    pub(crate) condition: Condition,
    pub(crate) order: Vec<Key>,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
    pub(crate) deleted: Deleted,
}

/// Which rows of those that are deleted softly are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deleted {
    Hidden,
    Shown,
    Only,
}

impl<M: Model> Query<M> {
    /// All rows that are not deleted.
    pub const fn new() -> Self {
        Self {
            select: Select::new(M::TABLE),
            model: PhantomData,
        }
    }

    /// Only rows of which the filter is true, beside any that was set before. `None` is no filter.
    pub fn filter(mut self, filter: impl Into<Filter<M>>) -> Self {
        self.select.condition.and(filter.into().condition);
        self
    }

    /// The order: one key or several, behind those that were set before.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        let keys = order.into_order().into_iter().map(|order| order.key);
        self.select.order.extend(keys);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: i64) -> Self {
        self.select.limit = Some(rows);
        self
    }

    /// Without the first so many rows. They are read and thrown away: pages are better made with a cursor.
    pub fn offset(mut self, rows: i64) -> Self {
        self.select.offset = Some(rows);
        self
    }

    /// Rows that are deleted softly as well.
    pub fn with_deleted(mut self) -> Self {
        self.select.deleted = Deleted::Shown;
        self
    }

    /// Only rows that are deleted softly; none where rows are deleted for good.
    pub fn only_deleted(mut self) -> Self {
        self.select.deleted = Deleted::Only;
        self
    }

    /// The statement, with `$1`, `$2` … for its values.
    #[must_use]
    pub fn sql(&self) -> String {
        self.select.statement().0
    }

    /// All rows.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    pub async fn all(self, db: impl Executor<'_>) -> Result<Vec<M>> {
        let (sql, args) = self.select.statement();
        crate::fetch_all(db, AssertSqlSafe(sql), args).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// If the database cannot be asked or the row cannot be read.
    pub async fn first(self, db: impl Executor<'_>) -> Result<Option<M>> {
        let limited = self.limit(1);
        Ok(limited.all(db).await?.pop())
    }

    /// The one row, if there is one.
    ///
    /// # Errors
    /// [`TooManyRows`](Error::TooManyRows) if there is more than one; else if the database cannot be asked or the row
    /// cannot be read.
    pub async fn optional(mut self, db: impl Executor<'_>) -> Result<Option<M>> {
        // One more than may be there is enough to know.
        self.select.limit = Some(self.select.limit.map_or(2, |limit| limit.min(2)));
        let mut rows = self.all(db).await?;
        if rows.len() > 1 {
            return Err(Error::TooManyRows { model: M::NAME });
        }
        Ok(rows.pop())
    }

    /// The one row.
    ///
    /// # Errors
    /// [`NotFound`](Error::NotFound) if there is none, [`TooManyRows`](Error::TooManyRows) if there is more than one; else if
    /// the database cannot be asked or the row cannot be read.
    pub async fn one(self, db: impl Executor<'_>) -> Result<M> {
        let condition = format!("{:?}", self.select.condition.clause);
        self.optional(db).await?.ok_or_else(|| Error::NotFound {
            model: M::NAME,
            key: condition,
        })
    }

    /// How many rows there are; no more than the limit, if there is one.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn count(self, db: impl Executor<'_>) -> Result<i64> {
        let (sql, args) = self.select.count();
        scalar::<M, i64>(db, sql, args).await
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn exists(self, db: impl Executor<'_>) -> Result<bool> {
        let (sql, args) = self.select.exists();
        scalar::<M, bool>(db, sql, args).await
    }
}

impl<M: Model> Default for Query<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> Clone for Query<M> {
    fn clone(&self) -> Self {
        Self {
            select: self.select.clone(),
            model: PhantomData,
        }
    }
}

impl<M> std::fmt::Debug for Query<M> {
    /// The SQL without the values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.select.statement().0)
    }
}

/// The one value of a statement.
async fn scalar<M: Model, T: crate::Read>(
    db: impl Executor<'_>,
    sql: String,
    args: Args,
) -> Result<T> {
    let rows: Vec<PgRow> = crate::statement::fetch_rows::<M>(db, AssertSqlSafe(sql), args).await?;
    let row = rows
        .first()
        .ok_or(Error::Database(sqlx::Error::RowNotFound))?;
    Row::first(row, M::NAME).get(0)
}

impl Select {
    pub(crate) const fn new(table: &'static Table) -> Self {
        Self {
            table,
            condition: Condition::ALL,
            order: Vec::new(),
            limit: None,
            offset: None,
            deleted: Deleted::Hidden,
        }
    }

    /// The condition with what it takes for a row not to be deleted.
    pub(crate) fn condition(&self) -> Condition {
        let mut condition = self.condition.clone();
        let shown = self.table.shown;
        match self.deleted {
            Deleted::Shown => {}
            Deleted::Hidden if shown.is_empty() => {}
            Deleted::Hidden => condition.and(Condition::one(shown.into())),
            Deleted::Only if shown.is_empty() => condition.and(Condition::one("false".into())),
            Deleted::Only => condition.and(Condition::one(shown.into()).not()),
        }
        condition
    }

    pub(crate) fn statement(&self) -> (String, Args) {
        let mut writer = Writer::new(self.table.name);
        writer.text("SELECT ").text(self.table.select);
        self.tail(&mut writer);
        writer.finish()
    }

    fn count(&self) -> (String, Args) {
        let mut writer = Writer::new(self.table.name);
        writer.text("SELECT count(*)");
        if self.limit.is_some() || self.offset.is_some() {
            writer.text(" FROM (SELECT");
            self.rows(&mut writer);
            self.limits(&mut writer);
            writer.text(") AS counted");
        } else {
            self.rows(&mut writer);
        }
        writer.finish()
    }

    fn exists(&self) -> (String, Args) {
        let mut writer = Writer::new(self.table.name);
        writer.text("SELECT EXISTS (SELECT");
        self.rows(&mut writer);
        self.limits(&mut writer);
        writer.text(")");
        writer.finish()
    }

    /// What follows the list.
    pub(crate) fn tail(&self, writer: &mut Writer) {
        self.rows(writer);
        for (index, key) in self.order.iter().enumerate() {
            writer.text(if index == 0 { "\nORDER BY " } else { ", " });
            key.write(writer);
        }
        self.limits(writer);
    }

    /// FROM and WHERE.
    fn rows(&self, writer: &mut Writer) {
        writer.text("\nFROM ").text(self.table.name);
        let condition = self.condition();
        if !condition.is_empty() {
            writer.text("\nWHERE ").clause(&condition.clause);
        }
    }

    fn limits(&self, writer: &mut Writer) {
        if let Some(limit) = &self.limit {
            writer.text("\nLIMIT ").value(limit, "");
        }
        if let Some(offset) = &self.offset {
            writer.text("\nOFFSET ").value(offset, "");
        }
    }
}
