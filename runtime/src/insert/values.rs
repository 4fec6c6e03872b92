//! Where the values of a row to insert go: into the parameters of a statement, into arrays of many rows, or into a COPY.

use std::cell::Cell;

use serde::Serialize;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo};
use sqlx::types::Json;
use sqlx::{Postgres, Type};

use crate::args::JsonText;
use crate::array::write_value;
use crate::{Args, Patch};

/// Takes the value of one column of a row to insert. Generated code calls the method that fits the column.
#[derive(Debug)]
pub struct Values<'a> {
    sink: Sink<'a>,
    /// Whether the last value was one, and not NULL or left out.
    pub(crate) given: bool,
    /// Whether the last value was left to be NULL in so many words.
    pub(crate) nulled: bool,
}

#[derive(Debug)]
enum Sink<'a> {
    /// The parameters of a statement for one row.
    Args(&'a mut Args),
    /// The type of the values, or of a list's elements, alone.
    Element(&'a mut Option<PgTypeInfo>),
    /// A part of the column, as elements of an array.
    Part {
        buffer: &'a mut PgArgumentBuffer,
        part: Part,
        /// The number of the row, from 1.
        row: i32,
        count: &'a mut usize,
        error: &'a mut Option<BoxDynError>,
    },
}

/// What an array of a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A value for each row.
    Value,
    /// For each row whether it says anything, of a column that takes NULL and has a default.
    Says,
    /// For each row whether it has a list.
    HasList,
    /// For each element of each row's list the number of its row.
    Owner,
    /// The elements of all lists.
    Element,
}

impl<'a> Values<'a> {
    pub(crate) fn args(args: &'a mut Args) -> Self {
        Self {
            sink: Sink::Args(args),
            given: false,
            nulled: false,
        }
    }

    pub(super) fn element(ty: &'a mut Option<PgTypeInfo>) -> Self {
        Self {
            sink: Sink::Element(ty),
            given: false,
            nulled: false,
        }
    }

    pub(crate) fn part(
        buffer: &'a mut PgArgumentBuffer,
        part: Part,
        row: i32,
        count: &'a mut usize,
        error: &'a mut Option<BoxDynError>,
    ) -> Self {
        Self {
            sink: Sink::Part {
                buffer,
                part,
                row,
                count,
                error,
            },
            given: false,
            nulled: false,
        }
    }

    /// A value, or an `Option` of one.
    pub fn add<'t, T: Encode<'t, Postgres> + Type<Postgres>>(&mut self, value: &T) {
        match &mut self.sink {
            Sink::Args(args) => self.given = args.add_known(value),
            Sink::Element(ty) => **ty = Some(T::type_info()),
            Sink::Part { .. } => self.write(Part::Value, value),
        }
    }

    /// A value of a column that takes NULL and has a default.
    pub fn patch<'t, T>(&mut self, value: &Patch<T>)
    where
        T: Encode<'t, Postgres> + Type<Postgres>,
    {
        self.says(!value.is_absent());
        match value.value() {
            Some(value) => self.add(value),
            None => self.add(&Nothing::<T>::NEW),
        }
        self.given = !value.is_absent();
    }

    /// A value of a column that takes NULL and has no default.
    pub fn nullable<'t, T>(&mut self, value: &Patch<T>)
    where
        T: Encode<'t, Postgres> + Type<Postgres>,
    {
        match value.value() {
            Some(value) => self.add(value),
            None => self.add(&Nothing::<T>::NEW),
        }
        self.nulled = matches!(value, Patch::Null);
    }

    /// A value as `jsonb`.
    pub fn jsonb<T: Serialize>(&mut self, value: &T) {
        self.add(&Json(value));
    }

    /// A value as `jsonb`, or NULL.
    pub fn jsonb_or_null<T: Serialize>(&mut self, value: &Option<T>) {
        self.optional(value.as_ref().map(Json));
    }

    /// A value as `jsonb`, of a column that takes NULL and has no default.
    pub fn nullable_jsonb<T: Serialize>(&mut self, value: &Patch<T>) {
        self.optional(value.value().map(Json));
        self.nulled = matches!(value, Patch::Null);
    }

    /// A value as `jsonb`, of a column that takes NULL and has a default.
    pub fn patch_jsonb<T: Serialize>(&mut self, value: &Patch<T>) {
        self.says(!value.is_absent());
        self.optional(value.value().map(Json));
        self.given = !value.is_absent();
    }

    /// A value as `json`.
    pub fn json<T: Serialize>(&mut self, value: &T) {
        self.add(&JsonText(value));
    }

