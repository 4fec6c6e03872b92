//! What is asked of a catalog: one query for each kind of object, whatever the number of tables.
//!
//! Every query gives one column, a JSON object as text. What stands in `kind`, `schema`, `on` and `name` says which object
//! it is; what begins with `_` is for the import alone; everything else is compared. The queries run on PostgreSQL 14 to
//! 18: a column that only newer servers have is read through `to_jsonb`, which gives NULL where it is not there.
//!
//! `search_path` decides which names PostgreSQL writes with their schema. [`SETTINGS`] is run first, with the default
//! schema alone in the path.

mod others;
mod rare;
mod routines;
mod tables;
mod types;

/// A query and what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// What it asks for, for messages.
    pub of: &'static str,
    /// The query.
    pub sql: &'static str,
    /// The first `server_version_num` that it is for, and the first that it is not for any more.
    pub versions: (u32, u32),
}

/// Settings under which PostgreSQL writes the same object as the same text, as one statement each. They end with the
/// transaction.
pub const SETTINGS: &[&str] = &[
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL quote_all_identifiers = off",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL enable_nestloop = off",
    "SET LOCAL jit = off",
];

/// A query that every server is asked.
const EVERY: (u32, u32) = (0, u32::MAX);

/// Every query.
pub const QUERIES: &[Query] = &[
    Query {
        of: "schemas",
        sql: others::SCHEMAS,
        versions: EVERY,
    },
    Query {
        of: "extensions",
        sql: others::EXTENSIONS,
        versions: EVERY,
    },
    Query {
        of: "types",
        sql: types::TYPES,
        versions: EVERY,
    },
    Query {
        of: "tables and views",
        sql: tables::RELATIONS,
        versions: EVERY,
    },
    Query {
        of: "columns",
        sql: tables::COLUMNS,
        versions: EVERY,
    },
    Query {
        of: "sequences",
        sql: tables::SEQUENCES,
        versions: EVERY,
    },
    Query {
        of: "constraints",
        sql: tables::CONSTRAINTS,
        versions: EVERY,
    },
    Query {
        of: "indexes",
        sql: tables::INDEXES,
        versions: EVERY,
    },
    Query {
        of: "statistics",
        sql: tables::STATISTICS,
        versions: EVERY,
    },
    Query {
        of: "functions",
        sql: routines::FUNCTIONS,
        versions: EVERY,
    },
    Query {
        of: "triggers",
        sql: routines::TRIGGERS,
        versions: EVERY,
    },
    Query {
        of: "policies",
        sql: tables::POLICIES,
        versions: EVERY,
    },
    Query {
        of: "rules",
        sql: routines::RULES,
        versions: EVERY,
    },
    Query {
        of: "publications",
        sql: rare::PUBLICATIONS_14,
        versions: (0, 150_000),
    },
    Query {
        of: "publications",
        sql: rare::PUBLICATIONS,
        versions: (150_000, u32::MAX),
    },
    Query {
        of: "other objects",
        sql: rare::OTHERS,
        versions: EVERY,
    },
];

/// The schemas of users.
macro_rules! namespaces {
    () => {
        "ns AS (
  SELECT n.oid, n.nspname::text AS name FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
),
ext AS MATERIALIZED (
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e' AND d.objsubid = 0
)"
    };
}

/// Whether no extension made the object.
macro_rules! own {
    ($class:literal, $oid:literal) => {
        concat!(
            "NOT EXISTS (SELECT FROM ext AS made WHERE made.classid = 'pg_catalog.",
            $class,
            "'::pg_catalog.regclass AND made.objid = ",
            $oid,
            ")"
        )
    };
}

/// The comment of an object, as a join.
macro_rules! comment {
    ($class:literal, $oid:literal) => {
        concat!(
            "LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.",
            $class,
            "'::pg_catalog.regclass AND d.objoid = ",
            $oid,
            " AND d.objsubid = 0"
        )
    };
}

/// How the rights on an object differ from those that a new one has: what each role has beyond them, and with `-` what it
/// lacks. Rights that the owner has by itself are left out, so that the same grants read the same on every server.
macro_rules! acl {
    ($acl:literal, $kind:literal, $owner:literal) => {
        concat!(
            "CASE WHEN ", $acl, " IS NOT NULL THEN (
    SELECT pg_catalog.jsonb_object_agg(r.who, r.what) FROM (
      SELECT x.who, pg_catalog.jsonb_agg(x.what ORDER BY x.what) AS what FROM (
        SELECT CASE g.grantee WHEN 0 THEN 'public' WHEN ", $owner, " THEN '(owner)' ELSE pg_catalog.pg_get_userbyid(g.grantee)::text END AS who,
               g.sign || pg_catalog.lower(g.privilege_type) || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END AS what
        FROM (
          (SELECT '' AS sign, h.grantee, h.privilege_type, h.is_grantable FROM pg_catalog.aclexplode(", $acl, ") AS h
           EXCEPT SELECT '', h.grantee, h.privilege_type, h.is_grantable FROM pg_catalog.aclexplode(pg_catalog.acldefault(", $kind, ", ", $owner, ")) AS h)
          UNION ALL
          (SELECT '-', h.grantee, h.privilege_type, h.is_grantable FROM pg_catalog.aclexplode(pg_catalog.acldefault(", $kind, ", ", $owner, ")) AS h
           EXCEPT SELECT '-', h.grantee, h.privilege_type, h.is_grantable FROM pg_catalog.aclexplode(", $acl, ") AS h)
        ) AS g
      ) AS x GROUP BY x.who
    ) AS r) END"
        )
    };
}

pub(crate) use {acl, comment, namespaces, own};
