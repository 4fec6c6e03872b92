//! What generated operations return.

use std::fmt::Debug;
use std::future::{Future, ready};
use std::pin::Pin;

use crate::{Error, Result};

/// An operation on a database: a future that can be sent to another thread. Nothing is sent to the server before it is awaited.
///
/// Generated methods are plain functions that return one, and are awaited as an `async fn` is. Each of those would be a type of
/// its own, which the compiler makes and checks for every method of every model; this one is made once, here.
///
/// ```
/// # use pgwright::doc::*;
/// use pgwright::{Args, Db, Operation, Statement};
///
/// fn by_id(db: &Db, id: i64) -> Operation<'_, Option<User>> {
///     let mut args = Args::new();
///     args.add(id);
///     let sql = "SELECT id, email, full_name, created_at FROM users WHERE id = $1";
///     pgwright::fetch_optional(db, Statement::read("by_id", sql), args)
/// }
/// # let _ = by_id;
/// ```
pub type Operation<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

/// One whose result is known.
pub(crate) fn known<'c, T: Send + 'c>(result: Result<T>) -> Operation<'c, T> {
    Box::pin(ready(result))
}

/// The row of a key that must be there.
///
/// # Errors
/// [`NotFound`](Error::NotFound) if there is none; else what the operation says.
#[doc(hidden)]
pub fn found<'c, T: 'c, K: Debug + Send + Sync + 'c>(
    model: &'static str,
    key: K,
    row: Operation<'c, Option<T>>,
) -> Operation<'c, T> {
    Box::pin(async move { row.await?.ok_or_else(|| Error::not_found(model, &key)) })
}
