//! Tables, views, and what hangs on them.

use super::{acl, comment, namespaces, own};

/// Tables, foreign tables, views and materialized views.
pub(super) const RELATIONS: &str = concat!(
    "WITH ", namespaces!(), "
SELECT pg_catalog.jsonb_build_object(
  'kind', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
  'schema', s.name, 'name', c.relname::text,
  'owner', pg_catalog.pg_get_userbyid(c.relowner)::text,
  'comment', d.description,
  'grants', ", acl!("c.relacl", "'r'", "c.relowner"), ",
  'unlogged', c.relpersistence = 'u',
  'options', c.reloptions,
  'toast_options', toast.reloptions,
  'partition_by', CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
  'partition_values', CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
  'inherits', (
    SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(pn.nspname::text, p.relname::text) ORDER BY i.inhseqno)
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
    JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = c.oid
  ),
  'row_security', c.relrowsecurity,
  'force_row_security', c.relforcerowsecurity,
  'replica_identity', CASE WHEN c.relkind IN ('r', 'p', 'm') THEN CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END END,
  'access_method', CASE WHEN am.amname <> 'heap' THEN am.amname::text END,
  'tablespace', ts.spcname::text,
  'of_type', CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END,
  'query', CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') END,
  'server', fs.srvname::text,
  'server_options', ft.ftoptions
)::text
FROM ns AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_foreign_table AS ft ON ft.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server AS fs ON fs.oid = ft.ftserver
", comment!("pg_class", "c.oid"), "
WHERE ", own!("pg_class", "c.oid"), "
ORDER BY c.oid"
);

/// Columns of tables, views and composite types, in their order.
pub(super) const COLUMNS: &str = concat!(
    "WITH ", namespaces!(), "
SELECT pg_catalog.jsonb_build_object(
  'kind', 'column', 'schema', s.name, 'on', c.relname::text, 'name', a.attname::text,
  'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
  'not_null', a.attnotnull,
  'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(def.adbin, def.adrelid) END,
  'generated', CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(def.adbin, def.adrelid) END,
  'virtual', a.attgenerated = 'v',
  'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
  'collation', CASE WHEN a.attcollation <> t.typcollation THEN CASE WHEN cn.nspname = 'pg_catalog' THEN pg_catalog.quote_ident(co.collname)
    ELSE pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname) END END,
  'storage', CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'm' THEN 'main' WHEN 'e' THEN 'external' ELSE 'extended' END END,
  'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
  'statistics', NULLIF(a.attstattarget, -1),
  'options', a.attoptions,
  'server_options', a.attfdwoptions,
  'comment', d.description,
  'grants', ", acl!("a.attacl", "'c'", "c.relowner"), ",
  '_usual_storage', CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'm' THEN 'main' WHEN 'e' THEN 'external' ELSE 'extended' END,
  '_of', c.relkind, '_local', a.attislocal, '_inherited', a.attinhcount > 0, '_partition', c.relispartition,
  '_dimensions', a.attndims,
  '_type_schema', tn.nspname::text, '_type_name', et.typname::text, '_array', et.oid <> t.oid
)::text
FROM ns AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type AS et ON et.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = et.typnamespace
LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
LEFT JOIN pg_catalog.pg_attrdef AS def ON def.adrelid = c.oid AND def.adnum = a.attnum
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
WHERE ", own!("pg_class", "c.oid"), "
ORDER BY c.oid, a.attnum"
);

/// Sequences, with the column that owns each.
pub(super) const SEQUENCES: &str = concat!(
    "WITH ", namespaces!(), "
SELECT pg_catalog.jsonb_build_object(
  'kind', 'sequence', 'schema', s.name, 'name', c.relname::text,
  'owner', pg_catalog.pg_get_userbyid(c.relowner)::text, 'comment', d.description,
  'grants', ", acl!("c.relacl", "'s'", "c.relowner"), ",
  'unlogged', c.relpersistence = 'u',
  'type', pg_catalog.format_type(q.seqtypid, NULL), 'start', q.seqstart, 'increment', q.seqincrement,
  'min', q.seqmin, 'max', q.seqmax, 'cache', q.seqcache, 'cycle', q.seqcycle,
  'owned_by', CASE WHEN a.attname IS NOT NULL THEN pg_catalog.jsonb_build_array(tn.nspname::text, t.relname::text, a.attname::text) END,
  'identity', coalesce(o.deptype = 'i', false)
)::text
FROM ns AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relkind = 'S'
JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = c.oid
LEFT JOIN pg_catalog.pg_depend AS o ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid AND o.objsubid = 0
  AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = o.refobjid
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
", comment!("pg_class", "c.oid"), "
WHERE ", own!("pg_class", "c.oid"), "
ORDER BY c.oid"
);

