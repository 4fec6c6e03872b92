//! What is known of types: their names for messages, what they are made of, what PostgreSQL indexes.

use crate::pg::type_sql;
use crate::schema::{BaseType, Builtin, Schema, Type};

/// A type in the author's words: `bigint`, `FileFormat[]`.
pub(super) fn name(schema: &Schema, ty: &Type) -> String {
    let base = match &ty.base {
        BaseType::Enum(id) => schema.enumeration(*id).name.clone(),
        BaseType::Domain(id) => schema.domain(*id).name.clone(),
        BaseType::Composite(id) => schema.composite(*id).name.clone(),
        BaseType::Builtin(_) | BaseType::Other(_) => return type_sql(schema, ty).into_string(),
    };
    format!("{base}{}", "[]".repeat(usize::from(ty.dimensions)))
}

/// The type that a domain stands for, and any other type itself.
pub(super) fn bare<'a>(schema: &'a Schema, ty: &'a Type) -> &'a Type {
    let mut ty = ty;
    // A domain made of itself is refused elsewhere; here it must only end.
    for _ in 0..=schema.domains.len() {
        match &ty.base {
            BaseType::Domain(id) if ty.dimensions == 0 => ty = &schema.domain(*id).base,
            _ => break,
        }
    }
    ty
}

/// Whether an index method has a default operator class for the type; none if only a server knows. Tried for each pair
/// on a server.
pub(super) fn indexed_by(schema: &Schema, ty: &Type, method: &str) -> Option<bool> {
    use Builtin as B;
    let ty = bare(schema, ty);
    if ty.dimensions > 0 {
        return match method {
            "gin" => Some(true),
            "btree" | "hash" => match &ty.base {
                BaseType::Builtin(_) | BaseType::Enum(_) => Some(true),
                _ => None,
            },
            "gist" | "brin" | "spgist" => Some(false),
            _ => None,
        };
    }
    let builtin = match &ty.base {
        BaseType::Enum(_) => {
            return match method {
                "btree" | "hash" => Some(true),
                "gin" | "gist" | "brin" | "spgist" => Some(false),
                _ => None,
            };
        }
        BaseType::Builtin(builtin) => builtin,
        BaseType::Domain(_) | BaseType::Composite(_) | BaseType::Other(_) => return None,
    };
    let plain = match builtin {
        B::Plain(name) => *name,
        _ => "",
    };
    let range = plain.ends_with("range");
    Some(match method {
        "btree" => {
            !matches!(builtin, B::Json | B::Xml)
                && !matches!(
                    plain,
                    "point"
                        | "box"
                        | "circle"
                        | "line"
                        | "lseg"
                        | "path"
                        | "polygon"
                        | "jsonpath"
                        | "xid"
                        | "cid"
                        | "aclitem"
                        | "refcursor"
                        | "pg_snapshot"
                        | "txid_snapshot"
                )
        }
        "hash" => {
            !matches!(
                builtin,
                B::Json | B::Xml | B::Money | B::Bit(_) | B::VarBit(_) | B::TsVector | B::TsQuery
            ) && !matches!(
                plain,
                "point"
                    | "box"
                    | "circle"
                    | "line"
                    | "lseg"
                    | "path"
                    | "polygon"
                    | "jsonpath"
                    | "refcursor"
                    | "pg_snapshot"
                    | "txid_snapshot"
            )
        }
        "gin" => {
            matches!(builtin, B::Jsonb | B::TsVector) || matches!(plain, "int2vector" | "oidvector")
        }
        "gist" => {
            matches!(builtin, B::TsVector | B::TsQuery)
                || range
                || matches!(plain, "point" | "box" | "circle" | "polygon")
        }
        "spgist" => {
            matches!(builtin, B::Text | B::Varchar(_) | B::Inet | B::Cidr)
                || matches!(plain, "point" | "box" | "polygon")
                || range && !plain.ends_with("multirange")
        }
        "brin" => {
            !matches!(
                builtin,
                B::Money | B::Boolean | B::Jsonb | B::Json | B::Xml | B::TsVector | B::TsQuery
            ) && (plain.is_empty()
                || range && !plain.ends_with("multirange")
                || matches!(plain, "box" | "tid" | "bpchar" | "\"char\"")
                || plain.starts_with("reg"))
        }
        _ => return None,
    })
}

/// Whether values of the type have a collation; none if only a server knows.
pub(super) fn is_collatable(schema: &Schema, ty: &Type) -> Option<bool> {
    match &bare(schema, ty).base {
        BaseType::Builtin(builtin) => Some(matches!(
            builtin,
            Builtin::Text
                | Builtin::Varchar(_)
                | Builtin::Char(_)
                | Builtin::Name
                | Builtin::Plain("bpchar")
        )),
        BaseType::Enum(_) | BaseType::Composite(_) => Some(false),
        BaseType::Domain(_) | BaseType::Other(_) => None,
    }
}
