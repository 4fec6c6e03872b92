//! Types of columns as types of Rust, and how their values travel.

use crate::schema::{BaseType, Builtin, Composite, Domain, Field, FieldRef, Schema, Type};

use super::names;
use super::sql_types::unmodified;
use super::traits::Traits;

/// A type of Rust for a type of PostgreSQL.
#[derive(Clone, Debug)]
pub(super) struct Mapped {
    /// The Rust type of a value that is not NULL, as it is written in a model's file.
    pub(super) rust: String,
    /// How values travel.
    pub(super) wire: Wire,
    /// What the Rust type can do.
    pub(super) traits: Traits,
    /// Whether it is a list of values, and not one.
    pub(super) list: bool,
}

/// How values travel between Rust and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// As they are.
    Native,
    /// As they are, with a cast on the way to the server: an array of a domain is sent as one of its base type.
    Cast,
    /// As text, with casts both ways: what Rust has no type for.
    Text,
    /// As an array of texts, with casts both ways.
    TextArray,
    /// `jsonb`, through serde.
    Jsonb,
    /// `json`, through serde: `jsonb` would lose the order of its keys.
    Json,
    /// A type of the author's own, which sqlx sends and reads.
    Own,
}

impl Mapped {
    fn new(rust: impl Into<String>, wire: Wire, traits: Traits) -> Self {
        Self {
            rust: rust.into(),
            wire,
            traits,
            list: false,
        }
    }

    fn text() -> Self {
        Self::new("String", Wire::Text, Traits::STRING)
    }

    /// The type of an id: the same value under a name of its own.
    pub(super) fn renamed(&self, name: String) -> Self {
        Self {
            rust: format!("super::{name}"),
            ..self.clone()
        }
    }
}

/// The type of a field, without regard to keys and references.
pub(super) fn field_type(schema: &Schema, field: &Field) -> Mapped {
    let mapped = map(schema, &field.ty);
    let Some(own) = field.rust_type.as_deref().filter(|own| is_type(own)) else {
        return mapped;
    };
    let wire = match (&field.ty.base, field.ty.dimensions) {
        (BaseType::Builtin(Builtin::Jsonb), 0) => Wire::Jsonb,
        (BaseType::Builtin(Builtin::Json), 0) => Wire::Json,
        _ => Wire::Own,
    };
    Mapped::new(own.trim(), wire, Traits::NONE)
}

/// Whether the text is a type of Rust (`crate::types::State`).
#[must_use]
pub fn is_type(text: &str) -> bool {
    syn::parse_str::<syn::TypePath>(text).is_ok()
}

/// What a domain's type holds.
pub(super) fn domain_inner(schema: &Schema, domain: &Domain, depth: usize) -> Mapped {
    let inner = map_within(schema, &domain.base, depth);
    match inner.wire {
        // serde would have to go through the newtype: its text is as good.
        Wire::Json => Mapped::text(),
        _ => inner,
    }
}

/// What the type of a key of its own holds.
pub(super) fn key_inner(schema: &Schema, ty: &Type) -> Mapped {
    map(schema, ty)
}

/// What Rust has no type for.
pub(super) fn text() -> Mapped {
    Mapped::text()
}

/// The Rust type without a name that a type of the spec could hide.
pub(super) fn absolute(rust: &str) -> String {
    let mut text = String::new();
    let mut rest = rust;
    while let Some(list) = rest.strip_prefix("Vec<") {
        text.push_str("::std::vec::Vec<");
        rest = list;
    }
    match rest.strip_prefix("String") {
        Some(tail) => {
            text.push_str("::std::string::String");
            text.push_str(tail);
        }
        None => text.push_str(rest),
    }
    text
}

/// The type of Rust for a type of PostgreSQL.
pub(super) fn map(schema: &Schema, ty: &Type) -> Mapped {
    map_within(schema, ty, 0)
}

