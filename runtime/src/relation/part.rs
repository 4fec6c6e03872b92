//! One relation of a load: what is found for each row.

use std::future::Future;
use std::marker::PhantomData;

use super::exact::Exact;
use super::flat::{Base, Flat};
use super::key::Related;
use super::load::Parts;
use super::relation::{Many, One, Relation};
use super::statement::{self, Places};
use crate::{Query, Result, Source};

/// What a relation's rows are loaded by: a query, or a query with what to load beside its rows.
pub trait Loads<R: Related>: Send {
    /// A row, or a row with what was loaded for it.
    type Item: Clone + Send;
    /// What is done with the rows.
    #[doc(hidden)]
    type Then: Then<R, Item = Self::Item>;

    /// The query, and what is done with its rows.
    #[doc(hidden)]
    fn split(self) -> (Query<R>, Self::Then);
}

/// What is done with rows that were found.
#[doc(hidden)]
pub trait Then<R>: Send {
    /// What becomes of a row.
    type Item;

    /// Makes an item of a row alone; none where that takes more than the row.
    fn item(row: R) -> Option<Self::Item>;

    /// Whether [`item`](Self::item) makes one of each row.
    const ALONE: bool;

    /// Makes an item of each row, in their order.
    fn run(
        self,
        rows: Vec<R>,
        db: &mut Source<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Item>>> + Send;
}

/// Nothing more is loaded.
#[doc(hidden)]
#[derive(Debug)]
pub struct Whole;

impl<R: Send> Then<R> for Whole {
    type Item = R;
    const ALONE: bool = true;

    fn item(row: R) -> Option<R> {
        Some(row)
    }

    async fn run(self, rows: Vec<R>, _: &mut Source<'_>) -> Result<Vec<R>> {
        Ok(rows)
    }
}

impl<R: Related> Loads<R> for Query<R> {
    type Item = R;
    type Then = Whole;

    fn split(self) -> (Query<R>, Whole) {
        (self, Whole)
    }
}

/// More is loaded beside the rows.
#[doc(hidden)]
#[derive(Debug)]
pub struct Nested<L>(pub(super) L);

impl<R, L> Then<R> for Nested<L>
where
    R: Related,
    L: Parts<R>,
    L::Item<R>: Flat,
{
    type Item = <L::Item<R> as Flat>::Out;
    const ALONE: bool = false;

    fn item(_: R) -> Option<Self::Item> {
        None
    }

    async fn run(self, rows: Vec<R>, db: &mut Source<'_>) -> Result<Vec<Self::Item>> {
        let columns = {
            let rows: Vec<&R> = rows.iter().collect();
            self.0.fetch(&rows, db).await?
        };
        let rows = rows.into_iter().map(Base).collect();
        Ok(L::zip(rows, columns).into_iter().map(Flat::flat).collect())
    }
}

/// A relation of a load.
pub trait Part<M: Related>: Send {
    /// What belongs to a row.
    type Out: Send;

    /// What belongs to each row, in their order.
    #[doc(hidden)]
    fn fetch(
        self,
        rows: &[&M],
        db: &mut Source<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Out>>> + Send;
}

/// A relation and the query for it.
#[derive(Debug)]
pub struct Loading<M, R, C, P = Query<R>> {
    relation: Relation<M, R, C>,
    part: P,
    types: PhantomData<fn() -> R>,
}

impl<M, R, C, P> Loading<M, R, C, P> {
    pub(super) fn new(relation: Relation<M, R, C>, part: P) -> Self {
        Self {
            relation,
            part,
            types: PhantomData,
        }
    }
}

impl<M: Related, R: Related, P: Loads<R>> Part<M> for Loading<M, R, Many, P> {
    type Out = Vec<P::Item>;

    async fn fetch(self, rows: &[&M], db: &mut Source<'_>) -> Result<Vec<Self::Out>> {
        let mut out: Vec<Self::Out> = rows.iter().map(|_| Vec::new()).collect();
        let (mut query, then) = self.part.split();
        let exact = Exact::of(self.relation, &mut query, rows);
        if let (Some(exact), true) = (&exact, <P::Then as Then<R>>::ALONE) {
            exact.give::<R, P::Then, _>(query, db, &mut out).await?;
            return Ok(out);
        }
        let found = statement::find(self.relation, query, exact, rows, false, db).await?;
        let items = then.run(found.rows, db).await?;
        for (item, places) in items.into_iter().zip(found.places) {
            out.give(item, places);
        }
        Ok(out)
    }
}

impl<M: Related, R: Related, P: Loads<R>> Part<M> for Loading<M, R, One, P> {
    type Out = Option<P::Item>;

    async fn fetch(self, rows: &[&M], db: &mut Source<'_>) -> Result<Vec<Self::Out>> {
        let mut out: Vec<Self::Out> = rows.iter().map(|_| None).collect();
        let (mut query, then) = self.part.split();
        let exact = Exact::of(self.relation, &mut query, rows);
        if let (Some(exact), true) = (&exact, <P::Then as Then<R>>::ALONE) {
            exact.give::<R, P::Then, _>(query, db, &mut out).await?;
            return Ok(out);
        }
        let found = statement::find(self.relation, query, exact, rows, true, db).await?;
        let items = then.run(found.rows, db).await?;
        for (item, places) in items.into_iter().zip(found.places) {
            out.give(item, places);
        }
        Ok(out)
    }
}

/// What was found for each row.
pub(super) trait Out<T: Clone>: Send {
    /// Forgets what was found.
    fn clear(&mut self);

    /// Adds an item to what was found for a row.
    fn put(&mut self, index: usize, item: T);

    /// Gives an item to every row it belongs to.
    fn give(&mut self, item: T, places: Places) {
        match places {
            Places::One(index) => self.put(index, item),
            Places::Several(indexes) => {
                let Some((&last, others)) = indexes.split_last() else {
                    return;
                };
                for &index in others {
                    self.put(index, item.clone());
                }
                self.put(last, item);
            }
        }
    }
}

impl<T: Clone + Send> Out<T> for Vec<Vec<T>> {
    fn clear(&mut self) {
        self.iter_mut().for_each(Vec::clear);
    }

    fn put(&mut self, index: usize, item: T) {
        if let Some(items) = self.get_mut(index) {
            items.push(item);
        }
    }
}

impl<T: Clone + Send> Out<T> for Vec<Option<T>> {
    fn clear(&mut self) {
        self.fill(None);
    }

    fn put(&mut self, index: usize, item: T) {
        if let Some(place) = self.get_mut(index) {
            *place = Some(item);
        }
    }
}
