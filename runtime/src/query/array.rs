//! Arrays and ranges.

use super::compare::compare;
use super::text::call;
use super::{Column, Expr, Filter, Value};
use crate::types::Range;
use crate::{Element, IntoValue};

macro_rules! arrays {
    ($Self:ident) => {
        impl<M, T: Element, N> $Self<M, Vec<T>, N>
        where
            Vec<T>: Value,
        {
            /// Has the element. A GIN index serves it.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(tags: pgwright::Column<Row, Vec<String>>) {
            /// let filter = tags.has("new");
            /// # }
            /// ```
            pub fn has(self, element: impl IntoValue<T>) -> Filter<M> {
                self.contains([element])
            }

            /// Has all of the elements.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(tags: pgwright::Column<Row, Vec<String>>) {
            /// let filter = tags.contains(["new", "red"]);
            /// # }
            /// ```
            pub fn contains<V: IntoValue<T>>(
                self,
                elements: impl IntoIterator<Item = V>,
            ) -> Filter<M> {
                let cast = self.casts().value;
                let elements: Vec<T> = elements.into_iter().map(V::into_value).collect();
                compare(self.clause(), " @> ", elements, cast)
            }

            /// Has no other elements than these.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(tags: pgwright::Column<Row, Vec<String>>) {
            /// let filter = tags.contained_in(["new", "red"]);
            /// # }
            /// ```
            pub fn contained_in<V: IntoValue<T>>(
                self,
                elements: impl IntoIterator<Item = V>,
            ) -> Filter<M> {
                let cast = self.casts().value;
                let elements: Vec<T> = elements.into_iter().map(V::into_value).collect();
                compare(self.clause(), " <@ ", elements, cast)
            }

            /// Has any of the elements.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(tags: pgwright::Column<Row, Vec<String>>) {
            /// let filter = tags.overlaps(["new", "red"]);
            /// # }
            /// ```
            pub fn overlaps<V: IntoValue<T>>(
                self,
                elements: impl IntoIterator<Item = V>,
            ) -> Filter<M> {
                let cast = self.casts().value;
                let elements: Vec<T> = elements.into_iter().map(V::into_value).collect();
                compare(self.clause(), " && ", elements, cast)
            }

            /// How many elements it has.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(tags: pgwright::Column<Row, Vec<String>>) {
            /// let count = tags.length();
            /// # }
            /// ```
            pub fn length(self) -> Expr<M, i32, N> {
                Expr::from_clause(call("cardinality(", self.clause()))
            }
        }

        impl<M, T: Value, N> $Self<M, Range<T>, N>
        where
            Range<T>: Value,
        {
            /// Holds the value.
            pub fn has(self, value: impl IntoValue<T>) -> Filter<M> {
                compare(self.clause(), " @> ", value.into_value(), "")
            }

            /// Holds the whole range.
            pub fn contains(self, range: impl Into<Range<T>>) -> Filter<M> {
                compare(self.clause(), " @> ", range.into(), "")
            }

            /// Lies within the range.
            pub fn contained_in(self, range: impl Into<Range<T>>) -> Filter<M> {
                compare(self.clause(), " <@ ", range.into(), "")
            }

            /// Has values in common with the range.
            pub fn overlaps(self, range: impl Into<Range<T>>) -> Filter<M> {
                compare(self.clause(), " && ", range.into(), "")
            }
        }
    };
}

arrays!(Column);
arrays!(Expr);
