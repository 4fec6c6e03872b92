//! Row locks.

use super::{Projection, Query, Writer};
use crate::Model;

/// A lock on the rows that a query finds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lock {
    strength: &'static str,
    wait: &'static str,
}

impl Lock {
    const fn new(strength: &'static str) -> Self {
        Self { strength, wait: "" }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.text("\nFOR ").text(self.strength).text(self.wait);
    }
}

impl<M: Model, P: Projection<M>> Query<M, P> {
    /// Locks the rows until the transaction ends, for whoever wants to change or delete them.
    ///
    /// A row that another transaction holds is waited for, unless [`skip_locked`](Self::skip_locked) or
    /// [`nowait`](Self::nowait) says otherwise.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().for_update();
    /// ```
    pub fn for_update(self) -> Self {
        self.lock("UPDATE")
    }

    /// Locks the rows for whoever wants to change anything but their keys: rows that refer to them can be inserted
    /// meanwhile.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().for_no_key_update();
    /// ```
    pub fn for_no_key_update(self) -> Self {
        self.lock("NO KEY UPDATE")
    }

    /// Locks the rows so that nobody changes or deletes them. Others can hold the same lock.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().for_share();
    /// ```
    pub fn for_share(self) -> Self {
        self.lock("SHARE")
    }

    /// Locks the rows so that nobody deletes them or changes their keys. Others can hold the same lock.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().for_key_share();
    /// ```
    pub fn for_key_share(self) -> Self {
        self.lock("KEY SHARE")
    }

    /// Passes by rows that another transaction holds. Where no lock was asked for, it is that of
    /// [`for_update`](Self::for_update).
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().limit(1).for_update().skip_locked();
    /// ```
    pub fn skip_locked(self) -> Self {
        self.wait(" SKIP LOCKED")
    }

    /// Fails where another transaction holds a row (SQLSTATE 55P03). Where no lock was asked for, it is that of
    /// [`for_update`](Self::for_update).
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let query = User::query().for_update().nowait();
    /// ```
    pub fn nowait(self) -> Self {
        self.wait(" NOWAIT")
    }

    fn lock(mut self, strength: &'static str) -> Self {
        let wait = self.select.lock.map_or("", |lock| lock.wait);
        self.select.lock = Some(Lock { strength, wait });
        self
    }

    fn wait(mut self, wait: &'static str) -> Self {
        let lock = self.select.lock.unwrap_or(const { Lock::new("UPDATE") });
        self.select.lock = Some(Lock { wait, ..lock });
        self
    }
}
