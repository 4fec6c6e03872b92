//! Names that are no type of PostgreSQL's own: extensions' types, and mistakes.

use std::ops::Range;

use super::builtin::{PLAIN, PSEUDO, WORDS};
use super::{TypeError, TypeScope};
use crate::diag::nearest;

/// Types that well-known extensions bring.
const TYPES: &[(&str, &[&str])] = &[
    ("address_standardizer", &["stdaddr"]),
    ("age", &["agtype", "graphid"]),
    ("citext", &["citext"]),
    ("cube", &["cube"]),
    ("debversion", &["debversion"]),
    ("earthdistance", &["earth"]),
    ("h3", &["h3index"]),
    ("hll", &["hll"]),
    ("hstore", &["hstore"]),
    ("intarray", &["query_int"]),
    (
        "ip4r",
        &["ip4", "ip4r", "ip6", "ip6r", "ipaddress", "iprange"],
    ),
    (
        "isn",
        &[
            "ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc",
        ],
    ),
    ("lo", &["lo"]),
    ("ltree", &["lquery", "ltree", "ltxtquery"]),
    ("pg_jsonschema", &[]),
    ("pgmp", &["mpq", "mpz"]),
    ("pgx_ulid", &["ulid"]),
    ("postgis", &["box2d", "box3d", "geography", "geometry"]),
    ("postgis_raster", &["raster"]),
    ("postgis_topology", &["topogeometry", "topoelement"]),
    ("prefix", &["prefix_range"]),
    ("roaringbitmap", &["roaringbitmap"]),
    ("seg", &["seg"]),
    ("semver", &["semver"]),
    ("tdigest", &["tdigest"]),
    ("uint", &["int1", "uint1", "uint2", "uint4", "uint8"]),
    ("ulid", &["ulid"]),
    ("unit", &["unit"]),
    ("vector", &["halfvec", "sparsevec", "vector"]),
];

/// Well-known extensions that bring no type that a column would have.
const WITHOUT_TYPES: &[&str] = &[
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "dblink",
    "dict_int",
    "dict_xsyn",
    "file_fdw",
    "fuzzystrmatch",
    "insert_username",
    "moddatetime",
    "pageinspect",
    "pg_buffercache",
    "pg_cron",
    "pg_freespacemap",
    "pg_partman",
    "pg_prewarm",
    "pg_repack",
    "pg_stat_statements",
    "pg_trgm",
    "pg_visibility",
    "pgaudit",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "plpgsql",
    "postgres_fdw",
    "refint",
    "sslinfo",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "xml2",
];

/// What others call PostgreSQL's types.
const ELSEWHERE: &[(&str, &str)] = &[
    ("autoincrement", "bigint\", identity = \"always"),
    ("binary", "bytea"),
    ("blob", "bytea"),
    ("bytes", "bytea"),
    ("clob", "text"),
    ("datetime", "timestamptz"),
    ("double", "double precision"),
    ("f32", "real"),
    ("f64", "double precision"),
    ("guid", "uuid"),
    ("i16", "smallint"),
    ("i32", "integer"),
    ("i64", "bigint"),
    ("int16", "smallint"),
    ("int32", "integer"),
    ("int64", "bigint"),
    ("long", "bigint"),
    ("longtext", "text"),
    ("mediumtext", "text"),
    ("number", "numeric"),
    ("nvarchar", "varchar"),
    ("object", "jsonb"),
    ("short", "smallint"),
    ("str", "text"),
    ("string", "text"),
    ("tinyint", "smallint"),
    ("tinytext", "text"),
    ("u32", "bigint"),
    ("u64", "numeric"),
    ("varbinary", "bytea"),
    ("varchar2", "varchar"),
];

/// The extension that brings a type of this name.
pub(crate) fn extension_of(name: &str) -> Option<&'static str> {
    TYPES
        .iter()
        .find(|(_, types)| types.contains(&name))
        .map(|(extension, _)| *extension)
}

/// Whether it is known what an extension brings.
pub(crate) fn is_known(extension: &str) -> bool {
    WITHOUT_TYPES.contains(&extension) || TYPES.iter().any(|(known, _)| *known == extension)
}

/// Whether a name in lower case that is no type of PostgreSQL's or the spec's can still be a type.
pub(super) fn may_exist(name: &str, written_lower: bool, scope: &TypeScope<'_>) -> bool {
    if extension_of(name).is_some() || scope.made.iter().any(|made| made == name) {
        return true;
    }
    // Names of the spec's types begin with a capital letter: such a name is a mistake in one of them.
    if !written_lower || PSEUDO.contains(&name) {
        return false;
    }
    let unknown_extension = scope
        .extensions
        .iter()
        .any(|extension| !is_known(extension.as_str()));
    unknown_extension || scope.raw && nearest(name, candidates(scope)).is_none()
}

fn candidates<'a>(scope: &'a TypeScope<'_>) -> impl Iterator<Item = &'a str> {
    let extensions = TYPES
        .iter()
        .filter(|(extension, _)| {
            scope
                .extensions
                .iter()
                .any(|known| known.as_str() == *extension)
        })
        .flat_map(|(_, types)| types.iter().copied());
    WORDS
        .iter()
        .chain(PLAIN)
        .copied()
        .chain(extensions)
        .chain(scope.known.iter().map(|(name, _)| name.as_str()))
}

/// The error for a name that is no type.
pub(super) fn unknown(written: &str, range: Range<usize>, scope: &TypeScope<'_>) -> TypeError {
    let lower = written.to_ascii_lowercase();
    if PSEUDO.contains(&lower.as_str()) {
        return TypeError::new(range, format!("no column can have the type `{lower}`"))
            .help("it is a pseudo-type, for arguments and results of functions");
    }
    let error = TypeError::new(range, format!("there is no type `{written}`"));
    if let Some((name, _)) = scope.known.iter().find(|(_, sql)| *sql == lower) {
        return error.help(format!(
            "a type of the spec is written by its Rust name: `{name}`"
        ));
    }
    let elsewhere = ELSEWHERE.iter().find(|(word, _)| *word == lower);
    let meant = elsewhere
        .map(|(_, meant)| *meant)
        .or_else(|| nearest(written, candidates(scope)));
    if let Some(meant) = meant {
        return error.help(format!("did you mean `{meant}`?"));
    }
    error.help(if written.starts_with(|first: char| first.is_ascii_uppercase()) {
        "declare it under [enums], [domains] or [composites]; a type of another making is written in full: `public.\"Name\"`"
    } else {
        "name the extension that brings it in `extensions` of [database], or write it with its schema: `public.name`"
    })
}
