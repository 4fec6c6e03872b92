//! Which types may stand on the two sides of a reference.

use crate::schema::{BaseType, Builtin, Schema, Type};

/// Whether PostgreSQL compares the two with an index of the one referred to, and the Rust types are the same: the same
/// type, whatever its length or precision.
///
/// PostgreSQL itself also lets an `integer` refer to a `bigint`; the Rust type of an id would not be one type then.
pub(super) fn comparable(schema: &Schema, here: &Type, there: &Type) -> bool {
    let (here, there) = (flat(schema, here), flat(schema, there));
    if here.dimensions.min(1) != there.dimensions.min(1) {
        return false;
    }
    match (&here.base, &there.base) {
        // What an extension's type compares with, only a server knows.
        (BaseType::Other(_), _) | (_, BaseType::Other(_)) => true,
        (BaseType::Builtin(here), BaseType::Builtin(there)) => family(here) == family(there),
        (here, there) => here == there,
    }
}

/// The type below its domains.
fn flat<'s>(schema: &'s Schema, ty: &'s Type) -> &'s Type {
    let mut ty = ty;
    for _ in 0..=schema.domains.len() {
        match &ty.base {
            BaseType::Domain(id) if ty.dimensions == 0 => match schema.domains.get(id.0) {
                Some(domain) => ty = &domain.base,
                None => break,
            },
            _ => break,
        }
    }
    ty
}

/// The type without its modifiers; texts of every kind are one.
fn family(builtin: &Builtin) -> Builtin {
    match builtin {
        Builtin::Varchar(_) | Builtin::Text => Builtin::Text,
        Builtin::Char(_) => Builtin::Char(None),
        Builtin::Numeric(_) => Builtin::Numeric(None),
        Builtin::Time(_) => Builtin::Time(None),
        Builtin::TimeTz(_) => Builtin::TimeTz(None),
        Builtin::Timestamp(_) => Builtin::Timestamp(None),
        Builtin::TimestampTz(_) => Builtin::TimestampTz(None),
        Builtin::Interval(..) => Builtin::Interval(None, None),
        Builtin::Bit(_) => Builtin::Bit(None),
        Builtin::VarBit(_) => Builtin::VarBit(None),
        other => other.clone(),
    }
}
