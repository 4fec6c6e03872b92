//! Whether what a database holds is as its schema says, row by row.

use super::Error;
use pgwright_codegen::schema::Schema;
use pgwright_codegen::sql::Sql;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row as _};
use std::collections::BTreeMap;

/// How many rows each table has, by the table's number, which it keeps whatever it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<i64, (String, i64)>);

impl Counts {
    /// What there is fewer of. A table that is gone was let go by its name.
    #[must_use]
    pub fn lost(&self, later: &Self) -> Vec<String> {
        self.0
            .iter()
            .filter_map(|(number, (name, before))| {
                let (_, after) = later.0.get(number)?;
                (after < before).then(|| format!("{name} had {before} rows and has {after}"))
            })
            .collect()
    }
}

/// Counts the rows of every table.
///
/// # Errors
/// When the server cannot be asked.
pub async fn counts(connection: &mut PgConnection) -> Result<Counts, Error> {
    let tables = connection
        .fetch_all(
            "SELECT c.oid::int8, pg_catalog.format('%I.%I', n.nspname, c.relname)
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
             ORDER BY c.oid",
        )
        .await
        .map_err(Error::doing("count the rows"))?;
    let mut counts = Counts::default();
    // In one message: asking a thousand times takes longer than counting.
    for chunk in tables.chunks(200) {
        let queries: Vec<String> = chunk
            .iter()
            .map(|row| {
                let (number, name): (i64, String) = (row.get(0), row.get(1));
                format!("SELECT {number}::int8, pg_catalog.count(*) FROM ONLY {name}")
            })
            .collect();
        let rows = connection
            .fetch_all(AssertSqlSafe(queries.join(" UNION ALL ")))
            .await
            .map_err(Error::doing("count the rows"))?;
        for row in rows {
            let number: i64 = row.get(0);
            let name = chunk
                .iter()
                .find(|table| table.get::<i64, _>(0) == number)
                .map_or_else(String::new, |table| table.get(1));
            counts.0.insert(number, (name, row.get(1)));
        }
    }
    Ok(counts)
}

/// A query for each check and foreign key that is proven: whether a row is not as it says.
const PROOFS: &str = r"
SELECT pg_catalog.format('%I of %I.%I', k.conname, n.nspname, c.relname),
  CASE k.contype WHEN 'c' THEN
    pg_catalog.format('SELECT EXISTS (SELECT FROM %s%I.%I WHERE NOT (%s))', CASE WHEN k.connoinherit THEN 'ONLY ' ELSE '' END, n.nspname, c.relname, pg_catalog.pg_get_expr(k.conbin, k.conrelid))
  ELSE
    pg_catalog.format('SELECT EXISTS (SELECT FROM %I.%I AS child WHERE %s AND NOT EXISTS (SELECT FROM %I.%I AS parent WHERE %s))',
      n.nspname, c.relname,
      (SELECT pg_catalog.string_agg(pg_catalog.format('child.%I IS NOT NULL', a.attname), ' AND ')
       FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)),
      tn.nspname, t.relname,
      (SELECT pg_catalog.string_agg(pg_catalog.format('parent.%I = child.%I', p.attname, a.attname), ' AND ')
       FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS u (own, other)
       JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.own
       JOIN pg_catalog.pg_attribute AS p ON p.attrelid = k.confrelid AND p.attnum = u.other))
  END
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE k.contype IN ('c', 'f') AND k.convalidated AND k.conparentid = 0
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid, k.conname";

/// The rules that rows break: checks, foreign keys, and columns that triggers keep.
///
/// # Errors
/// When the server cannot be asked.
pub async fn broken(connection: &mut PgConnection, schema: &Schema) -> Result<Vec<String>, Error> {
    let mut broken = Vec::new();
    let doing = || Error::doing("look whether the rows are as the schema says");
    // Expressions are written with the schemas of all that they name.
    connection
        .execute("SET search_path = pg_catalog")
        .await
        .map_err(doing())?;
    let rows = connection.fetch_all(PROOFS).await.map_err(doing())?;
    for row in rows {
        let (name, query): (String, String) = (row.get(0), row.get(1));
        match connection.fetch_one(AssertSqlSafe(query)).await {
            Ok(found) if found.get::<bool, _>(0) => {
                broken.push(format!("rows are not as the constraint {name} says"));
            }
            Ok(_) => {}
            // A function of the author's that needs another search path says nothing of the rows.
            Err(error) if error.as_database_error().is_some() => {}
            Err(error) => return Err(doing()(error)),
        }
    }
    let mut path: Vec<String> = Vec::new();
    for name in std::iter::once(&schema.default_schema).chain(&schema.schemas) {
        let mut sql = Sql::new();
        sql.push(name);
        path.push(sql.into_string());
    }
    connection
        .execute(AssertSqlSafe(format!(
            "SET search_path = {}",
            path.join(", ")
        )))
        .await
        .map_err(doing())?;
    for maintained in pgwright_codegen::triggers::maintained(schema) {
        let query = format!(
            "SELECT d.row_key::text, d.column_name::text, d.expected::text, d.found::text
             FROM ({}) AS d (row_key, column_name, expected, found) LIMIT 3",
            maintained.drift.as_str()
        );
        let rows = connection
            .fetch_all(AssertSqlSafe(query))
            .await
            .map_err(doing())?;
        for row in rows {
            let part = |place: usize| {
                row.try_get::<Option<String>, _>(place)
                    .ok()
                    .flatten()
                    .unwrap_or_else(|| "nothing".to_owned())
            };
            broken.push(format!(
                "{}.{} is {} and should be {} in the row {}",
                schema.model(maintained.model).table,
                part(1),
                part(3),
                part(2),
                part(0)
            ));
        }
    }
    connection
        .execute("RESET search_path")
        .await
        .map_err(doing())?;
    Ok(broken)
}
