//! Arrays on their way to the server, written element by element from wherever the elements are.
//!
//! sqlx wants a slice of values for an array. A column of many rows is none: its values lie in the rows.

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::{Oid, PgRecordEncoder};
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Postgres, Type};

/// Writes elements and says how many.
type Write<'a> = dyn Fn(&mut PgArgumentBuffer) -> Result<usize, BoxDynError> + 'a;

/// An array of one dimension. Its type is what the statement casts it to.
pub(crate) struct Array<'a> {
    /// The type of the elements.
    pub(crate) element: PgTypeInfo,
    pub(crate) write: &'a Write<'a>,
}

impl Type<Postgres> for Array<'_> {
    fn type_info() -> PgTypeInfo {
        // Unspecified: the server takes the type of the cast.
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Array<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        // One dimension.
        buffer.extend_from_slice(&1_i32.to_be_bytes());
        // No flags, and the type of the elements. A type that has a name alone is one that sqlx has to ask for before it
        // sends the value; what writes a record leaves a place for it, behind a number that is 0 and before a length.
        PgRecordEncoder::new(buffer).encode(Null(&self.element))?;
        let length = buffer.len() - 4;
        // The first element is number 1.
        buffer.extend_from_slice(&1_i32.to_be_bytes());
        let count = i32::try_from((self.write)(buffer)?)?;
        buffer[length..length + 4].copy_from_slice(&count.to_be_bytes());
        Ok(IsNull::No)
    }
}

/// NULL of a type.
struct Null<'a>(&'a PgTypeInfo);

impl Type<Postgres> for Null<'_> {
    fn type_info() -> PgTypeInfo {
        // Never asked for: `produces` says the type.
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Null<'_> {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.0.clone())
    }
}

/// Writes a value with its length before it; whether it is one, and not NULL.
pub(crate) fn write_value<'t, T: Encode<'t, Postgres>>(
    buffer: &mut PgArgumentBuffer,
    value: &T,
) -> Result<bool, BoxDynError> {
    let start = buffer.len();
    buffer.extend_from_slice(&(-1_i32).to_be_bytes());
    match value.encode_by_ref(buffer)? {
        IsNull::Yes => Ok(false),
        IsNull::No => {
            let length = i32::try_from(buffer.len() - start - 4)?;
            buffer[start..start + 4].copy_from_slice(&length.to_be_bytes());
            Ok(true)
        }
    }
}
