//! Types of one value: ids and domains.

/// What every id and every domain can do: it is made from its value and gives it back, and it is sent and read as it.
#[doc(hidden)]
#[macro_export]
macro_rules! newtype {
    ($name:ident, $inner:ty $(,)?) => {
        impl $name {
            /// The value inside.
            #[must_use]
            pub fn into_inner(self) -> $inner {
                self.0
            }
        }

        impl ::core::convert::From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl ::core::convert::From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl $crate::sqlx::Type<$crate::sqlx::Postgres> for $name {
            fn type_info() -> $crate::sqlx::postgres::PgTypeInfo {
                <$inner as $crate::sqlx::Type<$crate::sqlx::Postgres>>::type_info()
            }

            fn compatible(ty: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                <$inner as $crate::sqlx::Type<$crate::sqlx::Postgres>>::compatible(ty)
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
                <$inner as $crate::sqlx::Encode<'q, $crate::sqlx::Postgres>>::encode_by_ref(
                    &self.0, buffer,
                )
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
                <$inner as $crate::Read>::accepts(ty)
            }

            #[inline]
            fn read(
                bytes: &[u8],
            ) -> ::core::result::Result<Self, $crate::sqlx::error::BoxDynError> {
                <$inner as $crate::Read>::read(bytes).map(Self)
            }
        }
    };
}

/// What an id or a domain of one value, and no array, can do as well: it can be an element of an array.
#[doc(hidden)]
#[macro_export]
macro_rules! newtype_element {
    ($name:ident, $inner:ty $(,)?) => {
        impl $crate::Element for $name {}

        impl $crate::sqlx::postgres::PgHasArrayType for $name {
            fn array_type_info() -> $crate::sqlx::postgres::PgTypeInfo {
                <$inner as $crate::sqlx::postgres::PgHasArrayType>::array_type_info()
            }

            fn array_compatible(ty: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                <$inner as $crate::sqlx::postgres::PgHasArrayType>::array_compatible(ty)
            }
        }
    };
}

/// What an id or a domain can do as well when its value is a text, a number, a time or the like: text and serde.
#[doc(hidden)]
#[macro_export]
macro_rules! newtype_text {
    ($name:ident, $inner:ty $(,)?) => {
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = <$inner as ::core::str::FromStr>::Err;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::str::FromStr::from_str(text).map(Self)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::serde::Serialize::serialize(&self.0, serializer)
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::serde::Deserialize::deserialize(deserializer).map(Self)
            }
        }
    };
}

/// What an id or a domain of a text can do as well: it is made from a `&str`, and a setter takes one for it.
#[doc(hidden)]
#[macro_export]
macro_rules! newtype_string {
    ($name:ident $(,)?) => {
        impl $crate::Text for $name {}

        impl $name {
            /// The text inside.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_ref()
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(::core::convert::From::from(text))
            }
        }

        impl $crate::IntoField<$name> for &str {
            fn into_field(self) -> ::core::option::Option<$name> {
                ::core::option::Option::Some(::core::convert::From::from(self))
            }
        }

        impl $crate::IntoValue<$name> for &str {
            fn into_value(self) -> $name {
                ::core::convert::From::from(self)
            }
        }

        impl $crate::IntoField<$name> for ::std::string::String {
            fn into_field(self) -> ::core::option::Option<$name> {
                ::core::option::Option::Some(::core::convert::From::from(self.as_str()))
            }
        }

        impl $crate::IntoValue<$name> for ::std::string::String {
            fn into_value(self) -> $name {
                ::core::convert::From::from(self.as_str())
            }
        }
    };
}

/// What a domain can do as well when its value is no text: setters and filters take the value alone. An id cannot: it
/// would be anybody's.
#[doc(hidden)]
#[macro_export]
macro_rules! newtype_domain {
    ($name:ident, $inner:ty $(,)?) => {
        impl $crate::IntoField<$name> for $inner {
            fn into_field(self) -> ::core::option::Option<$name> {
                ::core::option::Option::Some(::core::convert::From::from(self))
            }
        }

        impl $crate::IntoValue<$name> for $inner {
            fn into_value(self) -> $name {
                ::core::convert::From::from(self)
            }
        }
    };
}

/// What a domain of a number can do as well: it is added up.
#[doc(hidden)]
#[macro_export]
macro_rules! newtype_number {
    ($name:ident, $inner:ty $(,)?) => {
        impl $crate::Sum for $name {
            type Sum = <$inner as $crate::Sum>::Sum;
        }

        impl $crate::Average for $name {
            type Average = <$inner as $crate::Average>::Average;
        }
    };
}

/// What a domain of an array can do as well: its values are taken one by one.
#[doc(hidden)]
#[macro_export]
macro_rules! newtype_list {
    ($name:ident, $inner:ty $(,)?) => {
        impl $crate::List for $name {
            type Item = <$inner as $crate::List>::Item;

            fn items(&self) -> &[Self::Item] {
                $crate::List::items(&self.0)
            }
        }
    };
}

/// What an id can do when it is a UUID: a new one is a UUIDv7, whose order is that of time.
#[doc(hidden)]
#[macro_export]
macro_rules! uuid_id {
    ($name:ident $(,)?) => {
        impl $name {
            /// A new id: a UUIDv7, so that ids made one after the other lie side by side in an index.
            #[must_use]
            pub fn new() -> Self {
                Self($crate::uuid::Uuid::now_v7())
            }
        }

        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
}
