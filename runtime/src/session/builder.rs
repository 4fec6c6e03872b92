//! The settings of a [`Db`].

use std::str::FromStr;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};

use super::options::milliseconds;
use super::reach::PROBE;
use super::shelf::Shelf;
use super::{Db, Spec};
use crate::{Error, Result};

/// How many statements a connection keeps prepared, while it is not known how many there are.
const STATEMENTS: usize = 512;

/// What a [`Db`] is made with; [`Db::builder`] has the defaults.
///
/// ```no_run
/// # async fn example() -> pgwright::Result<()> {
/// use std::time::Duration;
///
/// let db = pgwright::Db::builder()
///     .max_connections(20)
///     .statement_timeout(Duration::from_secs(10))
///     .lock_timeout(Duration::from_secs(3))
///     .application_name("api")
///     .replica("postgres://replica.example.org/automl")
///     .connect("postgres://db.example.org/automl?sslmode=verify-full")
///     .await?;
/// # let _ = db;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is opened until `connect` is called"]
pub struct Builder {
    settings: Settings,
    replicas: Vec<String>,
}

/// What of it is asked for again later.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) max_connections: u32,
    pub(crate) min_connections: u32,
    pub(crate) acquire_timeout: Duration,
    pub(crate) test_after: Duration,
    pub(crate) attempts: u32,
    pub(crate) pgbouncer: bool,
    pub(crate) slow: Option<Duration>,
    pub(crate) log_values: bool,
    /// Whether it is the pool of a replica.
    pub(crate) replica: bool,
    idle_timeout: Option<Duration>,
    max_lifetime: Option<Duration>,
    statement_timeout: Option<Duration>,
    lock_timeout: Option<Duration>,
    idle_in_transaction_timeout: Option<Duration>,
    application_name: Option<String>,
    statement_cache: Option<usize>,
    pub(super) connect: Option<PgConnectOptions>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            settings: Settings {
                max_connections: 10,
                min_connections: 0,
                acquire_timeout: Duration::from_secs(10),
                test_after: Duration::from_secs(1),
                attempts: 5,
                pgbouncer: false,
                slow: Some(Duration::from_secs(1)),
                log_values: false,
                replica: false,
                idle_timeout: Some(Duration::from_secs(600)),
                max_lifetime: Some(Duration::from_secs(1800)),
                statement_timeout: None,
                lock_timeout: None,
                idle_in_transaction_timeout: None,
                application_name: None,
                statement_cache: None,
                connect: None,
            },
            replicas: Vec::new(),
        }
    }

    /// How many connections there are at most, those that [`Db::pool`] gives out included. 10 unless it is set.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().max_connections(20);
    /// ```
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.settings.max_connections = connections.max(1);
        self
    }

    /// How many connections are opened at once, so that the first requests need not wait. 1 at least.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().min_connections(2);
    /// ```
    pub fn min_connections(mut self, connections: u32) -> Self {
        self.settings.min_connections = connections;
        self
    }

    /// How long to wait for a connection before it is an [`Error::Timeout`]. 10 seconds unless it is set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = pgwright::Db::builder().acquire_timeout(Duration::from_secs(5));
    /// ```
    pub fn acquire_timeout(mut self, time: Duration) -> Self {
        self.settings.acquire_timeout = time;
        self
    }

    /// How long a connection may be unused before it is closed; `None` is for ever. 10 minutes unless it is set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = pgwright::Db::builder().idle_timeout(Duration::from_secs(600));
    /// ```
    pub fn idle_timeout(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.settings.idle_timeout = time.into();
        self
    }

    /// How old a connection may be before it is closed; `None` is for ever. 30 minutes unless it is set.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().max_lifetime(None);
    /// ```
    pub fn max_lifetime(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.settings.max_lifetime = time.into();
        self
    }

    /// How long a connection may be unused before it is pinged once prior to the next statement. 1 second unless it is set.
    ///
    /// Nothing is pinged while there is work. A connection may have died while there was none, and a statement that writes
    /// cannot be sent twice when nobody knows whether the first one arrived.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = pgwright::Db::builder().test_after(Duration::from_secs(30));
    /// ```
    pub fn test_after(mut self, time: Duration) -> Self {
        self.settings.test_after = time;
        self
    }

    /// How long a statement may run before the server ends it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = pgwright::Db::builder().statement_timeout(Duration::from_secs(10));
    /// ```
    pub fn statement_timeout(mut self, time: Duration) -> Self {
        self.settings.statement_timeout = Some(time);
        self
    }

    /// How long a statement may wait for a lock before the server ends it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = pgwright::Db::builder().lock_timeout(Duration::from_secs(2));
    /// ```
    pub fn lock_timeout(mut self, time: Duration) -> Self {
        self.settings.lock_timeout = Some(time);
        self
    }

    /// How long a transaction may do nothing before the server ends its session.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = pgwright::Db::builder().idle_in_transaction_timeout(Duration::from_secs(60));
    /// ```
    pub fn idle_in_transaction_timeout(mut self, time: Duration) -> Self {
        self.settings.idle_in_transaction_timeout = Some(time);
        self
    }

    /// What the server shows as `application_name`. An address that has one keeps it unless this is called.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().application_name("api");
    /// ```
    pub fn application_name(mut self, name: impl Into<String>) -> Self {
        self.settings.application_name = Some(name.into());
        self
    }

    /// How many statements a connection keeps prepared. Unless it is set, there is room for four times as many as the spec
    /// has, 512 at least.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().statement_cache(500);
    /// ```
    pub fn statement_cache(mut self, statements: usize) -> Self {
        self.settings.statement_cache = Some(statements);
        self
    }

    /// How often work is begun at most when it meets other transactions (SQLSTATE 40001 and 40P01) or, where it only reads,
    /// when a connection breaks. 5 unless it is set; 1 is never again.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().attempts(1);
    /// ```
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.settings.attempts = attempts.max(1);
        self
    }

    /// Whether there is a PgBouncer in transaction mode between here and the server.
    ///
    /// Sessions are not one's own then. So no statement stays prepared, and nothing is said at the start that PgBouncer refuses.
    /// A single statement becomes a transaction, since it has two parts that must meet the same server: four messages
    /// where there is one without PgBouncer. Timeouts are set at the beginning of each transaction.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().pgbouncer(true);
    /// ```
    pub fn pgbouncer(mut self, transaction_mode: bool) -> Self {
        self.settings.pgbouncer = transaction_mode;
        self
    }

    /// Adds a replica for [`Db::read`]. It gets a pool of its own with the same settings, and is first asked when it is used.
    ///
    /// One that cannot be reached within a second is passed over until it answers: reads go to the next one, or to the primary
    /// if there is none.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().replica("postgres://replica.example.org/automl");
    /// ```
    pub fn replica(mut self, url: impl Into<String>) -> Self {
        self.replicas.push(url.into());
        self
    }

    /// Logs a statement that takes as long as this or longer, as a warning; `None` logs none. 1 second unless it is set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = pgwright::Db::builder().slow_statements(Duration::from_millis(200));
    /// ```
    pub fn slow_statements(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.settings.slow = time.into();
        self
    }

    /// Whether the slow query log shows the values that were sent. They may be anything, passwords included.
    ///
    /// ```
    /// let builder = pgwright::Db::builder().log_values(true);
    /// ```
    pub fn log_values(mut self, log: bool) -> Self {
        if log {
            crate::values::keep();
        }
        self.settings.log_values = log;
        self
    }

    /// Opens it, with one connection at least: an address or password that is wrong is seen here.
    ///
    /// `sslmode`, `sslrootcert`, `sslcert` and `sslkey` of the address say how TLS is used.
    ///
    /// ```no_run
    /// # async fn example(url: &str) -> pgwright::Result<()> {
    /// let db = pgwright::Db::builder().max_connections(20).connect(url).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the address is none, or the server cannot be reached.
    pub async fn connect(self, url: &str) -> Result<Db> {
        let db = self.connect_lazy(url)?;
        db.warm().await?;
        Ok(db)
    }

    /// Makes it without opening a connection; the first statement does.
    ///
    /// ```no_run
    /// # async fn example(url: &str) -> pgwright::Result<()> {
    /// let db = pgwright::Db::builder().connect_lazy(url)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the address is none.
    pub fn connect_lazy(self, url: &str) -> Result<Db> {
        let options = PgConnectOptions::from_str(url).map_err(Error::Database)?;
        self.connect_lazy_with(options)
    }

    /// Makes it with options of sqlx, without opening a connection.
    ///
    /// ```no_run
    /// # async fn example() -> pgwright::Result<()> {
    /// let options = pgwright::sqlx::postgres::PgConnectOptions::new().host("localhost");
    /// let db = pgwright::Db::builder().connect_lazy_with(options)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the address of a replica is none.
    pub fn connect_lazy_with(self, options: PgConnectOptions) -> Result<Db> {
        let mut replicas = Vec::with_capacity(self.replicas.len());
        for url in &self.replicas {
            let options = PgConnectOptions::from_str(url).map_err(Error::Database)?;
            let settings = Settings {
                replica: true,
                ..self.settings.clone()
            };
            replicas.push(settings.shelf(options));
        }
        let primary = self.settings.shelf(options);
        Ok(Db::new(primary, replicas))
    }
}

