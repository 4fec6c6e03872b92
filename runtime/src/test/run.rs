//! The run of a test process: what it leaves behind when it is killed goes with the next one.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use tokio::sync::{OnceCell, oneshot};

use crate::{Error, Result};

/// This process, as the server knows it.
#[derive(Debug)]
pub(super) struct Run {
    /// How to connect to the server's database that was named.
    pub(super) server: PgConnectOptions,
    /// What the names of its databases begin with.
    prefix: String,
    next: AtomicU32,
}

impl Run {
    /// The run of this process.
    pub(super) async fn this() -> Result<&'static Self> {
        static THIS: OnceCell<Run> = OnceCell::const_new();
        THIS.get_or_try_init(Self::begin).await
    }

    async fn begin() -> Result<Self> {
        let url = std::env::var("DATABASE_URL").unwrap_or_default();
        if url.is_empty() {
            return Err(Error::Misuse(
                "`DATABASE_URL` is to name a PostgreSQL server for tests: `pgwright db start`, then `export DATABASE_URL=$(pgwright db url)`",
            ));
        }
        let server = PgConnectOptions::from_str(&url)?.disable_statement_logging();
        let mut connection = PgConnection::connect_with(&server).await?;
        // Advisory locks are those of a database: what another one's runs left behind is theirs.
        let sql = "SELECT oid::int8 FROM pg_catalog.pg_database WHERE datname = current_database()";
        let home: i64 = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
        let family = format!("pgwright_test_{home:x}_");
        let (time, random) = uuid::Uuid::now_v7().as_u64_pair();
        let run = time.rotate_left(32) ^ random;
        hold(server.clone(), key(run)).await?;
        sweep(&mut connection, &family).await?;
        let _ = connection.close().await;
        Ok(Self {
            server,
            prefix: format!("{family}{run:016x}"),
            next: AtomicU32::new(0),
        })
    }

    /// A name for a database.
    pub(super) fn name(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{}_{number}", self.prefix)
    }
}

fn key(run: u64) -> i64 {
    i64::from_ne_bytes(run.to_ne_bytes())
}

/// Holds the run's lock for as long as the process lives, however it ends: on a thread of its own, since the runtime of a test
/// ends with the test.
async fn hold(server: PgConnectOptions, key: i64) -> Result<()> {
    let (send, receive) = oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let locked = async {
                let mut connection = PgConnection::connect_with(&server).await?;
                let lock = sqlx::query("SELECT pg_catalog.pg_advisory_lock($1)").bind(key);
                lock.execute(&mut connection).await?;
                Ok(connection)
            };
            match locked.await {
                Ok(_connection) => {
                    let _ = send.send(Ok(()));
                    std::future::pending::<()>().await;
                }
                Err(error) => {
                    let _ = send.send(Err(error));
                }
            }
        });
    });
    let locked = receive.await;
    Ok(locked.unwrap_or(Err(sqlx::Error::WorkerCrashed))?)
}

/// Drops the databases of runs that are no more: nobody holds their lock.
async fn sweep(connection: &mut PgConnection, family: &str) -> Result<()> {
    let sql = "SELECT datname::text FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname::text, $1)";
    let names: Vec<String> = sqlx::query_scalar(sql)
        .bind(family)
        .fetch_all(&mut *connection)
        .await?;
    for name in names {
        let run = name.get(family.len()..family.len() + 16);
        let Some(run) = run.and_then(|run| u64::from_str_radix(run, 16).ok()) else {
            continue;
        };
        let gone: bool = sqlx::query_scalar("SELECT pg_catalog.pg_try_advisory_lock($1)")
            .bind(key(run))
            .fetch_one(&mut *connection)
            .await?;
        if gone {
            let quoted = name.replace('"', "\"\"");
            let drop = format!("DROP DATABASE IF EXISTS \"{quoted}\" WITH (FORCE)");
            // Another process may sweep too.
            let _ = connection.execute(AssertSqlSafe(drop)).await;
            let unlock = sqlx::query("SELECT pg_catalog.pg_advisory_unlock($1)").bind(key(run));
            unlock.execute(&mut *connection).await?;
        }
    }
    Ok(())
}
