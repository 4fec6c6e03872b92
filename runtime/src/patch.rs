//! Fields that may be absent, NULL or a value.

/// What a patch says of a field that takes NULL, or an insert of one that has a default as well.
///
/// ```
/// use pgwright::Patch;
///
/// assert_eq!(Patch::of("a name"), Patch::Value("a name"));
/// assert_eq!(Patch::<&str>::of(None), Patch::Null);
/// assert!(Patch::<&str>::default().is_absent());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Nothing: the column stays as it is, or gets its default.
    #[default]
    Absent,
    /// NULL.
    Null,
    /// The value.
    Value(T),
}

impl<T> Patch<T> {
    /// What a setter was given: `None` is NULL.
    ///
    /// ```
    /// use pgwright::Patch;
    ///
    /// assert_eq!(Patch::<i64>::of(7), Patch::Value(7));
    /// assert_eq!(Patch::<i64>::of(None), Patch::Null);
    /// ```
    pub fn of(value: impl IntoField<T>) -> Self {
        value.into_field().into()
    }

    /// Whether nothing is said.
    ///
    /// ```
    /// assert!(pgwright::Patch::<i64>::Absent.is_absent());
    /// ```
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, if there is one.
    ///
    /// ```
    /// assert_eq!(pgwright::Patch::Value(7).value(), Some(&7));
    /// ```
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<T> From<Option<T>> for Patch<T> {
    /// `None` is NULL.
    fn from(value: Option<T>) -> Self {
        match value {
            Some(value) => Self::Value(value),
            None => Self::Null,
        }
    }
}

/// What a setter of a field that takes NULL, or has a default, accepts: a value, `Some(value)` or `None`.
///
/// ```
/// use pgwright::IntoField;
///
/// fn rename(name: impl IntoField<String>) -> Option<String> {
///     name.into_field()
/// }
/// assert_eq!(rename("a name"), Some("a name".to_owned()));
/// assert_eq!(rename(None), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of this field",
    label = "expected `{T}`, `Some({T})` or `None`"
)]
pub trait IntoField<T> {
    /// The value, or nothing.
    fn into_field(self) -> Option<T>;
}

impl<T> IntoField<T> for T {
    fn into_field(self) -> Option<T> {
        Some(self)
    }
}

impl<T> IntoField<T> for Option<T> {
    fn into_field(self) -> Option<T> {
        self
    }
}

impl IntoField<String> for &str {
    fn into_field(self) -> Option<String> {
        Some(self.to_owned())
    }
}

/// What a field that takes no NULL accepts: a value, or `&str` for a text.
///
/// ```
/// use pgwright::IntoValue;
///
/// fn name(name: impl IntoValue<String>) -> String {
///     name.into_value()
/// }
/// assert_eq!(name("Ada"), "Ada");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of this field",
    label = "expected `{T}`"
)]
pub trait IntoValue<T> {
    /// The value.
    fn into_value(self) -> T;
}

impl<T> IntoValue<T> for T {
    fn into_value(self) -> T {
        self
    }
}

impl<T: Clone> IntoValue<T> for &T {
    fn into_value(self) -> T {
        self.clone()
    }
}

impl IntoValue<String> for &&str {
    fn into_value(self) -> String {
        (*self).to_owned()
    }
}

impl IntoValue<String> for &str {
    fn into_value(self) -> String {
        self.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: impl IntoField<String>) -> Option<String> {
        value.into_field()
    }

    fn number(value: impl IntoField<i16>) -> Option<i16> {
        value.into_field()
    }

    #[test]
    fn a_setter_takes_a_value_an_option_or_none() {
        assert_eq!(text("a"), Some("a".to_owned()));
        assert_eq!(text("a".to_owned()), Some("a".to_owned()));
        assert_eq!(text(Some("a".to_owned())), Some("a".to_owned()));
        assert_eq!(text(None), None);
        assert_eq!(number(5), Some(5));
        assert_eq!(number(Some(5)), Some(5));
    }
}
