//! How a transaction is begun.

use std::fmt::Write as _;
use std::time::Duration;

/// What a transaction sees of others.
///
/// ```
/// use pgwright::{Isolation, TransactionOptions};
///
/// let options = TransactionOptions::new().isolation(Isolation::Serializable);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Each statement sees what was committed before it began. PostgreSQL's default.
    #[default]
    ReadCommitted,
    /// Every statement sees what was committed before the first one. A write that meets another one is begun again.
    RepeatableRead,
    /// As if transactions ran one after the other. One that cannot be put in an order is begun again.
    Serializable,
}

impl Isolation {
    fn sql(self) -> &'static str {
        match self {
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }
}

/// How a transaction is begun, and how often again.
///
/// ```
/// use pgwright::{Isolation, TransactionOptions};
///
/// let report = TransactionOptions::new().isolation(Isolation::RepeatableRead).read_only();
/// let careful = TransactionOptions::new().isolation(Isolation::Serializable).attempts(10);
/// # let _ = (report, careful);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct TransactionOptions {
    isolation: Option<Isolation>,
    read_only: bool,
    deferrable: bool,
    attempts: Option<u32>,
}

impl TransactionOptions {
    /// The server's defaults, and the [`Db`](crate::Db)'s number of attempts.
    ///
    /// ```
    /// let options = pgwright::TransactionOptions::new();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what the transaction sees of others.
    ///
    /// ```
    /// use pgwright::{Isolation, TransactionOptions};
    ///
    /// let options = TransactionOptions::new().isolation(Isolation::Serializable);
    /// ```
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// Refuses writes.
    ///
    /// ```
    /// let options = pgwright::TransactionOptions::new().read_only();
    /// ```
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Waits until a serializable, read-only transaction can run without ever failing. It means nothing to others.
    ///
    /// ```
    /// use pgwright::{Isolation, TransactionOptions};
    ///
    /// let options = TransactionOptions::new().isolation(Isolation::Serializable).read_only().deferrable();
    /// ```
    pub fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// How often the work is begun at most, when it meets other transactions (SQLSTATE 40001 and 40P01); 1 is never again.
    ///
    /// ```
    /// let options = pgwright::TransactionOptions::new().attempts(5);
    /// ```
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts.max(1));
        self
    }

    pub(crate) fn attempts_or(&self, default: u32) -> u32 {
        self.attempts.unwrap_or(default).max(1)
    }

    /// The statement that begins it, unless plain `BEGIN` does; `local` are settings of this transaction alone.
    pub(crate) fn begin(&self, local: &[(&'static str, Duration)]) -> Option<String> {
        let mut sql = String::from("BEGIN");
        if let Some(isolation) = self.isolation {
            sql.push_str(" ISOLATION LEVEL ");
            sql.push_str(isolation.sql());
        }
        if self.read_only {
            sql.push_str(" READ ONLY");
        }
        if self.deferrable {
            sql.push_str(" DEFERRABLE");
        }
        for (name, time) in local {
            // Writing to a String cannot fail.
            let _ = write!(sql, "; SET LOCAL {name} = {}", milliseconds(*time));
        }
        (sql.len() > "BEGIN".len()).then_some(sql)
    }
}

/// A duration as PostgreSQL's settings take it. 0 would mean none: what is shorter than a millisecond is one.
pub(crate) fn milliseconds(time: Duration) -> u32 {
    const MOST: u32 = i32::MAX as u32;
    u32::try_from(time.as_millis()).map_or(MOST, |time| time.clamp(1, MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_transaction_needs_no_statement_of_its_own() {
        assert_eq!(TransactionOptions::new().begin(&[]), None);
    }

    #[test]
    fn what_is_set_is_said() {
        let options = TransactionOptions::new()
            .isolation(Isolation::Serializable)
            .read_only()
            .deferrable();
        assert_eq!(
            options
                .begin(&[("lock_timeout", Duration::from_micros(3))])
                .unwrap(),
            "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; SET LOCAL lock_timeout = 1"
        );
    }
}
