//! Connections between two statements.
//!
//! sqlx's pool pings a connection each time it comes back, in a task of its own: three messages for each statement. So
//! connections that came back sound wait here for the next statement, and go back to sqlx's pool, which looks after their
//! number and their age, when they are not needed, once a minute, or when something happened to them.
//!
//! Who asks sqlx's pool for a connection must not wait for one that lies here. From the first call of
//! [`Db::pool`](crate::Db::pool) on, one is given back whenever that pool has none to give and can open none
//! ([`Shelf::share`]).

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgPool, Postgres};
use tokio::sync::{Semaphore, TryAcquireError};

use super::builder::Settings;
use super::{Held, Spec};
use crate::Result;

/// How long a connection stays out of sqlx's pool at most, while it is used all the time: that pool ends those that are old.
const OUT: Duration = Duration::from_secs(60);

/// How long a connection lies here unused before sqlx's pool gets it, which ends those that nobody uses.
pub(super) const UNUSED: Duration = Duration::from_secs(20);

/// Of so many connections that come back while both sides wait, one goes to sqlx's pool.
const SHARE: u32 = 8;

/// Connections between two statements, and who may have one.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) pool: PgPool,
    pub(crate) settings: Settings,
    idle: Mutex<Vec<Idle>>,
    permits: Semaphore,
    waiting: AtomicUsize,
    turn: AtomicU32,
    shared: AtomicBool,
    /// Goes up when a connection was found dead: those that lie here are tried before they are used.
    suspicion: AtomicU64,
    /// When it went up last.
    suspected: Mutex<Option<Instant>>,
    /// Goes up when connections are opened with other settings: older ones are closed when they come back.
    generation: AtomicU32,
    spec: OnceLock<&'static Spec>,
    /// Of a replica: whether it could not be reached when it was last asked.
    pub(super) down: AtomicBool,
}

/// A connection that lies here.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) connection: PoolConnection<Postgres>,
    /// When it left sqlx's pool.
    pub(super) out: Instant,
    pub(super) generation: u32,
    pub(super) knows_types: bool,
    since: Instant,
    suspicion: u64,
}

impl Shelf {
    pub(super) fn new(pool: PgPool, settings: Settings) -> Self {
        let permits = Semaphore::new(settings.max_connections as usize);
        Self {
            pool,
            settings,
            idle: Mutex::default(),
            permits,
            waiting: AtomicUsize::new(0),
            turn: AtomicU32::new(0),
            shared: AtomicBool::new(false),
            suspicion: AtomicU64::new(0),
            suspected: Mutex::default(),
            generation: AtomicU32::new(0),
            spec: OnceLock::new(),
            down: AtomicBool::new(false),
        }
    }

