//! Running a query.

use sqlx::postgres::PgRow;

use super::{Projection, Query, Rows};
use crate::{Args, Error, Executor, Model, Read, Result, Row, Statement};

impl<M: Model, P: Projection<M>> Query<M, P> {
    /// All rows.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let users = User::query().limit(10).all(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    pub async fn all(self, db: impl Executor<'_>) -> Result<Vec<P::Row>> {
        let (sql, args) = self.select.statement();
        let statement = Statement::query(sql, self.select.lock.is_none());
        crate::statement::fetch_with::<M, _>(db, statement, args, |row| P::read(row, &mut 0)).await
    }

    /// The first row, if there is one.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let newest = User::query().order_by(user::created_at.desc()).first(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be asked or the row cannot be read.
    pub async fn first(mut self, db: impl Executor<'_>) -> Result<Option<P::Row>> {
        self.select.limit = Some(self.select.limit.map_or(1, |limit| limit.min(1)));
        Ok(self.all(db).await?.pop())
    }

    /// The one row, if there is one.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let user = User::query().filter(user::email.eq("a@example.org")).optional(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`TooManyRows`](Error::TooManyRows) if there is more than one; else if the database cannot be asked or the row
    /// cannot be read.
    pub async fn optional(mut self, db: impl Executor<'_>) -> Result<Option<P::Row>> {
        // One more than may be there is enough to know.
        self.select.limit = Some(self.select.limit.map_or(2, |limit| limit.min(2)));
        let mut rows = self.all(db).await?;
        if rows.len() > 1 {
            return Err(Error::TooManyRows { model: M::NAME });
        }
        Ok(rows.pop())
    }

    /// The one row. What is aggregated without groups has always one.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::sqlx::PgPool) -> pgwright::Result<()> {
    /// let ada = User::query().filter(user::email.lower().eq("ada@example.org")).one(db).await?;
    /// let first = User::query().select(user::created_at.min()).one(db).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](Error::NotFound) if there is none, [`TooManyRows`](Error::TooManyRows) if there is more than one; else if
    /// the database cannot be asked or the row cannot be read.
    pub async fn one(self, db: impl Executor<'_>) -> Result<P::Row> {
        let condition = format!("{:?}", self.select.condition.clause);
        self.optional(db).await?.ok_or_else(|| Error::NotFound {
            model: M::NAME,
            key: condition,
        })
    }

    /// How many rows there are; no more than the limit, if there is one.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let count = User::query().filter(user::full_name.is_null()).count(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn count(self, db: impl Executor<'_>) -> Result<i64> {
        let (sql, args) = self.select.count();
        scalar::<M, i64>(db, sql, args).await
    }

    /// Whether there is a row.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let any = User::query().filter(user::full_name.is_null()).exists(db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn exists(self, db: impl Executor<'_>) -> Result<bool> {
        let (sql, args) = self.select.exists();
        scalar::<M, bool>(db, sql, args).await
    }

    /// The rows one by one, as they come, for more than one wants to hold at once.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::sqlx::PgPool) -> pgwright::Result<()> {
    /// let mut users = User::query().stream(db);
    /// while let Some(user) = users.try_next().await? {
    ///     println!("{}", user.email);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Each row, and the end, can be an error: if the database cannot be asked or the row cannot be read.
    pub fn stream<'c>(self, db: impl Executor<'c>) -> Rows<'c, P::Row>
    where
        P::Row: Send + 'c,
    {
        let (sql, args) = self.select.statement();
        let statement = Statement::query(sql, self.select.lock.is_none());
        let mut first = true;
        crate::statement::stream_rows::<M, _>(db, statement, args, move |row: &PgRow| {
            let row = if std::mem::take(&mut first) {
                Row::first(row, M::NAME)
            } else {
                Row::next(row, M::NAME)
            };
            P::read(&row, &mut 0)
        })
    }

    /// The plan that the server makes for the statement with these values (`EXPLAIN`).
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// println!("{}", User::query().limit(10).explain(db).await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn explain(self, db: impl Executor<'_>) -> Result<String> {
        self.plan(db, "EXPLAIN ").await
    }

    /// The plan, and what came of it: the statement is run (`EXPLAIN (ANALYZE, BUFFERS)`).
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// println!("{}", User::query().limit(10).explain_analyze(db).await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn explain_analyze(self, db: impl Executor<'_>) -> Result<String> {
        self.plan(db, "EXPLAIN (ANALYZE, BUFFERS) ").await
    }

    async fn plan(self, db: impl Executor<'_>, explain: &'static str) -> Result<String> {
        let (sql, args) = self.select.explained(explain);
        let statement = Statement::query(sql, false).unprepared();
        let read = |row: &Row<'_>| row.get::<String>(0);
        let lines = crate::statement::fetch_with::<M, _>(db, statement, args, read).await?;
        Ok(lines.join("\n"))
    }
}

/// The rows of a statement.
pub(crate) fn read_all<M: Model, P: Projection<M>>(rows: &[PgRow]) -> Result<Vec<P::Row>> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let row = if items.is_empty() {
            Row::first(row, M::NAME)
        } else {
            Row::next(row, M::NAME)
        };
        items.push(P::read(&row, &mut 0)?);
    }
    Ok(items)
}

/// The one value of a statement.
async fn scalar<M: Model, T: Read>(db: impl Executor<'_>, sql: String, args: Args) -> Result<T> {
    let statement = Statement::query(sql, true);
    let rows = crate::statement::fetch_rows::<M>(db, statement, args).await?;
    let row = rows
        .first()
        .ok_or(Error::Database(sqlx::Error::RowNotFound))?;
    Row::first(row, M::NAME).get(0)
}
