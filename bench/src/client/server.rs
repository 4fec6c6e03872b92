//! The benchmark's databases on the server.

use crate::{Failure, lab};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::str::FromStr;

/// With the platform's schema as it is.
pub(crate) const NOW: &str = "bench_client";
/// With the indexes that the platform had before.
pub(crate) const BEFORE: &str = "bench_client_before";
/// With a queue.
pub(crate) const QUEUE: &str = "bench_client_queue";
/// With a long one.
pub(crate) const LONG_QUEUE: &str = "bench_client_long_queue";

const SCHEMA: &str = include_str!("../../../generated/schema.sql");

pub(crate) struct Server {
    url: String,
    options: PgConnectOptions,
}

impl Server {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| Failure::Database("read the server's address", error))?;
        Ok(Self {
            url: url.to_string(),
            options,
        })
    }

    /// A new database with the platform's schema, and a session in it. What peers run with is a setting of the database,
    /// so that it is the same for all, whatever their library.
    pub(crate) async fn create(&self, name: &str) -> Result<PgConnection, Failure> {
        self.administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await?;
        self.administer(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
        ))
        .await?;
        self.configure(name).await?;
        let mut db = self.connect(name).await?;
        lab::execute(&mut db, SCHEMA).await?;
        Ok(db)
    }

    /// The same database again, under another name. The session in it is the only one.
    pub(crate) async fn copy(&self, from: &str, to: &str, db: PgConnection) -> Result<(), Failure> {
        lab::close(db).await;
        self.administer(&format!("DROP DATABASE IF EXISTS {to} WITH (FORCE)"))
            .await?;
        self.administer(&format!("CREATE DATABASE {to} TEMPLATE {from}"))
            .await?;
        self.configure(to).await
    }

    async fn configure(&self, name: &str) -> Result<(), Failure> {
        for (setting, value) in lab::SETTINGS {
            self.administer(&format!("ALTER DATABASE {name} SET {setting} = {value}"))
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn clean(&self) -> Result<(), Failure> {
        for name in [NOW, BEFORE, QUEUE, LONG_QUEUE] {
            self.administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn connect(&self, name: &str) -> Result<PgConnection, Failure> {
        PgConnection::connect_with(&self.options.clone().database(name))
            .await
            .map_err(|error| Failure::Database("connect to the server", error))
    }

    pub(crate) fn address(&self, name: &str) -> String {
        lab::address(&self.url, name)
    }

    /// The server's version, its settings that matter here, and how it is reached.
    pub(crate) async fn facts(&self) -> Result<Vec<(String, String)>, Failure> {
        let options = self.options.clone().options(lab::SETTINGS);
        let mut db = PgConnection::connect_with(&options)
            .await
            .map_err(|error| Failure::Database("connect to the server", error))?;
        let mut facts = lab::settings(&mut db).await?;
        lab::close(db).await;
        let socket =
            self.options.get_socket().is_some() || self.options.get_host().starts_with('/');
        let kind = if socket { "a Unix socket" } else { "TCP" };
        facts.insert(1, ("reached by".to_string(), kind.to_string()));
        Ok(facts)
    }

    async fn administer(&self, sql: &str) -> Result<(), Failure> {
        let refused = |error| Failure::Database("make the benchmark's databases", error);
        let mut db = PgConnection::connect_with(&self.options)
            .await
            .map_err(refused)?;
        db.execute(sqlx::raw_sql(AssertSqlSafe(sql)))
            .await
            .map_err(refused)?;
        lab::close(db).await;
        Ok(())
    }
}
