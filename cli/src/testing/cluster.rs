//! The server of a test run.

use super::address::Address;
use super::{Database, Error, template};
use crate::project::{Project, short_hash};
use crate::server::{self, Keep, Lease};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The role that owns the databases of tests. It is no superuser, as the owner of a database in production is none.
pub const OWNER: &str = "pgwright_owner";

/// How long the server outlives the test processes: `cargo test` starts one after the other.
const LINGER: Duration = Duration::from_secs(3);

/// The server of a test run.
#[derive(Debug)]
pub struct Cluster {
    pub(super) admin: PgConnectOptions,
    pub(super) owner: PgConnectOptions,
    address: Address,
    version: u32,
    run: String,
    next: AtomicU32,
    /// Whether SQL that is loaded stays as a template for the next run.
    keeps_templates: bool,
    _lease: Option<Lease>,
    /// Says that this run is alive, by an advisory lock.
    _alive: std::thread::JoinHandle<()>,
}

impl Cluster {
    /// The server of this process: `DATABASE_URL`, else the project's own.
    ///
    /// # Errors
    /// When there is none.
    pub async fn shared() -> Result<&'static Self, Error> {
        static SHARED: OnceCell<Cluster> = OnceCell::const_new();
        SHARED.get_or_try_init(Self::connect).await
    }

    async fn connect() -> Result<Self, Error> {
        let (url, lease) = match std::env::var("DATABASE_URL") {
            Ok(url) if !url.is_empty() => (url, None),
            _ => {
                let project = Project::here()?;
                let started = tokio::task::spawn_blocking(move || {
                    server::start(&project, Keep::WhileUsed(LINGER))
                });
                let (running, lease) = started.await.map_err(std::io::Error::other)??;
                (running.url("postgres"), lease)
            }
        };
        Self::on(&url, lease).await
    }

    /// The server at an address. A lease, if there is one, is held as long as this value lives.
    ///
    /// # Errors
    /// When it cannot be reached, or its user may not make databases and roles.
    pub async fn on(url: &str, lease: Option<Lease>) -> Result<Self, Error> {
        let admin = PgConnectOptions::from_str(url)
            .map_err(Error::Url)?
            .disable_statement_logging();
        let mut connection = PgConnection::connect_with(&admin)
            .await
            .map_err(Error::doing(
                "connect to the server on which databases are made to compare with",
            ))?;
        let (version,): (i32,) =
            sqlx::query_as("SELECT current_setting('server_version_num')::int4")
                .fetch_one(&mut connection)
                .await
                .map_err(Error::doing("read the server's version"))?;
        make_owner(&mut connection).await?;
        let (owner, is_direct) = owner_of(&admin).await;
        let run = short_hash(&uuid_of_run());
        let alive = hold_run_lock(&admin, &run).await?;
        sweep(&mut connection).await?;
        template::sweep(&mut connection).await?;
        let _ = connection.close().await;
        Ok(Self {
            admin,
            owner,
            address: Address {
                base: url.to_string(),
                is_direct,
            },
            version: u32::try_from(version).unwrap_or_default(),
            run,
            next: AtomicU32::new(0),
            keeps_templates: true,
            _lease: lease,
            _alive: alive,
        })
    }

    /// The same for a command that runs once: it leaves no database behind, and what a killed one left the next one drops.
    ///
    /// # Errors
    /// Those of [`Cluster::on`].
    pub async fn for_a_command(url: &str, lease: Option<Lease>) -> Result<Self, Error> {
        Ok(Self {
            keeps_templates: false,
            ..Self::on(url, lease).await?
        })
    }

    /// The server's version, as `server_version_num` (170002 for 17.2).
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// How to connect to the server's maintenance database as the role that made the cluster.
    #[must_use]
    pub fn admin(&self) -> &PgConnectOptions {
        &self.admin
    }

    /// Makes a role unless it is there, for specs that grant something to it. It stays, since roles belong to the server.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn ensure_role(&self, role: &str) -> Result<(), Error> {
        let mut connection =
            PgConnection::connect_with(&self.admin)
                .await
                .map_err(Error::doing(
                    "connect to the server on which databases are made to compare with",
                ))?;
        let exists = sqlx::query("SELECT FROM pg_catalog.pg_roles WHERE rolname = $1")
            .bind(role)
            .fetch_optional(&mut connection)
            .await
            .map_err(Error::doing("look for a role"))?;
        if exists.is_none() {
            let made = connection
                .execute(AssertSqlSafe(format!("CREATE ROLE {}", quoted(role))))
                .await;
            // Another process may have made it in the meantime.
            if let Err(error) = made
                && !has_code(&error, "42710")
            {
                return Err(Error::doing(format!("make the role `{role}`"))(error));
            }
        }
        let _ = connection.close().await;
        Ok(())
    }

    /// A database into which `sql` was loaded, mostly a clone of a template.
    ///
    /// # Errors
    /// When the SQL does not load, or the server refuses.
    pub async fn database(&self, sql: &str) -> Result<Database, Error> {
        let mut connection =
            PgConnection::connect_with(&self.admin)
                .await
                .map_err(Error::doing(
                    "connect to the server on which databases are made to compare with",
                ))?;
        let name = format!(
            "pgwt_{}_{}",
            self.run,
            self.next.fetch_add(1, Ordering::Relaxed)
        );
        if self.keeps_templates {
            let cloned = self.clone_template(&mut connection, &name, sql).await;
            // A template that nobody wanted for a day may be dropped between the look and the clone.
            match cloned {
                Err(Error::Database { source, .. }) if has_code(&source, "3D000") => {
                    self.clone_template(&mut connection, &name, sql).await?;
                }
                other => other?,
            }
        } else {
            connection
                .execute(AssertSqlSafe(format!(
                    "CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0"
                )))
                .await
                .map_err(Error::doing("make a database"))?;
        }
        let _ = connection.close().await;
        // From here on it goes with the value, also when the SQL does not load.
        let url = self.address.of(&name);
        let database = Database::new(name, url, self.admin.clone(), self.owner.clone());
        if !self.keeps_templates {
            template::load(self, database.name(), sql).await?;
        }
        Ok(database)
    }
}

