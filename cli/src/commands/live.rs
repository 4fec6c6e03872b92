//! Servers and databases that a command looks at.

use super::Failure;
use crate::project::Project;
use crate::server::{self, Keep};
use crate::testing::Cluster;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::str::FromStr;
use std::time::Duration;

/// The server of the new database to compare with: the one that was named, else the project's own, which gets the roles
/// that it lacks.
pub(super) async fn cluster(reference: Option<&str>, roles: &[String]) -> Result<Cluster, Failure> {
    if let Some(url) = reference {
        return Ok(Cluster::for_a_command(url, None).await?);
    }
    let project = Project::here()?;
    let (running, lease) = server::start(&project, Keep::WhileUsed(Duration::ZERO))?;
    let cluster = Cluster::for_a_command(&running.url("postgres"), lease).await?;
    // Roles belong to a server, and this one is the project's own.
    for role in roles {
        cluster.ensure_role(role).await?;
    }
    Ok(cluster)
}

/// A connection to the database at an address.
pub(super) async fn connect(url: &str) -> Result<PgConnection, Failure> {
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        Failure::from(format!(
            "this is no address of PostgreSQL: {error}\nhelp: write `postgres://user:password@host:port/database`"
        ))
    })?;
    PgConnection::connect_with(&options.disable_statement_logging())
        .await
        .map_err(|error| {
            Failure::from(format!(
                "cannot connect to the database: {error}\nhelp: see that it runs and that the address or DATABASE_URL names it"
            ))
        })
}
