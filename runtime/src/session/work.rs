//! What a transaction runs.

use std::future::Future;
use std::pin::Pin;

use crate::Tx;

/// The future of a transaction. It is boxed so that the type of its work is not part of it: the compiler (1.95) would compare
/// what it found out of that type's `Send` with what it finds the next time, and stop over the difference.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The work of a transaction: an async closure that takes a `&Tx`, `async |tx| { …; Ok(()) }`.
///
/// Nobody implements it: every such closure has it whose captures can be cloned, since the work may be begun again, and whose
/// future may move between threads. References are cloned for nothing. A `&mut` cannot be cloned: count in a `Cell` of
/// atomics, or begin by [`Db::begin`](crate::Db::begin).
///
/// The standard library's `AsyncFn` has no way to say that the futures of a closure are `Send`, whatever the lifetime of
/// the `&Tx`; this trait says it.
#[diagnostic::on_unimplemented(
    message = "this closure cannot be the work of a transaction",
    note = "it is an async closure that takes a `&Tx`; what its future holds across an `await` must be `Send`"
)]
pub trait Work<'t, T, E>: FnOnce(&'t Tx) -> Self::Future {
    /// The future of the work.
    type Future: Future<Output = Result<T, E>> + Send;

    /// Begins the work.
    fn run(self, tx: &'t Tx) -> Self::Future;
}

impl<'t, T, E, F, R> Work<'t, T, E> for F
where
    F: FnOnce(&'t Tx) -> R,
    R: Future<Output = Result<T, E>> + Send,
{
    type Future = R;

    fn run(self, tx: &'t Tx) -> R {
        self(tx)
    }
}
