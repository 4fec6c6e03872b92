//! The proof of a migration, before it is written: what it makes of the old schema is the new one.

use super::Error;
use super::history::Part;
use super::snapshot::{self, Line};
use crate::said::Said;
use crate::testing::{Cluster, Database};
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::schema::Schema;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// What was found wrong; nothing means that the migration does what it is for.
pub type Wrong = Vec<String>;

/// Applies every migration that there is and then the new one to an empty database, and compares with a database that is made
/// of the new spec. With a way back, compares with the old one too.
///
/// # Errors
/// When the server cannot be asked.
pub async fn prove(
    cluster: &Cluster,
    before: &[Part],
    new: &[Part],
    prev: Option<&Schema>,
    next: &Schema,
) -> Result<Wrong, Error> {
    for schema in prev.into_iter().chain([next]) {
        for role in crate::inspect::roles(schema) {
            cluster.ensure_role(&role).await?;
        }
    }
    let database = cluster.database("").await?;
    let mut connection = database.connect().await?;
    for part in before.iter().chain(new) {
        if let Err(source) = apply(&mut connection, &part.up, part.no_transaction()).await {
            return Ok(vec![format!(
                "`{}.sql` fails: {}",
                part.stem,
                Said(&source)
            )]);
        }
    }
    let mut wrong = compare(cluster, &mut connection, next, "a new database of the spec").await?;
    let back = new.first().and_then(|part| part.down.as_deref());
    if let (true, Some(back), Some(prev)) = (wrong.is_empty(), back, prev) {
        match apply(&mut connection, back, false).await {
            Err(source) => wrong.push(format!("the way back fails: {}", Said(&source))),
            Ok(()) => {
                let text = "the database before it, after the way back";
                wrong.extend(compare(cluster, &mut connection, prev, text).await?);
            }
        }
    }
    Ok(wrong)
}

async fn compare(
    cluster: &Cluster,
    migrated: &mut PgConnection,
    schema: &Schema,
    with: &str,
) -> Result<Wrong, Error> {
    let (found, wanted) = (lines(migrated).await?, fresh(cluster, schema).await?);
    let differs = snapshot::difference(&found, &wanted);
    Ok(differs
        .into_iter()
        .map(|line| format!("compared with {with}: {line}"))
        .collect())
}

/// What a new database of a schema holds.
async fn fresh(cluster: &Cluster, schema: &Schema) -> Result<Vec<Line>, Error> {
    let database: Database = cluster.database(&schema_sql(schema)).await?;
    let mut connection = database.connect().await?;
    let lines = lines(&mut connection).await?;
    let _ = connection.close().await;
    Ok(lines)
}

async fn lines(connection: &mut PgConnection) -> Result<Vec<Line>, Error> {
    snapshot::read(connection)
        .await
        .map_err(Error::doing("read the catalog"))
}

/// Runs a file as sqlx does: in one message, in a transaction unless it says otherwise.
///
/// # Errors
/// What the server says.
pub async fn apply(
    connection: &mut PgConnection,
    sql: &str,
    no_transaction: bool,
) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(sql.to_owned());
    if no_transaction {
        connection.execute(sql).await.map(drop)
    } else {
        let mut transaction = connection.begin().await?;
        transaction.execute(sql).await?;
        transaction.commit().await
    }
}
