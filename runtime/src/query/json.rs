//! `jsonb` and `json`.

use sqlx::error::BoxDynError;
use sqlx::postgres::PgTypeInfo;

use super::compare::compare;
use super::text::call;
use super::{Clause, Column, Expr, Filter, Null};
use crate::types::Json;
use crate::{IntoValue, Read};

/// A `json` value, as a type of columns: unlike `jsonb` it can be compared with nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainJson(pub Json);

impl Read for PlainJson {
    fn accepts(ty: &PgTypeInfo) -> bool {
        Json::accepts(ty)
    }

    fn read(bytes: &[u8]) -> Result<Self, BoxDynError> {
        Json::read(bytes).map(Self)
    }
}

/// `(expression operator path)`
fn path<K: IntoValue<String>>(
    expression: Clause,
    operator: &'static str,
    keys: impl IntoIterator<Item = K>,
) -> Clause {
    let keys: Vec<String> = keys.into_iter().map(K::into_value).collect();
    let mut clause = Clause::new();
    clause.text("(").clause(expression).text(operator);
    clause.value(keys, "").text(")");
    clause
}

fn keys<K: IntoValue<String>>(keys: impl IntoIterator<Item = K>) -> Vec<String> {
    keys.into_iter().map(K::into_value).collect()
}

macro_rules! json {
    ($Self:ident, $Json:ty) => {
        impl<M, N> $Self<M, $Json, N> {
            /// The value at the path as a text: keys, and numbers for the elements of arrays. NULL if there is none or
            /// it is `null`.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let theme = settings.path(["ui", "theme"]);
            /// # }
            /// ```
            pub fn path<K: IntoValue<String>>(
                self,
                path: impl IntoIterator<Item = K>,
            ) -> Expr<M, String, Null> {
                Expr::from_clause(self::path(self.clause(), " #>> ", path))
            }

            /// The value at the path. NULL if there is none.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let ui = settings.path_json(["ui"]);
            /// # }
            /// ```
            pub fn path_json<K: IntoValue<String>>(
                self,
                path: impl IntoIterator<Item = K>,
            ) -> Expr<M, $Json, Null> {
                Expr::from_clause(self::path(self.clause(), " #> ", path))
            }
        }
    };
}

macro_rules! jsonb {
    ($Self:ident) => {
        json!($Self, Json);
        json!($Self, PlainJson);

        impl<M, N> $Self<M, Json, N> {
            /// Has all that the value has: its keys with their values, or its elements. A GIN index serves it.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let filter = settings.contains(pgwright::serde_json::json!({ "theme": "dark" }));
            /// # }
            /// ```
            pub fn contains(self, value: impl IntoValue<Json>) -> Filter<M> {
                compare(self.clause(), " @> ", value.into_value(), "")
            }

            /// Has nothing that the value has not.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let filter = settings.contained_in(pgwright::serde_json::json!({ "theme": "dark" }));
            /// # }
            /// ```
            pub fn contained_in(self, value: impl IntoValue<Json>) -> Filter<M> {
                compare(self.clause(), " <@ ", value.into_value(), "")
            }

            /// Is an object with the key, or an array with that text.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let filter = settings.has_key("theme");
            /// # }
            /// ```
            pub fn has_key(self, key: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " ? ", key.into_value(), "")
            }

            /// Has any of the keys.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let filter = settings.has_any_key(["theme", "language"]);
            /// # }
            /// ```
            pub fn has_any_key<K: IntoValue<String>>(
                self,
                keys: impl IntoIterator<Item = K>,
            ) -> Filter<M> {
                compare(self.clause(), " ?| ", self::keys(keys), "")
            }

            /// Has all of the keys.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let filter = settings.has_all_keys(["theme", "language"]);
            /// # }
            /// ```
            pub fn has_all_keys<K: IntoValue<String>>(
                self,
                keys: impl IntoIterator<Item = K>,
            ) -> Filter<M> {
                compare(self.clause(), " ?& ", self::keys(keys), "")
            }

            /// Has something that the SQL/JSON path finds (`$.nodes[*] ? (@.kind == "train")`).
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let filter = settings.path_exists("$.ui.theme");
            /// # }
            /// ```
            pub fn path_exists(self, path: impl IntoValue<String>) -> Filter<M> {
                compare(self.clause(), " @? ", path.into_value(), "::text::jsonpath")
            }

            /// `object`, `array`, `string`, `number`, `boolean` or `null`.
            ///
            /// ```
            /// # fn example<Row: pgwright::Model>(settings: pgwright::Column<Row, pgwright::types::Json>) {
            /// let kind = settings.kind();
            /// # }
            /// ```
            pub fn kind(self) -> Expr<M, String, N> {
                Expr::from_clause(call("jsonb_typeof(", self.clause()))
            }
        }
    };
}

jsonb!(Column);
jsonb!(Expr);
