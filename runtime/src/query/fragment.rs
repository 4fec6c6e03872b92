//! SQL of one's own within a query.

use std::marker::PhantomData;

use super::{Clause, Column, Expr, Filter, Null, Value};

/// SQL of one's own: text of the program, values and columns. It is made with [`sql`].
///
/// ```
/// # use pgwright::doc::*;
/// let filter = pgwright::sql("length(").column(user::email).text(") > ").bind(20);
/// let query = User::query().filter(filter);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Fragment<M> {
    clause: Clause,
    model: PhantomData<fn() -> M>,
}

/// The way out where a filter or an expression is not to be said otherwise. The text is a part of the program; values
/// come in by [`bind`](Fragment::bind) alone.
///
/// Columns stand in it by their plain names, as in the table. It is put in parentheses as a whole.
///
/// ```
/// use pgwright::{Filter, sql};
///
/// fn named<M>(name: &str) -> Filter<M> {
///     sql("lower(full_name) = lower(").bind(name.to_owned()).text(")").into()
/// }
/// assert_eq!(format!("{:?}", named::<()>("Ada")), "(lower(full_name) = lower($1))");
/// ```
pub fn sql<M>(text: &'static str) -> Fragment<M> {
    Fragment {
        clause: text.into(),
        model: PhantomData,
    }
}

impl<M> Fragment<M> {
    /// Adds text of the program.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = pgwright::sql("").column(user::id).text(" % 2 = 0");
    /// let query = User::query().filter(filter);
    /// ```
    pub fn text(mut self, text: &'static str) -> Self {
        self.clause.text(text);
        self
    }

    /// Adds a value, as `$1`, `$2` ….
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = pgwright::sql("abs(id) < ").bind(10_i64);
    /// let query = User::query().filter(filter);
    /// ```
    pub fn bind(mut self, value: impl Value) -> Self {
        self.clause.value(value, "");
        self
    }

    /// Adds a column.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = pgwright::sql("length(").column(user::email).text(") > 20");
    /// let query = User::query().filter(filter);
    /// ```
    pub fn column<T, N>(mut self, column: Column<M, T, N>) -> Self {
        self.clause.text(column.name());
        self
    }

    /// It is an expression of that type, which can be NULL: to be compared, ordered by, selected.
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let rest = pgwright::sql("id % 10").expr::<i64>();
    /// let query = User::query().select(rest);
    /// ```
    pub fn expr<T>(self) -> Expr<M, T, Null> {
        Expr::from_clause(self.enclosed())
    }

    fn enclosed(self) -> Clause {
        let mut clause = Clause::new();
        clause.text("(").clause(self.clause).text(")");
        clause
    }
}

impl<M> From<Fragment<M>> for Filter<M> {
    /// It is a condition.
    fn from(fragment: Fragment<M>) -> Self {
        Self::from_clause(fragment.enclosed())
    }
}

impl<M> Filter<M> {
    /// SQL of one's own; see [`sql`].
    ///
    /// ```
    /// # use pgwright::doc::*;
    /// let filter = pgwright::sql("abs(id) < ").bind(10_i64);
    /// let query = User::query().filter(filter);
    /// ```
    pub fn sql(text: &'static str) -> Fragment<M> {
        sql(text)
    }
}
