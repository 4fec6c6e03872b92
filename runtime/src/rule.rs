//! The rules that the database keeps, as constants.

/// One rule that the database keeps: a constraint, a unique index, or what a trigger refuses. Generated code has a
/// constant of this type for each; compare an error with [`Error::is`](crate::Error::is).
///
/// ```
/// use pgwright::{Error, Rule, RuleKind};
///
/// const EMAIL: Rule = Rule {
///     kind: RuleKind::Unique,
///     model: "User",
///     schema: "public",
///     table: "users",
///     constraint: "ux_users_email",
///     columns: &["email"],
/// };
///
/// fn is_taken(error: &Error) -> bool {
///     error.is(EMAIL)
/// }
/// # let _ = is_taken;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// What kind of rule it is.
    pub kind: RuleKind,
    /// The model, or the domain.
    pub model: &'static str,
    /// The PostgreSQL schema it lives in.
    pub schema: &'static str,
    /// The table, or the domain.
    pub table: &'static str,
    /// The name under which the server reports it.
    pub constraint: &'static str,
    /// The columns it binds, as far as the spec says.
    pub columns: &'static [&'static str],
}

impl Rule {
    /// The same rule as the server reports it from a partition, by whose name it goes there. Generated code lists these
    /// behind the rules themselves.
    #[must_use]
    pub const fn within(self, schema: &'static str, partition: &'static str) -> Self {
        Self {
            schema,
            table: partition,
            ..self
        }
    }
}

/// The kinds of rules.
///
/// ```
/// use pgwright::RuleKind;
///
/// assert_eq!(RuleKind::ForeignKey.name(), "foreign key");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuleKind {
    /// A primary key, a unique constraint or a unique index.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A check constraint, of a table or a domain.
    Check,
    /// An exclusion constraint.
    Exclusion,
    /// A column that takes no NULL.
    NotNull,
    /// A ledger entry that would leave the balance under its minimum.
    Minimum,
    /// A move that is not among those allowed.
    Transition,
    /// A retained reference whose row is not there.
    Retained,
    /// A column that triggers keep true, written by hand.
    Maintained,
    /// A change of what never changes.
    Immutable,
}

impl RuleKind {
    /// Its name, in small letters.
    ///
    /// ```
    /// assert_eq!(pgwright::RuleKind::Unique.name(), "unique");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::Exclusion => "exclusion",
            Self::NotNull => "not null",
            Self::Minimum => "minimum",
            Self::Transition => "transition",
            Self::Retained => "retained",
            Self::Maintained => "maintained",
            Self::Immutable => "immutable",
        }
    }

    /// The kind that a SQLSTATE means when no rule of the spec has the name that the server reports.
    pub(crate) fn of_sqlstate(code: &str) -> Option<Self> {
        match code {
            "23505" => Some(Self::Unique),
            "23503" => Some(Self::ForeignKey),
            "23001" => Some(Self::ForeignKey),
            "23514" => Some(Self::Check),
            "23P01" => Some(Self::Exclusion),
            "23502" => Some(Self::NotNull),
            _ => None,
        }
    }
}
