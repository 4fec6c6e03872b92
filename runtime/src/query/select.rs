//! A query: what is set of it, and its SELECT.

use std::marker::PhantomData;

use super::filter::Condition;
use super::fingerprint::Fingerprint;
use super::lock::Lock;
use super::order::Key;
use super::projection::As;
use super::{Clause, Filter, IntoOrder, Projection, Select as Fields, Table, Writer};
use crate::{Args, Model};

/// Rows of the model `M`: which, in which order, how many. `P` is what is read of each: the whole row, if nothing else is
/// [selected](Self::select).
///
/// Nothing is asked until one of `all`, `one`, `optional`, `count` … is called.
///
/// ```
/// # use pgwright::doc::*;
/// # async fn example(db: &pgwright::sqlx::PgPool) -> pgwright::Result<()> {
/// let query = User::query()
///     .filter(user::email.ends_with("@example.org").and(user::full_name.is_not_null()))
///     .order_by((user::full_name.asc(), user::created_at.desc()))
///     .limit(10);
/// println!("{}", query.sql());
/// for user in query.all(db).await? {
///     println!("{}", user.email);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is asked until it is run"]
pub struct Query<M, P = M> {
    pub(crate) select: Select,
    types: PhantomData<fn() -> (M, P)>,
}

/// What a [`Query`] is, whatever the model.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) table: &'static Table,
    /// What is selected; the whole row if it is nothing.
    list: Vec<Clause>,
    distinct: Distinct,
    pub(crate) condition: Condition,
    group: Vec<Clause>,
    having: Condition,
    pub(crate) order: Vec<Key>,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
    pub(crate) deleted: Deleted,
    pub(crate) lock: Option<Lock>,
}

/// Which of the rows that are the same in something are wanted.
#[derive(Clone, Debug)]
enum Distinct {
    All,
    Rows,
    /// The first one of those that are the same in these.
    On(Vec<Clause>),
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
        Self::of(Select::new(M::TABLE))
    }

    /// Reads some columns and expressions instead of the whole row: one, or a tuple of up to twelve.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::sqlx::PgPool) -> pgwright::Result<()> {
    /// let emails: Vec<String> = User::query().select(user::email).all(db).await?;
    /// let names: Vec<(String, Option<String>)> =
    ///     User::query().select((user::email, user::full_name)).all(db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn select<P: Projection<M>>(self, what: P) -> Query<M, P> {
        let mut select = self.select;
        what.list(&mut select.list);
        Query::of(select)
    }

    /// Reads a struct that was made with [`projection!`](crate::projection).
    pub fn select_as<S: Fields<M>>(self) -> Query<M, As<S>> {
        self.select(As::new())
    }
}

impl<M: Model, P: Projection<M>> Query<M, P> {
    /// Only rows of which the filter is true, beside any that was set before. `None` is no filter.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// fn named(name: Option<&str>) -> pgwright::Query<User> {
    ///     User::query().filter(name.map(|name| user::full_name.icontains(name)))
    /// }
    /// assert!(named(Some("ada")).sql().ends_with("WHERE full_name ILIKE $1"));
    /// assert!(named(None).sql().ends_with("FROM public.users"));
    /// ```
    pub fn filter(mut self, filter: impl Into<Filter<M>>) -> Self {
        self.select.condition.and(filter.into().condition);
        self
    }

    /// The order: one key or several, behind those that were set before.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().order_by((user::full_name.asc(), user::id.desc()));
    /// ```
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        let keys = order.into_order().into_iter().map(|order| order.key);
        self.select.order.extend(keys);
        self
    }

    /// At most so many rows.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().limit(10);
    /// ```
    pub fn limit(mut self, rows: i64) -> Self {
        self.select.limit = Some(rows);
        self
    }

    /// Without the first so many rows. They are read and thrown away: [`page`](Query::page) begins where a page ended.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().limit(10).offset(20);
    /// ```
    pub fn offset(mut self, rows: i64) -> Self {
        self.select.offset = Some(rows);
        self
    }

    /// Of rows that are the same in all that is selected, one.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().select(user::full_name).distinct();
    /// ```
    pub fn distinct(mut self) -> Self {
        self.select.distinct = Distinct::Rows;
        self
    }

    /// Of rows that are the same in these columns, the first one in the order, which must begin with them.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().distinct_on(user::full_name).order_by(user::full_name.asc());
    /// ```
    pub fn distinct_on(mut self, columns: impl Projection<M>) -> Self {
        let mut list = Vec::new();
        columns.list(&mut list);
        self.select.distinct = Distinct::On(list);
        self
    }

    /// A row for each group of rows that are the same in these columns or expressions: what is selected beside them
    /// are aggregates.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// use pgwright::{DatePart, count_rows};
    ///
    /// # async fn example(db: &pgwright::sqlx::PgPool) -> pgwright::Result<()> {
    /// let month = user::created_at.trunc_in(DatePart::Month, "UTC");
    /// let signups: Vec<(pgwright::types::DateTime, i64)> = User::query()
    ///     .select((month.clone(), count_rows()))
    ///     .group_by(month.clone())
    ///     .having(count_rows().ge(10))
    ///     .order_by(month.asc())
    ///     .all(db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn group_by(mut self, columns: impl Projection<M>) -> Self {
        columns.list(&mut self.select.group);
        self
    }

    /// Only groups of which the filter is true.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().select((user::full_name, pgwright::count_rows())).group_by(user::full_name).having(pgwright::count_rows().gt(1));
    /// ```
    pub fn having(mut self, filter: impl Into<Filter<M>>) -> Self {
        self.select.having.and(filter.into().condition);
        self
    }

    /// Rows that are deleted softly as well.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().with_deleted();
    /// ```
    pub fn with_deleted(mut self) -> Self {
        self.select.deleted = Deleted::Shown;
        self
    }

    /// Only rows that are deleted softly; none where rows are deleted for good.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().only_deleted();
    /// ```
    pub fn only_deleted(mut self) -> Self {
        self.select.deleted = Deleted::Only;
        self
    }

    /// The statement, with `$1`, `$2` … for its values.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().filter(user::id.eq(1));
    /// assert!(query.sql().ends_with("WHERE id = $1"));
    /// ```
    #[must_use]
    pub fn sql(&self) -> String {
        self.select.statement().0
    }
}

