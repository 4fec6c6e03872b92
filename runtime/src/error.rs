//! What can go wrong.

use std::fmt;

use sqlx::error::BoxDynError;
use sqlx::postgres::PgDatabaseError;

use crate::{Rule, Violation};

/// A result with the one [`Error`].
///
/// ```no_run
/// # use pgwright::doc::*;
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let users: Vec<User> = User::query().all(db).await?;
/// # Ok(()) }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong.
///
/// ```
/// use pgwright::{Error, Rule};
///
/// fn answer(error: &Error, email_is_unique: Rule) -> &'static str {
///     match error {
///         Error::NotFound { .. } => "there is none",
///         error if error.is(email_is_unique) => "somebody else has that address",
///         error if error.is_retryable() => "try again",
///         _ => "something is wrong here",
///     }
/// }
/// # let _ = answer;
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no row with the key.
    #[error("no `{model}` with the key {key}")]
    NotFound {
        /// The model.
        model: &'static str,
        /// The key.
        key: String,
    },
    /// There is more than one row where one was asked for.
    #[error("more than one `{model}`")]
    TooManyRows {
        /// The model.
        model: &'static str,
    },
    /// The cursor of a page is of no use: it was changed, or belongs to another query.
    #[error(transparent)]
    Cursor(#[from] crate::CursorError),
    /// The job is not held by that claim any more: its lease ended, it was cancelled, or it is over. Nothing was changed.
    #[error("the `{model}` with the key {key} is not held by this claim any more")]
    LeaseLost {
        /// The model.
        model: &'static str,
        /// The key.
        key: String,
    },
    /// The ledger has an entry with the same key already, and it is another one: it differs in a column. Nothing was written.
    #[error("`{model}` has another entry with the same `{key}` already: its `{column}` differs")]
    PostedOtherwise {
        /// The model.
        model: &'static str,
        /// The column that has the key.
        key: &'static str,
        /// The first column that differs.
        column: String,
    },
    /// Two rows that were given to one upsert have the same key: which of them counts is for the caller to say. Nothing was
    /// written.
    #[error("two rows to upsert are the same `{model}`, by {key}{}", Which(*.rows))]
    GivenTwice {
        /// The model.
        model: &'static str,
        /// The columns of the key, or its name where those are not known.
        key: String,
        /// The places of the two among those given, unless it is the server that found them to be the same.
        rows: Option<(usize, usize)>,
    },
    /// The database refused: a rule was violated.
    #[error("{0}")]
    Violation(Box<Violation>),
    /// A value of a row could not be read.
    #[error("cannot read `{model}`.`{column}`: {source}")]
    Decode {
        /// The model.
        model: &'static str,
        /// The column.
        column: String,
        /// Why.
        source: BoxDynError,
    },
    /// A value could not be sent.
    #[error("cannot send a value of `{model}`: {source}")]
    Encode {
        /// The model.
        model: &'static str,
        /// Why.
        source: BoxDynError,
    },
    /// The transaction met another one (SQLSTATE 40001 or 40P01): the same work, begun again, may succeed.
    #[error("the transaction met another one: {}", Said(.0))]
    Conflict(#[source] sqlx::Error),
    /// Something took longer than it may.
    #[error("{what}: {}", Said(source))]
    Timeout {
        /// What took too long.
        what: Timeout,
        /// What sqlx or the server says.
        source: sqlx::Error,
    },
    /// The server cannot be reached, or the connection broke. Whether a statement that wrote was done is not known then.
    #[error("no connection to the database: {}", Said(.0))]
    Connection(#[source] sqlx::Error),
    /// The connection broke after `COMMIT` was sent and before the server answered: whether the transaction was kept is not
    /// known. Nothing is sent again by itself; look for what was to be there, or do again what may be done twice.
    #[error(
        "the connection broke while the transaction was committed, whether it was is not known: {0}"
    )]
    CommitUnknown(#[source] sqlx::Error),
    /// No connection: TLS was wanted and could not be had, or a certificate is not to be trusted.
    #[error("no secure connection to the database: {}", Said(.0))]
    Tls(#[source] sqlx::Error),
    /// The server takes no writes: it is a replica, or the transaction only reads.
    #[error("the database takes no writes here: {}", Said(.0))]
    ReadOnly(#[source] sqlx::Error),
    /// The transaction was rolled back although its work was `Ok`: a statement in it had failed, and the server keeps
    /// nothing of such a transaction. Run what may fail in a savepoint, [`Tx::transaction`](crate::Tx::transaction).
    #[error("the transaction was rolled back: a statement in it had failed")]
    Aborted,
    /// The program asks for what cannot be.
    #[error("{0}")]
    Misuse(&'static str),
    /// Anything else that sqlx or the server says.
    #[error("{}", Said(.0))]
    Database(#[source] sqlx::Error),
}

/// Two rows, where it is known which.
struct Which(Option<(usize, usize)>);

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((first, second)) => write!(f, ": those at {first} and {second}"),
            None => Ok(()),
        }
    }
}

/// What sqlx or the server says. sqlx itself adds a line, which is one of PostgreSQL's own sources, and not the code that
/// a reader would look into.
struct Said<'e>(&'e sqlx::Error);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self.0 {
            sqlx::Error::Database(error) => error,
            sqlx::Error::Configuration(error) => {
                return write!(
                    f,
                    "the address of the database is none: {error}; it looks like `postgres://user:password@host:5432/database`"
                );
            }
            other => return other.fmt(f),
        };
        f.write_str(error.message())?;
        if let Some(code) = error.code() {
            write!(f, " (SQLSTATE {code})")?;
        }
        let postgres = error.try_downcast_ref::<PgDatabaseError>();
        match postgres.and_then(PgDatabaseError::hint) {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// What took longer than it may.
///
/// ```
/// use pgwright::{Error, Timeout};
///
/// fn say(error: &Error) -> &str {
///     match error.timeout() {
///         Some(Timeout::Lock) => "somebody else is at it",
///         Some(_) => "that took too long",
///         None => "something is wrong here",
///     }
/// }
/// # let _ = say;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Timeout {
    /// A statement (`statement_timeout`), or it was cancelled by somebody.
    #[error("the statement took too long")]
    Statement,
    /// Waiting for a lock (`lock_timeout`), or a row was locked and the statement does not wait.
    #[error("a lock could not be had in time")]
    Lock,
    /// A transaction did nothing (`idle_in_transaction_session_timeout`).
    #[error("the transaction did nothing for too long")]
    Idle,
    /// Waiting for a connection of the pool.
    #[error("no connection was free in time")]
    Pool,
}

impl Error {
    /// There is no row with the key.
    ///
    /// ```
    /// let error = pgwright::Error::not_found("User", &7);
    /// assert_eq!(error.to_string(), "no `User` with the key 7");
    /// ```
    pub fn not_found(model: &'static str, key: &dyn std::fmt::Debug) -> Self {
        Self::NotFound {
            model,
            key: format!("{key:?}"),
        }
    }

    /// Whether the database refused because of this rule.
    ///
    /// ```
    /// fn is_taken(error: &pgwright::Error, email: pgwright::Rule) -> bool {
    ///     error.is(email)
    /// }
    /// # let _ = is_taken;
    /// ```
    #[must_use]
    pub fn is(&self, rule: impl Into<Rule>) -> bool {
        let rule = rule.into();
        self.violation().is_some_and(|violation| {
            violation.constraint == rule.constraint
                && violation.table == rule.table
                && violation.schema == rule.schema
        })
    }

    /// The violation, if that is what it is.
    ///
    /// ```
    /// fn columns(error: &pgwright::Error) -> Option<&[String]> {
    ///     error.violation().map(|violation| violation.columns.as_slice())
    /// }
    /// # let _ = columns;
    /// ```
    #[must_use]
    pub fn violation(&self) -> Option<&Violation> {
        match self {
            Self::Violation(violation) => Some(violation),
            _ => None,
        }
    }

    /// Whether the same work, begun again, may succeed: a serialisation failure or a deadlock.
    ///
    /// ```
    /// let error = pgwright::Error::not_found("User", &7);
    /// assert!(!error.is_retryable());
    /// ```
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// Whether the server could not be reached or the connection broke.
    ///
    /// ```
    /// let error = pgwright::Error::from(pgwright::sqlx::Error::PoolClosed);
    /// assert!(error.is_connection());
    /// ```
    #[must_use]
    pub fn is_connection(&self) -> bool {
        match self {
            Self::Connection(_) | Self::CommitUnknown(_) | Self::Tls(_) => true,
            // The server ends the session.
            Self::Timeout { what, .. } => *what == Timeout::Idle,
            _ => false,
        }
    }

    /// What took longer than it may, if that is what it is.
    ///
    /// ```
    /// let error = pgwright::Error::from(pgwright::sqlx::Error::PoolTimedOut);
    /// assert_eq!(error.timeout(), Some(pgwright::Timeout::Pool));
    /// ```
    #[must_use]
    pub fn timeout(&self) -> Option<Timeout> {
        match self {
            Self::Timeout { what, .. } => Some(*what),
            _ => None,
        }
    }

    /// What it is in one word, without any value: for logs and metrics.
    ///
    /// ```
    /// let error = pgwright::Error::from(pgwright::sqlx::Error::PoolTimedOut);
    /// assert_eq!(error.kind(), "pool timeout");
    /// ```
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not found",
            Self::Violation(violation) => violation.kind.name(),
            Self::Decode { .. } => "decode",
            Self::Encode { .. } => "encode",
            Self::Conflict(_) => "conflict",
            Self::Timeout { what, .. } => match what {
                Timeout::Statement => "statement timeout",
                Timeout::Lock => "lock timeout",
                Timeout::Idle => "idle timeout",
                Timeout::Pool => "pool timeout",
            },
            Self::Connection(_) => "connection",
            Self::CommitUnknown(_) => "commit unknown",
            Self::Tls(_) => "tls",
            Self::ReadOnly(_) => "read only",
            Self::PostedOtherwise { .. } => "posted otherwise",
            Self::GivenTwice { .. } => "given twice",
            Self::LeaseLost { .. } => "lease lost",
            Self::Aborted => "aborted",
            Self::Misuse(_) => "misuse",
            Self::Cursor(_) => "cursor",
            Self::TooManyRows { .. } => "too many rows",
            Self::Database(_) => "database",
        }
    }

    /// Whether there was no row with the key.
    ///
    /// ```
    /// assert!(pgwright::Error::not_found("User", &7).is_not_found());
    /// ```
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether a job was not held any more by the claim that wanted to change it.
    ///
    /// ```
    /// let error = pgwright::Error::LeaseLost { model: "Job", key: "7".to_owned() };
    /// assert!(error.is_lease_lost());
    /// ```
    #[must_use]
    pub fn is_lease_lost(&self) -> bool {
        matches!(self, Self::LeaseLost { .. })
    }

    /// Sorts an error of a `COMMIT`.
    pub(crate) fn of_commit(error: sqlx::Error, rules: &[Rule]) -> Self {
        match Self::from_sqlx(error, rules) {
            Self::Connection(error) => Self::CommitUnknown(error),
            error => error,
        }
    }

    /// Sorts an error of sqlx, by the rules that the spec knows.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// use pgwright::Model as _;
    ///
    /// let error = pgwright::Error::from_sqlx(pgwright::sqlx::Error::PoolClosed, User::RULES);
    /// assert!(error.is_connection());
    /// ```
    #[must_use]
    pub fn from_sqlx(error: sqlx::Error, rules: &[Rule]) -> Self {
        let database = match &error {
            sqlx::Error::Database(database) => database,
            sqlx::Error::PoolTimedOut => {
                return Self::Timeout {
                    what: Timeout::Pool,
                    source: error,
                };
            }
            sqlx::Error::Tls(_) => return Self::Tls(error),
            // What the TLS library refuses arrives as data that is not valid.
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => {
                return Self::Tls(error);
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => return Self::Connection(error),
            _ => return Self::Database(error),
        };
        let Some(server) = database.try_downcast_ref::<PgDatabaseError>() else {
            return Self::Database(error);
        };
        let timeout = match server.code() {
            "40001" | "40P01" => return Self::Conflict(error),
            "25006" => return Self::ReadOnly(error),
            "57014" => Some(Timeout::Statement),
            "55P03" => Some(Timeout::Lock),
            "25P03" => Some(Timeout::Idle),
            code if is_connection(code) => return Self::Connection(error),
            _ => None,
        };
        if let Some(what) = timeout {
            return Self::Timeout {
                what,
                source: error,
            };
        }
        match Violation::new(server, rules) {
            Some(violation) => Self::Violation(Box::new(violation)),
            None => Self::Database(error),
        }
    }
}

/// Whether the server says by this SQLSTATE that the session is over, or that there will be none.
fn is_connection(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "53300")
}

impl From<sqlx::Error> for Error {
    /// Sorts an error of a query of one's own: the kind comes from the SQLSTATE alone.
    fn from(error: sqlx::Error) -> Self {
        Self::from_sqlx(error, &[])
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    /// Sorts an error of `MIGRATOR.run(db.pool())`: what the server refused is an error as that of any statement.
    ///
    /// ```
    /// # async fn example(db: &pgwright::Db, migrator: &sqlx::migrate::Migrator) -> pgwright::Result<()> {
    /// migrator.run(db.pool()).await?;
    /// # Ok(())
    /// # }
    /// ```
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        sqlx::Error::from(error).into()
    }
}
