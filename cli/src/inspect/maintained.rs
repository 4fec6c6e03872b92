//! Whether maintained columns are true.

use super::Error;
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// How many wrong rows are shown.
const EXAMPLES: i64 = 5;

/// A maintained column that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// `schema.table.column`.
    pub column: String,
    /// The trigger of the spec that keeps it.
    pub kept_by: String,
    /// How many rows the table has.
    pub rows: i64,
    /// How many of them are wrong.
    pub wrong: i64,
    /// Some that are wrong.
    pub examples: Vec<Wrong>,
    /// The statement that repairs it.
    pub repair: String,
}

/// A row whose maintained column is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// The row's key.
    pub key: String,
    /// What the column should hold.
    pub expected: Option<String>,
    /// What it holds.
    pub found: Option<String>,
}

/// What a maintained column is looked at with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// `schema.table.column`.
    pub column: String,
    /// The trigger of the spec that keeps it.
    pub kept_by: String,
    /// The table, quoted.
    pub table: String,
    /// A query that lists the key's columns, `expected` and `found` of every row that is wrong.
    pub drift: String,
    /// The statement that repairs it.
    pub repair: String,
}

/// Looks at a maintained column.
///
/// # Errors
/// When the query fails: the table or the column is missing.
pub async fn drift(connection: &mut PgConnection, probe: Probe) -> Result<Column, Error> {
    let sql = format!(
        "SELECT (SELECT pg_catalog.count(*) FROM {}), (SELECT pg_catalog.count(*) FROM ({}) AS drift)",
        probe.table, probe.drift
    );
    let row = sqlx::query(AssertSqlSafe(sql))
        .fetch_one(&mut *connection)
        .await
        .map_err(Error::doing(format!("look at `{}`", probe.column)))?;
    let (rows, wrong): (i64, i64) = (row.get(0), row.get(1));
    let mut examples = Vec::new();
    if wrong > 0 {
        let sql = format!(
            "SELECT (pg_catalog.to_jsonb(drift) - 'expected' - 'found')::text,
                    drift.expected::text, drift.found::text
             FROM ({}) AS drift ORDER BY 1 LIMIT {EXAMPLES}",
            probe.drift
        );
        examples = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(connection)
            .await
            .map_err(Error::doing(format!("look at `{}`", probe.column)))?
            .iter()
            .map(|row| Wrong {
                key: row.get(0),
                expected: row.get(1),
                found: row.get(2),
            })
            .collect();
    }
    Ok(Column {
        column: probe.column,
        kept_by: probe.kept_by,
        rows,
        wrong,
        examples,
        repair: probe.repair,
    })
}
