//! Rows for a proof: some in every table, made up from the catalog alone.
//!
//! What a table takes is found by trying. A row that is refused is tried again with other values for what it was refused
//! for, each in a savepoint. The same database gets the same rows. A table that refuses all of them is named.

use super::Error;
use super::values::{Column, candidates};
use serde::Deserialize;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::collections::{BTreeMap, BTreeSet};

/// How many rows a table gets, where it takes them.
const ROWS: usize = 3;
/// How often a row is tried.
const TRIES: usize = 60;

/// A table that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empty {
    /// Its name.
    pub table: String,
    /// Why the last try was refused.
    pub why: String,
}

#[derive(Debug, Deserialize)]
struct Table {
    number: i64,
    name: String,
    columns: Vec<Column>,
    /// Constraints with their columns, to know what was refused.
    checks: Vec<Check>,
    /// Unique indexes with theirs.
    keys: Vec<Check>,
    references: Vec<Reference>,
}

#[derive(Debug, Deserialize)]
struct Check {
    name: String,
    columns: Vec<i16>,
}

#[derive(Debug, Deserialize)]
struct Reference {
    columns: Vec<i16>,
    target: i64,
    target_name: String,
    target_columns: Vec<String>,
}

/// Tables with everything that decides what they take. A partition gets its rows by its table.
const TABLES: &str = r"
SELECT pg_catalog.jsonb_build_object(
  'number', c.oid::int8, 'name', pg_catalog.format('%I.%I', n.nspname, c.relname),
  'columns', (
    SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'number', a.attnum, 'name', pg_catalog.quote_ident(a.attname), 'plain', a.attname,
      'type', pg_catalog.format_type(base.oid, CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE NULLIF(t.typtypmod, -1) END),
      'domain', CASE WHEN t.typtype = 'd' THEN t.typname END,
      'is_array', base.typcategory = 'A',
      'kind', base.typtype,
      'labels', (SELECT pg_catalog.jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = base.oid),
      'attributes', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS p WHERE p.attrelid = base.typrelid AND p.attnum > 0 AND NOT p.attisdropped),
      'not_null', a.attnotnull OR t.typnotnull,
      'has_default', a.atthasdef,
      'is_made', a.attgenerated <> '' OR a.attidentity <> '',
      'texts', (
        SELECT coalesce(pg_catalog.jsonb_agg(x.text), '[]') FROM (
          SELECT pg_catalog.pg_get_constraintdef(k.oid) AS text FROM pg_catalog.pg_constraint AS k
          WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
          UNION ALL
          SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid
          UNION ALL
          SELECT pg_catalog.pg_get_expr(p.relpartbound, p.oid)
          FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS p ON p.oid = i.inhrelid
          JOIN pg_catalog.pg_partitioned_table AS q ON q.partrelid = c.oid
          WHERE i.inhparent = c.oid AND a.attnum = ANY (q.partattrs::int2[])
        ) AS x WHERE x.text IS NOT NULL
      )
    ) ORDER BY a.attnum), '[]')
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_type AS base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  ),
  'checks', (
    SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', k.conname, 'columns', coalesce(pg_catalog.to_jsonb(k.conkey), '[]'))), '[]')
    FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'x')
  ),
  'keys', (
    SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', ic.relname, 'columns', i.indkey::int2[])), '[]')
    FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
    WHERE i.indrelid = c.oid AND i.indisunique
  ),
  'references', (
    SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'columns', k.conkey, 'target', k.confrelid::int8,
      'target_name', (SELECT pg_catalog.format('%I.%I', tn.nspname, tc.relname) FROM pg_catalog.pg_class AS tc
                      JOIN pg_catalog.pg_namespace AS tn ON tn.oid = tc.relnamespace WHERE tc.oid = k.confrelid),
      'target_columns', (
        SELECT pg_catalog.jsonb_agg(pg_catalog.quote_ident(a.attname) ORDER BY u.place)
        FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number
      )
    ) ORDER BY pg_catalog.cardinality(k.conkey) DESC, k.conname), '[]')
    FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0
  )
)::text
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> '_sqlx_migrations'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid";

