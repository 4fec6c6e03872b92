//! Names of the database, quoted in one place.

use std::fmt;

use crate::sql::{Render, Sql};

/// The longest name PostgreSQL keeps, in bytes (`NAMEDATALEN - 1`). It cuts longer ones without an error,
/// so the compiler refuses them.
pub const MAX_BYTES: usize = 63;

/// A name that PostgreSQL takes as it is: not empty, without NUL, at most [`MAX_BYTES`] long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(String);

/// Why a text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentError {
    /// The text is empty.
    Empty,
    /// The text is longer than [`MAX_BYTES`]; the length in bytes.
    TooLong(usize),
    /// The text holds a NUL, which no PostgreSQL text can.
    Nul,
}

impl fmt::Display for IdentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a name cannot be empty"),
            Self::TooLong(bytes) => {
                write!(
                    f,
                    "the name is {bytes} bytes long, and PostgreSQL keeps {MAX_BYTES}"
                )
            }
            Self::Nul => f.write_str("a name cannot hold a NUL character"),
        }
    }
}

impl std::error::Error for IdentError {}

impl Ident {
    /// Checks the text and makes a name of it.
    ///
    /// # Errors
    /// If the text is empty, too long or holds a NUL.
    pub fn new(text: impl Into<String>) -> Result<Self, IdentError> {
        let text = text.into();
        if text.is_empty() {
            Err(IdentError::Empty)
        } else if text.len() > MAX_BYTES {
            Err(IdentError::TooLong(text.len()))
        } else if text.contains('\0') {
            Err(IdentError::Nul)
        } else {
            Ok(Self(text))
        }
    }

    /// A name from parts, joined by `_`. A result that would be too long keeps its beginning and gets eight
    /// hexadecimal digits of a hash of the whole (FNV-1a, 32 bits), so that derived names stay distinct
    /// and the same on every machine.
    #[must_use]
    pub fn derived(parts: &[&str]) -> Self {
        let whole: String = parts
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("_")
            .replace('\0', "");
        if whole.is_empty() {
            return Self("_".to_owned());
        }
        if whole.len() <= MAX_BYTES {
            return Self(whole);
        }
        let hash = whole.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        let mut end = MAX_BYTES - 9;
        while !whole.is_char_boundary(end) {
            end -= 1;
        }
        Self(format!("{}_{hash:08x}", &whole[..end]))
    }

    /// The name as it is, without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    /// The bare name, for messages. SQL gets it through [`Render`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Render for Ident {
    fn render(&self, sql: &mut Sql) {
        sql.push_ident(&self.0);
    }
}

/// A name with the schema it lives in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The PostgreSQL schema.
    pub schema: Ident,
    /// The object's own name.
    pub name: Ident,
}

impl QualifiedName {
    /// The two parts together.
    #[must_use]
    pub fn new(schema: Ident, name: Ident) -> Self {
        Self { schema, name }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl Render for QualifiedName {
    fn render(&self, sql: &mut Sql) {
        self.schema.render(sql);
        sql.push_keyword(".");
        self.name.render(sql);
    }
}

/// Whether the name has to be quoted: the rule of the server's own `quote_ident`.
pub(crate) fn needs_quotes(name: &str) -> bool {
    let mut bytes = name.bytes();
    let plain = bytes
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    !plain || is_keyword(name)
}

/// Whether PostgreSQL (any of 14 to 18) reserves the word in some place, so that it cannot stand bare
/// everywhere. From `pg_get_keywords()`, all categories but the unreserved.
#[must_use]
pub fn is_keyword(name: &str) -> bool {
    KEYWORDS.binary_search(&name).is_ok()
}

const KEYWORDS: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];
