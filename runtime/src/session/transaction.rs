//! Running work in a transaction.

use super::work::BoxFuture;
use super::{Backoff, Db, TransactionOptions, Tx, Work};
use crate::{Error, Result};

impl Db {
    /// Runs work in a transaction: commits if it is `Ok`, rolls back if it is `Err`, or if the future is dropped.
    ///
    /// When the transaction meets another one (SQLSTATE 40001 and 40P01), or its connection breaks before the end, the work
    /// is begun again, [`attempts`](super::Builder::attempts) times at most. What it captures is cloned for each time.
    ///
    /// `tx` is a shared reference, usable any number of times. [`Tx::transaction`] is a savepoint.
    ///
    /// ```no_run
    /// # async fn example(db: pgwright::Db) -> pgwright::Result<()> {
    /// let names = vec!["a", "b"];
    /// let count = db
    ///     .transaction(async |tx| {
    ///         for name in &names {
    ///             pgwright::sqlx::query("INSERT INTO notes (name) VALUES ($1)")
    ///                 .bind(name)
    ///                 .execute(&mut *tx.connection().await?)
    ///                 .await?;
    ///         }
    ///         Ok(names.len())
    ///     })
    ///     .await?;
    /// # let _ = count;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the work returns; else if the transaction cannot be begun or committed. [`Error::Aborted`] if the work is `Ok`
    /// although a statement in it failed: the server keeps nothing of it then. What may fail belongs into a savepoint.
    pub fn transaction<'a, T, F>(&'a self, work: F) -> BoxFuture<'a, Result<T>>
    where
        T: Send + 'a,
        F: AsyncFnOnce(&Tx) -> Result<T> + for<'t> Work<'t, T, Error> + Clone + Send + 'a,
    {
        self.transaction_with(TransactionOptions::new(), work)
    }

    /// Runs work in a transaction that is begun with options: isolation, read only, how often again.
    ///
    /// ```no_run
    /// use pgwright::{Isolation, TransactionOptions};
    ///
    /// # async fn example(db: pgwright::Db) -> pgwright::Result<()> {
    /// let options = TransactionOptions::new().isolation(Isolation::Serializable);
    /// db.transaction_with(options, async |tx| {
    ///     # let _ = tx;
    ///     Ok(())
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    pub fn transaction_with<'a, T, F>(
        &'a self,
        options: TransactionOptions,
        work: F,
    ) -> BoxFuture<'a, Result<T>>
    where
        T: Send + 'a,
        F: AsyncFnOnce(&Tx) -> Result<T> + for<'t> Work<'t, T, Error> + Clone + Send + 'a,
    {
        self.run(options, may_repeat, work)
    }

    /// Runs work in a transaction whose error is one of the caller's own.
    ///
    /// ```no_run
    /// # #[derive(Debug)] enum Refused { Closed, Database(pgwright::Error) }
    /// # impl From<pgwright::Error> for Refused {
    /// #     fn from(error: pgwright::Error) -> Self { Self::Database(error) }
    /// # }
    /// # async fn example(db: pgwright::Db) -> Result<(), Refused> {
    /// # let options = pgwright::TransactionOptions::new();
    /// db.try_transaction(options, async |tx| {
    ///     # let _ = tx;
    ///     Err::<(), _>(Refused::Closed)
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    pub fn try_transaction<'a, T, E, F>(
        &'a self,
        options: TransactionOptions,
        work: F,
    ) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<Error> + Send + 'a,
        F: AsyncFnOnce(&Tx) -> Result<T, E> + for<'t> Work<'t, T, E> + Clone + Send + 'a,
    {
        self.run(options, |_| false, work)
    }

    /// Begins a transaction by hand: it lasts until [`Tx::commit`], and is not begun again by itself.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let tx = db.begin().await?;
    /// let users = User::query().all(&tx).await?;
    /// tx.commit().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If no connection can be had.
    pub async fn begin(&self) -> Result<Tx> {
        self.begin_with(TransactionOptions::new()).await
    }

    /// Begins a transaction by hand, with options.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let tx = db.begin_with(pgwright::TransactionOptions::new().read_only()).await?;
    /// let users = User::query().all(&tx).await?;
    /// tx.rollback().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If no connection can be had.
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Tx> {
        Tx::begin(self, &options).await
    }

    fn run<'a, T, E, F>(
        &'a self,
        options: TransactionOptions,
        may_repeat: fn(&E) -> bool,
        work: F,
    ) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<Error> + Send + 'a,
        F: for<'t> Work<'t, T, E> + Clone + Send + 'a,
    {
        Box::pin(self.attempts(options, may_repeat, work))
    }

    async fn attempts<T, E, F>(
        &self,
        options: TransactionOptions,
        may_repeat: fn(&E) -> bool,
        work: F,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<Error> + Send,
        F: for<'t> Work<'t, T, E> + Clone + Send,
    {
        let mut left = options.attempts_or(self.shelf().settings.attempts);
        let mut backoff = Backoff::default();
        loop {
            left = left.saturating_sub(1);
            let tx = Tx::begin(self, &options).await?;
            let attempt = work.clone();
            let (result, again) = match attempt.run(&tx).await {
                Ok(value) => match tx.finish().await {
                    Ok(()) => return Ok(value),
                    // A COMMIT without an answer may have been one: only what the server says it undid is begun again.
                    Err(error) => {
                        let again = error.is_retryable();
                        (Err(E::from(error)), again)
                    }
                },
                // Raw statements tell nobody how they failed: there the error of the work is all there is.
                Err(error) => {
                    let again = may_repeat(&error) || tx.may_repeat().await;
                    (Err(error), again)
                }
            };
            // If that fails the connection is lost, and the server rolls back by itself.
            let _ = tx.undo().await;
            if left == 0 || !again {
                return result;
            }
            tracing::debug!(target: "pgwright", left, "the transaction is begun again");
            drop((tx, result));
            backoff.wait().await;
        }
    }
}

/// Whether the same work may succeed when it is begun again: nothing of it was kept.
fn may_repeat(error: &Error) -> bool {
    error.is_retryable() || matches!(error, Error::Connection(_))
}

impl Tx {
    /// Runs work in a savepoint: what fails in it is undone alone, and this transaction goes on.
    ///
    /// Statements of this transaction that are begun meanwhile wait for the end of the inner one. The work itself uses the
    /// `tx` that it was given; the outer one is [`Error::Misuse`] there.
    ///
    /// ```no_run
    /// # async fn example(db: pgwright::Db) -> pgwright::Result<()> {
    /// db.transaction(async |tx| {
    ///     let tried = tx.transaction(async |tx| {
    ///         # let _ = tx;
    ///         Ok(())
    ///     });
    ///     if tried.await.is_err() {
    ///         // The transaction is as it was before.
    ///     }
    ///     Ok(())
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Db::transaction`]. It is not begun again by itself: a transaction that met another one is begun again as a whole.
    pub fn transaction<'a, T, F>(&'a self, work: F) -> BoxFuture<'a, Result<T>>
    where
        T: Send + 'a,
        F: AsyncFnOnce(&Tx) -> Result<T> + for<'t> Work<'t, T, Error> + Send + 'a,
    {
        self.try_transaction(work)
    }

    /// Runs work in a savepoint, whose error is one of the caller's own.
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    pub fn try_transaction<'a, T, E, F>(&'a self, work: F) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<Error> + Send + 'a,
        F: AsyncFnOnce(&Tx) -> Result<T, E> + for<'t> Work<'t, T, E> + Send + 'a,
    {
        Box::pin(self.nest(work))
    }
}
