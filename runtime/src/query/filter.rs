//! Filters.

use std::marker::PhantomData;
use std::ops;

use super::Clause;

/// A condition on the rows of a model.
///
/// Conditions are made of columns, and put together with `and`, `or` and `not`.
///
/// ```
/// # use pgwright::doc::*;
/// let ours = user::email.ends_with("@example.org");
/// let nameless = user::full_name.is_null();
/// let query = User::query().filter(ours.or(nameless));
/// assert!(query.sql().contains(" OR "));
/// ```
pub struct Filter<M> {
    pub(crate) condition: Condition,
    model: PhantomData<fn() -> M>,
}

/// What a [`Filter`] is, whatever the model.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition {
    pub(crate) clause: Clause,
    kind: Kind,
    /// The columns that it holds equal to a value.
    pub(crate) equal: Vec<&'static str>,
    /// Whether every row was asked for aloud.
    every: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Kind {
    /// Terms with AND between them; none is true.
    #[default]
    All,
    /// Terms with OR between them.
    Any,
    /// One term.
    One,
}

impl Condition {
    /// True of every row.
    pub(crate) const ALL: Self = Self {
        clause: Clause::new(),
        kind: Kind::All,
        equal: Vec::new(),
        every: false,
    };

    pub(crate) fn one(clause: Clause) -> Self {
        Self {
            clause,
            kind: Kind::One,
            equal: Vec::new(),
            every: false,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.clause.is_empty()
    }

    /// Adds what holds of a row that is not deleted.
    pub(crate) fn and_shown(&mut self, shown: &'static str) {
        if !shown.is_empty() {
            self.and(Self::one(shown.into()));
        }
    }

    /// Adds what must hold as well.
    pub(crate) fn and(&mut self, other: Self) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = other;
            return;
        }
        self.enclose(Kind::All);
        self.clause.text(" AND ");
        let mut other = other;
        other.enclose(Kind::All);
        self.clause.clause(other.clause);
        self.equal.extend(other.equal);
    }

    /// Adds terms with AND between them.
    pub(crate) fn and_clause(&mut self, clause: Clause) {
        self.and(Self {
            clause,
            kind: Kind::All,
            equal: Vec::new(),
            every: false,
        });
    }

    fn or(&mut self, mut other: Self) {
        // Of everything, or of something: everything.
        if self.is_empty() || other.is_empty() {
            *self = Self::default();
            return;
        }
        self.enclose(Kind::Any);
        self.clause.text(" OR ");
        other.enclose(Kind::Any);
        self.clause.clause(other.clause);
        self.equal.clear();
    }

    /// Makes it a part of a list of that kind, in parentheses if it is a list of the other one.
    fn enclose(&mut self, kind: Kind) {
        if self.kind != kind && self.kind != Kind::One {
            let inner = std::mem::take(&mut self.clause);
            self.clause.text("(").clause(inner).text(")");
        }
        self.kind = kind;
    }

    pub(crate) fn not(self) -> Self {
        if self.is_empty() {
            return Self::one("false".into());
        }
        let mut clause = Clause::new();
        clause.text("NOT (").clause(self.clause).text(")");
        Self::one(clause)
    }
}

impl<M> Filter<M> {
    pub(crate) fn of(condition: Condition) -> Self {
        Self {
            condition,
            model: PhantomData,
        }
    }

    /// A term of SQL that binds tighter than AND, or is in parentheses.
    #[doc(hidden)]
    #[must_use]
    pub fn from_clause(clause: Clause) -> Self {
        Self::of(Condition::one(clause))
    }

    /// What it says in SQL; nothing if it is true of every row.
    #[doc(hidden)]
    #[must_use]
    pub fn into_clause(self) -> Clause {
        self.condition.clause
    }

    /// True of every row.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = pgwright::Filter::all();
    /// let query = User::query().filter(filter);
    /// ```
    #[must_use]
    pub fn all() -> Self {
        Self::of(Condition {
            every: true,
            ..Condition::default()
        })
    }

    /// Whether it is true of every row without having been made for that.
    pub(crate) fn says_nothing(&self) -> bool {
        self.condition.is_empty() && !self.condition.every
    }

    /// True of no row.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = pgwright::Filter::none();
    /// let query = User::query().filter(filter);
    /// ```
    #[must_use]
    pub fn none() -> Self {
        Self::from_clause("false".into())
    }

    /// True where all of them are; of every row if there are none.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = pgwright::Filter::all_of([user::id.gt(1), user::email.like("a%")]);
    /// let query = User::query().filter(filter);
    /// ```
    pub fn all_of<F: Into<Self>>(filters: impl IntoIterator<Item = F>) -> Self {
        filters
            .into_iter()
            .fold(Self::of(Condition::default()), Self::and)
    }

    /// True where any of them is; of no row if there are none.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = pgwright::Filter::any_of([user::id.eq(1), user::email.like("a%")]);
    /// let query = User::query().filter(filter);
    /// ```
    pub fn any_of<F: Into<Self>>(filters: impl IntoIterator<Item = F>) -> Self {
        filters
            .into_iter()
            .map(Into::into)
            .reduce(Self::or)
            .unwrap_or_else(Self::none)
    }

    /// True where both are.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = user::id.gt(1).and(user::full_name.is_null());
    /// let query = User::query().filter(filter);
    /// ```
    #[must_use]
    pub fn and(mut self, other: impl Into<Self>) -> Self {
        self.condition.and(other.into().condition);
        self
    }

    /// True where one of them is, or both.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = user::id.eq(1).or(user::full_name.is_null());
    /// let query = User::query().filter(filter);
    /// ```
    #[must_use]
    pub fn or(mut self, other: impl Into<Self>) -> Self {
        self.condition.or(other.into().condition);
        self
    }

    /// True where it is false. Where it is NULL, as a comparison with NULL is, this is NULL as well, which is not true.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = user::email.like("a%").not();
    /// let query = User::query().filter(filter);
    /// ```
    #[must_use]
    #[allow(
        clippy::should_implement_trait,
        reason = "it does; the method needs no import"
    )]
    pub fn not(self) -> Self {
        Self::of(self.condition.not())
    }
}

impl<M> ops::Not for Filter<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::not(self)
    }
}

impl<M> From<Option<Filter<M>>> for Filter<M> {
    /// `None` is true of every row.
    fn from(filter: Option<Filter<M>>) -> Self {
        filter.unwrap_or_else(|| Self::of(Condition::default()))
    }
}

impl<M> Clone for Filter<M> {
    fn clone(&self) -> Self {
        Self::of(self.condition.clone())
    }
}

impl<M> std::fmt::Debug for Filter<M> {
    /// The SQL without the values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.condition.clause.fmt(f)
    }
}
