//! Composite types: records of named attributes, each of which may be NULL.

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::PgRecordEncoder;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Postgres, Type};

use crate::Read;
use crate::read::{take, take_value};

/// An attribute on its way to the server, with the type that the composite gives it: the server takes a record only when
/// each attribute says exactly that type.
struct Attribute<'a, T> {
    value: &'a T,
    ty: PgTypeInfo,
}

impl<T> Type<Postgres> for Attribute<'_, T> {
    fn type_info() -> PgTypeInfo {
        // Never asked for: `produces` says the type of each value.
        PgTypeInfo::with_name("record")
    }
}

impl<'q, T: Encode<'q, Postgres>> Encode<'q, Postgres> for Attribute<'_, T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.value.encode_by_ref(buffer)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.ty.clone())
    }
}

/// Writes a record.
#[doc(hidden)]
pub struct RecordWriter<'a> {
    encoder: PgRecordEncoder<'a>,
    error: Option<BoxDynError>,
}

impl<'a> RecordWriter<'a> {
    /// Begins a record.
    pub fn new(buffer: &'a mut PgArgumentBuffer) -> Self {
        Self {
            encoder: PgRecordEncoder::new(buffer),
            error: None,
        }
    }

    /// Adds an attribute of the type with that name.
    pub fn add<'q, T: Encode<'q, Postgres>>(&mut self, value: &T, ty: &'static str)
    where
        'a: 'q,
    {
        let attribute = Attribute {
            value,
            ty: PgTypeInfo::with_name(ty),
        };
        if let Err(error) = self.encoder.encode(attribute) {
            self.error.get_or_insert(error);
        }
    }

    /// Ends the record.
    ///
    /// # Errors
    /// If an attribute could not be written.
    pub fn finish(mut self) -> Result<IsNull, BoxDynError> {
        self.encoder.finish();
        self.error.map_or(Ok(IsNull::No), Err)
    }
}

/// Reads a record.
#[doc(hidden)]
pub struct RecordReader<'r> {
    bytes: &'r [u8],
}

impl<'r> RecordReader<'r> {
    /// Begins a record.
    ///
    /// # Errors
    /// If the bytes are no record.
    pub fn new(mut bytes: &'r [u8]) -> Result<Self, BoxDynError> {
        let _attributes: [u8; 4] = take(&mut bytes)?;
        Ok(Self { bytes })
    }

    /// The next attribute.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn attribute<T: Read>(&mut self) -> Result<T, BoxDynError> {
        let _type: [u8; 4] = take(&mut self.bytes)?;
        T::read_or_null(take_value(&mut self.bytes)?)
    }
}

/// What every composite type can do: it is sent and read as a record. The type itself has `write_record` and
/// `read_record`.
#[doc(hidden)]
#[macro_export]
macro_rules! composite {
    ($name:ident, $type:literal $(,)?) => {
        impl $crate::sqlx::Type<$crate::sqlx::Postgres> for $name {
            fn type_info() -> $crate::sqlx::postgres::PgTypeInfo {
                $crate::sqlx::postgres::PgTypeInfo::with_name($type)
            }

            fn compatible(ty: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                <Self as $crate::Read>::accepts(ty)
            }
        }

        impl $crate::sqlx::postgres::PgHasArrayType for $name {
            fn array_type_info() -> $crate::sqlx::postgres::PgTypeInfo {
                $crate::sqlx::postgres::PgTypeInfo::with_name(::core::concat!($type, "[]"))
            }

            fn array_compatible(ty: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                <::std::vec::Vec<Self> as $crate::Read>::accepts(ty)
            }
        }

        impl<'q> $crate::sqlx::Encode<'q, $crate::sqlx::Postgres> for $name {
            fn encode_by_ref(
                &self,
                buffer: &mut $crate::sqlx::postgres::PgArgumentBuffer,
            ) -> ::core::result::Result<
                $crate::sqlx::encode::IsNull,
                $crate::sqlx::error::BoxDynError,
            > {
                let mut record = $crate::RecordWriter::new(buffer);
                self.write_record(&mut record);
                record.finish()
            }
        }

        impl<'r> $crate::sqlx::Decode<'r, $crate::sqlx::Postgres> for $name {
            fn decode(
                value: $crate::sqlx::postgres::PgValueRef<'r>,
            ) -> ::core::result::Result<Self, $crate::sqlx::error::BoxDynError> {
                <Self as $crate::Read>::read(value.as_bytes()?)
            }
        }

        impl $crate::Read for $name {
            fn accepts(ty: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                match $crate::kind(ty) {
                    ::core::option::Option::Some(
                        $crate::sqlx::postgres::PgTypeKind::Composite(_),
                    ) => true,
                    ::core::option::Option::Some($crate::sqlx::postgres::PgTypeKind::Domain(
                        base,
                    )) => Self::accepts(base),
                    ::core::option::Option::None => true,
                    _ => false,
                }
            }

            fn read(
                bytes: &[u8],
            ) -> ::core::result::Result<Self, $crate::sqlx::error::BoxDynError> {
                Self::read_record(&mut $crate::RecordReader::new(bytes)?)
            }
        }

        impl $crate::Element for $name {}
    };
}
