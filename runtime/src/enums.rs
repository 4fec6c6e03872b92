//! Enums.

use std::fmt;

/// A label that the enum of the generated code does not have: the type in the database knows more than the spec did when
/// the code was generated, or a text is none of the labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLabel {
    /// The enum.
    pub name: &'static str,
    /// The label.
    pub label: String,
}

impl fmt::Display for UnknownLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the enum `{}` has no label `{}`", self.name, self.label)
    }
}

impl std::error::Error for UnknownLabel {}

/// What every enum of the generated code can do: text, serde and sqlx, by its labels. The enum itself has `label` and
/// `from_label`.
#[doc(hidden)]
#[macro_export]
macro_rules! enumeration {
    ($name:ident, $type:literal $(,)?) => {
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.label())
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::UnknownLabel;

            fn from_str(label: &str) -> ::core::result::Result<Self, $crate::UnknownLabel> {
                Self::from_label(label).ok_or_else(|| $crate::UnknownLabel {
                    name: ::core::stringify!($name),
                    label: ::std::borrow::ToOwned::to_owned(label),
                })
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.label()
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.label())
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let label =
                    <::std::borrow::Cow<'de, str> as $crate::serde::Deserialize<'de>>::deserialize(
                        deserializer,
                    )?;
                ::core::str::FromStr::from_str(&label)
                    .map_err(<D::Error as $crate::serde::de::Error>::custom)
            }
        }

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
                <&str as $crate::sqlx::Encode<'_, $crate::sqlx::Postgres>>::encode(
                    self.label(),
                    buffer,
                )
            }
        }

        impl<'r> $crate::sqlx::Decode<'r, $crate::sqlx::Postgres> for $name {
            fn decode(
                value: $crate::sqlx::postgres::PgValueRef<'r>,
            ) -> ::core::result::Result<Self, $crate::sqlx::error::BoxDynError> {
                // The text format and the binary one of an enum are the same.
                <Self as $crate::Read>::read(value.as_bytes()?)
            }
        }

        impl $crate::Read for $name {
            fn accepts(ty: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                match $crate::kind(ty) {
                    ::core::option::Option::Some($crate::sqlx::postgres::PgTypeKind::Enum(_)) => {
                        true
                    }
                    ::core::option::Option::Some($crate::sqlx::postgres::PgTypeKind::Domain(
                        base,
                    )) => Self::accepts(base),
                    ::core::option::Option::None => true,
                    _ => <::std::string::String as $crate::Read>::accepts(ty),
                }
            }

            fn read(
                bytes: &[u8],
            ) -> ::core::result::Result<Self, $crate::sqlx::error::BoxDynError> {
                // To compare with a few labels is less work than to see that the bytes are a text.
                let mut few = Self::ALL.iter().take(16);
                if let ::core::option::Option::Some(value) =
                    few.find(|value| value.label().as_bytes() == bytes)
                {
                    return ::core::result::Result::Ok(*value);
                }
                let label = ::core::str::from_utf8(bytes)?;
                ::core::result::Result::Ok(::core::str::FromStr::from_str(label)?)
            }
        }

        impl $crate::Element for $name {}
    };
}
