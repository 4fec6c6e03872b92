//! The databases of a benchmark: the same schema and data with three sets of triggers, as new for every round.

use crate::Failure;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::str::FromStr;

/// Which triggers a database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Variant {
    /// None at all.
    None,
    /// The platform's row-by-row triggers of before.
    Old,
    /// The generated ones.
    New,
}

impl Variant {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::Old, Self::New];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Old => "old",
            Self::New => "new",
        }
    }

    /// What makes the schema of this variant.
    fn scripts(self) -> &'static [&'static str] {
        const SCHEMA: &str = include_str!("../../generated/schema.sql");
        const NO_TRIGGERS: &str = include_str!("../sql/no_triggers.sql");
        const OLD_TRIGGERS: &str = include_str!("../sql/old_triggers.sql");
        const DATA: &str = include_str!("../sql/data.sql");
        match self {
            Self::None => &[SCHEMA, NO_TRIGGERS, DATA],
            Self::Old => &[SCHEMA, NO_TRIGGERS, OLD_TRIGGERS, DATA],
            Self::New => &[SCHEMA, DATA],
        }
    }
}

/// What every session of a benchmark runs with.
pub(crate) const SETTINGS: [(&str, &str); 2] = [("synchronous_commit", "off"), ("jit", "off")];

/// A server, and the databases made on it.
pub(crate) struct Lab {
    url: String,
    options: PgConnectOptions,
}

impl Lab {
    /// Makes one database for each variant, in place of those of an earlier run.
    pub(crate) async fn new(url: &str) -> Result<Self, Failure> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| Failure::Database("read the server's address", error))?
            .options(SETTINGS);
        let lab = Self {
            url: url.to_string(),
            options,
        };
        lab.clean().await?;
        for variant in Variant::ALL {
            let name = template(variant);
            lab.administer(format!(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
            ))
            .await?;
            let mut db = lab.connect(&name).await?;
            for script in variant.scripts() {
                db.execute(sqlx::raw_sql(*script))
                    .await
                    .map_err(|error| Failure::Database("load the schema", error))?;
            }
            execute(&mut db, "VACUUM (ANALYZE)").await?;
            close(db).await;
        }
        Ok(lab)
    }

    /// The three databases, as they were at the beginning.
    pub(crate) async fn reset(&self) -> Result<(), Failure> {
        for variant in Variant::ALL {
            let (name, template) = (database(variant), template(variant));
            self.administer(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await?;
            self.administer(format!("CREATE DATABASE {name} TEMPLATE {template}"))
                .await?;
        }
        Ok(())
    }

    /// Removes the databases.
    pub(crate) async fn clean(&self) -> Result<(), Failure> {
        for name in Variant::ALL
            .into_iter()
            .flat_map(|variant| [database(variant), template(variant)])
        {
            self.administer(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await?;
        }
        Ok(())
    }

    /// A session in a variant's database.
    pub(crate) async fn session(&self, variant: Variant) -> Result<PgConnection, Failure> {
        self.connect(&database(variant)).await
    }

    /// The address of a variant's database, for other programs.
    pub(crate) fn address(&self, variant: Variant) -> String {
        address(&self.url, &database(variant))
    }

    /// Removes dead rows and counts anew, so that one measurement is not paid for by the next.
    pub(crate) async fn tidy(&self, variants: &[Variant]) -> Result<(), Failure> {
        for &variant in variants {
            let mut db = self.session(variant).await?;
            execute(
                &mut db,
                "VACUUM (ANALYZE) users, datasets, credit_transactions, jobs",
            )
            .await?;
            close(db).await;
        }
        Ok(())
    }

    /// The server's version, and its settings that matter here.
    pub(crate) async fn facts(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut db = self.session(Variant::None).await?;
        let rows = settings(&mut db).await?;
        close(db).await;
        Ok(rows)
    }

    async fn connect(&self, database: &str) -> Result<PgConnection, Failure> {
        PgConnection::connect_with(&self.options.clone().database(database))
            .await
            .map_err(|error| Failure::Database("connect to the server", error))
    }

    async fn administer(&self, sql: String) -> Result<(), Failure> {
        let mut db = PgConnection::connect_with(&self.options)
            .await
            .map_err(|error| Failure::Database("connect to the server", error))?;
        db.execute(sqlx::raw_sql(AssertSqlSafe(sql)))
            .await
            .map_err(|error| Failure::Database("make the benchmark's databases", error))?;
        close(db).await;
        Ok(())
    }
}

/// The address of another database of the same server.
pub(crate) fn address(url: &str, database: &str) -> String {
    let (head, query) = match url.split_once('?') {
        Some((head, query)) => (head, Some(query)),
        None => (url, None),
    };
    let after_scheme = head.find("://").map_or(0, |at| at + 3);
    let authority = match head[after_scheme..].find('/') {
        Some(slash) => &head[..after_scheme + slash],
        None => head,
    };
    match query {
        Some(query) => format!("{authority}/{database}?{query}"),
        None => format!("{authority}/{database}"),
    }
}

/// The server's version, and its settings that matter here.
pub(crate) async fn settings(db: &mut PgConnection) -> Result<Vec<(String, String)>, Failure> {
    sqlx::query_as(
        "SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.pg_settings
         WHERE name IN ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_level',
                        'shared_buffers', 'jit', 'autovacuum', 'deadlock_timeout', 'block_size')
         ORDER BY name <> 'server_version', name",
    )
    .fetch_all(db)
    .await
    .map_err(|error| Failure::Database("read the server's settings", error))
}

/// Runs one statement outside of the extended protocol.
pub(crate) async fn execute(db: &mut PgConnection, sql: &'static str) -> Result<(), Failure> {
    db.execute(sqlx::raw_sql(sql))
        .await
        .map_err(|error| Failure::Database("run a statement", error))?;
    Ok(())
}

/// Ends a session; that it had ended already is no news.
pub(crate) async fn close(db: PgConnection) {
    let _ = db.close().await;
}

fn database(variant: Variant) -> String {
    format!("bench_triggers_{}", variant.name())
}

fn template(variant: Variant) -> String {
    format!("bench_triggers_{}_template", variant.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_all_but_its_database() {
        for (url, expected) in [
            (
                "postgres://a:b@host:1/postgres",
                "postgres://a:b@host:1/bench_triggers_new",
            ),
            (
                "postgres:///postgres?host=%2Ftmp&user=u",
                "postgres:///bench_triggers_new?host=%2Ftmp&user=u",
            ),
            ("postgres://host", "postgres://host/bench_triggers_new"),
        ] {
            assert_eq!(address(url, "bench_triggers_new"), expected);
        }
    }
}