impl Cluster {
    async fn clone_template(
        &self,
        connection: &mut PgConnection,
        name: &str,
        sql: &str,
    ) -> Result<(), Error> {
        let template = template::ensure(self, connection, sql).await?;
        let strategy = if self.version >= 150_000 {
            " STRATEGY file_copy"
        } else {
            ""
        };
        connection
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}{strategy}"
            )))
            .await
            .map(drop)
            .map_err(Error::doing("clone the template"))
    }
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    let found = error.as_database_error().and_then(|error| error.code());
    found.as_deref() == Some(code)
}

/// Quotes a name.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text that no other run has.
fn uuid_of_run() -> String {
    let time = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!("{} {}", std::process::id(), time.as_nanos())
}

/// The role may be made by another process at the same moment: that is as good.
async fn make_owner(connection: &mut PgConnection) -> Result<(), Error> {
    connection
        .execute(AssertSqlSafe(format!(
            "DO $$ BEGIN
               IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{OWNER}') THEN
                 CREATE ROLE {OWNER} LOGIN;
               END IF;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
             END $$"
        )))
        .await
        .map_err(Error::doing(format!(
            "make the role `{OWNER}` that owns the databases of tests (the user of DATABASE_URL must be allowed to)"
        )))?;
    Ok(())
}

/// How to connect as the owner: by name where the server lets it in, as the local one does; else as the administrator
/// who becomes the owner, since the role has no password.
async fn owner_of(admin: &PgConnectOptions) -> (PgConnectOptions, bool) {
    let direct = admin.clone().username(OWNER);
    match PgConnection::connect_with(&direct).await {
        Ok(connection) => {
            let _ = connection.close().await;
            (direct, true)
        }
        Err(_) => (admin.clone().options([("role", OWNER)]), false),
    }
}

/// The key of a run's advisory lock.
fn lock_of(run: &str) -> i64 {
    i64::from_str_radix(&run[1..], 16).unwrap_or_default()
}

/// Holds the run's advisory lock for as long as the process lives, on a connection and a thread of its own: a test's
/// runtime ends with the test.
async fn hold_run_lock(
    admin: &PgConnectOptions,
    run: &str,
) -> Result<std::thread::JoinHandle<()>, Error> {
    let (admin, key) = (admin.clone(), lock_of(run));
    let (send, receive) = tokio::sync::oneshot::channel();
    let handle = std::thread::spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = send.send(Err(sqlx::Error::Io(error)));
                return;
            }
        };
        runtime.block_on(async {
            let locked = async {
                let mut connection = PgConnection::connect_with(&admin).await?;
                sqlx::query("SELECT pg_catalog.pg_advisory_lock($1)")
                    .bind(key)
                    .execute(&mut connection)
                    .await?;
                Ok(connection)
            };
            match locked.await {
                Ok(connection) => {
                    let _ = send.send(Ok(()));
                    std::future::pending::<()>().await;
                    drop(connection);
                }
                Err(error) => {
                    let _ = send.send(Err(error));
                }
            }
        });
    });
    let locked = receive.await.unwrap_or(Err(sqlx::Error::WorkerCrashed));
    locked.map_err(Error::doing("mark the test run as alive"))?;
    Ok(handle)
}

/// Drops the databases of runs that were killed: nobody holds their lock.
async fn sweep(connection: &mut PgConnection) -> Result<(), Error> {
    let names: Vec<(String,)> = sqlx::query_as(
        "SELECT datname::text FROM pg_catalog.pg_database WHERE datname LIKE 'pgwt\\_%'",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(Error::doing("list databases"))?;
    for (name,) in names {
        let Some(run) = name.split('_').nth(1).filter(|run| run.len() == 16) else {
            continue;
        };
        let (dead,): (bool,) = sqlx::query_as("SELECT pg_catalog.pg_try_advisory_lock($1)")
            .bind(lock_of(run))
            .fetch_one(&mut *connection)
            .await
            .map_err(Error::doing("look for databases that were left behind"))?;
        if dead {
            // Another process may sweep too.
            let _ = connection
                .execute(AssertSqlSafe(format!(
                    "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                    quoted(&name)
                )))
                .await;
            let _ = sqlx::query("SELECT pg_catalog.pg_advisory_unlock($1)")
                .bind(lock_of(run))
                .execute(&mut *connection)
                .await;
        }
    }
    Ok(())
}
