//! Rows one by one, as they come.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::{Operation, Result};

/// Rows of a query, one by one as they come: a [`Stream`](futures_core::Stream), or a loop over [`try_next`](Self::try_next).
///
/// It holds its connection until it is dropped.
///
/// ```no_run
/// # use pgwright::doc::*;
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let mut users = User::query().stream(db);
/// while let Some(user) = users.try_next().await? {
///     println!("{}", user.email);
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is asked until it is polled"]
pub struct Rows<'c, T> {
    body: Operation<'c, ()>,
    slot: Slot<T>,
    ended: bool,
}

/// Where the body leaves a row for the stream: one at a time.
pub(crate) struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Slot<T> {
    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Leaves a row.
    pub(crate) fn put(&self, item: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(item);
    }
}

/// Waits until the row that was left in a slot is taken.
pub(crate) async fn wait_until_taken() {
    let mut left = true;
    // Whoever polls takes it at once and polls again when it wants the next one.
    std::future::poll_fn(move |_| {
        if std::mem::take(&mut left) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

impl<'c, T> Rows<'c, T> {
    /// The rows that the body puts into the slot.
    pub(crate) fn new(body: impl FnOnce(Slot<T>) -> Operation<'c, ()>) -> Self {
        let slot = Slot(Arc::default());
        Self {
            body: body(slot.clone()),
            slot,
            ended: false,
        }
    }

    /// The next row; none behind the last one.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let mut emails = User::query().select(user::email).stream(db);
    /// let first: Option<String> = emails.try_next().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be asked or the row cannot be read. Nothing comes behind an error.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        std::future::poll_fn(|context| self.poll_row(context))
            .await
            .transpose()
    }

    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.body.as_mut().poll(context) {
            Poll::Ready(result) => {
                self.ended = true;
                Poll::Ready(result.err().map(Err))
            }
            Poll::Pending => match self.slot.take() {
                Some(item) => Poll::Ready(Some(Ok(item))),
                None => Poll::Pending,
            },
        }
    }
}

impl<T> Stream for Rows<'_, T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.get_mut().poll_row(context)
    }
}

impl<T> std::fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
