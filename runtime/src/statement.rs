//! Running a statement.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, SqlSafeStr};

use crate::{Args, Error, Executor, Model, Result, Row, Rule, Source, Table};

/// How often sqlx may look for types that are made of others. It asks for all that a statement needs at once and loses
/// some of them when one of the others has to be asked for again; the next time those that it found are known.
const LOOKUPS: usize = 8;

/// Runs a statement on a connection of the source by one of sqlx's methods.
macro_rules! run {
    ($db:expr, $sql:expr, $args:expr, $model:ty, $method:ident) => {
        run!($db, $sql, $args, <$model>::NAME, <$model>::RULES, None, $method)
    };
    ($db:expr, $sql:expr, $args:expr, $name:expr, $rules:expr, $planned:expr, $method:ident) => {{
        let planned: Option<&'static Table> = $planned;
        let (args, named) = $args.finish($name)?;
        let sql = $sql.into_sql_str();
        let fail = |error| Error::from_sqlx(error, $rules);
        let mut held;
        let connection: &mut PgConnection = match $db.source() {
            Source::Pool(pool) => {
                held = pool.acquire().await.map_err(fail)?;
                &mut held
            }
            Source::Connection(connection) => connection,
        };
        if let Some(table) = planned {
            // sqlx would ask for types that it does not know between preparing an unnamed statement and running it,
            // which ends that statement. This one, which is kept, asks for all that the columns have.
            let types = format!("SELECT {} FROM {}", table.select, table.name);
            let types = sqlx::AssertSqlSafe(types).into_sql_str();
            (&mut *connection).prepare(types).await.map_err(fail)?;
        }
        let query = |sql, args| sqlx::query_with(sql, args).persistent(planned.is_none());
        // A type that is not found is found out before the statement is sent: it is safe to begin again.
        let spare = named.then(|| (sql.clone(), args.clone()));
        let mut result = (&mut *connection).$method(query(sql, args)).await;
        let mut lookups = 1;
        while let (Err(sqlx::Error::TypeNotFound { .. }), Some((sql, args))) = (&result, &spare)
            && lookups < LOOKUPS
        {
            lookups += 1;
            let query = query(sql.clone(), args.clone());
            result = (&mut *connection).$method(query).await;
        }
        result.map_err(fail)
    }};
}

/// The row of a statement that has one at most.
///
/// # Errors
/// If the database refuses, or the row cannot be read.
pub async fn fetch_optional<'c, T: Model>(
    db: impl Executor<'c>,
    sql: impl SqlSafeStr,
    args: Args,
) -> Result<Option<T>> {
    let row = run!(db, sql, args, T, fetch_optional)?;
    row.map(|row| T::read_row(&Row::first(&row, T::NAME)))
        .transpose()
}

/// The row of a statement that has exactly one.
///
/// # Errors
/// If the database refuses, there is no row, or it cannot be read.
pub async fn fetch_one<'c, T: Model>(
    db: impl Executor<'c>,
    sql: impl SqlSafeStr,
    args: Args,
) -> Result<T> {
    fetch_optional(db, sql, args)
        .await?
        .ok_or(Error::Database(sqlx::Error::RowNotFound))
}

/// All rows of a statement.
///
/// # Errors
/// If the database refuses, or a row cannot be read.
pub async fn fetch_all<'c, T: Model>(
    db: impl Executor<'c>,
    sql: impl SqlSafeStr,
    args: Args,
) -> Result<Vec<T>> {
    let rows = run!(db, sql, args, T, fetch_all)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        let row = if items.is_empty() {
            Row::first(row, T::NAME)
        } else {
            Row::next(row, T::NAME)
        };
        items.push(T::read_row(&row)?);
    }
    Ok(items)
}

/// All rows of a statement on the model of that name, as they came. The text is made of constants of this source and of
/// generated code.
pub(crate) async fn fetch_rows<'c>(
    db: impl Executor<'c>,
    sql: String,
    args: Args,
    model: &'static str,
    rules: &'static [Rule],
) -> Result<Vec<PgRow>> {
    run!(db, AssertSqlSafe(sql), args, model, rules, None, fetch_all)
}

/// The same, with a plan for these values that is not kept.
pub(crate) async fn fetch_rows_planned<'c>(
    db: impl Executor<'c>,
    sql: String,
    args: Args,
    model: &'static str,
    rules: &'static [Rule],
    table: &'static Table,
) -> Result<Vec<PgRow>> {
    run!(
        db,
        AssertSqlSafe(sql),
        args,
        model,
        rules,
        Some(table),
        fetch_all
    )
}

/// Runs a statement that has no rows; the number of rows it changed.
///
/// # Errors
/// If the database refuses.
pub async fn execute<'c, T: Model>(
    db: impl Executor<'c>,
    sql: impl SqlSafeStr,
    args: Args,
) -> Result<u64> {
    let done = run!(db, sql, args, T, execute)?;
    Ok(done.rows_affected())
}
