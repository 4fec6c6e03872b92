//! A connection that is held.

use std::ops::{Deref, DerefMut};
use std::time::Instant;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, SqlSafeStr as _, SqlStr};

use super::builder::Settings;
use super::shelf::{self, Idle, Permit};
use super::{Spec, TransactionOptions};
use crate::{Error, Rule};

/// A connection of a [`Db`](crate::Db) that nobody else has until this is dropped, from [`Db::acquire`](crate::Db::acquire).
///
/// Many statements in a row are a little faster on one connection; raw sqlx takes it by `&mut *held`.
///
/// ```no_run
/// # async fn example(db: pgwright::Db) -> pgwright::Result<()> {
/// let mut held = db.acquire().await?;
/// pgwright::sqlx::query("SET work_mem = '1GB'").execute(&mut *held).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Held {
    /// It is taken in `drop` alone.
    connection: Option<PoolConnection<Postgres>>,
    permit: Permit,
    out: Instant,
    generation: u32,
    knows_types: bool,
    fate: Fate,
    may_repeat: bool,
}

/// What becomes of a connection that is not held any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The next statement gets it as it is.
    Keep,
    /// sqlx's pool looks whether it still answers. What was sent and not read, such as a rollback, is read then.
    Check,
    /// It is dead, or in a state that nobody knows.
    Close,
}

impl Held {
    pub(super) fn again(permit: Permit, idle: Idle) -> Self {
        Self {
            connection: Some(idle.connection),
            permit,
            out: idle.out,
            generation: idle.generation,
            knows_types: idle.knows_types,
            fate: Fate::Check,
            may_repeat: false,
        }
    }

    pub(super) fn fresh(
        permit: Permit,
        connection: PoolConnection<Postgres>,
        generation: u32,
    ) -> Self {
        Self {
            // A connection that ran a statement resolved its types then.
            knows_types: connection.cached_statements_size() > 0,
            connection: Some(connection),
            permit,
            out: Instant::now(),
            generation,
            fate: Fate::Check,
            may_repeat: false,
        }
    }

    /// Resolves the types of the spec, unless that was done.
    pub(crate) async fn learn(
        &mut self,
        spec: &'static Spec,
        persistent: bool,
    ) -> Result<(), sqlx::Error> {
        if !self.knows_types {
            spec.resolve(self, persistent).await?;
            self.knows_types = true;
            self.permit.shelf.learn(spec);
        }
        Ok(())
    }

    /// As [`learn`](Self::learn), before a transaction: an error within one would end it.
    pub(crate) async fn learn_early(&mut self, pgbouncer: bool) -> Result<(), sqlx::Error> {
        match self.permit.shelf.spec() {
            Some(spec) if !pgbouncer => self.learn(spec, true).await,
            _ => Ok(()),
        }
    }

    pub(crate) fn note(&self, spec: &'static Spec) {
        self.permit.shelf.learn(spec);
    }

    pub(crate) fn set_fate(&mut self, fate: Fate) {
        self.fate = fate;
    }

    /// Takes notice of an error of a statement.
    pub(crate) fn failed(&mut self, error: &Error) {
        if error.is_connection() {
            self.lost();
        }
        self.may_repeat |= error.is_retryable() || matches!(error, Error::Connection(_));
    }

    /// The connection broke: others may have, too.
    pub(crate) fn lost(&mut self) {
        self.permit.shelf.suspect();
        self.fate = Fate::Close;
    }

    /// The transaction may be begun again, although the error of the statement does not say so.
    pub(crate) fn set_may_repeat(&mut self) {
        self.may_repeat = true;
    }

    /// Whether a statement on it met another transaction, or lost the connection.
    pub(crate) fn may_repeat(&self) -> bool {
        self.may_repeat
    }

    /// What begins a transaction of one statement.
    pub(crate) fn begin_alone(&self) -> Option<SqlStr> {
        let local = self.permit.shelf.settings.local();
        let begin = TransactionOptions::new().begin(&local)?;
        // Every part of it is a constant or a number.
        Some(AssertSqlSafe(begin).into_sql_str())
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.permit.shelf.settings
    }

    pub(crate) fn fate(&self) -> Fate {
        self.fate
    }

    /// The rules of the spec, if a statement of it ran.
    pub(crate) fn rules(&self) -> &'static [Rule] {
        self.permit.shelf.spec().map_or(&[], |spec| spec.rules)
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection
            .as_ref()
            .expect("the connection is taken in `drop` alone")
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection
            .as_mut()
            .expect("the connection is taken in `drop` alone")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        match self.fate {
            Fate::Keep => {
                self.permit
                    .shelf
                    .put(connection, self.out, self.generation, self.knows_types);
            }
            Fate::Check => shelf::release(connection),
            Fate::Close => shelf::discard(connection),
        }
    }
}
