//! Which transactions the code that runs right now is inside of.
//!
//! A transaction within another one has its connection. A statement of the outer one waits until the inner one is over, which
//! is right for another future that runs beside it, and would be for ever in the inner one's own work. Only the work itself
//! is polled with the outer transaction on this list, so that the second is told from the first.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;

thread_local! {
    static OUTER: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Whether the code that is polled is work of a transaction within this one.
pub(super) fn is_outer(id: u64) -> bool {
    OUTER.with_borrow(|outer| outer.contains(&id))
}

/// Runs work of a transaction within this one.
pub(super) async fn within<T>(id: u64, work: impl Future<Output = T> + Send) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        OUTER.with_borrow_mut(|outer| outer.push(id));
        let _leave = Leave;
        work.as_mut().poll(context)
    })
    .await
}

/// Leaves, even when the work panics.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        OUTER.with_borrow_mut(|outer| outer.pop());
    }
}
