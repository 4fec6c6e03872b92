//! Types as an author writes them.

use crate::schema::{BaseType, Builtin, Schema, Type};

/// The type as it stands in a spec: PostgreSQL's own words, types of the spec by their Rust names.
#[must_use]
pub fn type_text(schema: &Schema, ty: &Type) -> String {
    let mut text = match &ty.base {
        BaseType::Builtin(builtin) => builtin_text(builtin),
        BaseType::Enum(id) => schema.enumeration(*id).name.clone(),
        BaseType::Domain(id) => schema.domain(*id).name.clone(),
        BaseType::Composite(id) => schema.composite(*id).name.clone(),
        BaseType::Other(sql) => sql.as_str().to_owned(),
    };
    for _ in 0..ty.dimensions {
        text.push_str("[]");
    }
    text
}

fn builtin_text(builtin: &Builtin) -> String {
    let with = |name: &str, modifier: Option<String>| match modifier {
        Some(modifier) => format!("{name}({modifier})"),
        None => name.to_owned(),
    };
    let length =
        |name: &str, length: &Option<u32>| with(name, length.map(|length| length.to_string()));
    let digits =
        |name: &str, digits: &Option<u8>| with(name, digits.map(|digits| digits.to_string()));
    match builtin {
        Builtin::SmallInt => "smallint".to_owned(),
        Builtin::Integer => "integer".to_owned(),
        Builtin::BigInt => "bigint".to_owned(),
        Builtin::Numeric(modifiers) => with(
            "numeric",
            modifiers.map(|(precision, scale)| format!("{precision},{scale}")),
        ),
        Builtin::Real => "real".to_owned(),
        Builtin::DoublePrecision => "double precision".to_owned(),
        Builtin::Money => "money".to_owned(),
        Builtin::Text => "text".to_owned(),
        Builtin::Varchar(size) => length("varchar", size),
        Builtin::Char(size) => length("char", size),
        Builtin::Name => "name".to_owned(),
        Builtin::Bytea => "bytea".to_owned(),
        Builtin::Boolean => "boolean".to_owned(),
        Builtin::Uuid => "uuid".to_owned(),
        Builtin::Date => "date".to_owned(),
        Builtin::Time(size) => digits("time", size),
        Builtin::TimeTz(size) => digits("timetz", size),
        Builtin::Timestamp(size) => digits("timestamp", size),
        Builtin::TimestampTz(size) => digits("timestamptz", size),
        Builtin::Interval(fields, size) => {
            let name = fields.map_or_else(
                || "interval".to_owned(),
                |fields| format!("interval {fields}"),
            );
            digits(&name, size)
        }
        Builtin::Json => "json".to_owned(),
        Builtin::Jsonb => "jsonb".to_owned(),
        Builtin::Xml => "xml".to_owned(),
        Builtin::Inet => "inet".to_owned(),
        Builtin::Cidr => "cidr".to_owned(),
        Builtin::MacAddr => "macaddr".to_owned(),
        Builtin::MacAddr8 => "macaddr8".to_owned(),
        Builtin::Bit(size) => length("bit", size),
        Builtin::VarBit(size) => length("varbit", size),
        Builtin::TsVector => "tsvector".to_owned(),
        Builtin::TsQuery => "tsquery".to_owned(),
        Builtin::Oid => "oid".to_owned(),
        Builtin::PgLsn => "pg_lsn".to_owned(),
        Builtin::Plain(name) => (*name).to_owned(),
    }
}