/// `depth` counts domains and composites inside each other: `verify` refuses circles, and this ends all the same.
fn map_within(schema: &Schema, ty: &Type, depth: usize) -> Mapped {
    if depth > schema.domains.len() + schema.composites.len() {
        return Mapped::text();
    }
    let base = base(schema, &ty.base, depth);
    match ty.dimensions {
        0 => base,
        // sqlx knows arrays of one dimension; PostgreSQL takes any number of them in any array.
        1 if base.traits.element => {
            let mapped = match base.wire {
                Wire::Text => Mapped::new(
                    "Vec<String>",
                    Wire::TextArray,
                    Traits {
                        string: false,
                        ..list(base.traits)
                    },
                ),
                _ => {
                    let wire = match ty.base {
                        BaseType::Domain(_) => Wire::Cast,
                        _ => Wire::Native,
                    };
                    Mapped::new(format!("Vec<{}>", base.rust), wire, list(base.traits))
                }
            };
            Mapped {
                list: true,
                ..mapped
            }
        }
        _ => Mapped::text(),
    }
}

fn list(element: Traits) -> Traits {
    Traits {
        copy: false,
        text: false,
        string: false,
        element: false,
        ..element
    }
}

fn base(schema: &Schema, base: &BaseType, depth: usize) -> Mapped {
    match base {
        BaseType::Builtin(builtin) => self::builtin(builtin),
        BaseType::Enum(id) => Mapped::new(
            format!("super::{}", names::type_name(&schema.enumeration(*id).name)),
            Wire::Native,
            Traits::PLAIN,
        ),
        BaseType::Domain(id) => {
            let domain = schema.domain(*id);
            // The newtype is sent and read as its value is.
            domain_inner(schema, domain, depth + 1).renamed(names::type_name(&domain.name))
        }
        BaseType::Composite(id) => {
            let composite = schema.composite(*id);
            let name = names::type_name(&composite.name);
            match record(schema, composite, depth + 1) {
                Some(attributes) => {
                    let traits = attributes.iter().fold(Traits::PLAIN, |traits, attribute| {
                        traits.and(attribute.traits)
                    });
                    Mapped::new(
                        format!("super::{name}"),
                        Wire::Native,
                        Traits {
                            text: false,
                            string: false,
                            element: true,
                            ..traits
                        },
                    )
                }
                None => Mapped::text().renamed(name),
            }
        }
        BaseType::Other(_) => Mapped::text(),
    }
}

/// The attributes of a composite type, if each of them can be sent inside a record: the server takes a record only when
/// the types of its attributes are exactly the declared ones, so that no cast can help.
pub(super) fn record(schema: &Schema, composite: &Composite, depth: usize) -> Option<Vec<Mapped>> {
    composite
        .attributes
        .iter()
        .map(|(_, ty)| {
            let mapped = map_within(schema, ty, depth);
            let exact = match (&ty.base, ty.dimensions) {
                (BaseType::Builtin(Builtin::Varchar(_) | Builtin::Char(_) | Builtin::Name), 1)
                | (BaseType::Builtin(Builtin::Plain("bpchar") | Builtin::Json), _) => false,
                _ => mapped.wire == Wire::Native,
            };
            exact.then_some(mapped)
        })
        .collect()
}

