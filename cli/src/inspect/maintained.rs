//! Whether maintained columns are true.

use super::Error;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

/// How many wrong rows of a column are shown.
const EXAMPLES: i64 = 5;

/// A maintained column that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// `schema.table`.
    pub table: String,
    /// The column.
    pub column: String,
    /// How many rows the table has.
    pub rows: i64,
    /// How many of them are wrong.
    pub wrong: i64,
    /// Some that are wrong.
    pub examples: Vec<Wrong>,
    /// The statement that repairs the table, if it can be repaired.
    pub repair: Option<String>,
}

/// A row whose maintained column is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// The row's key.
    pub key: Option<String>,
    /// What the column should hold.
    pub expected: Option<String>,
    /// What it holds.
    pub found: Option<String>,
}

/// What the maintained columns of a table are looked at with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The table, quoted, with its schema.
    pub table: String,
    /// Its maintained columns.
    pub columns: Vec<String>,
    /// A query that lists every wrong value: the row's key, the column's name, what is expected and what is found.
    pub drift: String,
    /// The statement that repairs them, if they can be repaired.
    pub repair: Option<String>,
}

/// Looks at the maintained columns of a table. Nothing is written; the whole look sees one moment.
///
/// # Errors
/// When the query fails: the table or a column is missing.
pub async fn drift(
    connection: &mut PgConnection,
    probe: &Probe,
    search_path: &str,
) -> Result<Vec<Column>, Error> {
    let doing = || Error::doing(format!("look at the maintained columns of {}", probe.table));
    let mut transaction = connection
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
        .map_err(doing())?;
    // The author's own SQL inside of the query is found as it was when the spec was loaded.
    transaction
        .execute(AssertSqlSafe(format!(
            "SET LOCAL search_path = {search_path}"
        )))
        .await
        .map_err(doing())?;
    let count = format!("SELECT pg_catalog.count(*) FROM {}", probe.table);
    let rows: i64 = sqlx::query(AssertSqlSafe(count))
        .fetch_one(&mut *transaction)
        .await
        .map_err(doing())?
        .get(0);
    let found = sqlx::query(AssertSqlSafe(format!(
        "WITH drift (row_key, column_name, expected, found) AS ({drift}),
         numbered AS (
           SELECT drift.*,
                  pg_catalog.count(*) OVER (PARTITION BY column_name) AS wrong,
                  pg_catalog.row_number() OVER (PARTITION BY column_name ORDER BY row_key) AS number
           FROM drift
         )
         SELECT column_name::text, wrong, row_key::text, expected::text, found::text
         FROM numbered WHERE number <= {EXAMPLES} ORDER BY column_name, number",
        drift = probe.drift,
    )))
    .fetch_all(&mut *transaction)
    .await
    .map_err(doing())?;
    transaction.rollback().await.map_err(doing())?;
    let columns = probe.columns.iter().map(|column| {
        let of_column = || {
            found
                .iter()
                .filter(|row| row.get::<String, _>(0) == *column)
        };
        Column {
            table: probe.table.clone(),
            column: column.clone(),
            rows,
            wrong: of_column().next().map_or(0, |row| row.get(1)),
            examples: of_column()
                .map(|row| Wrong {
                    key: row.get(2),
                    expected: row.get(3),
                    found: row.get(4),
                })
                .collect(),
            repair: probe.repair.clone(),
        }
    });
    Ok(columns.collect())
}