impl<M, P> Query<M, P> {
    const fn of(select: Select) -> Self {
        Self {
            select,
            types: PhantomData,
        }
    }
}

impl<M: Model> Default for Query<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M, P> Clone for Query<M, P> {
    fn clone(&self) -> Self {
        Self::of(self.select.clone())
    }
}

impl<M, P> std::fmt::Debug for Query<M, P> {
    /// The SQL without the values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.select.statement().0)
    }
}

impl Select {
    const fn new(table: &'static Table) -> Self {
        Self {
            table,
            list: Vec::new(),
            distinct: Distinct::All,
            condition: Condition::ALL,
            group: Vec::new(),
            having: Condition::ALL,
            order: Vec::new(),
            limit: None,
            offset: None,
            deleted: Deleted::Hidden,
            lock: None,
        }
    }

    /// Whether it asks for rows by a condition, and for nothing that is between rows.
    pub(crate) fn is_plain(&self) -> bool {
        let bounded = self.limit.is_some() || self.offset.is_some();
        matches!(self.distinct, Distinct::All)
            && self.group.is_empty()
            && self.order.is_empty()
            && !bounded
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

    /// Adds what it asks for to a hash: which rows, and in which order.
    pub(crate) fn hash(&self, order: &[Key], hash: &mut Fingerprint) {
        hash.add(self.table.name.as_bytes());
        self.condition().clause.hash(hash);
        for key in order {
            hash.add(b"ORDER");
            key.clause.hash(hash);
            hash.add(&[u8::from(key.descending), u8::from(key.nulls_first)]);
        }
    }

    pub(crate) fn statement(&self) -> (String, Args) {
        let mut writer = Writer::new(self.table.name);
        self.whole(&mut writer);
        writer.finish()
    }

    /// The statement with something before it.
    pub(crate) fn explained(&self, explain: &'static str) -> (String, Args) {
        let mut writer = Writer::new(self.table.name);
        writer.text(explain);
        self.whole(&mut writer);
        writer.finish()
    }

    pub(crate) fn whole(&self, writer: &mut Writer) {
        self.head(writer);
        if self.list.is_empty() {
            writer.text(self.table.select);
        }
        comma_separated(&self.list, writer);
        self.tail(writer);
    }

    /// SELECT, before the list.
    pub(crate) fn head(&self, writer: &mut Writer) {
        writer.text("SELECT ");
        match &self.distinct {
            Distinct::All => {}
            Distinct::Rows => {
                writer.text("DISTINCT ");
            }
            Distinct::On(list) => {
                writer.text("DISTINCT ON (");
                comma_separated(list, writer);
                writer.text(") ");
            }
        }
    }

    /// What follows the list.
    pub(crate) fn tail(&self, writer: &mut Writer) {
        self.rows(writer);
        for (index, key) in self.order.iter().enumerate() {
            writer.text(if index == 0 { "\nORDER BY " } else { ", " });
            key.write(writer, !matches!(self.distinct, Distinct::All));
        }
        self.limits(writer);
    }

    fn limits(&self, writer: &mut Writer) {
        if let Some(limit) = &self.limit {
            writer.text("\nLIMIT ").value(limit, "");
        }
        if let Some(offset) = &self.offset {
            writer.text("\nOFFSET ").value(offset, "");
        }
        if let Some(lock) = &self.lock {
            lock.write(writer);
        }
    }

    /// FROM, WHERE, GROUP BY and HAVING.
    fn rows(&self, writer: &mut Writer) {
        writer.text("\nFROM ").table(self.table.name);
        let condition = self.condition();
        if !condition.is_empty() {
            writer.text("\nWHERE ").clause(&condition.clause);
        }
        if !self.group.is_empty() {
            writer.text("\nGROUP BY ");
            comma_separated(&self.group, writer);
        }
        if !self.having.is_empty() {
            writer.text("\nHAVING ").clause(&self.having.clause);
        }
    }

    /// How many rows the statement has.
    pub(crate) fn count(&self) -> (String, Args) {
        let mut writer = Writer::new(self.table.name);
        writer.text("SELECT count(*)");
        let plain = matches!(self.distinct, Distinct::All)
            && self.group.is_empty()
            && self.having.is_empty()
            && self.limit.is_none()
            && self.offset.is_none();
        if plain {
            self.rows(&mut writer);
        } else {
            writer.text(" FROM (");
            self.unlocked().whole(&mut writer);
            writer.text(") AS counted");
        }
        writer.finish()
    }

    /// Whether the statement has rows.
    pub(crate) fn exists(&self) -> (String, Args) {
        let mut writer = Writer::new(self.table.name);
        writer.text("SELECT EXISTS (");
        self.unlocked().whole(&mut writer);
        writer.text(")");
        writer.finish()
    }

    fn unlocked(&self) -> Self {
        Self {
            lock: None,
            ..self.clone()
        }
    }
}

fn comma_separated(list: &[Clause], writer: &mut Writer) {
    for (index, clause) in list.iter().enumerate() {
        writer.text(if index == 0 { "" } else { ", " });
        writer.clause(clause);
    }
}
