//! Enums, domains, composite types, ranges, and types of other makings.

use super::{acl, comment, namespaces, own};

/// Types that no table brings. The attributes of a composite type are among the columns.
pub(super) const TYPES: &str = concat!(
    "WITH ", namespaces!(), "
SELECT pg_catalog.jsonb_build_object(
  'kind', CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite type' WHEN 'r' THEN 'range type' ELSE 'base type' END,
  'schema', s.name, 'name', t.typname::text,
  'owner', pg_catalog.pg_get_userbyid(t.typowner)::text, 'comment', d.description,
  'grants', ", acl!("t.typacl", "'T'", "t.typowner"), ",
  'labels', (
    SELECT pg_catalog.jsonb_agg(e.enumlabel::text ORDER BY e.enumsortorder)
    FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid
  ),
  'type', CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) WHEN 'r' THEN pg_catalog.format_type(r.rngsubtype, NULL) END,
  'not_null', t.typnotnull,
  'default', CASE WHEN t.typtype = 'd' THEN pg_catalog.pg_get_expr(t.typdefaultbin, 0) END,
  'collation', CASE WHEN t.typtype = 'd' AND t.typcollation <> bt.typcollation THEN co.name WHEN t.typtype = 'r' AND r.rngcollation <> rt.typcollation THEN co.name END,
  'checks', (
    SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'name', k.conname::text, 'definition', pg_catalog.pg_get_constraintdef(k.oid), 'validated', k.convalidated
    ) ORDER BY k.conname)
    FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c'
  ),
  'check_comments', (
    SELECT pg_catalog.jsonb_object_agg(k.conname::text, c.description)
    FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_description AS c
      ON c.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND c.objoid = k.oid
    WHERE k.contypid = t.oid
  ),
  'operator_class', CASE WHEN t.typtype = 'r' AND NOT oc.opcdefault THEN pg_catalog.quote_ident(ocn.nspname) || '.' || pg_catalog.quote_ident(oc.opcname) END,
  'canonical', NULLIF(r.rngcanonical::oid, 0)::pg_catalog.regproc::text,
  'subtype_diff', NULLIF(r.rngsubdiff::oid, 0)::pg_catalog.regproc::text,
  'multirange', (
    SELECT pg_catalog.quote_ident(mn.nspname) || '.' || pg_catalog.quote_ident(m.typname)
    FROM pg_catalog.pg_type AS m JOIN pg_catalog.pg_namespace AS mn ON mn.oid = m.typnamespace WHERE m.oid = r.rngmultitypid
  ),
  '_base_schema', en.nspname::text, '_base_name', et.typname::text, '_base_array', et.oid <> bt.oid
)::text
FROM ns AS s
JOIN pg_catalog.pg_type AS t ON t.typnamespace = s.oid
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
LEFT JOIN pg_catalog.pg_type AS bt ON bt.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_type AS et ON et.oid = CASE WHEN bt.typcategory = 'A' AND bt.typelem <> 0 THEN bt.typelem ELSE bt.oid END
LEFT JOIN pg_catalog.pg_namespace AS en ON en.oid = et.typnamespace
LEFT JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
LEFT JOIN pg_catalog.pg_type AS rt ON rt.oid = r.rngsubtype
LEFT JOIN pg_catalog.pg_opclass AS oc ON oc.oid = r.rngsubopc
LEFT JOIN pg_catalog.pg_namespace AS ocn ON ocn.oid = oc.opcnamespace
LEFT JOIN LATERAL (
  SELECT CASE WHEN cn.nspname = 'pg_catalog' THEN pg_catalog.quote_ident(l.collname)
         ELSE pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(l.collname) END AS name
  FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS cn ON cn.oid = l.collnamespace
  WHERE l.oid = coalesce(NULLIF(t.typcollation, 0), r.rngcollation)
) AS co ON true
", comment!("pg_type", "t.oid"), "
WHERE ", own!("pg_type", "t.oid"), "
  AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')
       OR (t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS l WHERE l.oid = t.typelem AND l.typarray = t.oid)))
ORDER BY t.oid"
);