    /// A connection that nobody else has until it is dropped.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<Held> {
        let permit = self.permit().await?;
        while let Some(mut idle) = self.pop() {
            if self.is_suspect(&idle) && !self.is_alive(&mut idle.connection).await {
                self.suspect();
                discard(idle.connection);
                continue;
            }
            return Ok(Held::again(permit, idle));
        }
        let generation = self.generation.load(Ordering::Acquire);
        match self.pool.acquire().await {
            Ok(connection) => Ok(Held::fresh(permit, connection, generation)),
            Err(error) => Err(self.unreachable(error).await),
        }
    }

    async fn permit(self: &Arc<Self>) -> Result<Permit> {
        match self.permits.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(TryAcquireError::Closed) => return Err(sqlx::Error::PoolClosed.into()),
            Err(TryAcquireError::NoPermits) => {
                let _waiting = Waiting::new(&self.waiting);
                let wait = self.permits.acquire();
                match tokio::time::timeout(self.settings.acquire_timeout, wait).await {
                    Ok(Ok(permit)) => permit.forget(),
                    Ok(Err(_)) => return Err(sqlx::Error::PoolClosed.into()),
                    Err(_) => return Err(sqlx::Error::PoolTimedOut.into()),
                }
            }
        }
        Ok(Permit {
            shelf: Arc::clone(self),
        })
    }

    /// Takes back a connection that is sound, and has no transaction under way.
    pub(super) fn put(
        &self,
        connection: PoolConnection<Postgres>,
        out: Instant,
        generation: u32,
        knows_types: bool,
    ) {
        if generation != self.generation.load(Ordering::Acquire) {
            discard(connection);
            return;
        }
        if self.pool.is_closed() || out.elapsed() > OUT {
            release(connection);
            return;
        }
        self.idle().push(Idle {
            connection,
            out,
            generation,
            knows_types,
            since: Instant::now(),
            suspicion: self.suspicion.load(Ordering::Acquire),
        });
        let waiting = self.waiting.load(Ordering::Acquire) > 0;
        if !waiting
            || self
                .turn
                .fetch_add(1, Ordering::Relaxed)
                .is_multiple_of(SHARE)
        {
            self.share();
        }
    }

    /// Gives sqlx's pool a connection if it has none to give and can open none, and somebody may ask it.
    pub(super) fn share(&self) {
        if self.shared.load(Ordering::Acquire)
            && self.pool.num_idle() == 0
            && self.pool.size() >= self.settings.max_connections
            && let Some(idle) = self.pop()
        {
            release(idle.connection);
        }
    }

    /// Whether somebody else may ask sqlx's pool from now on.
    pub(super) fn set_shared(&self) {
        if !self.shared.swap(true, Ordering::AcqRel) {
            self.share();
        }
    }

    /// Gives sqlx's pool what lies here unused, or everything.
    pub(super) fn sweep(&self, everything: bool) {
        let swept: Vec<Idle> = self
            .idle()
            .extract_if(.., |idle| everything || idle.since.elapsed() > UNUSED)
            .collect();
        for idle in swept {
            release(idle.connection);
        }
    }

    /// Nobody gets a connection any more; those that are out are waited for.
    pub(super) async fn close(&self) {
        self.permits.close();
        self.sweep(true);
        self.pool.close().await;
    }

    /// A connection was found dead: the others may be too.
    pub(super) fn suspect(&self) {
        self.suspicion.fetch_add(1, Ordering::AcqRel);
        *self
            .suspected
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a connection of sqlx's pool that was unused for so long is to be tried before it is used.
    pub(super) fn is_stale(&self, unused: Duration) -> bool {
        let suspected = *self
            .suspected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unused > self.settings.test_after || suspected.is_some_and(|at| at.elapsed() < unused)
    }

    fn is_suspect(&self, idle: &Idle) -> bool {
        idle.suspicion != self.suspicion.load(Ordering::Acquire)
            || idle.since.elapsed() > self.settings.test_after
    }

    async fn is_alive(&self, connection: &mut PoolConnection<Postgres>) -> bool {
        let ping = connection.ping();
        matches!(
            tokio::time::timeout(self.settings.acquire_timeout, ping).await,
            Ok(Ok(()))
        )
    }

    /// The spec whose types new connections resolve, once a statement of it ran.
    pub(super) fn spec(&self) -> Option<&'static Spec> {
        self.spec.get().copied()
    }

    /// Remembers the spec of the statements, and makes the cache of statements large enough for it.
    pub(super) fn learn(&self, spec: &'static Spec) {
        if self.spec.set(spec).is_err() {
            return;
        }
        if let Some(options) = self.settings.options_for(spec) {
            self.pool.set_connect_options(options);
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn pop(&self) -> Option<Idle> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        // Nothing that panics runs while it is held.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.sweep(true);
    }
}

/// The right to have a connection.
#[derive(Debug)]
pub(super) struct Permit {
    pub(super) shelf: Arc<Shelf>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shelf.permits.add_permits(1);
    }
}

/// Somebody waits for a connection.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Gives a connection back to sqlx's pool, which pings it in a task; outside of a runtime it can only be closed.
pub(super) fn release(connection: PoolConnection<Postgres>) {
    if tokio::runtime::Handle::try_current().is_ok() {
        drop(connection);
    } else {
        discard(connection);
    }
}

/// Ends a connection; the pool may open another one.
pub(super) fn discard(connection: PoolConnection<Postgres>) {
    drop(connection.detach());
}
