//! Servers that cannot be reached.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Connection as _};

use super::shelf::Shelf;
use crate::Error;

/// How long an attempt may take that only asks why there is no connection.
const ATTEMPT: Duration = Duration::from_secs(2);

/// How often a replica that cannot be reached is asked again, and how long it may take to answer.
pub(super) const PROBE: Duration = Duration::from_secs(1);

impl Shelf {
    /// The error of a connection that could not be opened.
    pub(super) async fn unreachable(self: &Arc<Self>, error: sqlx::Error) -> Error {
        if self.settings.replica {
            self.set_down();
            return error.into();
        }
        self.why(error).await
    }

    /// sqlx tries a server that refuses until the time is over, and then says only that it is. With no connection at all
    /// it is not that others have them: one more attempt says what is the matter.
    async fn why(&self, error: sqlx::Error) -> Error {
        if let (sqlx::Error::PoolTimedOut, 0, Some(options)) =
            (&error, self.pool.size(), &self.settings.connect)
        {
            match tokio::time::timeout(ATTEMPT, options.connect()).await {
                Ok(Err(refused)) => return Error::Connection(refused),
                Ok(Ok(connection)) => drop(connection.close().await),
                Err(_) => {}
            }
        }
        error.into()
    }

    /// Whether it is a replica that could not be reached.
    pub(super) fn is_down(&self) -> bool {
        self.down.load(Ordering::Acquire)
    }

    /// A replica could not be reached: it is asked once a second, by a task of its own, until it can.
    fn set_down(self: &Arc<Self>) {
        if self.down.swap(true, Ordering::AcqRel) {
            return;
        }
        tracing::warn!(target: "pgwright", "a replica cannot be reached");
        let weak = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PROBE).await;
                let Some(shelf) = weak.upgrade().filter(|shelf| !shelf.pool.is_closed()) else {
                    return;
                };
                let options = shelf.pool.connect_options();
                drop(shelf);
                let asked = PgConnection::connect_with(&options);
                if let Ok(Ok(connection)) = tokio::time::timeout(PROBE, asked).await {
                    let _ = connection.close().await;
                    if let Some(shelf) = weak.upgrade() {
                        shelf.down.store(false, Ordering::Release);
                    }
                    return;
                }
            }
        });
    }
}
