//! Job queues: claims with a lease, and workers.
//!
//! A model with `[models.X.queue]` is a queue. Its rows are jobs: *ready*, then *running* when a worker has claimed them,
//! then *done* or *failed*; which labels these are the spec says.
//!
//! - A **claim** takes what is first in the queue and held by nobody (`SKIP LOCKED`), counts the attempt, and gives the
//!   worker a **lease**. The worker sends heartbeats to extend it.
//! - The **fencing token** is the worker's name with the number of the attempt: [`complete`], [`fail`], [`heartbeat`] and
//!   [`release`] change a job only while it is held by that very claim. Whoever lost the lease is refused with
//!   [`Error::LeaseLost`](crate::Error::LeaseLost).
//! - A lease that ends **returns** the job ([`Queue::return_expired`]), so that no job is lost when a worker is killed.
//! - A **failed** job may be tried again after a while ([`Retry`]). It counts as failed until then; the time stands in the
//!   column of the lease.
//! - A **waiting** worker is woken by NOTIFY, with a poll behind it ([`Waiter`]).
//!
//! [`Worker`] does all of this. A handler may run twice when its worker died in the middle, or could not reach the
//! database until its lease ended; it is completed once. Complete the job in the transaction that stores what it made, and
//! that happens once too.
//!
//! What a spec leaves out is missing here: without `lease` no claim ends by itself, and a retry is at once; without
//! `attempt` there is no limit of attempts; without `worker` and `attempt` one claim cannot be told from another.

mod fair;
mod held;
mod model;
mod retry;
mod settings;
mod wait;
mod worker;

pub use held::{complete, fail, heartbeat, release};
pub use model::{QueueModel, QueueSql};
pub use retry::Retry;
pub use settings::{DEFAULT_LEASE, Queue};
pub use wait::{Waiter, WorkerDb};
pub use worker::{Report, Stop, Worker};
