//! Running a statement.

use sqlx::Executor as _;
use sqlx::SqlSafeStr;

use crate::{Args, Error, Executor, Model, Result, Row};

/// The row of a statement that has one at most.
///
/// # Errors
/// If the database refuses, or the row cannot be read.
pub async fn fetch_optional<'c, T: Model>(
    db: impl Executor<'c>,
    sql: impl SqlSafeStr,
    args: Args,
) -> Result<Option<T>> {
    let args = args.finish(T::NAME)?;
    let row = db
        .into_inner()
        .fetch_optional(sqlx::query_with(sql, args))
        .await
        .map_err(|error| Error::from_sqlx(error, T::RULES))?;
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
    let args = args.finish(T::NAME)?;
    let rows = db
        .into_inner()
        .fetch_all(sqlx::query_with(sql, args))
        .await
        .map_err(|error| Error::from_sqlx(error, T::RULES))?;
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

/// Runs a statement that has no rows; the number of rows it changed.
///
/// # Errors
/// If the database refuses.
pub async fn execute<'c, T: Model>(
    db: impl Executor<'c>,
    sql: impl SqlSafeStr,
    args: Args,
) -> Result<u64> {
    let args = args.finish(T::NAME)?;
    let done = db
        .into_inner()
        .execute(sqlx::query_with(sql, args))
        .await
        .map_err(|error| Error::from_sqlx(error, T::RULES))?;
    Ok(done.rows_affected())
}
