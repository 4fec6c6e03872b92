//! What the language looks like, as data: the JSON Schema and the reference page are made of it.

/// What a value may look like.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A string, a number, a boolean or a date.
    Scalar,
    /// One of some strings.
    Words(&'static [Word]),
    /// An array.
    List(Box<Shape>),
    /// A table whose keys the author chooses.
    Map(Box<Shape>),
    /// A table with known keys.
    Section(SectionShape),
    /// Any of several.
    AnyOf(Vec<Shape>),
    /// A table with known keys that depend on the value of one of them.
    Tagged {
        /// The key that decides.
        tag: &'static str,
        /// Its values, with the keys of each.
        variants: Vec<(&'static str, SectionShape)>,
    },
}

/// A word of the language.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// What it says.
    pub doc: &'static [&'static str],
}

/// A table with known keys.
#[derive(Clone, Debug)]
pub struct SectionShape {
    /// A name for it, unique in the language.
    pub name: &'static str,
    /// What it is, line by line.
    pub doc: &'static [&'static str],
    /// Its keys in their order.
    pub keys: Vec<KeyShape>,
}

/// A known key.
#[derive(Clone, Debug)]
pub struct KeyShape {
    /// The key.
    pub key: &'static str,
    /// What it says, line by line.
    pub doc: &'static [&'static str],
    /// Whether it must be there.
    pub required: bool,
    /// What its value may look like.
    pub shape: Shape,
}
