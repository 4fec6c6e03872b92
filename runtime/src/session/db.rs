//! A tuned pool of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::{Connection as _, PgPool};

use super::held::Fate;
use super::shelf::{Shelf, UNUSED};
use super::{Builder, Held};
#[cfg(doc)]
use crate::Error;
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
    others: Others,
}

/// What else there is of a database.
#[derive(Clone, Debug)]
enum Others {
    /// Of the primary: its replicas.
    Replicas(Arc<Replicas>),
    /// Of a replica: the primary.
    Primary(Arc<Shelf>),
}

#[derive(Debug, Default)]
struct Replicas {
    all: Vec<Db>,
    next: AtomicUsize,
}

impl Db {
    /// Opens a pool with the defaults of [`builder`](Self::builder).
    ///
    /// ```no_run
    /// # async fn example() -> pgwright::Result<()> {
    /// let db = pgwright::Db::connect("postgres://app@localhost/automl").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the address is none, or the server cannot be reached.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::builder().connect(url).await
    }

    /// The settings of a pool.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().application_name("api").max_connections(20);
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(super) fn new(primary: Arc<Shelf>, replicas: Vec<Arc<Shelf>>) -> Self {
        spawn_keeper(&primary);
        for replica in &replicas {
            spawn_keeper(replica);
        }
        let all = replicas.into_iter().map(|shelf| Self {
            shelf,
            others: Others::Primary(Arc::clone(&primary)),
        });
        let replicas = Replicas {
            all: all.collect(),
            next: AtomicUsize::new(0),
        };
        Self {
            shelf: primary,
            others: Others::Replicas(Arc::new(replicas)),
        }
    }

    fn replicas(&self) -> &[Self] {
        match &self.others {
            Others::Replicas(replicas) => &replicas.all,
            Others::Primary(_) => &[],
        }
    }

    pub(crate) fn shelf(&self) -> &Arc<Shelf> {
        &self.shelf
    }

    /// The pool of sqlx, for raw queries. It has the same connections: there are never more than
    /// [`max_connections`](Builder::max_connections) together.
    ///
    /// ```no_run
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let one: i32 = pgwright::sqlx::query_scalar("SELECT 1").fetch_one(db.pool()).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        self.shelf.set_shared();
        &self.shelf.pool
    }

    /// Where to read what need not be the newest: the replicas in turn, those that cannot be reached left out, or this database
    /// if there is none. A read whose replica turns out to be gone goes to this database.
    ///
    /// A replica is behind: what was just written may not be there yet. A write through it is [`Error::ReadOnly`].
    ///
    /// ```no_run
    /// # use pgwright::doc::User;
    /// # async fn example(db: pgwright::Db) -> pgwright::Result<()> {
    /// let users = User::query().limit(50).all(db.read()).await?;
    /// # let _ = users;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn read(&self) -> &Self {
        let Others::Replicas(replicas) = &self.others else {
            return self;
        };
        let (all, count) = (&replicas.all, replicas.all.len());
        if count == 0 {
            return self;
        }
        let first = replicas.next.fetch_add(1, Ordering::Relaxed) % count;
        let mut turn = all.iter().cycle().skip(first).take(count);
        turn.find(|replica| !replica.shelf.is_down())
            .unwrap_or(self)
    }

    /// A connection for a statement that only reads.
    pub(crate) async fn acquire_to_read(&self) -> Result<Held> {
        match (self.shelf.acquire().await, &self.others) {
            (Err(_), Others::Primary(primary)) if self.shelf.is_down() => primary.acquire().await,
            (acquired, _) => acquired,
        }
    }

    /// A connection for a unit of work.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let mut held = db.acquire().await?;
    /// let users = User::query().all(&mut held).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If none can be had in time, or the server cannot be reached.
    pub async fn acquire(&self) -> Result<Held> {
        self.shelf.acquire().await
    }

    /// Asks the server for a sign of life, and the time it took.
    ///
    /// ```no_run
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// println!("the database answers in {:?}", db.ping().await?);
    /// # Ok(()) }
    /// ```
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
    ///
    /// ```no_run
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// db.close().await;
    /// # Ok(()) }
    /// ```
    pub async fn close(&self) {
        for replica in self.replicas() {
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
            let closed = tokio::time::timeout(UNUSED, &mut closed).await.is_ok();
            let Some(shelf) = weak.upgrade() else { return };
            shelf.sweep(closed);
            if closed {
                return;
            }
        }
    });
}
