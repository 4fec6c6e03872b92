//! The values of a statement.

use serde::Serialize;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::types::Type;
use sqlx::{Arguments, Postgres};

use crate::{Error, Result};

/// The values of a statement, in the order of its `$1`, `$2` …. A value that cannot be sent is an error when the
/// statement runs.
#[derive(Debug, Default)]
pub struct Args {
    values: PgArguments,
    /// Whether sqlx has to look up a type by its name.
    named: bool,
    error: Option<BoxDynError>,
}

impl Args {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    pub fn add<'t, T: Encode<'t, Postgres> + Type<Postgres>>(&mut self, value: T) {
        self.named |= T::type_info().oid().is_none();
        if let Err(error) = self.values.add(value) {
            self.error.get_or_insert(error);
        }
    }

    /// Adds a value as `jsonb`.
    pub fn jsonb<T: Serialize + ?Sized>(&mut self, value: Option<&T>) {
        self.add(value.map(sqlx::types::Json));
    }

    /// Adds a value as `json`, with its keys in the order they have.
    pub fn json<T: Serialize + ?Sized>(&mut self, value: Option<&T>) {
        self.add(value.map(JsonText));
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, and whether sqlx has to look up a type by its name.
    pub(crate) fn finish(self, model: &'static str) -> Result<(PgArguments, bool)> {
        match self.error {
            None => Ok((self.values, self.named)),
            Some(source) => Err(Error::Encode { model, source }),
        }
    }
}

/// `json`, which sqlx would send as `jsonb`: the server would sort its keys before it stores it.
struct JsonText<'a, T: ?Sized>(&'a T);

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
