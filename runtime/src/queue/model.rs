//! What the generated code says of a queue.

use crate::{Args, Model};

/// A model that is a queue. Generated code implements it.
pub trait QueueModel: Model + Clone + Send + Sync + 'static {
    /// Its statements.
    const QUEUE: QueueSql;

    /// Adds what a claim is known by: the key, the worker and the attempt, as far as there are such columns.
    fn held(&self, args: &mut Args);

    /// The key, for people.
    fn key(&self) -> String;

    /// How often the job was claimed, where that is counted.
    fn attempt(&self) -> Option<i64> {
        None
    }
}

/// The statements of a queue, and what they are made of.
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "generated code writes it, and is generated again with the runtime"
)]
pub struct QueueSql {
    /// The channel on which ready jobs are announced.
    pub channel: &'static str,
    /// What makes a job ready.
    pub ready: &'static str,
    /// What makes a job a running one.
    pub running: &'static str,
    /// The order of the queue.
    pub order: &'static str,
    /// The columns of the key.
    pub keys: &'static str,
    /// Other names for the columns of the key, which no table has.
    pub turn_keys: &'static str,
    /// Whether the key equals that of `turns`.
    pub same_turn: &'static str,
    /// Whether there is a column for the worker.
    pub worker: bool,
    /// Whether there is a column for the lease.
    pub lease: bool,
    /// Whether there is a column that counts attempts.
    pub attempt: bool,
    /// Whether a failed job can wait before it is tried again.
    pub waits: bool,
    /// Claims one job.
    pub claim: &'static str,
    /// What a claim begins with; conditions follow.
    pub claim_head: &'static str,
    /// The order of a claim; the number of jobs follows.
    pub claim_order: &'static str,
    /// What a claim of several jobs ends in.
    pub claim_tail: &'static str,
    /// Extends a lease.
    pub heartbeat: Option<&'static str>,
    /// Completes a job.
    pub complete: &'static str,
    /// A job that was completed by this claim of it.
    pub completed: Option<&'static str>,
    /// Fails a job for good.
    pub fail: &'static str,
    /// Fails a job that is to be tried again.
    pub retry: Option<&'static str>,
    /// Gives a job back.
    pub release: Option<&'static str>,
    /// Returns jobs whose lease has ended.
    pub expire: Option<&'static str>,
}

impl QueueSql {
    /// How many jobs one statement returns whose lease has ended: generated code says the same.
    pub(super) const BATCH: u64 = 100;
}
