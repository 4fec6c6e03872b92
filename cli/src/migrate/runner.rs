//! Running migrations on a database, and back.
//!
//! The table and the lock are sqlx's, so that this command, `sqlx migrate run` and `MIGRATOR.run` know of each other.

use super::Error;
use super::history::{Entry, History, Part};
use crate::said::Said;
use crate::testing::quoted;
use sqlx::migrate::{Migrate, MigrateError};
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row as _};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Where sqlx remembers the migrations that were applied.
pub(crate) const TABLE: &str = "_sqlx_migrations";

/// How often a file is tried again whose lock was not to be had.
const TRIES: u32 = 10;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The files that were applied, with the time that each took.
    pub applied: Vec<(String, Duration)>,
    /// What went wrong: the file, and what the server said.
    pub failed: Option<(String, String)>,
    /// The files that are still to be applied.
    pub left: Vec<String>,
}

/// The versions that a database has, with sqlx's checksums.
///
/// # Errors
/// When the database cannot be asked.
pub async fn applied(connection: &mut PgConnection) -> Result<BTreeMap<i64, Vec<u8>>, Error> {
    let there: bool =
        sqlx::query_scalar("SELECT pg_catalog.to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&mut *connection)
            .await
            .map_err(Error::doing("look for the table of migrations"))?;
    if !there {
        return Ok(BTreeMap::new());
    }
    let rows = connection
        .list_applied_migrations(TABLE)
        .await
        .map_err(from_sqlx("read the table of migrations"))?;
    Ok(rows
        .into_iter()
        .map(|row| (row.version, row.checksum.to_vec()))
        .collect())
}

/// What the database has and the history does not, or has otherwise.
#[must_use]
pub fn strangers(history: &History, applied: &BTreeMap<i64, Vec<u8>>) -> Vec<String> {
    applied
        .iter()
        .filter_map(|(version, checksum)| {
            match history.parts().find(|part| part.version == *version) {
                None => Some(format!(
                    "the database has a migration {version} that is not in the history"
                )),
                Some(part) if was_applied(part, checksum) => None,
                Some(part) => Some(format!(
                    "`{}.sql` is not what was applied to the database",
                    part.stem
                )),
            }
        })
        .collect()
}

/// Whether a checksum is that of a file: as it was written, or as a checkout with the line ends of Windows has it.
fn was_applied(part: &Part, checksum: &[u8]) -> bool {
    let windows = Part {
        up: part.up.replace('\n', "\r\n"),
        ..part.clone()
    };
    [part, &windows]
        .iter()
        .any(|part| *part.migration().checksum == *checksum)
}

/// Applies what the database does not have yet, one file after the other, and stops at the first that fails.
///
/// # Errors
/// When the database cannot be asked, or has other migrations than the history.
pub async fn run(
    connection: &mut PgConnection,
    history: &History,
    said: &mut dyn FnMut(&str),
) -> Result<Run, Error> {
    let lock = lock(connection, said).await?;
    let result = run_locked(connection, history, said).await;
    unlock(connection, lock).await;
    result
}

async fn run_locked(
    connection: &mut PgConnection,
    history: &History,
    said: &mut dyn FnMut(&str),
) -> Result<Run, Error> {
    connection
        .ensure_migrations_table(TABLE)
        .await
        .map_err(from_sqlx("make the table of migrations"))?;
    let applied = applied(connection).await?;
    refuse_strangers(history, &applied)?;
    let mut waiting = history
        .parts()
        .filter(|part| !applied.contains_key(&part.version));
    let mut done = Run::default();
    for part in waiting.by_ref() {
        said(&part.stem);
        let since = Instant::now();
        match apply(connection, part, said).await {
            Ok(()) => done.applied.push((part.stem.clone(), since.elapsed())),
            Err(error) => {
                done.failed = Some((part.stem.clone(), error));
                done.left.push(part.stem.clone());
                break;
            }
        }
    }
    done.left.extend(waiting.map(|part| part.stem.clone()));
    Ok(done)
}

/// One file. A lock that is not to be had within the file's `lock_timeout` ends it with nothing done, so that nobody queues
/// behind it; it is tried again a little later.
async fn apply(
    connection: &mut PgConnection,
    part: &Part,
    said: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let migration = part.migration();
    for attempt in 1.. {
        if part.no_transaction() {
            drop_invalid(connection, &part.up)
                .await
                .map_err(|error| Said(&error).to_string())?;
        }
        match connection.apply(TABLE, &migration).await {
            Ok(_) => return Ok(()),
            Err(error) if attempt < TRIES && is_passing(&error) => {
                said(&format!(
                    "{}: a lock is taken; tried again in {attempt} s",
                    part.stem
                ));
                tokio::time::sleep(Duration::from_secs(u64::from(attempt))).await;
            }
            Err(error) => return Err(message(&error)),
        }
    }
    Ok(())
}

/// Whether a lock was not to be had, or writers and the file waited for each other: nothing was done then.
fn is_passing(error: &MigrateError) -> bool {
    let (MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) = error else {
        return false;
    };
    let code = source.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("55P03" | "40P01"))
}