/// Puts rows into every table and names those that took none.
///
/// # Errors
/// When the server cannot be asked.
pub async fn fill(connection: &mut PgConnection) -> Result<Vec<Empty>, Error> {
    let doing = || Error::doing("put rows into the tables");
    let rows: Vec<String> = sqlx::query_scalar(TABLES)
        .fetch_all(&mut *connection)
        .await
        .map_err(doing())?;
    let mut empty = Vec::new();
    let mut waiting: Vec<Table> = Vec::new();
    for row in rows {
        match serde_json::from_str(&row) {
            Ok(table) => waiting.push(table),
            Err(error) => empty.push(Empty {
                table: row,
                why: error.to_string(),
            }),
        }
    }
    let keys = keys(&waiting);
    let mut transaction = connection.begin().await.map_err(doing())?;
    transaction
        .execute("SET CONSTRAINTS ALL IMMEDIATE")
        .await
        .map_err(doing())?;
    while !waiting.is_empty() {
        let there: BTreeSet<i64> = waiting.iter().map(|table| table.number).collect();
        let waits = |table: &Table| {
            let needed = |number: i16| {
                table
                    .columns
                    .iter()
                    .any(|column| column.number == number && column.is_required())
            };
            table.references.iter().any(|reference| {
                reference.target != table.number
                    && there.contains(&reference.target)
                    && reference.columns.iter().any(|&number| needed(number))
            })
        };
        let (later, mut now): (Vec<Table>, Vec<Table>) = waiting.into_iter().partition(waits);
        waiting = later;
        if now.is_empty() {
            // They wait for each other: none has what it needs.
            now = std::mem::take(&mut waiting);
        }
        for table in now {
            if let Err(why) = fill_one(&mut transaction, &table, &keys).await? {
                empty.push(Empty {
                    table: table.name,
                    why,
                });
            }
        }
    }
    transaction.commit().await.map_err(doing())?;
    Ok(empty)
}

/// The tables with a key of one column, for columns that name a row without a foreign key: by type, with the table's name.
fn keys(tables: &[Table]) -> BTreeMap<String, Vec<(String, String, String)>> {
    let mut found: BTreeMap<String, Vec<(String, String, String)>> = BTreeMap::new();
    for table in tables {
        let Some(column) = table.columns.iter().find(|column| column.plain == "id") else {
            continue;
        };
        let plain = table
            .name
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .replace('"', "");
        found.entry(column.ty.clone()).or_default().push((
            plain,
            table.name.clone(),
            column.name.clone(),
        ));
    }
    found
}

type Keys = BTreeMap<String, Vec<(String, String, String)>>;

/// The first row has what a row must have, the second what it may, the third everything. One is enough.
async fn fill_one(
    connection: &mut PgConnection,
    table: &Table,
    keys: &Keys,
) -> Result<Result<(), String>, Error> {
    let mut taken = false;
    let mut last = String::new();
    for row in 0..ROWS {
        let mut names: BTreeSet<i16> = table
            .columns
            .iter()
            .filter(|column| !column.is_made)
            .filter(|column| match row {
                // A default of a UUID is made by chance.
                0 => column.is_required() || column.ty == "uuid" && column.not_null,
                1 => column.is_required() || column.ty == "uuid" || !column.has_default,
                _ => true,
            })
            .map(|column| column.number)
            .collect();
        match try_row(connection, table, keys, row, &mut names).await? {
            Ok(()) => taken = true,
            Err(why) if !taken => last = why,
            Err(_) => {}
        }
    }
    Ok(if taken { Ok(()) } else { Err(last) })
}

async fn try_row(
    connection: &mut PgConnection,
    table: &Table,
    keys: &Keys,
    row: usize,
    names: &mut BTreeSet<i16>,
) -> Result<Result<(), String>, Error> {
    let doing = || Error::doing("put rows into the tables");
    let mut seed = row;
    // Which of its values each column has now.
    let mut at: BTreeMap<i16, usize> = BTreeMap::new();
    let mut last = String::new();
    for _ in 0..TRIES {
        let insert = insert(table, keys, row, seed, names, &at);
        let done = connection
            .execute(AssertSqlSafe(format!(
                "SAVEPOINT pgwright_row; {insert}; RELEASE SAVEPOINT pgwright_row"
            )))
            .await;
        let Err(error) = done else {
            return Ok(Ok(()));
        };
        let Some(said) = error
            .as_database_error()
            .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        else {
            return Err(doing()(error));
        };
        last = said.message().to_owned();
        let next = refused(table, said, seed, names, &at);
        connection
            .execute("ROLLBACK TO SAVEPOINT pgwright_row; RELEASE SAVEPOINT pgwright_row")
            .await
            .map_err(doing())?;
        match next {
            Next::Seed => seed += ROWS,
            Next::Other(columns) => {
                for number in columns {
                    other_value(table, number, seed, &mut at);
                }
                seed += ROWS;
            }
            Next::Add(number) => {
                names.insert(number);
            }
            Next::Turn(columns) => {
                if !turn(table, &columns, seed, &mut at) {
                    return Ok(Err(last));
                }
            }
            Next::Stop => return Ok(Err(last)),
        }
    }
    Ok(Err(last))
}

/// What to try after a refusal.
enum Next {
    /// Other values everywhere.
    Seed,
    /// The same, and for these columns surely.
    Other(Vec<i16>),
    /// A column that wants a value.
    Add(i16),
    /// Other values for these columns.
    Turn(Vec<i16>),
    Stop,
}

