//! Rows, read by ordinal.

use serde::de::DeserializeOwned;
use sqlx::postgres::{PgRow, PgTypeInfo};
use sqlx::{Column, Row as _, TypeInfo, ValueRef};

use crate::{Error, Read, Result, Rule, Spec, Table};

/// A type of rows: a model or a typed view.
///
/// ```
/// # use pgwright::doc::*;
/// use pgwright::Model;
///
/// assert_eq!(User::NAME, "User");
/// assert_eq!(User::TABLE.name, "public.users");
/// ```
pub trait Model: Sized + Send + 'static {
    /// The name in the spec.
    const NAME: &'static str;
    /// The rules of the whole spec: a statement on one table may violate a rule of another.
    const RULES: &'static [Rule];
    /// The spec as a whole.
    const SPEC: &'static Spec;
    /// The table or the view.
    const TABLE: &'static Table;

    /// Reads a row by ordinal, in the order of the model's own column list.
    ///
    /// # Errors
    /// If a value cannot be read; the error names the column.
    fn read_row(row: &Row<'_>) -> Result<Self>;
}

/// A row whose values are read by ordinal.
///
/// ```
/// # use pgwright::doc::*;
/// use pgwright::{Model as _, Row};
/// use pgwright::sqlx::postgres::PgRow;
///
/// fn user(row: &PgRow) -> pgwright::Result<User> {
///     User::read_row(&Row::first(row, User::NAME))
/// }
/// # let _ = user;
/// ```
#[derive(Debug)]
pub struct Row<'r> {
    row: &'r PgRow,
    model: &'static str,
    check: bool,
}

impl<'r> Row<'r> {
    /// A row of a statement whose first row this is: the types of its columns are checked. All rows of a statement have the
    /// same, so that one check is enough.
    ///
    /// ```
    /// use pgwright::{Row, sqlx::postgres::PgRow};
    ///
    /// fn id(row: &PgRow) -> pgwright::Result<i64> {
    ///     Row::first(row, "User").get(0)
    /// }
    /// # let _ = id;
    /// ```
    #[must_use]
    pub fn first(row: &'r PgRow, model: &'static str) -> Self {
        Self {
            row,
            model,
            check: true,
        }
    }

    /// A row of a statement whose first row was read.
    ///
    /// ```
    /// use pgwright::{Row, sqlx::postgres::PgRow};
    ///
    /// fn ids(rows: [&PgRow; 2]) -> pgwright::Result<[i64; 2]> {
    ///     Ok([Row::first(rows[0], "User").get(0)?, Row::next(rows[1], "User").get(0)?])
    /// }
    /// # let _ = ids;
    /// ```
    #[must_use]
    pub fn next(row: &'r PgRow, model: &'static str) -> Self {
        Self {
            row,
            model,
            check: false,
        }
    }

    /// The value of a column.
    ///
    /// ```
    /// fn name(row: &pgwright::Row<'_>) -> pgwright::Result<Option<String>> {
    ///     row.get(2)
    /// }
    /// # let _ = name;
    /// ```
    ///
    /// # Errors
    /// If there is no such column, its type is another, or the value cannot be read.
    #[inline]
    pub fn get<T: Read>(&self, ordinal: usize) -> Result<T> {
        if self.check {
            self.check(ordinal, T::accepts, std::any::type_name::<T>())?;
        }
        match T::read_or_null(self.bytes(ordinal)?) {
            Ok(value) => Ok(value),
            Err(source) => Err(self.decode(ordinal, source)),
        }
    }

    /// The value of a `json` or `jsonb` column as a type of the user's own.
    ///
    /// ```
    /// fn tags(row: &pgwright::Row<'_>) -> pgwright::Result<Vec<String>> {
    ///     row.json(4)
    /// }
    /// # let _ = tags;
    /// ```
    ///
    /// # Errors
    /// If there is no such column, its type is another, or the value is NULL or does not fit.
    pub fn json<T: DeserializeOwned>(&self, ordinal: usize) -> Result<T> {
        match self.json_or_null(ordinal)? {
            Some(value) => Ok(value),
            None => Err(self.decode(ordinal, "unexpected NULL".into())),
        }
    }

    /// The value of a `json` or `jsonb` column that takes NULL as a type of the user's own.
    ///
    /// ```
    /// fn tags(row: &pgwright::Row<'_>) -> pgwright::Result<Option<Vec<String>>> {
    ///     row.json_or_null(4)
    /// }
    /// # let _ = tags;
    /// ```
    ///
    /// # Errors
    /// If there is no such column, its type is another, or the value does not fit.
    pub fn json_or_null<T: DeserializeOwned>(&self, ordinal: usize) -> Result<Option<T>> {
        if self.check {
            self.check(ordinal, serde_json::Value::accepts, "json")?;
        }
        self.bytes(ordinal)?
            .map(crate::read::json)
            .transpose()
            .map_err(|source| self.decode(ordinal, source))
    }

    /// The value of a column as a type of the user's own that sqlx reads.
    ///
    /// # Errors
    /// If there is no such column, its type is another, or the value cannot be read.
    pub fn own<T>(&self, ordinal: usize) -> Result<T>
    where
        T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        self.row
            .try_get(ordinal)
            .map_err(|error| self.decode(ordinal, error.into()))
    }

    /// The bytes of a value, or none for NULL.
    #[inline(always)]
    fn bytes(&self, ordinal: usize) -> Result<Option<&'r [u8]>> {
        match self.row.try_get_raw(ordinal) {
            // That it is NULL is the only error that there is.
            Ok(value) => Ok(value.as_bytes().ok()),
            Err(error) => Err(self.decode(ordinal, error.into())),
        }
    }

    /// Whether the value, if there is one, is one of a type that is read so, and in the format of prepared statements.
    #[cold]
    fn check(
        &self,
        ordinal: usize,
        accepts: fn(&PgTypeInfo) -> bool,
        expected: &str,
    ) -> Result<()> {
        let value =
            (self.row.try_get_raw(ordinal)).map_err(|error| self.decode(ordinal, error.into()))?;
        if value.is_null() {
            return Ok(());
        }
        if !accepts(&value.type_info()) {
            return Err(self.mismatch(ordinal, &value.type_info(), expected));
        }
        crate::read::bytes(&value)
            .map(drop)
            .map_err(|source| self.decode(ordinal, source))
    }

    #[cold]
    fn decode(&self, ordinal: usize, source: sqlx::error::BoxDynError) -> Error {
        Error::Decode {
            model: self.model,
            column: self
                .row
                .columns()
                .get(ordinal)
                .map_or_else(|| ordinal.to_string(), |column| column.name().to_owned()),
            source,
        }
    }

    fn mismatch(&self, ordinal: usize, found: &PgTypeInfo, expected: &str) -> Error {
        self.decode(
            ordinal,
            format!(
                "the column is of the type {}, which is not read as {expected}",
                found.name()
            )
            .into(),
        )
    }
}