fn message(error: &MigrateError) -> String {
    match error {
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            Said(source).to_string()
        }
        other => other.to_string(),
    }
}

/// An index that was built beside writers and not to its end is there and does nothing. The file that builds it could never
/// run again.
async fn drop_invalid(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    let rows = connection
        .fetch_all(
            "SELECT n.nspname::text, c.relname::text, pg_catalog.quote_ident(c.relname)
             FROM pg_catalog.pg_index AS i
             JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE NOT i.indisvalid AND c.relkind = 'i'",
        )
        .await?;
    for row in rows {
        let (schema, name, rendered): (String, String, String) =
            (row.get(0), row.get(1), row.get(2));
        let builds = [
            "CREATE INDEX CONCURRENTLY ",
            "CREATE UNIQUE INDEX CONCURRENTLY ",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ",
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ",
        ]
        .iter()
        .any(|start| {
            [rendered.clone(), quoted(&name)]
                .iter()
                .any(|name| sql.contains(&format!("{start}{name} ON ")))
        });
        if builds {
            let drop = format!(
                "DROP INDEX CONCURRENTLY {}.{}",
                quoted(&schema),
                quoted(&name)
            );
            connection.execute(AssertSqlSafe(drop)).await?;
        }
    }
    Ok(())
}

/// Takes the last migrations back, down to a version that stays. Each is taken back whole.
///
/// # Errors
/// When the database cannot be asked, or a migration has no way back or was not applied to its end.
pub async fn down(
    connection: &mut PgConnection,
    history: &History,
    target: Option<i64>,
    said: &mut dyn FnMut(&str),
) -> Result<Run, Error> {
    let lock = lock(connection, said).await?;
    let result = down_locked(connection, history, target, said).await;
    unlock(connection, lock).await;
    result
}

async fn down_locked(
    connection: &mut PgConnection,
    history: &History,
    target: Option<i64>,
    said: &mut dyn FnMut(&str),
) -> Result<Run, Error> {
    let applied = applied(connection).await?;
    refuse_strangers(history, &applied)?;
    let begun: Vec<&Entry> = history
        .entries
        .iter()
        .filter(|entry| {
            entry
                .parts
                .iter()
                .any(|part| applied.contains_key(&part.version))
        })
        .collect();
    let wanted: Vec<&Entry> = match target {
        Some(target) => begun
            .into_iter()
            .rev()
            .filter(|entry| entry.version > target)
            .collect(),
        None => begun.into_iter().next_back().into_iter().collect(),
    };
    for entry in &wanted {
        if !entry
            .parts
            .iter()
            .all(|part| applied.contains_key(&part.version))
        {
            return Err(Error::history(
                format!("the migration `{}` was not applied to its end", entry.name),
                "run it to its end first: `pgwright migrate run`",
            ));
        }
        if !entry.has_way_back() {
            return Err(Error::history(
                format!(
                    "the migration `{}` has no way back: what it deleted is gone",
                    entry.name
                ),
                "nothing was changed; write a migration that does what you want instead",
            ));
        }
    }
    let mut done = Run::default();
    for entry in wanted {
        said(&format!("{}_{}", entry.version, entry.name));
        let since = Instant::now();
        for part in entry.parts.iter().rev() {
            let back = Part {
                up: part.down.clone().unwrap_or_default(),
                ..part.clone()
            };
            if let Err(error) = connection.revert(TABLE, &back.migration()).await {
                done.failed = Some((part.stem.clone(), message(&error)));
                return Ok(done);
            }
        }
        done.applied
            .push((format!("{}_{}", entry.version, entry.name), since.elapsed()));
    }
    Ok(done)
}

