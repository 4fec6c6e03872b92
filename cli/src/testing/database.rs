//! A database of a test.

use super::Error;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor};

/// A database of one test, dropped with this value, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    admin: PgConnectOptions,
    owner: PgConnectOptions,
}

impl Database {
    pub(super) fn new(
        name: String,
        url: String,
        admin: PgConnectOptions,
        owner: PgConnectOptions,
    ) -> Self {
        Self {
            name,
            url,
            admin,
            owner,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How to connect as its owner, who is no superuser.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        self.owner.clone().database(&self.name)
    }

    /// How to connect to it as the role that made the cluster.
    #[must_use]
    pub fn admin_options(&self) -> PgConnectOptions {
        self.admin.clone().database(&self.name)
    }

    /// Its address as its owner, for any program.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// A connection as its owner.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn connect(&self) -> Result<PgConnection, Error> {
        PgConnection::connect_with(&self.options())
            .await
            .map_err(Error::doing("connect to the test's database"))
    }

    /// A pool of connections as its owner.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn pool(&self, connections: u32) -> Result<PgPool, Error> {
        PgPoolOptions::new()
            .max_connections(connections)
            .test_before_acquire(false)
            .connect_with(self.options())
            .await
            .map_err(Error::doing("connect to the test's database"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (name, admin) = (std::mem::take(&mut self.name), self.admin.clone());
        // A drop cannot wait for the test's own runtime, and that may be gone.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&admin).await.ok()?;
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                connection.execute(AssertSqlSafe(sql)).await.ok()?;
                connection.close().await.ok()
            })
        });
        // What is left behind is swept up by the next run.
        let _ = dropped.join();
    }
}
