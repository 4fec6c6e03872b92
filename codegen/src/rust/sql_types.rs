//! Types of columns as the SQL of statements names them.

use std::collections::BTreeSet;

use crate::ident::QualifiedName;
use crate::pg::type_sql;
use crate::schema::{BaseType, Builtin, Schema, Type};
use crate::sql::{Sql, SqlExpr};

/// The type without length, precision and the like: a cast to `varchar(3)` would cut what the column refuses.
pub(super) fn unmodified(ty: &Type) -> Type {
    let base = match &ty.base {
        BaseType::Builtin(builtin) => BaseType::Builtin(match builtin {
            Builtin::Numeric(_) => Builtin::Numeric(None),
            Builtin::Varchar(_) => Builtin::Varchar(None),
            // `char` alone is `char(1)`, and `bit` is `bit(1)`.
            Builtin::Char(_) => Builtin::Plain("bpchar"),
            Builtin::Bit(_) | Builtin::VarBit(_) => Builtin::VarBit(None),
            Builtin::Time(_) => Builtin::Time(None),
            Builtin::TimeTz(_) => Builtin::TimeTz(None),
            Builtin::Timestamp(_) => Builtin::Timestamp(None),
            Builtin::TimestampTz(_) => Builtin::TimestampTz(None),
            Builtin::Interval(..) => Builtin::Interval(None, None),
            other => other.clone(),
        }),
        BaseType::Other(text) => {
            BaseType::Other(SqlExpr::trusted(without_modifiers(text.as_str())))
        }
        other => other.clone(),
    };
    Type {
        base,
        dimensions: ty.dimensions,
    }
}

/// `geometry(Point, 4326)` is `geometry`. A parenthesis inside quotes is part of the name.
fn without_modifiers(text: &str) -> &str {
    let mut quoted = false;
    for (index, char) in text.char_indices() {
        match char {
            '"' => quoted = !quoted,
            '(' if !quoted => return text.get(..index).unwrap_or(text).trim_end(),
            _ => {}
        }
    }
    text
}

/// The type that a value is cast to. A domain that takes no NULL is its base type: what is left out is a NULL until its
/// default takes the place of it.
pub(super) fn cast_type(schema: &Schema, ty: &Type) -> Sql {
    let mut ty = ty;
    // No more often than there are domains: a circle of them is refused, and this ends all the same.
    for _ in &schema.domains {
        match &ty.base {
            BaseType::Domain(id) if ty.dimensions == 0 && refuses_null(schema, ty) => {
                ty = &schema.domain(*id).base;
            }
            _ => break,
        }
    }
    type_sql(schema, &unmodified(ty))
}

/// Whether the type is a domain that takes no NULL, or is made of one.
fn refuses_null(schema: &Schema, ty: &Type) -> bool {
    let mut ty = ty;
    for _ in &schema.domains {
        match &ty.base {
            BaseType::Domain(id) if ty.dimensions == 0 => {
                let domain = schema.domain(*id);
                if domain.not_null {
                    return true;
                }
                ty = &domain.base;
            }
            _ => break,
        }
    }
    false
}

/// The type's name for sqlx, which asks the server for its number: a literal of ASCII alone, with its schema, so that
/// no search path can make it another. Other letters go as `U&"\00e9"`, since sqlx spells them as Rust would.
pub(super) fn lookup_name(schema: &Schema, ty: &Type) -> String {
    let mut name = match &ty.base {
        BaseType::Enum(id) => qualified(&schema.enumeration(*id).ty),
        BaseType::Domain(id) => qualified(&schema.domain(*id).ty),
        BaseType::Composite(id) => qualified(&schema.composite(*id).ty),
        BaseType::Builtin(_) | BaseType::Other(_) => {
            let element = Type {
                base: ty.base.clone(),
                dimensions: 0,
            };
            cast_type(schema, &element).into_string()
        }
    };
    if ty.dimensions > 0 {
        name.push_str("[]");
    }
    name
}

/// The lookup names of the types of the spec that a row can have: the database numbers them.
pub(super) fn numbered(schema: &Schema) -> Vec<String> {
    let of_models = schema.models.iter().flat_map(|model| &model.fields);
    let of_views = schema.views.iter().flat_map(|view| &view.columns);
    let types = of_models
        .map(|field| &field.ty)
        .chain(of_views.map(|column| &column.ty));
    let names: BTreeSet<String> = types
        .filter(|ty| !matches!(ty.base, BaseType::Builtin(_) | BaseType::Other(_)))
        .map(|ty| lookup_name(schema, ty))
        .collect();
    names.into_iter().collect()
}

/// The name of a type of the spec; see [`lookup_name`].
pub(super) fn qualified(name: &QualifiedName) -> String {
    format!(
        "{}.{}",
        quoted(name.schema.as_str()),
        quoted(name.name.as_str())
    )
}

fn quoted(name: &str) -> String {
    let plain = name
        .chars()
        .all(|char| char.is_ascii() && !char.is_ascii_control());
    let mut text = String::from(if plain { "\"" } else { "U&\"" });
    for char in name.chars() {
        match char {
            '"' => text.push_str("\"\""),
            '\\' if !plain => text.push_str("\\\\"),
            _ if plain || (char.is_ascii() && !char.is_ascii_control()) => text.push(char),
            _ => text.push_str(&format!("\\+{:06x}", u32::from(char))),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Ident;

    #[test]
    fn names_for_lookup_are_ascii() {
        let name = |text: &str| {
            qualified(&QualifiedName::new(
                Ident::new("public").unwrap(),
                Ident::new(text).unwrap(),
            ))
        };
        assert_eq!(name("user_tier"), r#""public"."user_tier""#);
        assert_eq!(name("a\"b"), r#""public"."a""b""#);
        assert_eq!(name("größe\\"), r#""public".U&"gr\+0000f6\+0000dfe\\""#);
    }

    #[test]
    fn modifiers_are_dropped_and_names_kept() {
        assert_eq!(without_modifiers("geometry(Point, 4326)"), "geometry");
        assert_eq!(without_modifiers("public.vector (3)"), "public.vector");
        assert_eq!(without_modifiers("\"my (type)\"(3)"), "\"my (type)\"");
    }
}
