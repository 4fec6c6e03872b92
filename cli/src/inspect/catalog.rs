//! What two catalogs say of the same schema.

use super::Error;
use serde::Serialize;
use sqlx::{PgConnection, Row as _};
use std::collections::BTreeMap;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is the object of that name")]
pub enum Kind {
    Trigger,
    Function,
    Constraint,
    Index,
}

/// How an object is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "why")]
pub enum State {
    /// There, as the spec says, and in force.
    InForce,
    /// Not there.
    Missing,
    /// There, and something else than the spec says.
    Different(String),
    /// There, and not in force.
    NotInForce(String),
    /// Not in the spec, and able to change what the spec's triggers keep true.
    Unknown,
}

/// One object that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// What it is.
    pub kind: Kind,
    /// The table, or the schema of a function.
    pub on: String,
    /// Its name.
    pub name: String,
    /// What a trigger calls; nothing for others.
    pub calls: String,
    /// How it is.
    pub state: State,
}

struct Row {
    kind: i32,
    container: String,
    name: String,
    calls: String,
    definition: String,
    body: String,
    fault: Option<String>,
}

/// Internal triggers are those of foreign keys: `ALTER TABLE … DISABLE TRIGGER ALL` switches them off too.
const OBJECTS: &str = "
WITH wanted AS (
  SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname::text = ANY ($1)
)
SELECT 0 AS kind, s.nspname || '.' || c.relname AS container, t.tgname::text AS name,
       fs.nspname || '.' || f.proname AS calls, pg_catalog.pg_get_triggerdef(t.oid) AS definition,
       pg_catalog.concat_ws(E'\\n', f.prosrc, f.proconfig::text, f.prosecdef::text, l.lanname) AS body,
       CASE t.tgenabled WHEN 'O' THEN NULL WHEN 'A' THEN NULL WHEN 'R' THEN 'fires on replicas only' ELSE 'disabled' END AS fault
FROM wanted AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid
JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid
JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid
JOIN pg_catalog.pg_namespace AS fs ON fs.oid = f.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
WHERE NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 1, s.nspname, f.proname || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')', '',
       pg_catalog.concat_ws(' ', pg_catalog.pg_get_function_result(f.oid), f.provolatile::text, f.proisstrict::text),
       pg_catalog.concat_ws(E'\\n', f.prosrc, pg_catalog.pg_get_function_sqlbody(f.oid), f.proconfig::text, f.prosecdef::text, l.lanname),
       NULL
FROM wanted AS s
JOIN pg_catalog.pg_proc AS f ON f.pronamespace = s.oid
JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend AS d
  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
)
UNION ALL
SELECT 2, s.nspname || '.' || c.relname, k.conname::text, '', pg_catalog.pg_get_constraintdef(k.oid), '',
       CASE
         WHEN NOT k.convalidated AND pg_catalog.pg_get_constraintdef(k.oid) NOT LIKE '%NOT VALID' THEN 'not validated'
         WHEN EXISTS (
           SELECT FROM pg_catalog.pg_trigger AS t
           WHERE t.tgconstraint = k.oid AND t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
         ) THEN 'its triggers are disabled'
       END
FROM wanted AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid
WHERE k.contype IN ('c', 'u', 'p', 'f', 'x') AND k.conparentid = 0
UNION ALL
SELECT 3, s.nspname || '.' || t.relname, c.relname::text, '', pg_catalog.pg_get_indexdef(i.indexrelid), '',
       CASE WHEN NOT i.indisvalid THEN 'not valid' WHEN NOT i.indisready THEN 'not ready' END
FROM wanted AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid
JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
WHERE t.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
ORDER BY 1, 2, 3";

/// A setting of the database or of a role that switches every trigger off.
const REPLICA_ROLE: &str = "
SELECT pg_catalog.concat_ws(' ', 'database ' || d.datname, 'role ' || r.rolname)
FROM pg_catalog.pg_db_role_setting AS s
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
CROSS JOIN pg_catalog.unnest(s.setconfig) AS setting
WHERE setting LIKE 'session_replication_role=%' AND setting <> 'session_replication_role=origin'
  AND (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
ORDER BY 1";

type Key = (i32, String, String);

async fn read(
    connection: &mut PgConnection,
    schemas: &[String],
) -> Result<BTreeMap<Key, Row>, Error> {
    let rows = sqlx::query(OBJECTS)
        .bind(schemas)
        .fetch_all(connection)
        .await
        .map_err(Error::doing("read the catalog"))?;
    let rows = rows.iter().map(|row| Row {
        kind: row.get(0),
        container: row.get(1),
        name: row.get(2),
        calls: row.get(3),
        definition: row.get(4),
        body: row.get(5),
        fault: row.get(6),
    });
    Ok(rows
        .map(|row| ((row.kind, row.container.clone(), row.name.clone()), row))
        .collect())
}

/// Compares what a database holds in some schemas with a new database that was made from the spec.
///
/// # Errors
/// When a catalog cannot be read.
pub async fn compare(
    live: &mut PgConnection,
    reference: &mut PgConnection,
    schemas: &[String],
) -> Result<Vec<Looked>, Error> {
    let (mut found, wanted) = (read(live, schemas).await?, read(reference, schemas).await?);
    let mut looked = Vec::new();
    for (key, wanted) in wanted {
        let state = match found.remove(&key) {
            None => State::Missing,
            Some(found) => state(&found, &wanted),
        };
        looked.push(looked_at(wanted, state));
    }
    // Others may add what they like, but a trigger of theirs on these tables may write the same columns.
    for (_, extra) in found {
        if kind(extra.kind) == Kind::Trigger {
            looked.push(looked_at(extra, State::Unknown));
        }
    }
    let roles: Vec<(String,)> = sqlx::query_as(REPLICA_ROLE)
        .fetch_all(live)
        .await
        .map_err(Error::doing("read the settings of roles"))?;
    for (of,) in roles {
        looked.push(Looked {
            kind: Kind::Trigger,
            on: of,
            name: "session_replication_role".into(),
            calls: String::new(),
            state: State::NotInForce("this setting switches every trigger off".into()),
        });
    }
    looked.sort_by(|a, b| (a.kind, &a.on, &a.name).cmp(&(b.kind, &b.on, &b.name)));
    Ok(looked)
}

fn state(found: &Row, wanted: &Row) -> State {
    if let Some(fault) = &found.fault {
        State::NotInForce(fault.clone())
    } else if found.definition != wanted.definition {
        State::Different(format!("it is `{}`", found.definition))
    } else if found.calls != wanted.calls {
        State::Different(format!("it calls `{}`", found.calls))
    } else if found.body != wanted.body {
        State::Different("the function's body or settings differ".into())
    } else {
        State::InForce
    }
}

fn looked_at(row: Row, state: State) -> Looked {
    Looked {
        kind: kind(row.kind),
        on: row.container,
        name: row.name,
        calls: row.calls,
        state,
    }
}

fn kind(number: i32) -> Kind {
    match number {
        0 => Kind::Trigger,
        1 => Kind::Function,
        2 => Kind::Constraint,
        _ => Kind::Index,
    }
}
