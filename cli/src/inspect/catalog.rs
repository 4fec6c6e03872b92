//! What two catalogs say of the same schema.

use super::Error;
use pgwright_codegen::introspect::{
    self, Aspect, Catalog, Difference, Found, Object, QUERIES, Query, SETTINGS,
};
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::collections::BTreeMap;

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
    /// Not in the spec, and on something that is.
    Unknown,
}

/// One object that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// What it is, in PostgreSQL's words.
    pub kind: String,
    /// The table, or the schema of what is on none.
    pub on: String,
    /// Its name.
    pub name: String,
    /// What a trigger calls; nothing for others.
    pub calls: String,
    /// How it is.
    pub state: State,
}

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

/// Reads the whole catalog of a database, as it is at one moment. Names in that schema are written without it.
///
/// # Errors
/// When the server refuses, or answers in a way that cannot be read.
pub async fn read(connection: &mut PgConnection, default_schema: &str) -> Result<Catalog, Error> {
    let doing = || Error::doing("read the catalog");
    let mut transaction = connection
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
        .map_err(doing())?;
    for setting in SETTINGS {
        transaction.execute(*setting).await.map_err(doing())?;
    }
    let version: i32 = sqlx::query_scalar(
        "SELECT pg_catalog.current_setting('server_version_num')::int4
         FROM pg_catalog.set_config('search_path', pg_catalog.quote_ident($1), true)",
    )
    .bind(default_schema)
    .fetch_one(&mut *transaction)
    .await
    .map_err(doing())?;
    let mut catalog = Catalog::new(u32::try_from(version).unwrap_or_default());
    let asked = |query: &&Query| (query.versions.0..query.versions.1).contains(&catalog.version);
    for query in QUERIES.iter().filter(asked).collect::<Vec<_>>() {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query.sql))
            .persistent(false)
            .fetch_all(&mut *transaction)
            .await
            .map_err(Error::doing(format!(
                "read the {} of the catalog",
                query.of
            )))?;
        for row in rows {
            catalog.add(&row)?;
        }
    }
    transaction.rollback().await.map_err(doing())?;
    Ok(catalog)
}

/// The schema that most tables of a database are in; `public` where there are none.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn main_schema(connection: &mut PgConnection) -> Result<String, Error> {
    let found: Option<String> = sqlx::query_scalar(
        "SELECT n.nspname::text FROM pg_catalog.pg_class AS c
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
           AND NOT EXISTS (
             SELECT FROM pg_catalog.pg_depend AS d
             WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
           )
         GROUP BY n.nspname ORDER BY pg_catalog.count(*) DESC, n.nspname <> 'public', n.nspname LIMIT 1",
    )
    .fetch_optional(connection)
    .await
    .map_err(Error::doing("look for the schema of the tables"))?;
    Ok(found.unwrap_or_else(|| "public".to_string()))
}

/// Settings of roles and databases that switch every trigger off: whom they are for.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn replica_roles(connection: &mut PgConnection) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(REPLICA_ROLE)
        .fetch_all(connection)
        .await
        .map_err(Error::doing("read the settings of roles"))
}

/// Compares what a database holds with a new database that was made from the spec: every object of the spec and how it
/// is, and what is on them beside.
///
/// # Errors
/// When a catalog cannot be read.
pub async fn compare(
    live: &mut PgConnection,
    reference: &mut PgConnection,
    default_schema: &str,
) -> Result<Vec<Looked>, Error> {
    let roles = replica_roles(live).await?;
    let found = read(live, default_schema).await?;
    let wanted = read(reference, default_schema).await?;
    let mut differences: BTreeMap<_, _> = introspect::compare(&found, &wanted)
        .into_iter()
        .filter(Difference::counts)
        .map(|difference| (difference.object, difference.found))
        .collect();
    let mut functions: Vec<(String, String)> = Vec::new();
    for (key, found) in &differences {
        if key.kind == "function" && *found != Found::Missing {
            let name = key.name.split('(').next().unwrap_or_default();
            functions.push((key.schema.clone(), name.to_string()));
        }
    }
    let mut looked = Vec::new();
    for object in &wanted.objects {
        if object.key.kind == "extension" || object.is("_parent") && object.key.kind != "trigger" {
            continue;
        }
        let state = match differences.remove(&object.key) {
            None if calls_one_of(object, &functions) => {
                State::Different("the function's body or settings differ".into())
            }
            None => State::InForce,
            Some(found) => state(&found),
        };
        looked.push(looked_at(object, state));
    }
    // Others may add what they like, but a trigger of theirs on these tables may write the same columns.
    for object in found.of("trigger") {
        if let Some(found) = differences.remove(&object.key) {
            looked.push(looked_at(object, state(&found)));
        }
    }
    for of in roles {
        looked.push(Looked {
            kind: "trigger".into(),
            on: of,
            name: "session_replication_role".into(),
            calls: String::new(),
            state: State::NotInForce("this setting switches every trigger off".into()),
        });
    }
    looked.sort_by(|a, b| (&a.kind, &a.on, &a.name).cmp(&(&b.kind, &b.on, &b.name)));
    Ok(looked)
}

fn calls_one_of(trigger: &Object, functions: &[(String, String)]) -> bool {
    functions.iter().any(|(schema, name)| {
        trigger.text("_function_schema") == Some(schema) && trigger.text("_function") == Some(name)
    })
}

fn state(found: &Found) -> State {
    match found {
        Found::Missing => State::Missing,
        Found::Unexpected | Found::Unknown => State::Unknown,
        Found::Different(aspects) => State::Different(why(aspects)),
        Found::NotInForce(aspects) => {
            let word = |aspect: &Aspect| match (aspect.what.as_str(), aspect.found.as_deref()) {
                ("enabled", Some("no")) => "disabled".to_string(),
                ("enabled", found) => format!("fires {}", found.unwrap_or("otherwise")),
                ("validated", _) => "not validated".to_string(),
                (what, _) => format!("not {what}"),
            };
            State::NotInForce(aspects.iter().map(word).collect::<Vec<_>>().join(", "))
        }
    }
}

fn why(aspects: &[Aspect]) -> String {
    let one = |aspect: &Aspect| {
        let short = |text: &Option<String>| match text {
            None => "nothing".to_string(),
            Some(text) if text.contains('\n') => "another text".to_string(),
            Some(text) => format!("`{text}`"),
        };
        format!(
            "its {} is {}",
            aspect.what.replace('_', " "),
            short(&aspect.found)
        )
    };
    aspects.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn looked_at(object: &Object, state: State) -> Looked {
    let key = &object.key;
    let on = match key.on.as_str() {
        "" => key.schema.clone(),
        on => format!("{}.{on}", key.schema),
    };
    let calls = match (object.text("_function_schema"), object.text("_function")) {
        (Some(schema), Some(function)) => format!("{schema}.{function}"),
        _ => String::new(),
    };
    Looked {
        kind: key.kind.clone(),
        on,
        name: key.name.clone(),
        calls,
        state,
    }
}
