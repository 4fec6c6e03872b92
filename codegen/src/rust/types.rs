//! Types of columns as types of Rust, and how their values travel.

use crate::ident::QualifiedName;
use crate::pg::type_sql;
use crate::schema::{BaseType, Builtin, Composite, Domain, Field, FieldRef, Schema, Type};
use crate::sql::{Sql, SqlExpr};

use super::names;

/// A type of Rust for a type of PostgreSQL.
#[derive(Clone, Debug)]
pub(super) struct Mapped {
    /// The Rust type of a value that is not NULL, as it is written in a model's file.
    pub(super) rust: String,
    /// How values travel.
    pub(super) wire: Wire,
    /// What the Rust type can do.
    pub(super) traits: Traits,
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

/// What a Rust type can do, beside `Clone` and `Debug`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traits {
    pub(super) copy: bool,
    /// `PartialEq`.
    pub(super) equal: bool,
    /// `Eq` and `Hash`.
    pub(super) hash: bool,
    /// `PartialOrd` and `Ord`.
    pub(super) order: bool,
    /// `Display`, `FromStr` and serde.
    pub(super) text: bool,
    /// A text, or a type made of one: setters take `&str`.
    pub(super) string: bool,
    /// Whether an array can be made of it.
    pub(super) element: bool,
}

impl Traits {
    pub(super) const PLAIN: Self = Self {
        copy: true,
        equal: true,
        hash: true,
        order: true,
        text: true,
        string: false,
        element: true,
    };
    const STRING: Self = Self {
        copy: false,
        string: true,
        ..Self::PLAIN
    };
    const NONE: Self = Self {
        copy: false,
        equal: false,
        hash: false,
        order: false,
        text: false,
        string: false,
        element: false,
    };

    /// The `derive` of a type whose values these are.
    pub(super) fn derives(self) -> String {
        let mut derives = vec!["Clone"];
        if self.copy {
            derives.push("Copy");
        }
        derives.push("Debug");
        if self.equal {
            derives.push("PartialEq");
        }
        if self.hash {
            derives.push("Eq");
        }
        if self.order {
            derives.extend(["PartialOrd", "Ord"]);
        }
        if self.hash {
            derives.push("Hash");
        }
        format!("#[derive({})]", derives.join(", "))
    }

    /// What a struct of both can do.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            copy: self.copy && other.copy,
            equal: self.equal && other.equal,
            hash: self.hash && other.hash,
            order: self.order && other.order,
            ..self
        }
    }
}

impl Mapped {
    fn new(rust: impl Into<String>, wire: Wire, traits: Traits) -> Self {
        Self {
            rust: rust.into(),
            wire,
            traits,
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
        1 if base.traits.element => match base.wire {
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
        },
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

/// The type that a value is cast to.
pub(super) fn cast_type(schema: &Schema, ty: &Type) -> Sql {
    type_sql(schema, &unmodified(ty))
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

    #[test]
    fn a_rust_type_is_a_path() {
        assert!(is_type("crate::types::State"));
        assert!(is_type("std::collections::BTreeMap<String, i32>"));
        assert!(!is_type("crate::; fn main() {}"));
        assert!(!is_type(""));
    }
}
