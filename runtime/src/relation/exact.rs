//! Keys whose equal values are equal bytes, and of no other type: uuids, integers, dates and times. What belongs to them
//! is found by a plain `= ANY`, and is given to its rows here, without the server's help.

use std::marker::PhantomData;
use std::sync::Arc;

use sqlx::postgres::PgArgumentBuffer;
use sqlx::{Encode, Postgres, Type, TypeInfo as _};

use super::key::{Keys, Related};
use super::part::{Out, Then};
use super::relation::Relation;
use super::statement::{Found, Places};
use crate::query::{Bind, Clause, Condition};
use crate::statement::{Reader, Statement};
use crate::{Error, Query, Result, Row, Source, Value};

/// The types, each with 16 bytes at most. Texts are not among them: a collation may say that two of them are equal.
const EXACT: [&str; 8] = [
    "UUID",
    "INT2",
    "INT4",
    "INT8",
    "BOOL",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMPTZ",
];

/// Rows in the order of their keys.
pub(super) struct Exact {
    /// The place of the column in the rows that are looked for.
    there: usize,
    /// Each key with the place of its row, in order.
    places: Vec<(u128, usize)>,
}

impl Exact {
    /// Asks for the rows by their key alone; none where the key, or the query, is not so simple.
    pub(super) fn of<M: Related, R: Related, C>(
        relation: Relation<M, R, C>,
        query: &mut Query<R>,
        rows: &[&M],
    ) -> Option<Self> {
        let &[(there, here)] = relation.on else {
            return None;
        };
        let (column, key) = (R::TABLE.columns.get(there)?, M::TABLE.columns.get(here)?);
        let ty = M::key(here, Named)?;
        let cast = [column.cast, column.array_cast, key.cast, key.array_cast];
        if cast != [""; 4] || R::key(there, Named) != Some(ty) || !query.select.is_plain() {
            return None;
        }
        let mut buffer = PgArgumentBuffer::default();
        let mut places = Vec::with_capacity(rows.len());
        for (place, &row) in rows.iter().enumerate() {
            // NULL equals nothing.
            if let Some(bytes) = M::key(here, Bytes(row, &mut buffer)) {
                places.push((bytes, place));
            }
        }
        places.sort_unstable();
        let mut clause = Clause::from(column.name);
        clause.text(" = ANY(").bind(M::key(here, List(rows))?, "");
        clause.text(")");
        query.select.condition.and(Condition::one(clause));
        Some(Self { there, places })
    }

    /// Finds the rows, and gives each to those it belongs to as it comes.
    pub(super) async fn give<R: Related, T: Then<R>, O: Out<T::Item>>(
        &self,
        query: Query<R>,
        db: &mut Source<'_>,
        out: &mut O,
    ) -> Result<()>
    where
        T::Item: Clone,
    {
        if self.places.is_empty() {
            return Ok(());
        }
        let (sql, args) = query.select.statement();
        let statement = Statement::query(sql, query.select.lock.is_none());
        let mut giving = Giving {
            exact: self,
            buffer: PgArgumentBuffer::default(),
            out,
            types: PhantomData::<fn() -> (R, T)>,
        };
        crate::statement::fetch_into::<R>(db.reborrow(), statement, args, &mut giving).await
    }

    /// Finds the rows, each with the places of those it belongs to.
    pub(super) async fn find<R: Related>(
        &self,
        query: Query<R>,
        db: &mut Source<'_>,
    ) -> Result<Found<R>> {
        let mut found = Found {
            rows: Vec::new(),
            places: Vec::new(),
        };
        if self.places.is_empty() {
            return Ok(found);
        }
        found.rows = query.all(db.reborrow()).await?;
        let mut buffer = PgArgumentBuffer::default();
        let places = found.rows.iter().map(|row| self.places(row, &mut buffer));
        found.places = places.collect::<Result<_>>()?;
        Ok(found)
    }

