//! What can stand on the right of a key, and how it is read.
//!
//! One definition of a type yields its reader, its part of the JSON Schema and its part of the reference page.

use toml::de::DeValue;

use super::reader::{Node, Reader};
use super::shape::Shape;
use crate::diag::Span;
use crate::source::Spanned;

/// A value of the spec.
pub trait Value: Sized {
    /// Reads the value; what is wrong with it goes to the reader. `key` is what to underline where the value as a
    /// whole is not a good place.
    fn read(node: &Node<'_>, key: &Span, reader: &mut Reader<'_>) -> Option<Self>;

    /// What the value may look like.
    fn shape() -> Shape;
}

/// A text.
pub type Text = String;

/// An array.
pub type List<T> = Vec<Spanned<T>>;

/// A table whose keys the author chooses, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Map<T> {
    /// Keys and values in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Spanned<String>, &T)> {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

impl Value for Text {
    fn read(node: &Node<'_>, _: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(text) => reader.text(text, node.span()),
            _ => reader.expected("a string", node),
        }
    }

    fn shape() -> Shape {
        Shape::Text
    }
}

impl Value for bool {
    fn read(node: &Node<'_>, _: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => reader.expected("`true` or `false`", node),
        }
    }

    fn shape() -> Shape {
        Shape::Boolean
    }
}

impl Value for i64 {
    fn read(node: &Node<'_>, _: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Integer(value) => reader.integer(value, node.span()),
            _ => reader.expected("an integer", node),
        }
    }

    fn shape() -> Shape {
        Shape::Integer
    }
}

impl<T: Value> Value for List<T> {
    fn read(node: &Node<'_>, _: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Array(items) = node.get_ref() else {
            return reader.expected("an array", node);
        };
        Some(
            items
                .iter()
                .enumerate()
                .filter_map(|(index, item)| reader.at(&index.to_string(), item.span(), item))
                .collect(),
        )
    }

    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }
}

impl<T: Value> Value for Map<T> {
    fn read(node: &Node<'_>, _: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            return reader.expected("a table", node);
        };
        let mut entries = Vec::new();
        for (key, value) in table {
            let name = reader.text(key.get_ref(), key.span());
            if let (Some(name), Some(value)) = (name, reader.at(key.get_ref(), key.span(), value)) {
                entries.push((Spanned::new(name, key.span()), value.value));
            }
        }
        Some(Self(entries))
    }

    fn shape() -> Shape {
        Shape::Map(Box::new(T::shape()))
    }
}

/// A name, or several in an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOrMany(pub List<Text>);

impl Value for OneOrMany {
    fn read(node: &Node<'_>, key: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Array(_) => List::read(node, key, reader).map(Self),
            DeValue::String(text) => {
                let text = reader.text(text, node.span())?;
                Some(Self(vec![Spanned::new(text, node.span())]))
            }
            _ => reader.expected("a string or an array of strings", node),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, List::<Text>::shape()])
    }
}

/// A constant: a string, a number or a boolean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent, as it was written, without `_`.
    Float(String),
    /// `true` or `false`.
    Boolean(bool),
}

impl Scalar {
    /// What it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
        }
    }
}

impl Value for Scalar {
    fn read(node: &Node<'_>, _: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(text) => reader.text(text, node.span()).map(Self::Text),
            DeValue::Integer(value) => reader.integer(value, node.span()).map(Self::Integer),
            DeValue::Float(value) => Some(Self::Float(value.as_str().to_owned())),
            DeValue::Boolean(value) => Some(Self::Boolean(*value)),
            // A date is a text to PostgreSQL; the author's own characters say it best.
            DeValue::Datetime(_) => Some(Self::Text(reader.raw(node.span()).to_owned())),
            DeValue::Array(_) | DeValue::Table(_) => {
                reader.expected("a string, a number or a boolean", node)
            }
        }
    }

    fn shape() -> Shape {
        Shape::Scalar
    }
}

/// The value of `default`: a constant, or an array of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// One constant.
    One(Scalar),
    /// An array of constants.
    Many(List<Scalar>),
}

impl Value for Constant {
    fn read(node: &Node<'_>, key: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Array(_) => List::read(node, key, reader).map(Self::Many),
            DeValue::Table(_) => {
                reader.expected("a string, a number, a boolean or an array of them", node)
            }
            _ => Scalar::read(node, key, reader).map(Self::One),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Scalar, List::<Scalar>::shape()])
    }
}
