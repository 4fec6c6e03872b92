//! A statement, and what is done with its rows.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::operation::known;
use crate::query::Rows;
use crate::run::{self, Call, Got, Sink, Want};
use crate::{Args, Error, Executor, Model, Operation, Result, Row, Source};

/// A statement with its name, which logs and spans show.
///
/// A constant's text alone, or an `AssertSqlSafe`, is one too: it writes, for all that is known, and is called as its model.
///
/// ```
/// # use pgwright::doc::*;
/// use pgwright::{Args, Executor, Result, Statement};
///
/// const NEWEST: &str = "\
/// SELECT id, email, full_name, created_at
/// FROM public.users
/// ORDER BY created_at DESC
/// LIMIT $1";
///
/// async fn newest(db: impl Executor<'_>, many: i64) -> Result<Vec<User>> {
///     let mut args = Args::new();
///     args.add(many);
///     pgwright::fetch_all(db, Statement::read("newest", NEWEST), args).await
/// }
/// # fn used(db: &pgwright::Db) {
/// #     drop(newest(db, 1));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Statement {
    pub(crate) name: Option<&'static str>,
    pub(crate) sql: SqlStr,
    pub(crate) reads: bool,
    pub(crate) persistent: bool,
}

impl Statement {
    /// A statement that writes.
    ///
    /// ```
    /// use pgwright::Statement;
    ///
    /// let touch = Statement::write("touch", "UPDATE users SET created_at = now() WHERE id = $1");
    /// # drop(touch);
    /// ```
    #[must_use]
    pub fn write(name: &'static str, sql: impl SqlSafeStr) -> Self {
        Self {
            name: Some(name),
            sql: sql.into_sql_str(),
            reads: false,
            persistent: true,
        }
    }

    /// A statement that only reads: it may be sent again when a connection breaks.
    ///
    /// ```
    /// use pgwright::Statement;
    ///
    /// let newest = Statement::read("newest", "SELECT id FROM users ORDER BY created_at DESC LIMIT 1");
    /// # drop(newest);
    /// ```
    #[must_use]
    pub fn read(name: &'static str, sql: impl SqlSafeStr) -> Self {
        Self {
            reads: true,
            ..Self::write(name, sql)
        }
    }

    /// A query that was put together from constants of this source and of generated code; it is called as its model.
    pub(crate) fn query(sql: String, reads: bool) -> Self {
        Self {
            reads,
            ..Self::from(AssertSqlSafe(sql))
        }
    }

    /// Has it planned anew each time, for the values that it has then.
    ///
    /// ```
    /// use pgwright::Statement;
    ///
    /// let skewed = Statement::read("skewed", "SELECT id FROM users WHERE email = $1").unprepared();
    /// # drop(skewed);
    /// ```
    #[must_use]
    pub fn unprepared(mut self) -> Self {
        self.persistent = false;
        self
    }
}

impl<T: SqlSafeStr> From<T> for Statement {
    fn from(sql: T) -> Self {
        Self {
            name: None,
            sql: sql.into_sql_str(),
            reads: false,
            persistent: true,
        }
    }
}

/// The row of a statement that has one at most.
///
/// ```no_run
/// # use pgwright::doc::*;
/// # use pgwright::{Args, Statement};
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let mut args = Args::new();
/// args.add(7_i64);
/// let sql = "SELECT id, email, full_name, created_at FROM users WHERE id = $1";
/// let user: Option<User> = pgwright::fetch_optional(db, Statement::read("by_id", sql), args).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or the row cannot be read.
pub fn fetch_optional<'c, T: Model>(
    db: impl Executor<'c>,
    statement: impl Into<Statement>,
    args: Args,
) -> Operation<'c, Option<T>> {
    let call = Call::new::<T>(statement.into(), args);
    Box::pin(optional(db.source(), call))
}

/// The row of a statement that has exactly one.
///
/// ```no_run
/// # use pgwright::doc::*;
/// # use pgwright::{Args, Statement};
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let sql = "SELECT id, email, full_name, created_at FROM users LIMIT 1";
/// let user: User = pgwright::fetch_one(db, Statement::read("any", sql), Args::new()).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, there is no row, or it cannot be read.
pub fn fetch_one<'c, T: Model>(
    db: impl Executor<'c>,
    statement: impl Into<Statement>,
    args: Args,
) -> Operation<'c, T> {
    let row = optional(db.source(), Call::new::<T>(statement.into(), args));
    Box::pin(async move { row.await?.ok_or(Error::Database(sqlx::Error::RowNotFound)) })
}

async fn optional<T: Model>(source: Source<'_>, call: Result<Call>) -> Result<Option<T>> {
    match run::run(source, call?, Want::Row).await? {
        Got::Row(Some(row)) => T::read_row(&Row::first(&row, T::NAME)).map(Some),
        _ => Ok(None),
    }
}

/// All rows of a statement.
///
/// ```no_run
/// # use pgwright::doc::*;
/// # use pgwright::{Args, Statement};
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let sql = "SELECT id, email, full_name, created_at FROM users";
/// let users: Vec<User> = pgwright::fetch_all(db, Statement::read("everybody", sql), Args::new()).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or a row cannot be read.
pub fn fetch_all<'c, T: Model>(
    db: impl Executor<'c>,
    statement: impl Into<Statement>,
    args: Args,
) -> Operation<'c, Vec<T>> {
    let (source, statement) = (db.source(), statement.into());
    Box::pin(fetch_with::<T, T>(source, statement, args, T::read_row))
}

