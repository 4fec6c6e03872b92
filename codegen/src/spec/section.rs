//! The two macros that define the language: each key is written once, with its doc, type and TOML name.

/// Defines a table with known keys: its Rust type, its reader and its [`Shape`](super::shape::Shape).
///
/// Every key becomes a field `Option<Spanned<T>>`. A key marked `required` is reported where it is missing, and is an
/// `Option` all the same, since reading goes on.
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        $name:ident $what:literal {
            $(
                $(#[doc = $key_doc:literal])*
                $field:ident: $ty:ty = $key:literal $($required:ident)?,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $(
                $(#[doc = $key_doc])*
                pub $field: Option<$crate::source::Spanned<$ty>>,
            )*
        }

        impl $crate::spec::reader::Section for $name {
            const WHAT: &'static str = $what;
            const KEYS: &'static [&'static str] = &[$($key),*];
            const REQUIRED: &'static [&'static str] = $crate::spec::section::required!([] $($key $($required)?,)*);

            fn read_key(
                &mut self,
                key: &str,
                span: $crate::diag::Span,
                node: &$crate::spec::reader::Node<'_>,
                reader: &mut $crate::spec::reader::Reader<'_>,
            ) -> bool {
                match key {
                    $($key => self.$field = reader.at(key, span, node),)*
                    _ => return false,
                }
                true
            }
        }

        impl $name {
            /// The keys of the table, for the JSON Schema and the reference.
            #[must_use]
            pub fn section_shape() -> $crate::spec::shape::SectionShape {
                $crate::spec::shape::SectionShape {
                    name: stringify!($name),
                    doc: &[$($doc),*],
                    keys: vec![$(
                        $crate::spec::shape::KeyShape {
                            key: $key,
                            doc: &[$($key_doc),*],
                            required: <Self as $crate::spec::reader::Section>::REQUIRED.contains(&$key),
                            shape: <$ty as $crate::spec::value::Value>::shape(),
                        },
                    )*],
                }
            }
        }
    };
}

/// Makes a type of [`section!`] a value that is written as a table and nothing else.
macro_rules! table {
    ($($name:ident),* $(,)?) => {$(
        impl $crate::spec::value::Value for $name {
            fn read(
                node: &$crate::spec::reader::Node<'_>,
                key: &$crate::diag::Span,
                reader: &mut $crate::spec::reader::Reader<'_>,
            ) -> Option<Self> {
                reader.section(node, key)
            }

            fn shape() -> $crate::spec::shape::Shape {
                $crate::spec::shape::Shape::Section(Self::section_shape())
            }
        }
    )*};
}

/// The keys that are marked `required`.
macro_rules! required {
    ([$($done:literal)*]) => { &[$($done),*] };
    ([$($done:literal)*] $key:literal required, $($rest:tt)*) => {
        $crate::spec::section::required!([$($done)* $key] $($rest)*)
    };
    ([$($done:literal)*] $key:literal, $($rest:tt)*) => {
        $crate::spec::section::required!([$($done)*] $($rest)*)
    };
}

/// Defines a value that is one of some words.
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        $name:ident $what:literal {
            $(
                $(#[doc = $word_doc:literal])*
                $variant:ident = $word:literal,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $(
                $(#[doc = $word_doc])*
                $variant,
            )*
        }

        impl $name {
            const WORDS: &'static [$crate::spec::shape::Word] = &[
                $($crate::spec::shape::Word { word: $word, doc: &[$($word_doc),*] },)*
            ];

            /// The word as it is written.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::spec::value::Value for $name {
            fn read(
                node: &$crate::spec::reader::Node<'_>,
                _: &$crate::diag::Span,
                reader: &mut $crate::spec::reader::Reader<'_>,
            ) -> Option<Self> {
                let index = reader.word($what, Self::WORDS, node)?;
                [$(Self::$variant),*].get(index).copied()
            }

            fn shape() -> $crate::spec::shape::Shape {
                $crate::spec::shape::Shape::Words(Self::WORDS)
            }
        }
    };
}

pub(crate) use {required, section, table, words};
