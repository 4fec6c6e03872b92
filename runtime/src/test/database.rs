//! A database for each test.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::run::Run;
use crate::{Db, Result};

/// A database of its own for a test, dropped with this value.
#[derive(Debug)]
pub struct Database {
    name: String,
    server: PgConnectOptions,
    db: Db,
}

/// A new database with the schema, on the server of the environment variable `DATABASE_URL`.
///
/// The schema is loaded once for each server, into a template; each call clones it, which takes some ten milliseconds. The
/// user of the address must be allowed to make databases. The database goes with the value; what a process that was killed
/// left behind goes when the next one begins.
///
/// ```no_run
/// # async fn example() -> pgwright::Result<()> {
/// let database = pgwright::test::database("CREATE TABLE notes (text text NOT NULL)").await?;
/// let count: i64 = pgwright::sqlx::query_scalar("SELECT count(*) FROM notes")
///     .fetch_one(database.db().pool())
///     .await?;
/// assert_eq!(count, 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Misuse`](crate::Error::Misuse) without `DATABASE_URL`; else if the server cannot be reached or refuses the schema.
pub async fn database(schema: &str) -> Result<Database> {
    let run = Run::this().await?;
    let server = &run.server;
    let mut connection = PgConnection::connect_with(server).await?;
    let template = template(&mut connection, server, schema).await?;
    let name = run.name();
    let version = connection.server_version_num().unwrap_or_default();
    let strategy = if version >= 150_000 {
        " STRATEGY file_copy"
    } else {
        ""
    };
    execute(
        &mut connection,
        format!("CREATE DATABASE {name} TEMPLATE {template}{strategy}"),
    )
    .await?;
    let _ = connection.close().await;
    let db = Db::builder().connect_lazy_with(server.clone().database(&name))?;
    let server = server.clone();
    Ok(Database { name, server, db })
}

impl Database {
    /// A pool to it, of ten connections.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(database: &pgwright::test::Database) -> pgwright::Result<()> {
    /// let users = User::query().all(database.db()).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// How to connect to it in other ways.
    ///
    /// ```no_run
    /// # async fn example(database: &pgwright::test::Database) -> pgwright::Result<()> {
    /// println!("{}", database.options().get_port());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), std::mem::take(&mut self.name));
        // The test's runtime may be one that cannot wait, or be gone: this one is its own.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    if let Ok(mut connection) = PgConnection::connect_with(&server).await {
                        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                        // What cannot be dropped stays; a test has no better word for it than its own.
                        let _ = execute(&mut connection, drop).await;
                    }
                });
            }
        });
        let _ = dropped.join();
    }
}

/// The template with the schema; makes it unless it is there.
async fn template(
    connection: &mut PgConnection,
    server: &PgConnectOptions,
    schema: &str,
) -> Result<String> {
    let hash = hash(schema);
    let name = format!("pgwright_template_{hash:016x}");
    if exists(connection, &name).await? {
        return Ok(name);
    }
    // Tests that begin at once make it once.
    let lock = i64::from_ne_bytes(hash.to_ne_bytes());
    execute(
        connection,
        format!("SELECT pg_catalog.pg_advisory_lock({lock})"),
    )
    .await?;
    if !exists(connection, &name).await? {
        // Under another name, so that a process that dies half way leaves nothing that looks whole.
        let draft = format!("{name}_new");
        execute(
            connection,
            format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)"),
        )
        .await?;
        execute(
            connection,
            format!("CREATE DATABASE {draft} TEMPLATE template0"),
        )
        .await?;
        let mut inside = PgConnection::connect_with(&server.clone().database(&draft)).await?;
        load(&mut inside, schema).await?;
        inside.close().await?;
        execute(
            connection,
            format!("ALTER DATABASE {draft} RENAME TO {name}"),
        )
        .await?;
    }
    execute(
        connection,
        format!("SELECT pg_catalog.pg_advisory_unlock({lock})"),
    )
    .await?;
    Ok(name)
}

/// Loads a file of DDL. What stands behind its transaction refuses to be part of one, so that it goes statement by
/// statement.
async fn load(connection: &mut PgConnection, schema: &str) -> Result<()> {
    let (inside, behind) = match schema.split_once("\nCOMMIT;\n") {
        Some((inside, behind)) => (format!("{inside}\nCOMMIT;\n"), behind),
        None => (schema.to_owned(), ""),
    };
    execute(connection, inside).await?;
    for statement in behind.split(";\n") {
        execute(connection, statement.to_owned()).await?;
    }
    Ok(())
}

async fn exists(connection: &mut PgConnection, name: &str) -> Result<bool> {
    let found = sqlx::query("SELECT FROM pg_catalog.pg_database WHERE datname = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// Runs statements of the author's schema, or of this file, whose names are made of letters and numbers.
async fn execute(connection: &mut PgConnection, sql: String) -> Result<()> {
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

/// FNV-1a: a name for a text, and nothing that anybody could gain from making another one with the same.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
