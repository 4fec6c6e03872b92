//! Loading what belongs to many rows, a statement for each relation.

use std::future::Future;

use super::flat::{Base, Flat, With};
use super::key::Related;
use super::part::{Loading, Nested, Part};
use super::relation::Relation;
use crate::{Executor, Query, Result, Source};

/// Rows, or a query for them, and what to load beside them. Generated code has a type around it for each model.
///
/// ```no_run
/// # async fn example<User: pgwright::Related, Dataset: pgwright::Related>(db: &pgwright::Db, users: &[User], datasets: pgwright::Relation<User, Dataset>) -> pgwright::Result<()> {
/// let load = pgwright::Load::new(users).with(datasets, pgwright::Query::new().limit(5));
/// for (user, datasets) in load.fetch(db).await? {
///     println!("{} datasets", datasets.len());
///     # let _: &User = user;
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Load<S, L = ()> {
    source: S,
    parts: L,
}

/// The parts of a load with one more.
type More<L, M, R, C, P> = (L, Loading<M, R, C, P>);

/// A model with relations that can be loaded.
pub trait Loadable: Related {
    /// What to load beside rows of the model.
    type Load<S>;

    /// Nothing yet.
    #[doc(hidden)]
    fn load_from<S>(source: S) -> Self::Load<S>;
}

impl<M: Loadable> Query<M> {
    /// Says what to load beside the rows of the query, a statement for each relation.
    ///
    /// ```ignore
    /// let page = User::query().limit(50).load().datasets().fetch(&db).await?;
    /// for (user, datasets) in page { … }
    /// ```
    pub fn load(self) -> M::Load<Self> {
        M::load_from(self)
    }
}

impl<S> Load<S> {
    /// Nothing to load yet.
    pub const fn new(source: S) -> Self {
        Self { source, parts: () }
    }
}

impl<S, L> Load<S, L> {
    /// Loads a relation as well.
    pub fn with<M, R, C, P>(
        self,
        relation: Relation<M, R, C>,
        part: P,
    ) -> Load<S, More<L, M, R, C, P>> {
        Load {
            source: self.source,
            parts: (self.parts, Loading::new(relation, part)),
        }
    }
}

impl<'a, M, L> Load<&'a [M], L>
where
    M: Related,
    L: Parts<M>,
    L::Item<&'a M>: Flat,
{
    /// Asks, and returns each row with what was loaded for it.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    pub async fn fetch(self, db: impl Executor<'_>) -> Result<Vec<<L::Item<&'a M> as Flat>::Out>> {
        let rows: Vec<&M> = self.source.iter().collect();
        let columns = self.parts.fetch(&rows, &mut db.source()).await?;
        let rows = self.source.iter().map(Base).collect();
        Ok(L::zip(rows, columns).into_iter().map(Flat::flat).collect())
    }
}

impl<M, L> Load<Query<M>, L>
where
    M: Related,
    L: Parts<M>,
    L::Item<M>: Flat,
{
    /// Asks for the rows first, then for what belongs to them.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    pub async fn fetch_query(
        self,
        db: impl Executor<'_>,
    ) -> Result<Vec<<L::Item<M> as Flat>::Out>> {
        let mut db = db.source();
        let rows = self.source.all(db.reborrow()).await?;
        super::Then::run(Nested(self.parts), rows, &mut db).await
    }

    #[doc(hidden)]
    pub fn split(self) -> (Query<M>, Nested<L>) {
        (self.source, Nested(self.parts))
    }
}

/// The relations of a load: `()` for none, `(others, one)` for one more.
pub trait Parts<M: Related>: Send {
    /// What was found, in the order of the rows, a list for each relation.
    #[doc(hidden)]
    type Columns: Send;
    /// A row with what was found for it.
    type Item<R>;

    /// Asks for them one after the other.
    #[doc(hidden)]
    fn fetch(
        self,
        rows: &[&M],
        db: &mut Source<'_>,
    ) -> impl Future<Output = Result<Self::Columns>> + Send;

    /// Gives each row what was found for it.
    #[doc(hidden)]
    fn zip<R>(rows: Vec<Base<R>>, columns: Self::Columns) -> Vec<Self::Item<R>>;
}

impl<M: Related> Parts<M> for () {
    type Columns = ();
    type Item<R> = Base<R>;

    async fn fetch(self, _: &[&M], _: &mut Source<'_>) -> Result<()> {
        Ok(())
    }

    fn zip<R>(rows: Vec<Base<R>>, (): ()) -> Vec<Base<R>> {
        rows
    }
}

impl<M: Related, L: Parts<M>, P: Part<M>> Parts<M> for (L, P) {
    type Columns = (L::Columns, Vec<P::Out>);
    type Item<R> = With<L::Item<R>, P::Out>;

    async fn fetch(self, rows: &[&M], db: &mut Source<'_>) -> Result<Self::Columns> {
        let (others, part) = self;
        let columns = others.fetch(rows, db).await?;
        let column = part.fetch(rows, db).await?;
        Ok((columns, column))
    }

    fn zip<R>(rows: Vec<Base<R>>, (columns, column): Self::Columns) -> Vec<Self::Item<R>> {
        L::zip(rows, columns)
            .into_iter()
            .zip(column)
            .map(|(item, out)| With(item, out))
            .collect()
    }
}
