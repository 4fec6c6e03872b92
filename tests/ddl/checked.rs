//! `plpgsql_check` on every function of the corpus, where the server has it.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

use crate::live;

/// Each trigger function is checked with each table that it is a trigger of, with its transition tables: one that
/// serves several events reads those of the event at hand.
const FINDINGS: &str = "
SELECT p.oid::regprocedure::text, coalesce(t.tgrelid::regclass::text, ''), c.found
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
  LEFT JOIN pg_catalog.pg_trigger AS t ON t.tgfoid = p.oid AND NOT t.tgisinternal
 CROSS JOIN LATERAL (
       SELECT max(o.tgoldtable), max(o.tgnewtable) FROM pg_catalog.pg_trigger AS o WHERE o.tgfoid = p.oid
       ) AS s (tgoldtable, tgnewtable)
 CROSS JOIN LATERAL plpgsql_check_function(
           p.oid::regprocedure, coalesce(t.tgrelid, 0)::regclass,
           oldtable => coalesce(t.tgoldtable, s.tgoldtable), newtable => coalesce(t.tgnewtable, s.tgnewtable),
           extra_warnings => true, performance_warnings => false, security_warnings => true) AS c (found)
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
   AND (t.oid IS NOT NULL OR p.prorettype <> 'trigger'::regtype)
 ORDER BY 1, 2";

/// What it says without reason: an assignment calls a function for its effect, which costs less than `PERFORM`.
const JUSTIFIED: &[&str] = &["never read variable \"mark\""];

#[tokio::test]
async fn plpgsql_check_finds_nothing() {
    let mut findings = Vec::new();
    for case in live::ready().await {
        let database = live::load(&case).await.unwrap();
        let mut connection = PgConnection::connect_with(&database.admin_options())
            .await
            .unwrap();
        if connection
            .execute("CREATE SCHEMA plpgsql_check; CREATE EXTENSION plpgsql_check SCHEMA plpgsql_check; SET search_path = public, plpgsql_check")
            .await
            .is_err()
        {
            eprintln!("plpgsql_check is not installed: not tried");
            return;
        }
        let rows: Vec<(String, String, String)> = sqlx::query_as(FINDINGS)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let unjustified = rows
            .into_iter()
            .filter(|(_, _, found)| !JUSTIFIED.iter().any(|justified| found.contains(justified)));
        findings.extend(
            unjustified.map(|(function, table, found)| {
                format!("{}: {function} {table}: {found}", case.name)
            }),
        );
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