fn refused(
    table: &Table,
    said: &PgDatabaseError,
    seed: usize,
    names: &BTreeSet<i16>,
    at: &BTreeMap<i16, usize>,
) -> Next {
    let all = || names.iter().copied().collect::<Vec<_>>();
    match said.code() {
        "23505" | "23P01" if seed < 12 * ROWS => {
            let mut keys = table.keys.iter();
            let key = keys.find(|key| Some(key.name.as_str()) == said.constraint());
            Next::Other(key.map_or_else(Vec::new, |key| key.columns.clone()))
        }
        "23502" => {
            let column = table
                .columns
                .iter()
                .find(|column| Some(column.plain.as_str()) == said.column());
            match column {
                Some(column) if !names.contains(&column.number) && !column.is_made => {
                    Next::Add(column.number)
                }
                _ => Next::Stop,
            }
        }
        "23514" => {
            let check = table
                .checks
                .iter()
                .find(|check| Some(check.name.as_str()) == said.constraint());
            if let Some(check) = check {
                let given: Vec<i16> = check
                    .columns
                    .iter()
                    .copied()
                    .filter(|number| names.contains(number))
                    .collect();
                // A column that was left out may be what the check wants.
                let absent = check.columns.iter().copied().find(|number| {
                    !names.contains(number)
                        && table
                            .columns
                            .iter()
                            .any(|column| column.number == *number && !column.is_made)
                });
                return match absent {
                    Some(number) if given.is_empty() || at.len() > 4 => Next::Add(number),
                    _ => Next::Turn(given),
                };
            }
            let of_domain: Vec<i16> = table
                .columns
                .iter()
                .filter(|column| column.domain.is_some() && names.contains(&column.number))
                .map(|column| column.number)
                .collect();
            // Without a name it is a partition that is not there.
            Next::Turn(if of_domain.is_empty() {
                all()
            } else {
                of_domain
            })
        }
        // A value that is none of its type, or does not fit.
        code if code.starts_with("22") => Next::Turn(all()),
        "42804" | "42601" => Next::Stop,
        // Triggers have their own reasons.
        _ if seed < 3 * ROWS => Next::Seed,
        _ => Next::Stop,
    }
}

/// Another value for a column whose value does not tell rows apart.
fn other_value(table: &Table, number: i16, seed: usize, at: &mut BTreeMap<i16, usize>) {
    let Some(column) = table.columns.iter().find(|column| column.number == number) else {
        return;
    };
    let (now, next) = (candidates(column, seed), candidates(column, seed + ROWS));
    let place = at.entry(number).or_default();
    while *place + 1 < now.len() && now.get(*place) == next.get(*place) {
        *place += 1;
    }
}

/// The next combination of the columns' values; false where all were tried.
fn turn(table: &Table, columns: &[i16], seed: usize, at: &mut BTreeMap<i16, usize>) -> bool {
    for number in columns {
        let Some(column) = table.columns.iter().find(|column| column.number == *number) else {
            continue;
        };
        let count = candidates(column, seed).len();
        let place = at.entry(*number).or_default();
        *place += 1;
        if *place < count {
            return true;
        }
        *place = 0;
    }
    false
}

fn insert(
    table: &Table,
    keys: &Keys,
    row: usize,
    seed: usize,
    names: &BTreeSet<i16>,
    at: &BTreeMap<i16, usize>,
) -> String {
    let given: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| names.contains(&column.number))
        .collect();
    if given.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", table.name);
    }
    let columns: Vec<&str> = given.iter().map(|column| column.name.as_str()).collect();
    let values: Vec<String> = given
        .iter()
        .map(|column| value(table, keys, column, row, seed, at))
        .collect();
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        table.name,
        columns.join(", "),
        values.join(", ")
    )
}

fn value(
    table: &Table,
    keys: &Keys,
    column: &Column,
    row: usize,
    seed: usize,
    at: &BTreeMap<i16, usize>,
) -> String {
    // What is unique takes another row of the other table at each try; the others that of the row.
    let from = |target: &str, name: &str| {
        format!(
            "(SELECT r.{name} FROM {target} AS r ORDER BY r.tableoid, r.ctid OFFSET {} LIMIT 1)",
            if seed == row {
                row % ROWS
            } else {
                (seed / ROWS + row) % ROWS
            }
        )
    };
    let fallback = |target: &str, name: &str| {
        format!(
            "coalesce({}, (SELECT r.{name} FROM {target} AS r ORDER BY r.tableoid, r.ctid LIMIT 1))",
            from(target, name)
        )
    };
    for reference in &table.references {
        if let Some(place) = reference
            .columns
            .iter()
            .position(|&number| number == column.number)
            && let Some(name) = reference.target_columns.get(place)
        {
            return fallback(&reference.target_name, name);
        }
    }
    let list = candidates(column, seed);
    let place = at.get(&column.number).copied().unwrap_or_default();
    let own = list
        .get(place)
        .cloned()
        .unwrap_or_else(|| "NULL".to_owned());
    // `user_id` without a foreign key names a row of `users` all the same.
    let stem = column
        .plain
        .strip_suffix("_id")
        .filter(|stem| stem.len() > 2);
    if let (Some(stem), 0) = (stem, place)
        && let Some((_, target, name)) = keys
            .get(&column.ty)
            .into_iter()
            .flatten()
            .find(|(plain, ..)| plain.starts_with(stem))
    {
        return format!("coalesce({}, {own})", fallback(target, name));
    }
    own
}
