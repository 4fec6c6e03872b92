//! Schemas and extensions.

use super::{acl, comment, namespaces, own};

/// Schemas.
pub(super) const SCHEMAS: &str = concat!(
    "WITH ",
    namespaces!(),
    "
SELECT pg_catalog.jsonb_build_object(
  'kind', 'schema', 'name', s.name,
  'owner', pg_catalog.pg_get_userbyid(n.nspowner)::text, 'comment', d.description,
  'grants', ",
    acl!("n.nspacl", "'n'", "n.nspowner"),
    "
)::text
FROM ns AS s
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.oid
",
    comment!("pg_namespace", "s.oid"),
    "
WHERE ",
    own!("pg_namespace", "s.oid"),
    "
ORDER BY s.name"
);

/// Extensions.
pub(super) const EXTENSIONS: &str = concat!(
    "SELECT pg_catalog.jsonb_build_object('kind', 'extension', 'name', x.extname::text, 'in_schema', n.nspname::text,
  -- What the extension says of itself is nobody's doing.
  'comment', CASE WHEN d.description IS DISTINCT FROM a.comment THEN d.description END)::text
FROM pg_catalog.pg_extension AS x
JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace
LEFT JOIN pg_catalog.pg_available_extensions() AS a (name, default_version, comment) ON a.name = x.extname
", comment!("pg_extension", "x.oid"), "
ORDER BY x.extname"
);