fn builtin(builtin: &Builtin) -> Mapped {
    let plain = |rust: &str| Mapped::new(rust, Wire::Native, Traits::PLAIN);
    let types = |rust: &str, traits| {
        Mapped::new(format!("::pgwright::types::{rust}"), Wire::Native, traits)
    };
    let number = Traits {
        hash: false,
        order: false,
        ..Traits::PLAIN
    };
    let opaque = Traits {
        order: false,
        text: false,
        ..Traits::PLAIN
    };
    let range = |element: &str| {
        Mapped::new(
            format!("::pgwright::types::Range<{element}>"),
            Wire::Native,
            opaque,
        )
    };
    match builtin {
        Builtin::SmallInt => plain("i16"),
        Builtin::Integer => plain("i32"),
        Builtin::BigInt => plain("i64"),
        Builtin::Boolean => plain("bool"),
        Builtin::Real => Mapped::new("f32", Wire::Native, number),
        Builtin::DoublePrecision => Mapped::new("f64", Wire::Native, number),
        Builtin::Numeric(_) => types("Decimal", Traits::PLAIN),
        Builtin::Uuid => types("Uuid", Traits::PLAIN),
        Builtin::Date => types("Date", Traits::PLAIN),
        Builtin::Time(_) => types("Time", Traits::PLAIN),
        Builtin::Timestamp(_) => types("NaiveDateTime", Traits::PLAIN),
        Builtin::TimestampTz(_) => types("DateTime", Traits::PLAIN),
        Builtin::TimeTz(_) => types(
            "TimeTz",
            Traits {
                hash: false,
                ..opaque
            },
        ),
        Builtin::Interval(..) => types("Interval", opaque),
        Builtin::Money => types(
            "Money",
            Traits {
                hash: false,
                ..opaque
            },
        ),
        Builtin::Oid => types("Oid", opaque),
        Builtin::Json | Builtin::Jsonb => Mapped::new(
            "::pgwright::types::Json",
            if matches!(builtin, Builtin::Json) {
                Wire::Json
            } else {
                Wire::Native
            },
            Traits {
                copy: false,
                ..opaque
            },
        ),
        Builtin::Text
        | Builtin::Varchar(_)
        | Builtin::Char(_)
        | Builtin::Name
        | Builtin::Plain("bpchar") => Mapped::new("String", Wire::Native, Traits::STRING),
        Builtin::Bytea => Mapped::new(
            "Vec<u8>",
            Wire::Native,
            Traits {
                copy: false,
                text: false,
                ..Traits::PLAIN
            },
        ),
        Builtin::Plain("int4range") => range("i32"),
        Builtin::Plain("int8range") => range("i64"),
        Builtin::Plain("numrange") => range("::pgwright::types::Decimal"),
        Builtin::Plain("daterange") => range("::pgwright::types::Date"),
        Builtin::Plain("tsrange") => range("::pgwright::types::NaiveDateTime"),
        Builtin::Plain("tstzrange") => range("::pgwright::types::DateTime"),
        Builtin::Xml
        | Builtin::Inet
        | Builtin::Cidr
        | Builtin::MacAddr
        | Builtin::MacAddr8
        | Builtin::Bit(_)
        | Builtin::VarBit(_)
        | Builtin::TsVector
        | Builtin::TsQuery
        | Builtin::PgLsn
        | Builtin::Plain(_) => Mapped::text(),
    }
}

/// The type of a field as its model's struct has it: a reference has the type of what it names, a key one of its own.
pub(super) fn column_type(schema: &Schema, at: FieldRef) -> Mapped {
    column_type_within(schema, at, &mut Vec::new())
}

fn column_type_within(schema: &Schema, at: FieldRef, seen: &mut Vec<FieldRef>) -> Mapped {
    let model = schema.model(at.model);
    let field = schema.field(at);
    let plain = field_type(schema, field);
    if field.rust_type.is_some() || field.ty.dimensions > 0 {
        return plain;
    }
    seen.push(at);
    for reference in &model.foreign_keys {
        let target = reference
            .fields
            .iter()
            .zip(&reference.to)
            .find(|(from, _)| **from == at.field)
            .map(|(_, to)| FieldRef {
                model: reference.target,
                field: *to,
            });
        if let Some(target) = target
            && !seen.contains(&target)
            && unmodified(&schema.field(target).ty) == unmodified(&field.ty)
        {
            return column_type_within(schema, target, seen);
        }
    }
    if is_own_key(schema, at) {
        plain.renamed(format!("{}Id", names::type_name(&model.name)))
    } else {
        plain
    }
}

/// Whether the field is the whole key of its model, of a type that can carry a name of its own.
pub(super) fn is_own_key(schema: &Schema, at: FieldRef) -> bool {
    let model = schema.model(at.model);
    let single = model
        .primary_key
        .as_ref()
        .is_some_and(|key| key.fields.as_slice() == [at.field]);
    single && schema.field(at).rust_type.is_none() && schema.field(at).ty.dimensions == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_type_is_a_path() {
        assert!(is_type("crate::types::State"));
        assert!(is_type("std::collections::BTreeMap<String, i32>"));
        assert!(!is_type("crate::; fn main() {}"));
        assert!(!is_type(""));
    }
}
