//! A tuned pool of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::{Connection as _, PgPool};

use super::held::Fate;
use super::shelf::{Shelf, UNUSED};
use super::{Builder, Held};
use crate::Result;

/// A database: a tuned pool of connections. `&Db` is what every operation takes; a clone is the same pool.
///
/// A connection that a statement gives back is the next one's, without a ping in between. Types of the spec are looked up
/// once for each connection, and each keeps as many statements prepared as the spec has.
///
/// ```no_run
/// # async fn example() -> pgwright::Result<()> {
/// let db = pgwright::Db::connect("postgres://localhost/automl").await?;
/// let answer: i32 = pgwright::sqlx::query_scalar("SELECT 42")
///     .fetch_one(db.pool())
///     .await?;
/// # let _ = answer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Db {
    shelf: Arc<Shelf>,
    replicas: Arc<Replicas>,
}

#[derive(Debug, Default)]
struct Replicas {
    all: Vec<Db>,
    next: AtomicUsize,
}

impl Db {
    /// Opens a pool with the defaults of [`builder`](Self::builder).
    ///
    /// # Errors
    /// If the address is none, or the server cannot be reached.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::builder().connect(url).await
    }

    /// The settings of a pool.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(super) fn new(primary: Arc<Shelf>, replicas: Vec<Arc<Shelf>>) -> Self {
        spawn_keeper(&primary);
        for replica in &replicas {
            spawn_keeper(replica);
        }
        Self {
            shelf: primary,
            replicas: Arc::new(Replicas {
                all: replicas.iter().map(Self::of).collect(),
                next: AtomicUsize::new(0),
            }),
        }
    }

    pub(super) fn of(shelf: &Arc<Shelf>) -> Self {
        Self {
            shelf: Arc::clone(shelf),
            replicas: Arc::default(),
        }
    }

    pub(crate) fn shelf(&self) -> &Arc<Shelf> {
        &self.shelf
    }

    /// The pool of sqlx, for raw queries. It has the same connections: there are never more than
    /// [`max_connections`](Builder::max_connections) together.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        self.shelf.set_shared();
        &self.shelf.pool
    }

    /// Where to read what need not be the newest: the replicas in turn, or this database if there are none.
    ///
    /// ```no_run
    /// # async fn example(db: pgwright::Db) -> pgwright::Result<()> {
    /// let held = db.read().acquire().await?;
    /// # let _ = held;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn read(&self) -> &Self {
        let replicas = &self.replicas.all;
        let next = self.replicas.next.fetch_add(1, Ordering::Relaxed);
        next.checked_rem(replicas.len())
            .and_then(|index| replicas.get(index))
            .unwrap_or(self)
    }

    /// A connection for a unit of work.
    ///
    /// # Errors
    /// If none can be had in time, or the server cannot be reached.
    pub async fn acquire(&self) -> Result<Held> {
        self.shelf.acquire().await
    }

    /// Asks the server for a sign of life, and the time it took.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub async fn ping(&self) -> Result<Duration> {
        let begun = std::time::Instant::now();
        let mut held = self.acquire().await?;
        match held.ping().await {
            Ok(()) => {
                held.set_fate(Fate::Keep);
                Ok(begun.elapsed())
            }
            Err(error) => {
                held.lost();
                Err(error.into())
            }
        }
    }

    /// Closes every connection, of the replicas too, once those who hold one gave it back.
    pub async fn close(&self) {
        for replica in &self.replicas.all {
            replica.shelf.close().await;
        }
        self.shelf.close().await;
    }

    /// Opens the connections that are to be there from the beginning.
    pub(super) async fn warm(&self) -> Result<()> {
        let count = self.shelf.settings.min_connections.max(1);
        let mut all = Vec::new();
        for _ in 0..count.min(self.shelf.settings.max_connections) {
            all.push(self.acquire().await?);
        }
        for held in &mut all {
            held.set_fate(Fate::Keep);
        }
        Ok(())
    }
}

/// Gives connections that nobody uses to sqlx's pool from time to time, and all of them when that pool is closed.
fn spawn_keeper(shelf: &Arc<Shelf>) {
    let weak = Arc::downgrade(shelf);
    let mut closed = shelf.pool.close_event();
    tokio::spawn(async move {
        loop {
            let closed = tokio::select! {
                () = &mut closed => true,
                () = tokio::time::sleep(UNUSED) => false,
            };
            let Some(shelf) = weak.upgrade() else { return };
            shelf.sweep(closed);
            if closed {
                return;
            }
        }
    });
}
