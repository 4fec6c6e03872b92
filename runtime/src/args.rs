//! The values of a statement.

use std::cell::Cell;

use serde::Serialize;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::types::Type;
use sqlx::{Arguments, Postgres};

use crate::array::{Array, write_value};
use crate::insert::Known;
use crate::{Error, Result, values};

/// The values of a statement, in the order of its `$1`, `$2` …. A value that cannot be sent is an error when the
/// statement runs.
///
/// ```
/// let mut args = pgwright::Args::new();
/// args.add(7_i64);
/// args.add("Ada");
/// ```
#[derive(Debug, Default)]
pub struct Args {
    values: PgArguments,
    /// Whether sqlx has to look up a type by its name.
    named: bool,
    error: Option<BoxDynError>,
    /// The values as a log shows them, where one does.
    shown: Option<String>,
}

impl Args {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    ///
    /// ```
    /// let mut args = pgwright::Args::new();
    /// args.add(Some(7_i64));
    /// ```
    pub fn add<'t, T: Encode<'t, Postgres> + Type<Postgres>>(&mut self, value: T) {
        self.named |= T::type_info().oid().is_none();
        if values::are_kept() {
            self.show(&values::shown(&value));
        }
        if let Err(error) = self.values.add(value) {
            self.error.get_or_insert(error);
        }
    }

    /// Adds a value; whether it is one, and not NULL.
    pub(crate) fn add_known<'t, T: Encode<'t, Postgres> + Type<Postgres>>(
        &mut self,
        value: &T,
    ) -> bool {
        let given = Cell::new(false);
        self.add(Known {
            value,
            given: &given,
        });
        given.get()
    }

    /// Adds an array with what a function makes of each item, as the type that the statement casts it to.
    ///
    /// ```
    /// # use pgwright::Args;
    /// let rows = [(1_i32, "one"), (2, "two")];
    /// let mut args = Args::new();
    /// args.column(&rows, |row| &row.0); // $1::int4[]
    /// args.column(&rows, |row| &row.1); // $2::text[]
    /// ```
    pub fn column<'t, I, T>(&mut self, items: &'t [I], value: impl Fn(&'t I) -> &'t T)
    where
        T: Encode<'t, Postgres> + Type<Postgres> + 't,
    {
        self.array(T::type_info(), &|buffer| {
            for item in items {
                write_value(buffer, value(item))?;
            }
            Ok(items.len())
        });
    }

    /// Adds an array that is written element by element.
    pub(crate) fn array(
        &mut self,
        element: PgTypeInfo,
        write: &dyn Fn(&mut PgArgumentBuffer) -> Result<usize, BoxDynError>,
    ) {
        self.named |= element.oid().is_none();
        if values::are_kept() {
            self.show("(an array)");
        }
        if let Err(error) = self.values.add(Array { element, write }) {
            self.error.get_or_insert(error);
        }
    }

    /// Adds a value as `jsonb`.
    ///
    /// ```
    /// let mut args = pgwright::Args::new();
    /// args.jsonb(Some(&["a", "b"]));
    /// ```
    pub fn jsonb<T: Serialize + ?Sized>(&mut self, value: Option<&T>) {
        self.add(value.map(sqlx::types::Json));
    }

    /// Adds a value as `json`, with its keys in the order they have.
    ///
    /// ```
    /// let mut args = pgwright::Args::new();
    /// args.json(Some(&["a", "b"]));
    /// ```
    pub fn json<T: Serialize + ?Sized>(&mut self, value: Option<&T>) {
        self.add(value.map(JsonText));
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    fn show(&mut self, value: &str) {
        let shown = self.shown.get_or_insert_default();
        if !shown.is_empty() {
            shown.push_str(", ");
        }
        shown.push_str(value);
    }

    /// The values, whether sqlx has to look up a type by its name, and the values as a log shows them.
    pub(crate) fn finish(self, model: &'static str) -> Result<(PgArguments, bool, Option<String>)> {
        match self.error {
            None => Ok((self.values, self.named, self.shown)),
            Some(source) => Err(Error::Encode { model, source }),
        }
    }
}

/// `json`, which sqlx would send as `jsonb`: the server would sort its keys before it stores it.
pub(crate) struct JsonText<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: ?Sized> Type<Postgres> for JsonText<'_, T> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(114))
    }
}

impl<T: Serialize + ?Sized> Encode<'_, Postgres> for JsonText<'_, T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        serde_json::to_writer(&mut **buffer, self.0)?;
        Ok(IsNull::No)
    }
}
