//! What a database holds, as PostgreSQL itself says it, in lines that can be compared.
//!
//! The order of columns in a table is left out: a column that is added stands behind the others, in a new database where the
//! spec has it, and nothing but `SELECT *` sees a difference.

use sqlx::{PgConnection, Row as _};

/// One object or property of the database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// What it is: `column public.users.email`.
    pub name: String,
    /// How it is.
    pub definition: String,
}

/// Schemas of PostgreSQL itself, objects of extensions, and the table of sqlx are nobody's change.
const QUERY: &str = r#"
WITH spaces AS (
  SELECT n.oid, n.nspname, n.nspacl, n.nspowner FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
), classes AS (
  SELECT c.*, s.nspname, pg_catalog.format('%I.%I', s.nspname, c.relname) AS full_name
  FROM pg_catalog.pg_class AS c JOIN spaces AS s ON s.oid = c.relnamespace
  WHERE c.relname <> '_sqlx_migrations' AND c.relname <> '_sqlx_migrations_pkey'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), types AS (
  SELECT t.*, pg_catalog.format('%I.%I', s.nspname, t.typname) AS full_name
  FROM pg_catalog.pg_type AS t JOIN spaces AS s ON s.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'c') AND (t.typrelid = 0 OR EXISTS (
          SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
), procs AS (
  SELECT p.*, pg_catalog.format('%I.%I(%s)', s.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS full_name
  FROM pg_catalog.pg_proc AS p JOIN spaces AS s ON s.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
)
SELECT 'schema ' || nspname, '' FROM spaces
UNION ALL
SELECT 'extension ' || extname, '' FROM pg_catalog.pg_extension
UNION ALL
SELECT 'relation ' || full_name,
       pg_catalog.concat_ws(' ', relkind::text, relpersistence::text, relrowsecurity::text, relforcerowsecurity::text,
         (SELECT pg_catalog.string_agg(option, ',' ORDER BY option) FROM pg_catalog.unnest(reloptions) AS option),
         CASE WHEN relkind = 'p' THEN pg_catalog.pg_get_partkeydef(oid) END,
         CASE WHEN relispartition THEN pg_catalog.pg_get_expr(relpartbound, oid) END,
         (SELECT pg_catalog.string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno)
          FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = classes.oid))
FROM classes WHERE relkind IN ('r', 'p', 'f')
UNION ALL
SELECT 'column ' || c.full_name || '.' || a.attname,
       pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attidentity::text,
         a.attgenerated::text, a.attislocal::text, a.attinhcount::text,
         (SELECT l.collname FROM pg_catalog.pg_collation AS l WHERE l.oid = a.attcollation),
         pg_catalog.pg_get_expr(d.adbin, d.adrelid))
FROM classes AS c
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT 'view ' || full_name, relkind::text || ' ' || pg_catalog.pg_get_viewdef(oid) FROM classes WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'constraint ' || k.conname || ' of ' || c.full_name,
       pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(k.oid), k.convalidated::text, k.conislocal::text)