    /// A value as `json`, or NULL.
    pub fn json_or_null<T: Serialize>(&mut self, value: &Option<T>) {
        self.optional(value.as_ref().map(JsonText));
    }

    /// A value as `json`, of a column that takes NULL and has no default.
    pub fn nullable_json<T: Serialize>(&mut self, value: &Patch<T>) {
        self.optional(value.value().map(JsonText));
        self.nulled = matches!(value, Patch::Null);
    }

    /// A value as `json`, of a column that takes NULL and has a default.
    pub fn patch_json<T: Serialize>(&mut self, value: &Patch<T>) {
        self.says(!value.is_absent());
        self.optional(value.value().map(JsonText));
        self.given = !value.is_absent();
    }

    /// A list.
    pub fn list<L: List>(&mut self, value: &L) {
        self.items(Some(value.items()));
    }

    /// A list, or NULL.
    pub fn list_or_null<L: List>(&mut self, value: &Option<L>) {
        self.items(value.as_ref().map(List::items));
    }

    /// A list of a column that takes NULL and has no default.
    pub fn nullable_list<L: List>(&mut self, value: &Patch<L>) {
        self.items(value.value().map(List::items));
        self.nulled = matches!(value, Patch::Null);
    }

    /// A list of a column that takes NULL and has a default.
    pub fn patch_list<L: List>(&mut self, value: &Patch<L>) {
        self.says(!value.is_absent());
        self.items(value.value().map(List::items));
        self.given = !value.is_absent();
    }

    fn items<'t, T>(&mut self, value: Option<&'t [T]>)
    where
        T: Encode<'t, Postgres> + Type<Postgres> + PgHasArrayType,
    {
        match &mut self.sink {
            Sink::Args(args) => self.given = args.add_known(&value),
            Sink::Element(ty) => **ty = Some(T::type_info()),
            Sink::Part { part, row, .. } => match part {
                Part::Value => self.write(Part::Value, &value),
                Part::HasList => self.write(Part::HasList, &value.is_some()),
                Part::Owner => {
                    let row = *row;
                    for _ in value.unwrap_or_default() {
                        self.write(Part::Owner, &row);
                    }
                }
                Part::Element => {
                    for element in value.unwrap_or_default() {
                        self.write(Part::Element, element);
                    }
                }
                Part::Says => {}
            },
        }
    }

    fn optional<T>(&mut self, value: Option<T>)
    where
        T: for<'q> Encode<'q, Postgres> + Type<Postgres>,
    {
        match value {
            Some(value) => self.add(&value),
            None => self.add(&Nothing::<T>::NEW),
        }
    }

    fn says(&mut self, says: bool) {
        match &mut self.sink {
            Sink::Args(args) => args.add(says),
            Sink::Element(_) => {}
            Sink::Part { .. } => self.write(Part::Says, &says),
        }
    }

    /// Writes an element, if it is the part that is asked for.
    fn write<'t, T: Encode<'t, Postgres>>(&mut self, of: Part, value: &T) {
        let Sink::Part {
            buffer,
            part,
            count,
            error,
            ..
        } = &mut self.sink
        else {
            return;
        };
        if *part != of || error.is_some() {
            return;
        }
        match write_value(buffer, value) {
            Ok(given) => {
                self.given = given;
                **count += 1;
            }
            Err(source) => **error = Some(source),
        }
    }
}

/// A list of values: a `Vec`, or a domain made of one.
#[doc(hidden)]
pub trait List {
    /// What it is a list of.
    type Item: for<'q> Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType;

    /// The values.
    fn items(&self) -> &[Self::Item];
}

impl<T> List for Vec<T>
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType,
{
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }
}

/// NULL of a type.
struct Nothing<T>(std::marker::PhantomData<fn() -> T>);

impl<T> Nothing<T> {
    const NEW: Self = Self(std::marker::PhantomData);
}

impl<T: Type<Postgres>> Type<Postgres> for Nothing<T> {
    fn type_info() -> PgTypeInfo {
        T::type_info()
    }
}

impl<T> Encode<'_, Postgres> for Nothing<T> {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// A value that tells whether it was NULL when it was written.
pub(crate) struct Known<'a, T> {
    pub(crate) value: &'a T,
    pub(crate) given: &'a Cell<bool>,
}

impl<T: Type<Postgres>> Type<Postgres> for Known<'_, T> {
    fn type_info() -> PgTypeInfo {
        T::type_info()
    }
}

impl<'q, T: Encode<'q, Postgres>> Encode<'q, Postgres> for Known<'_, T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let null = self.value.encode_by_ref(buffer)?;
        self.given.set(matches!(null, IsNull::No));
        Ok(null)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        self.value.produces()
    }
}