/// What is read of each row of a statement. A row is read as soon as it comes, while the server is at the next ones.
pub(crate) async fn fetch_with<'c, M: Model, R: Send>(
    db: impl Executor<'c>,
    statement: impl Into<Statement>,
    args: Args,
    read: impl FnMut(&Row<'_>) -> Result<R> + Send,
) -> Result<Vec<R>> {
    let mut items = Items {
        read,
        items: Vec::new(),
    };
    fetch_into::<M>(db, statement, args, &mut items).await?;
    let mut items = items.items;
    // No more room is kept than a vector that grew by itself would have.
    items.shrink_to(items.len().saturating_mul(2));
    Ok(items)
}

/// Gives each row of a statement to somebody as it comes.
pub(crate) async fn fetch_into<'c, M: Model>(
    db: impl Executor<'c>,
    statement: impl Into<Statement>,
    args: Args,
    to: &mut impl Reader,
) -> Result<()> {
    let call = Call::new::<M>(statement.into(), args)?;
    let mut reading = Reading {
        model: M::NAME,
        to,
        first: true,
        failed: None,
    };
    run::run(db.source(), call, Want::Rows(&mut reading)).await?;
    reading.failed.map_or(Ok(()), Err)
}

/// Somebody who reads rows one by one.
pub(crate) trait Reader: Send {
    /// Forgets what was read: the statement is sent, or sent again.
    fn begin(&mut self);

    /// Reads a row.
    fn read(&mut self, row: &Row<'_>) -> Result<()>;
}

/// What was read of rows.
struct Items<R, F> {
    read: F,
    items: Vec<R>,
}

impl<R: Send, F: FnMut(&Row<'_>) -> Result<R> + Send> Reader for Items<R, F> {
    fn begin(&mut self) {
        self.items.clear();
    }

    fn read(&mut self, row: &Row<'_>) -> Result<()> {
        let item = (self.read)(row)?;
        make_room(&mut self.items);
        self.items.push(item);
        Ok(())
    }
}

/// Room for one more. Each growth copies all rows there are into memory that was not touched before, while the server
/// waits: a fourfold one does that a third as often as the twofold one of a vector.
fn make_room<R>(items: &mut Vec<R>) {
    const MOST: usize = 64 << 20;
    let many = items.len();
    if many == items.capacity() && many.saturating_mul(size_of::<R>()) < MOST {
        items.reserve(many.saturating_mul(3));
    }
}

/// Rows on their way to a reader.
struct Reading<'t, T> {
    model: &'static str,
    to: &'t mut T,
    first: bool,
    failed: Option<Error>,
}

impl<T: Reader> Sink for Reading<'_, T> {
    fn begin(&mut self) {
        self.to.begin();
        self.first = true;
        self.failed = None;
    }

    fn row(&mut self, row: PgRow) {
        // The rows behind one that cannot be read are passed over: then the connection is ready for the next statement.
        if self.failed.is_some() {
            return;
        }
        let row = if std::mem::take(&mut self.first) {
            Row::first(&row, self.model)
        } else {
            Row::next(&row, self.model)
        };
        self.failed = self.to.read(&row).err();
    }
}

/// All rows of a statement, as they came.
pub(crate) async fn fetch_rows<'c, M: Model>(
    db: impl Executor<'c>,
    statement: impl Into<Statement>,
    args: Args,
) -> Result<Vec<PgRow>> {
    let call = Call::new::<M>(statement.into(), args)?;
    let mut rows = Vec::new();
    run::run(db.source(), call, Want::Rows(&mut rows)).await?;
    Ok(rows)
}

impl Sink for Vec<PgRow> {
    fn begin(&mut self) {
        self.clear();
    }

    fn row(&mut self, row: PgRow) {
        self.push(row);
    }
}

/// The rows of a statement one by one, as they come, each read at once.
pub(crate) fn stream_rows<'c, T: Model, R: Send + 'c>(
    db: impl Executor<'c>,
    statement: Statement,
    args: Args,
    mut read: impl FnMut(&PgRow) -> Result<R> + Send + 'c,
) -> Rows<'c, R> {
    Rows::new(|slot| match Call::new::<T>(statement, args) {
        Ok(call) => {
            let put = move |row: &PgRow| read(row).map(|item| slot.put(item));
            run::stream(db.source(), call, Box::new(put))
        }
        Err(error) => known(Err(error)),
    })
}

/// Runs a statement that has no rows; the number of rows it changed.
///
/// ```no_run
/// # use pgwright::doc::*;
/// # use pgwright::{Args, Statement};
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let sql = "UPDATE users SET full_name = NULL";
/// let count = pgwright::execute::<User>(db, Statement::write("forget", sql), Args::new()).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses.
pub fn execute<'c, T: Model>(
    db: impl Executor<'c>,
    statement: impl Into<Statement>,
    args: Args,
) -> Operation<'c, u64> {
    let call = Call::new::<T>(statement.into(), args);
    Box::pin(changed(db.source(), call))
}

/// Whether a statement changed a row.
///
/// # Errors
/// If the database refuses.
#[doc(hidden)]
pub fn delete<'c, T: Model>(
    db: impl Executor<'c>,
    statement: impl Into<Statement>,
    args: Args,
) -> Operation<'c, bool> {
    let rows = changed(db.source(), Call::new::<T>(statement.into(), args));
    Box::pin(async move { Ok(rows.await? > 0) })
}

async fn changed(source: Source<'_>, call: Result<Call>) -> Result<u64> {
    match run::run(source, call?, Want::Count).await? {
        Got::Count(rows) => Ok(rows),
        _ => Ok(0),
    }
}