/// Constraints of tables. A NOT NULL is one since PostgreSQL 18, and belongs to its column.
pub(super) const CONSTRAINTS: &str = concat!(
    "WITH ", namespaces!(), ",
off AS MATERIALIZED (
  SELECT DISTINCT t.tgconstraint FROM pg_catalog.pg_trigger AS t
  WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled NOT IN ('O', 'A')
)
SELECT pg_catalog.jsonb_build_object(
  'kind', 'constraint', 'schema', s.name, 'on', c.relname::text, 'name', k.conname::text,
  'definition', CASE WHEN k.convalidated THEN x.definition ELSE pg_catalog.regexp_replace(x.definition, ' NOT VALID$', '') END,
  'validated', k.convalidated,
  'enabled', off.tgconstraint IS NULL,
  'comment', d.description,
  'index_comment', di.description,
  'tablespace', ts.spcname::text,
  'replica_identity', CASE WHEN i.indisreplident THEN true END,
  'clustered', CASE WHEN i.indisclustered THEN true END,
  '_type', k.contype,
  '_enforced', (pg_catalog.to_jsonb(k) ->> 'conenforced')::bool,
  '_deferrable', k.condeferrable, '_deferred', k.condeferred,
  '_columns', (
    SELECT pg_catalog.jsonb_agg(a.attname::text ORDER BY u.place)
    FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number
  ),
  '_target_schema', rn.nspname::text, '_target', r.relname::text,
  '_target_columns', (
    SELECT pg_catalog.jsonb_agg(a.attname::text ORDER BY u.place)
    FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number
  ),
  '_on_update', k.confupdtype, '_on_delete', k.confdeltype, '_match', k.confmatchtype,
  '_set_columns', pg_catalog.to_jsonb(k) -> 'confdelsetcols',
  '_no_inherit', k.connoinherit,
  -- A NOT NULL of a partition has a name that nobody chose, and the table's own decides.
  '_local', k.conislocal, '_parent', k.conparentid <> 0 OR (k.contype = 'n' AND c.relispartition),
  'options', ic.reloptions,
  '_parent_index', CASE WHEN k.conparentid <> 0 THEN (
    SELECT pg_catalog.jsonb_build_array(pn.nspname::text, p.relname::text)
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
    JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE h.inhrelid = i.indexrelid
  ) END,
  '_include', (
    SELECT pg_catalog.jsonb_agg(a.attname::text ORDER BY u.place)
    FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number
    WHERE u.place > i.indnkeyatts AND k.contype IN ('p', 'u', 'x')
  )
)::text
FROM ns AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x', 'n')
CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_constraintdef(k.oid) AS definition) AS x
LEFT JOIN off ON off.tgconstraint = k.oid
LEFT JOIN pg_catalog.pg_class AS r ON r.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = ic.reltablespace
LEFT JOIN pg_catalog.pg_description AS di ON di.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND di.objoid = ic.oid AND di.objsubid = 0
", comment!("pg_constraint", "k.oid"), "
WHERE ", own!("pg_class", "c.oid"), " AND ", own!("pg_constraint", "k.oid"), "
ORDER BY c.oid, k.oid"
);

/// Indexes that no constraint made.
pub(super) const INDEXES: &str = concat!(
    "WITH ",
    namespaces!(),
    "
SELECT pg_catalog.jsonb_build_object(
  'kind', 'index', 'schema', s.name, 'on', t.relname::text, 'name', c.relname::text,
  'definition', pg_catalog.pg_get_indexdef(i.indexrelid),
  'valid', i.indisvalid AND i.indisready,
  'comment', d.description,
  'tablespace', ts.spcname::text,
  'replica_identity', CASE WHEN i.indisreplident THEN true END,
  'clustered', CASE WHEN i.indisclustered THEN true END,
  'statistics', (
    SELECT pg_catalog.jsonb_object_agg(a.attnum::text, a.attstattarget)
    FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attstattarget >= 0
  ),
  '_unique', i.indisunique,
  '_method', am.amname::text,
  '_options', c.reloptions,
  '_nulls_not_distinct', coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false),
  '_predicate', pg_catalog.pg_get_expr(i.indpred, i.indrelid),
  '_include', (
    SELECT pg_catalog.jsonb_agg(a.attname::text ORDER BY u.place)
    FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number
    WHERE u.place > i.indnkeyatts
  ),
  '_parent_index', CASE WHEN c.relispartition THEN (
    SELECT pg_catalog.jsonb_build_array(pn.nspname::text, p.relname::text)
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
    JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE h.inhrelid = c.oid
  ) END,
  '_parent', c.relispartition
)::text
FROM ns AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relkind IN ('i', 'I')
JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace
",
    comment!("pg_class", "c.oid"),
    "
WHERE k.oid IS NULL AND ",
    own!("pg_class", "t.oid"),
    " AND ",
    own!("pg_class", "c.oid"),
    "
ORDER BY t.oid, c.oid"
);

/// Extended statistics.
pub(super) const STATISTICS: &str = concat!(
    "WITH ",
    namespaces!(),
    "
SELECT pg_catalog.jsonb_build_object(
  'kind', 'statistics', 'schema', s.name, 'on', t.relname::text, 'name', x.stxname::text,
  'owner', pg_catalog.pg_get_userbyid(x.stxowner)::text,
  'definition', pg_catalog.pg_get_statisticsobjdef(x.oid),
  'target', NULLIF(x.stxstattarget, -1),
  'comment', d.description,
  '_table_schema', tn.nspname::text
)::text
FROM ns AS s
JOIN pg_catalog.pg_statistic_ext AS x ON x.stxnamespace = s.oid
JOIN pg_catalog.pg_class AS t ON t.oid = x.stxrelid
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
",
    comment!("pg_statistic_ext", "x.oid"),
    "
WHERE ",
    own!("pg_statistic_ext", "x.oid"),
    "
ORDER BY t.oid, x.oid"
);

/// Policies of row level security.
pub(super) const POLICIES: &str = concat!(
    "WITH ", namespaces!(), "
SELECT pg_catalog.jsonb_build_object(
  'kind', 'policy', 'schema', s.name, 'on', c.relname::text, 'name', p.polname::text,
  'restrictive', NOT p.polpermissive,
  'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
  'roles', (
    SELECT pg_catalog.jsonb_agg(CASE u.role WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(u.role)::text END ORDER BY u.role)
    FROM pg_catalog.unnest(p.polroles) AS u (role)
  ),
  'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
  'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
  'comment', d.description
)::text
FROM ns AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid
JOIN pg_catalog.pg_policy AS p ON p.polrelid = c.oid
", comment!("pg_policy", "p.oid"), "
WHERE ", own!("pg_class", "c.oid"), "
ORDER BY c.oid, p.oid"
);