impl Settings {
    fn shelf(&self, options: PgConnectOptions) -> Arc<Shelf> {
        let mut settings = self.clone();
        let mut options = options
            .disable_statement_logging()
            .statement_cache_capacity(if self.pgbouncer {
                0
            } else {
                self.statement_cache.unwrap_or(STATEMENTS)
            });
        if let Some(name) = &self.application_name {
            options = options.application_name(name);
        }
        if self.pgbouncer {
            options = options.extra_float_digits(None);
        } else {
            let timeouts = self.timeouts();
            if !timeouts.is_empty() {
                let timeouts = timeouts
                    .iter()
                    .map(|(name, time)| (*name, milliseconds(*time)));
                options = options.options(timeouts);
            }
        }
        settings.connect = Some(options.clone());
        let shelf: Arc<OnceLock<Weak<Shelf>>> = Arc::default();
        let (opened, taken) = (Arc::clone(&shelf), Arc::clone(&shelf));
        let pool = PgPoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(match self.replica {
                // Whoever reads has another server to ask.
                true => self.acquire_timeout.min(PROBE),
                false => self.acquire_timeout,
            })
            .idle_timeout(self.idle_timeout)
            .max_lifetime(self.max_lifetime)
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let shelf = opened.get().and_then(Weak::upgrade);
                Box::pin(after_connect(connection, shelf))
            })
            .before_acquire(move |connection, idle| {
                let mut stale = true;
                if let Some(shelf) = taken.get().and_then(Weak::upgrade) {
                    shelf.share();
                    stale = shelf.is_stale(idle.idle_for);
                }
                Box::pin(async move {
                    if stale {
                        sqlx::Connection::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        let made = Arc::new(Shelf::new(pool, settings));
        // It is set once, here.
        let _ = shelf.set(Arc::downgrade(&made));
        made
    }

    /// The timeouts that the server keeps.
    fn timeouts(&self) -> Vec<(&'static str, Duration)> {
        [
            ("statement_timeout", self.statement_timeout),
            ("lock_timeout", self.lock_timeout),
            (
                "idle_in_transaction_session_timeout",
                self.idle_in_transaction_timeout,
            ),
        ]
        .into_iter()
        .filter_map(|(name, time)| time.map(|time| (name, time)))
        .collect()
    }

    /// The settings that a transaction has to make itself, since the session is not its own.
    pub(super) fn local(&self) -> Vec<(&'static str, Duration)> {
        if self.pgbouncer {
            self.timeouts()
        } else {
            Vec::new()
        }
    }

    /// How connections are to be opened now that the spec is known, if that is another way than before.
    pub(super) fn options_for(&self, spec: &Spec) -> Option<PgConnectOptions> {
        let statements = spec.statements.saturating_mul(4);
        if self.pgbouncer || self.statement_cache.is_some() || statements <= STATEMENTS {
            return None;
        }
        let options = self.connect.clone()?;
        Some(options.statement_cache_capacity(statements))
    }
}

/// What is done with a connection that was just opened.
async fn after_connect(
    connection: &mut PgConnection,
    shelf: Option<Arc<Shelf>>,
) -> Result<(), sqlx::Error> {
    let Some(shelf) = shelf else { return Ok(()) };
    shelf.share();
    match shelf.spec() {
        Some(spec) if !shelf.settings.pgbouncer => spec.resolve(connection, true).await,
        _ => Ok(()),
    }
}
