//! Types of columns.

use super::{CompositeId, DomainId, EnumId};
use crate::ident::{Ident, QualifiedName};
use crate::sql::SqlExpr;

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// The element.
    pub base: BaseType,
    /// How many `[]` follow; PostgreSQL does not enforce more than "is an array".
    pub dimensions: u8,
}

/// The element type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseType {
    /// A type that PostgreSQL brings.
    Builtin(Builtin),
    /// An enum of the spec.
    Enum(EnumId),
    /// A domain of the spec.
    Domain(DomainId),
    /// A composite type of the spec.
    Composite(CompositeId),
    /// A type of an extension or of a function's making, as the author wrote it (`citext`, `vector(3)`,
    /// `geometry(Point, 4326)`). Whether it exists, only a server knows.
    Other(SqlExpr),
}

/// Types that PostgreSQL brings, with their modifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the type of that name")]
pub enum Builtin {
    SmallInt,
    Integer,
    BigInt,
    /// Precision and scale.
    Numeric(Option<(u16, i16)>),
    Real,
    DoublePrecision,
    Money,
    Text,
    /// Length.
    Varchar(Option<u32>),
    /// Length; `char` alone is `char(1)`.
    Char(Option<u32>),
    Name,
    Bytea,
    Boolean,
    Uuid,
    Date,
    /// Fractional digits of a second.
    Time(Option<u8>),
    /// Fractional digits of a second.
    TimeTz(Option<u8>),
    /// Fractional digits of a second.
    Timestamp(Option<u8>),
    /// Fractional digits of a second.
    TimestampTz(Option<u8>),
    /// Fields (`day to second`) in PostgreSQL's own words, and fractional digits of a second.
    Interval(Option<&'static str>, Option<u8>),
    Json,
    Jsonb,
    Xml,
    Inet,
    Cidr,
    MacAddr,
    MacAddr8,
    /// Length.
    Bit(Option<u32>),
    /// Length.
    VarBit(Option<u32>),
    TsVector,
    TsQuery,
    Oid,
    PgLsn,
    /// Any other type of `pg_catalog` without modifiers, by its name (`int4range`, `tstzmultirange`, `point`, `jsonpath`, `regclass`).
    Plain(&'static str),
}

/// An enum type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    /// The Rust name.
    pub name: String,
    /// The type in PostgreSQL.
    pub ty: QualifiedName,
    /// Documentation.
    pub doc: Option<String>,
    /// The labels in their order.
    pub labels: Vec<Label>,
    /// The Rust name it had before.
    pub renamed_from: Option<String>,
}

/// A label of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The text in the database.
    pub text: String,
    /// The text it had before.
    pub renamed_from: Option<String>,
}

/// A domain: a type with checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The Rust name.
    pub name: String,
    /// The type in PostgreSQL.
    pub ty: QualifiedName,
    /// Documentation.
    pub doc: Option<String>,
    /// What it is made of.
    pub base: Type,
    /// Collation, if not the base type's.
    pub collation: Option<QualifiedNameOrIdent>,
    /// Whether the domain itself takes no NULL.
    pub not_null: bool,
    /// Default.
    pub default: Option<super::Default>,
    /// Named checks; `VALUE` stands for the value.
    pub checks: Vec<NamedExpr>,
    /// The Rust name it had before.
    pub renamed_from: Option<String>,
}

/// An expression with the name of the constraint it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedExpr {
    /// The constraint's name.
    pub name: Ident,
    /// The condition.
    pub sql: SqlExpr,
}

/// A composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composite {
    /// The Rust name.
    pub name: String,
    /// The type in PostgreSQL.
    pub ty: QualifiedName,
    /// Documentation.
    pub doc: Option<String>,
    /// The attributes with their types.
    pub attributes: Vec<(Ident, Type)>,
    /// The Rust name it had before.
    pub renamed_from: Option<String>,
}

/// A name that may say its schema: collations and operator classes, which `pg_catalog` or an extension brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualifiedNameOrIdent {
    /// The schema, where the author wrote one.
    pub schema: Option<Ident>,
    /// The name.
    pub name: Ident,
}