FROM classes AS c JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid
WHERE NOT c.relispartition AND k.contype <> 't'
UNION ALL
SELECT 'index ' || c.full_name, pg_catalog.concat_ws(' ', pg_catalog.pg_get_indexdef(i.indexrelid), i.indisvalid::text, i.indisready::text)
FROM classes AS c JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid WHERE NOT t.relispartition
UNION ALL
SELECT 'sequence ' || c.full_name, pg_catalog.concat_ws(' ', s.seqtypid::regtype::text, s.seqincrement::text, s.seqmin::text,
         (SELECT pg_catalog.format('%s.%s', d.refobjid::regclass::text, a.attname)
          FROM pg_catalog.pg_depend AS d
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') LIMIT 1))
FROM classes AS c JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
UNION ALL
SELECT 'statistics ' || s.nspname || '.' || e.stxname, pg_catalog.pg_get_statisticsobjdef(e.oid)
FROM spaces AS s JOIN pg_catalog.pg_statistic_ext AS e ON e.stxnamespace = s.oid
UNION ALL
SELECT 'trigger ' || t.tgname || ' on ' || c.full_name, pg_catalog.pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
FROM classes AS c JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 'policy ' || p.polname || ' on ' || c.full_name,
       pg_catalog.concat_ws(' ', p.polcmd::text, p.polpermissive::text,
         (SELECT pg_catalog.string_agg(CASE WHEN r = 0 THEN 'public' ELSE r::regrole::text END, ',' ORDER BY r) FROM pg_catalog.unnest(p.polroles) AS r),
         pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM classes AS c JOIN pg_catalog.pg_policy AS p ON p.polrelid = c.oid
UNION ALL
SELECT 'function ' || full_name,
       CASE WHEN prokind IN ('a', 'w') THEN prokind::text ELSE pg_catalog.pg_get_functiondef(oid) END
FROM procs
UNION ALL
SELECT 'type ' || full_name, pg_catalog.concat_ws(' ', typtype::text,
         CASE WHEN typtype = 'd' THEN pg_catalog.format_type(typbasetype, typtypmod) END, typnotnull::text, typdefault,
         (SELECT l.collname FROM pg_catalog.pg_collation AS l WHERE l.oid = typcollation),
         (SELECT pg_catalog.string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = types.oid),
         (SELECT pg_catalog.string_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = types.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
         (SELECT pg_catalog.string_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid) || k.convalidated::text, ',' ORDER BY k.conname)
          FROM pg_catalog.pg_constraint AS k WHERE k.contypid = types.oid))
FROM types
UNION ALL
SELECT 'grant on ' || c.full_name || ' to ' || CASE WHEN g.grantee = 0 THEN 'public' ELSE g.grantee::regrole::text END,
       pg_catalog.string_agg(g.privilege_type, ',' ORDER BY g.privilege_type)
FROM classes AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS g
WHERE g.grantee <> c.relowner GROUP BY 1
UNION ALL
SELECT 'grant on schema ' || s.nspname || ' to ' || CASE WHEN g.grantee = 0 THEN 'public' ELSE g.grantee::regrole::text END,
       pg_catalog.string_agg(g.privilege_type, ',' ORDER BY g.privilege_type)
FROM spaces AS s CROSS JOIN LATERAL pg_catalog.aclexplode(s.nspacl) AS g
WHERE g.grantee <> s.nspowner GROUP BY 1
UNION ALL
SELECT 'grant on function ' || p.full_name || ' to ' || CASE WHEN g.grantee = 0 THEN 'public' ELSE g.grantee::regrole::text END,
       pg_catalog.string_agg(g.privilege_type, ',' ORDER BY g.privilege_type)
FROM procs AS p CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS g
WHERE g.grantee <> p.proowner GROUP BY 1
UNION ALL
SELECT 'comment on ' || c.full_name || coalesce('.' || a.attname, ''), d.description
FROM classes AS c
JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
UNION ALL
SELECT 'comment on type ' || t.full_name, d.description
FROM types AS t JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_type'::regclass AND d.objoid = t.oid
UNION ALL
SELECT 'comment on function ' || p.full_name, d.description
FROM procs AS p JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_proc'::regclass AND d.objoid = p.oid
"#;

/// Everything that a database holds beside what PostgreSQL and extensions bring.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn read(connection: &mut PgConnection) -> Result<Vec<Line>, sqlx::Error> {
    let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "SET search_path = pg_catalog; {QUERY}"
    )))
    .fetch_all(&mut *connection)
    .await?;
    sqlx::raw_sql("RESET search_path")
        .execute(connection)
        .await?;
    let mut lines: Vec<Line> = rows
        .iter()
        .map(|row| Line {
            name: row.try_get(0).unwrap_or_default(),
            definition: row.try_get(1).unwrap_or_default(),
        })
        .collect();
    lines.sort();
    Ok(lines)
}

/// What differs, one line each: `+` is only in the second, `-` only in the first.
#[must_use]
pub fn difference(first: &[Line], second: &[Line]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let text = |line: &Line| format!("{}: {}", line.name, line.definition);
    for line in first
        .iter()
        .filter(|line| second.binary_search(line).is_err())
    {
        found.push(format!("- {}", text(line)));
    }
    for line in second
        .iter()
        .filter(|line| first.binary_search(line).is_err())
    {
        found.push(format!("+ {}", text(line)));
    }
    found
}