    /// The places of the rows that this one belongs to.
    fn places<R: Related>(&self, row: &R, buffer: &mut PgArgumentBuffer) -> Result<Places> {
        let none = || Error::Database(sqlx::Error::RowNotFound);
        let key = R::key(self.there, Bytes(row, buffer)).ok_or_else(none)?;
        let first = self.places.partition_point(|(other, _)| *other < key);
        let from = self.places.get(first..).unwrap_or_default();
        let same = from.iter().take_while(|(other, _)| *other == key);
        match (same.clone().count(), from.first()) {
            (0, _) | (_, None) => Err(none()),
            (1, Some(&(_, place))) => Ok(Places::One(place)),
            _ => Ok(Places::Several(same.map(|&(_, place)| place).collect())),
        }
    }
}

/// Rows on their way to those they belong to.
struct Giving<'g, R, T, O> {
    exact: &'g Exact,
    buffer: PgArgumentBuffer,
    out: &'g mut O,
    types: PhantomData<fn() -> (R, T)>,
}

impl<R: Related, T: Then<R>, O: Out<T::Item>> Reader for Giving<'_, R, T, O>
where
    T::Item: Clone,
{
    fn begin(&mut self) {
        self.out.clear();
    }

    fn read(&mut self, row: &Row<'_>) -> Result<()> {
        let row = R::read_row(row)?;
        let places = self.exact.places(&row, &mut self.buffer)?;
        if let Some(item) = T::item(row) {
            self.out.give(item, places);
        }
        Ok(())
    }
}

/// The name of a column's type, if it is one of [`EXACT`].
struct Named;

impl<M> Keys<M> for Named {
    type Out = Option<&'static str>;

    fn of<T: Type<Postgres>>(self, _: fn(&M) -> T) -> Self::Out {
        let ty = T::type_info();
        EXACT.into_iter().find(|name| *name == ty.name())
    }

    fn maybe<T: Type<Postgres>>(self, _: fn(&M) -> Option<T>) -> Self::Out {
        let ty = T::type_info();
        EXACT.into_iter().find(|name| *name == ty.name())
    }
}

/// The bytes of the value of one row, as they are sent.
struct Bytes<'r, 'b, M>(&'r M, &'b mut PgArgumentBuffer);

impl<M> Keys<M> for Bytes<'_, '_, M> {
    type Out = Option<u128>;

    fn of<T: for<'q> Encode<'q, Postgres>>(self, value: fn(&M) -> T) -> Self::Out {
        number(&value(self.0), self.1)
    }

    fn maybe<T: for<'q> Encode<'q, Postgres>>(self, value: fn(&M) -> Option<T>) -> Self::Out {
        number(&value(self.0)?, self.1)
    }
}

/// Bytes of one type are as many, so that other bytes are another number.
fn number<T: for<'q> Encode<'q, Postgres>>(
    value: &T,
    buffer: &mut PgArgumentBuffer,
) -> Option<u128> {
    buffer.clear();
    let _ = value.encode_by_ref(buffer).ok()?;
    let mut bytes = [0; 16];
    bytes.get_mut(..buffer.len())?.copy_from_slice(buffer);
    Some(u128::from_be_bytes(bytes))
}

/// The values of all rows that have one, as one array.
struct List<'r, M>(&'r [&'r M]);

impl<M> Keys<M> for List<'_, M> {
    type Out = Option<Arc<dyn Bind>>;

    fn of<T>(self, value: fn(&M) -> T) -> Self::Out
    where
        Vec<T>: Value,
    {
        let values: Vec<T> = self.0.iter().map(|row| value(row)).collect();
        Some(Arc::new(values))
    }

    fn maybe<T>(self, value: fn(&M) -> Option<T>) -> Self::Out
    where
        Vec<T>: Value,
    {
        let values: Vec<T> = self.0.iter().filter_map(|row| value(row)).collect();
        Some(Arc::new(values))
    }
}
