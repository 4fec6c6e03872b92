//! Relations between models: the rows that belong to a row, filters over them, and loading them for many rows at once.
//!
//! A relation is a pair of lists of columns, a constant of generated code. Nothing loads by itself: a relation makes a
//! [`Query`](crate::Query), a [`Filter`](crate::Filter), or one statement of a [`Load`].

mod exact;
mod flat;
mod key;
mod load;
mod part;
#[allow(
    clippy::module_inception,
    reason = "the type that the module is named for"
)]
mod relation;
mod statement;

pub use flat::{Base, Flat, With};
pub use key::{Keys, Related};
pub use load::{Load, Loadable, Parts};
pub use part::{Loading, Loads, Nested, Part, Then, Whole};
pub use relation::{Many, One, Relation};

/// The type that says what to load of a model, and its functions: generated code calls it with the model's relations.
#[doc(hidden)]
#[macro_export]
macro_rules! loader {
    ($Load:ident, $Model:ty: $($(#[$doc:meta])* $name:ident, $with:ident: $Kind:ident of $Target:ty, $relation:path;)*) => {
        /// What to load beside rows: each relation that is named is one statement more, however many rows there are.
        /// Nothing is asked until `fetch` is called.
        #[must_use = "nothing is asked until `fetch` is called"]
        #[derive(Debug)]
        pub struct $Load<S, L = ()>($crate::Load<S, L>);

        impl<S, L> $Load<S, L> {
            $(
                $(#[$doc])*
                pub fn $name(self) -> $Load<S, (L, $crate::Loading<$Model, $Target, $crate::$Kind>)> {
                    self.$with(::core::convert::identity)
                }

                $(#[$doc])*
                ///
                /// The query says which of them, in which order, and how many for each row; a query with a `load` says what
                /// to load beside them.
                pub fn $with<P: $crate::Loads<$Target>>(
                    self,
                    part: impl ::core::ops::FnOnce($crate::Query<$Target>) -> P,
                ) -> $Load<S, (L, $crate::Loading<$Model, $Target, $crate::$Kind, P>)> {
                    $Load(self.0.with($relation, part($crate::Query::new())))
                }
            )*
        }

        impl<'a, L> $Load<&'a [$Model], L>
        where
            L: $crate::Parts<$Model>,
            L::Item<&'a $Model>: $crate::Flat,
        {
            /// Asks, and returns each row with what was loaded for it: `(row, first, second, …)`.
            ///
            /// # Errors
            /// If the database cannot be asked or a row cannot be read.
            pub async fn fetch(
                self,
                db: impl $crate::Executor<'_>,
            ) -> $crate::Result<
                ::std::vec::Vec<<L::Item<&'a $Model> as $crate::Flat>::Out>,
            > {
                self.0.fetch(db).await
            }
        }

        impl<L> $Load<$crate::Query<$Model>, L>
        where
            L: $crate::Parts<$Model>,
            L::Item<$Model>: $crate::Flat,
        {
            /// Asks, and returns each row with what was loaded for it: `(row, first, second, …)`.
            ///
            /// # Errors
            /// If the database cannot be asked or a row cannot be read.
            pub async fn fetch(
                self,
                db: impl $crate::Executor<'_>,
            ) -> $crate::Result<::std::vec::Vec<<L::Item<$Model> as $crate::Flat>::Out>> {
                self.0.fetch_query(db).await
            }
        }

        impl<L> $crate::Loads<$Model> for $Load<$crate::Query<$Model>, L>
        where
            L: $crate::Parts<$Model>,
            L::Item<$Model>: $crate::Flat,
            <L::Item<$Model> as $crate::Flat>::Out: ::core::clone::Clone + ::core::marker::Send,
        {
            type Item = <L::Item<$Model> as $crate::Flat>::Out;
            type Then = $crate::Nested<L>;

            fn split(self) -> ($crate::Query<$Model>, Self::Then) {
                self.0.split()
            }
        }

        impl $crate::Loadable for $Model {
            type Load<S> = $Load<S>;

            fn load_from<S>(source: S) -> $Load<S> {
                $Load($crate::Load::new(source))
            }
        }
    };
}
