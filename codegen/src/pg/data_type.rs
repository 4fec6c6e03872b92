//! Types of columns as SQL, in PostgreSQL's short words.

use crate::schema::{BaseType, Builtin, Schema, Type};
use crate::sql::{Keyword, Literal, Render, Sql};

/// The type as it stands in a column's definition: types of the spec with their schema, PostgreSQL's own in the
/// words of the spec language (`timestamptz`, `varchar(80)`).
#[must_use]
pub fn type_sql(schema: &Schema, ty: &Type) -> Sql {
    let mut sql = Sql::new();
    match &ty.base {
        BaseType::Builtin(builtin) => sql.push(builtin),
        BaseType::Enum(id) => sql.push(&schema.enumeration(*id).ty),
        BaseType::Domain(id) => sql.push(&schema.domain(*id).ty),
        BaseType::Composite(id) => sql.push(&schema.composite(*id).ty),
        BaseType::Other(text) => sql.push(text),
    };
    for _ in 0..ty.dimensions {
        sql.push_keyword("[]");
    }
    sql
}

/// The type so that no search path can make it another: a name of `pg_catalog` says so, where it is not a keyword
/// of the grammar. What the author wrote stays as it is.
#[must_use]
pub fn qualified_type_sql(schema: &Schema, ty: &Type) -> Sql {
    let mut sql = Sql::new();
    if let BaseType::Builtin(builtin) = &ty.base
        && !is_grammar(builtin)
    {
        sql.push_keyword("pg_catalog.");
    }
    sql.push(&type_sql(schema, ty));
    sql
}

/// Whether the grammar itself knows the type and finds it in `pg_catalog`, whatever the search path.
fn is_grammar(builtin: &Builtin) -> bool {
    matches!(
        builtin,
        Builtin::SmallInt
            | Builtin::Integer
            | Builtin::BigInt
            | Builtin::Numeric(_)
            | Builtin::Real
            | Builtin::DoublePrecision
            | Builtin::Varchar(_)
            | Builtin::Char(_)
            | Builtin::Boolean
            | Builtin::Time(_)
            | Builtin::Timestamp(_)
            | Builtin::Interval(..)
            | Builtin::Bit(_)
    )
}

impl Render for Builtin {
    fn render(&self, sql: &mut Sql) {
        match self {
            Self::SmallInt => word(sql, "smallint"),
            Self::Integer => word(sql, "integer"),
            Self::BigInt => word(sql, "bigint"),
            Self::Numeric(None) => word(sql, "numeric"),
            Self::Numeric(Some((precision, scale))) => {
                word(sql, "numeric(");
                number(sql, *precision);
                if *scale != 0 {
                    word(sql, ",");
                    number(sql, *scale);
                }
                word(sql, ")");
            }
            Self::Real => word(sql, "real"),
            Self::DoublePrecision => word(sql, "double precision"),
            Self::Money => word(sql, "money"),
            Self::Text => word(sql, "text"),
            Self::Varchar(length) => modified(sql, "varchar", *length),
            Self::Char(length) => modified(sql, "char", *length),
            Self::Name => word(sql, "name"),
            Self::Bytea => word(sql, "bytea"),
            Self::Boolean => word(sql, "boolean"),
            Self::Uuid => word(sql, "uuid"),
            Self::Date => word(sql, "date"),
            Self::Time(digits) => modified(sql, "time", *digits),
            Self::TimeTz(digits) => modified(sql, "timetz", *digits),
            Self::Timestamp(digits) => modified(sql, "timestamp", *digits),
            Self::TimestampTz(digits) => modified(sql, "timestamptz", *digits),
            Self::Interval(fields, digits) => {
                word(sql, "interval");
                if let Some(fields) = fields {
                    sql.push_keyword(" ").push(&Keyword(fields));
                }
                modified(sql, "", *digits);
            }
            Self::Json => word(sql, "json"),
            Self::Jsonb => word(sql, "jsonb"),
            Self::Xml => word(sql, "xml"),
            Self::Inet => word(sql, "inet"),
            Self::Cidr => word(sql, "cidr"),
            Self::MacAddr => word(sql, "macaddr"),
            Self::MacAddr8 => word(sql, "macaddr8"),
            Self::Bit(length) => modified(sql, "bit", *length),
            Self::VarBit(length) => modified(sql, "varbit", *length),
            Self::TsVector => word(sql, "tsvector"),
            Self::TsQuery => word(sql, "tsquery"),
            Self::Oid => word(sql, "oid"),
            Self::PgLsn => word(sql, "pg_lsn"),
            Self::Plain(name) => word(sql, name),
        }
    }
}

fn word(sql: &mut Sql, word: &'static str) {
    sql.push_keyword(word);
}

fn number(sql: &mut Sql, number: impl Into<i64>) {
    sql.push(&Literal::Integer(number.into()));
}

fn modified(sql: &mut Sql, name: &'static str, modifier: Option<impl Into<i64>>) {
    word(sql, name);
    if let Some(modifier) = modifier {
        word(sql, "(");
        number(sql, modifier);
        word(sql, ")");
    }
}
