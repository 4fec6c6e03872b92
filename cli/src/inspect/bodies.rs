//! Bodies of functions: PostgreSQL's own validators, and plpgsql_check where the server has it.

use super::reference::Refusal;
use super::{Error, locate};
use pgwright_codegen::diag::Diagnostic;
use pgwright_codegen::source::Source;
use sqlx::PgConnection;
use sqlx::postgres::PgDatabaseError;

/// Functions made by the DDL, not by an extension; the schema's loading does not look into them.
const FUNCTIONS: &str = "
SELECT f.oid::int8, f.oid::regprocedure::text, f.prosrc, l.lanname::text
FROM pg_catalog.pg_proc AS f
JOIN pg_catalog.pg_namespace AS s ON s.oid = f.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
WHERE l.lanname IN ('plpgsql', 'sql') AND s.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
  )
ORDER BY 2";

/// Has every function's body checked.
pub(super) async fn check(
    connection: &mut PgConnection,
    source: &Source,
) -> Result<Vec<Refusal>, Error> {
    let functions: Vec<(i64, String, String, String)> = sqlx::query_as(FUNCTIONS)
        .fetch_all(&mut *connection)
        .await
        .map_err(Error::doing("list functions"))?;
    sqlx::query("SET check_function_bodies = on")
        .execute(&mut *connection)
        .await
        .map_err(Error::doing("have bodies checked"))?;
    let mut refusals = Vec::new();
    for (oid, name, body, language) in &functions {
        let validator = match &**language {
            "sql" => "SELECT pg_catalog.fmgr_sql_validator($1::int8::oid)",
            _ => "SELECT pg_catalog.plpgsql_validator($1::int8::oid)",
        };
        let Err(error) = sqlx::query(validator)
            .bind(oid)
            .execute(&mut *connection)
            .await
        else {
            continue;
        };
        let Some(said) = error
            .as_database_error()
            .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        else {
            return Err(Error::doing("have bodies checked")(error));
        };
        let text = format!("PostgreSQL refuses the body of {name}: {}", said.message());
        refusals.push(refusal(source, body, line_of(said), text));
    }
    refusals.extend(lint(connection, source).await?);
    Ok(refusals)
}

/// Whether plpgsql_check is there, made by somebody who may.
const LINT_IS_THERE: &str =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'plpgsql_check')";

/// A function is looked at once for each trigger that calls it: the table gives NEW and OLD their types.
const LINT: &str = "
SELECT DISTINCT f.oid::regprocedure::text, f.prosrc, c.lineno, c.message
FROM pg_catalog.pg_proc AS f
JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang AND l.lanname = 'plpgsql'
JOIN pg_catalog.pg_namespace AS s ON s.oid = f.pronamespace AND s.nspname NOT IN ('pg_catalog', 'information_schema')
LEFT JOIN pg_catalog.pg_trigger AS t ON t.tgfoid = f.oid AND NOT t.tgisinternal
CROSS JOIN LATERAL plpgsql_check_function_tb(
  f.oid, coalesce(t.tgrelid, 0),
  oldtable := t.tgoldtable, newtable := t.tgnewtable,
  performance_warnings := false, extra_warnings := false
) AS c
WHERE (t.oid IS NOT NULL OR f.prorettype <> 'trigger'::regtype) AND c.level = 'error'
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
  )
ORDER BY 1, 3";

async fn lint(connection: &mut PgConnection, source: &Source) -> Result<Vec<Refusal>, Error> {
    let (there,): (bool,) = sqlx::query_as(LINT_IS_THERE)
        .fetch_one(&mut *connection)
        .await
        .map_err(Error::doing("look for plpgsql_check"))?;
    if !there {
        return Ok(Vec::new());
    }
    let found: Vec<(String, String, Option<i32>, String)> = sqlx::query_as(LINT)
        .fetch_all(connection)
        .await
        .map_err(Error::doing("have bodies checked by plpgsql_check"))?;
    Ok(found
        .into_iter()
        .map(|(name, body, line, message)| {
            let text = format!("plpgsql_check on {name}: {message}");
            let line = line.and_then(|line| usize::try_from(line).ok());
            refusal(source, &body, line, text)
        })
        .collect())
}

fn refusal(source: &Source, body: &str, line: Option<usize>, text: String) -> Refusal {
    match locate::locate_line(source, body, line) {
        Some(span) => Refusal::Spec(Diagnostic::error("live-sql", text, span)),
        None => {
            let line = line.map_or(String::new(), |line| format!(" (line {line} of the body)"));
            Refusal::Generated(format!("{text}{line}"))
        }
    }
}

/// The line of the body, from `compilation of PL/pgSQL function "f" near line 2`.
fn line_of(said: &PgDatabaseError) -> Option<usize> {
    let (_, rest) = said.r#where()?.split_once("near line ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
