//! Templates: each SQL text is loaded once for a server.

use super::Error;
use super::cluster::{Cluster, OWNER};
use crate::project::short_hash;
use crate::script;
use sqlx::postgres::{PgConnection, PgDatabaseError, PgErrorPosition};
use sqlx::{AssertSqlSafe, Connection, Executor};

/// The template's name for the SQL; makes it unless it is there.
pub(super) async fn ensure(
    cluster: &Cluster,
    connection: &mut PgConnection,
    sql: &str,
) -> Result<String, Error> {
    let key = short_hash(sql);
    let name = format!("pgwtpl_{key}");
    let lock = i64::from_str_radix(&key[1..], 16).unwrap_or_default();
    if exists(connection, &name).await? {
        return Ok(name);
    }
    run(
        connection,
        "wait for another test process",
        format!("SELECT pg_catalog.pg_advisory_lock({lock})"),
    )
    .await?;
    let made = if exists(connection, &name).await? {
        Ok(())
    } else {
        make(cluster, connection, &name, sql).await
    };
    run(
        connection,
        "release the template's lock",
        format!("SELECT pg_catalog.pg_advisory_unlock({lock})"),
    )
    .await?;
    made.map(|()| name)
}

/// Loads under another name, so that a process that dies half way leaves no template that looks whole.
async fn make(
    cluster: &Cluster,
    connection: &mut PgConnection,
    name: &str,
    sql: &str,
) -> Result<(), Error> {
    let draft = format!("{name}_new");
    run(
        connection,
        "drop a half-made template",
        format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)"),
    )
    .await?;
    run(
        connection,
        "make the template",
        format!("CREATE DATABASE {draft} OWNER {OWNER} TEMPLATE template0"),
    )
    .await?;
    let loaded = load(cluster, &draft, sql).await;
    if let Err(error) = loaded {
        run(
            connection,
            "drop the template",
            format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)"),
        )
        .await?;
        return Err(error);
    }
    run(
        connection,
        "name the template",
        format!("ALTER DATABASE {draft} RENAME TO {name}"),
    )
    .await
}

/// Drops templates that are older than a day, on a server that stays: each change of the SQL leaves one.
pub(super) async fn sweep(connection: &mut PgConnection) -> Result<(), Error> {
    let old: Vec<(String,)> = sqlx::query_as(
        "SELECT datname::text FROM pg_catalog.pg_database
         WHERE datname LIKE 'pgwtpl\\_%'
           AND (pg_catalog.pg_stat_file('base/' || oid || '/PG_VERSION', true)).modification
               < now() - interval '1 day'",
    )
    .fetch_all(&mut *connection)
    .await
    // Only a superuser may look at files; others keep their templates.
    .unwrap_or_default();
    for (name,) in old {
        // One that is being cloned stays.
        let _ = connection
            .execute(AssertSqlSafe(format!(
                "DROP DATABASE IF EXISTS {}",
                super::cluster::quoted(&name)
            )))
            .await;
    }
    Ok(())
}

/// Loads a script into a database, as its owner.
pub(super) async fn load(cluster: &Cluster, database: &str, sql: &str) -> Result<(), Error> {
    let options = cluster.owner.clone().database(database);
    let mut connection = PgConnection::connect_with(&options)
        .await
        .map_err(Error::doing("connect to the template"))?;
    for statement in script::statements(sql) {
        connection
            .execute(AssertSqlSafe(statement.text.to_string()))
            .await
            .map_err(|source| Error::Load {
                message: place(&source, sql, statement.start),
                source,
            })?;
    }
    // The rename wants nobody connected.
    connection
        .close()
        .await
        .map_err(Error::doing("leave the template"))
}

/// The server's message, with line and column of the script: the place in the statement that the server names, else
/// the statement.
pub(crate) fn place(error: &sqlx::Error, sql: &str, start: usize) -> String {
    let Some(database) = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
    else {
        return error.to_string();
    };
    let mut text = database.message().to_string();
    let characters = match database.position() {
        Some(PgErrorPosition::Original(position)) => position.saturating_sub(1),
        _ => 0,
    };
    let (before, after) = sql.split_at(start);
    let length: usize = after.chars().take(characters).map(char::len_utf8).sum();
    let before = format!("{before}{}", &after[..length]);
    let line = before.matches('\n').count();
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    text.push_str(&format!(" at {}:{column}", line + 1));
    if let Some(line) = sql.lines().nth(line) {
        text.push_str(&format!("\n  | {line}"));
    }
    for (word, more) in [
        ("detail", database.detail()),
        ("hint", database.hint()),
        ("where", database.r#where()),
    ] {
        if let Some(more) = more {
            text.push_str(&format!("\n{word}: {more}"));
        }
    }
    text
}

async fn exists(connection: &mut PgConnection, name: &str) -> Result<bool, Error> {
    let (exists,): (bool,) =
        sqlx::query_as("SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(connection)
            .await
            .map_err(Error::doing("look for the template"))?;
    Ok(exists)
}

async fn run(connection: &mut PgConnection, doing: &str, sql: String) -> Result<(), Error> {
    connection
        .execute(AssertSqlSafe(sql))
        .await
        .map(drop)
        .map_err(Error::doing(doing))
}