fn refuse_strangers(history: &History, applied: &BTreeMap<i64, Vec<u8>>) -> Result<(), Error> {
    match strangers(history, applied).into_iter().next() {
        None => Ok(()),
        Some(text) => Err(Error::history(
            text,
            "another branch may have been run on it, or the history was squashed: `pgwright migrate baseline` adopts a database that is what the history leads to",
        )),
    }
}

/// Writes into the table of migrations that the database has all of them, and no others.
///
/// # Errors
/// When the server refuses.
pub async fn adopt(connection: &mut PgConnection, history: &History) -> Result<(), Error> {
    let lock = lock(connection, &mut |_| {}).await?;
    let result = async {
        connection
            .ensure_migrations_table(TABLE)
            .await
            .map_err(from_sqlx("make the table of migrations"))?;
        let mut transaction = sqlx::Connection::begin(&mut *connection)
            .await
            .map_err(Error::doing("begin"))?;
        transaction
            .execute("DELETE FROM _sqlx_migrations")
            .await
            .map_err(Error::doing("empty the table of migrations"))?;
        for part in history.parts() {
            Migrate::skip(&mut *transaction, TABLE, &part.migration())
                .await
                .map_err(from_sqlx("write the table of migrations"))?;
        }
        transaction.commit().await.map_err(Error::doing("commit"))
    }
    .await;
    unlock(connection, lock).await;
    result
}

/// Takes sqlx's lock by asking again and again. Whoever waits within a statement holds a snapshot, and an index that is built
/// beside writers waits for that one: two programs that start at once would wait for each other.
async fn lock(connection: &mut PgConnection, said: &mut dyn FnMut(&str)) -> Result<i64, Error> {
    let (database,): (String,) = sqlx::query_as("SELECT pg_catalog.current_database()::text")
        .fetch_one(&mut *connection)
        .await
        .map_err(Error::doing("ask for the name of the database"))?;
    let id = 0x3d32_ad9e_i64.wrapping_mul(i64::from(crc32(database.as_bytes())));
    let mut waits = false;
    loop {
        let (taken,): (bool,) = sqlx::query_as("SELECT pg_catalog.pg_try_advisory_lock($1)")
            .bind(id)
            .fetch_one(&mut *connection)
            .await
            .map_err(Error::doing("take the lock of migrations"))?;
        if taken {
            return Ok(id);
        }
        if !waits {
            said("somebody else runs migrations on this database: waiting for them");
            waits = true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn unlock(connection: &mut PgConnection, id: i64) {
    // The connection ends after this, and the lock with it.
    let _ = sqlx::query("SELECT pg_catalog.pg_advisory_unlock($1)")
        .bind(id)
        .execute(connection)
        .await;
}

/// The checksum of which sqlx makes its lock (CRC-32, as in ISO HDLC).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn from_sqlx(doing: &'static str) -> impl FnOnce(MigrateError) -> Error {
    move |error| match error {
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            Error::doing(doing)(source)
        }
        other => Error::history(
            format!("cannot {doing}: {other}"),
            "see what the server says",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
