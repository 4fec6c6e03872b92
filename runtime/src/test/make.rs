//! Valid rows of models.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use sqlx::{Postgres, Transaction};

use crate::{Db, Error, NewRow, Result, RuleKind};

/// A row to insert that can be made up: generated code has it for each model whose required columns it knows values for.
///
/// Values are as plain checks want them: comparisons, lengths, lists, patterns, of the table and of domains. A check that is not
/// understood is an error of the row, which says how to give it values. A row that has to refer to one of its own model refers to
/// itself, and a circle of required references is made as a whole where one of them is deferrable.
///
/// There is none where a required column has a type that nobody knows values of, or where nothing closes a circle. Such a
/// model's sample is written by hand beside the generated code:
///
/// ```text
/// impl Sample for NewPlace {
///     async fn sample(make: &mut Make) -> Result<Self> {
///         let owner = make.parent::<NewUser>().await?;
///         Ok(Self::new(owner.id, Point::new(0.0, 0.0)))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "no valid row of `{Self}` can be made up from the spec alone",
    note = "a required column has a type that nobody knows values of, or required references go in a circle and none of \
            them is deferrable; \
            implement `pgwright::test::Sample` for it by hand"
)]
pub trait Sample: NewRow<Row: Clone + Send + Sync> {
    /// Makes a valid row up. What it refers to is inserted on the way.
    fn sample(make: &mut Make) -> impl Future<Output = Result<Self>> + Send;
}

/// Makes rows up, the same ones for the same seed.
///
/// A row says what it must; the rest has its defaults, or what setters say. See [the module](super) for an example.
pub struct Make {
    db: Db,
    pub(super) random: u64,
    pub(super) serial: i64,
    given: Rows,
    made: Rows,
    /// Rows that others of this round refer to already.
    promises: Vec<Promise>,
    /// Where rows are inserted while there are promises: references to them are checked at its end.
    transaction: Option<Transaction<'static, Postgres>>,
    /// Columns of the rows of this round whose checks nobody understood.
    unsure: Vec<&'static str>,
}

/// Rows by their types.
type Rows = BTreeMap<TypeId, Box<dyn Any + Send + Sync>>;

/// The work of making a row.
type Making<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// A row that is referred to before it is there.
struct Promise {
    /// The type of the row.
    row: TypeId,
    key: Box<dyn Any + Send + Sync>,
    /// Whether a row that is made has the key.
    kept: bool,
    /// Makes and inserts the row.
    make: for<'a> fn(&'a mut Make) -> Making<'a>,
}

impl fmt::Debug for Make {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Make")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

impl Make {
    /// Makes rows up in a database.
    ///
    /// ```
    /// # fn example(db: &pgwright::Db) {
    /// let make = pgwright::test::Make::new(db, 7);
    /// # }
    /// ```
    #[must_use]
    pub fn new(db: &Db, seed: u64) -> Self {
        Self {
            db: db.clone(),
            random: seed,
            serial: 0,
            given: Rows::new(),
            made: Rows::new(),
            promises: Vec::new(),
            transaction: None,
            unsure: Vec::new(),
        }
    }

    /// From now on rows refer to this one, where they have to refer to one of its model.
    ///
    /// ```no_run
    /// # async fn example<NewUser: pgwright::test::Sample>(make: &mut pgwright::test::Make) -> pgwright::Result<()> {
    /// let user = make.one::<NewUser>().await?;
    /// make.using(&user);
    /// # Ok(()) }
    /// ```
    pub fn using<T: Clone + Send + Sync + 'static>(&mut self, row: &T) -> &mut Self {
        self.given.insert(TypeId::of::<T>(), Box::new(row.clone()));
        self
    }

    /// A valid row that is not inserted: setters may change it.
    ///
    /// ```no_run
    /// # async fn example<NewUser: pgwright::test::Sample>(make: &mut pgwright::test::Make) -> pgwright::Result<()> {
    /// let new: NewUser = make.build().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If a row that it refers to cannot be inserted.
    pub async fn build<N: Sample>(&mut self) -> Result<N> {
        let row = self.begin().await?;
        if self.transaction.take().is_some() {
            return Err(Error::Misuse(
                "a row of a circle of references is made in the database, with the others of it: use `Make::one`",
            ));
        }
        Ok(row)
    }

    /// The first row of a round.
    async fn begin<N: Sample>(&mut self) -> Result<N> {
        // What belongs to one row belongs together: a run's user is the user of its data. The next row has its own.
        self.made.clear();
        self.unsure.clear();
        self.promises.clear();
        self.transaction = None;
        N::sample(self).await
    }

    /// A row in the database.
    ///
    /// ```no_run
    /// # async fn example<NewUser: pgwright::test::Sample>(make: &mut pgwright::test::Make) -> pgwright::Result<()> {
    /// let user = make.one::<NewUser>().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If it, or a row that it refers to, cannot be inserted.
    pub async fn one<N: Sample>(&mut self) -> Result<N::Row> {
        self.one_with(|row: N| row).await
    }

    /// A row in the database, with what setters say.
    ///
    /// ```no_run
    /// # async fn example<NewUser: pgwright::test::Sample>(make: &mut pgwright::test::Make) -> pgwright::Result<()> {
    /// let user = make.one_with(|new: NewUser| new).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`one`](Self::one).
    pub async fn one_with<N: Sample>(&mut self, change: impl FnOnce(N) -> N) -> Result<N::Row> {
        let row = change(self.begin().await?);
        let row = self.insert(row).await?;
        if self.transaction.is_some() {
            let key = TypeId::of::<N::Row>();
            self.made.insert(key, Box::new(row.clone()));
            while let Some(promise) = self.promises.iter().find(|promise| !promise.kept) {
                (promise.make)(self).await?;
            }
            if let Some(transaction) = self.transaction.take() {
                transaction.commit().await?;
            }
        }
        Ok(row)
    }

    /// Rows in the database, each with rows of its own that it refers to.
    ///
    /// ```no_run
    /// # async fn example<NewUser: pgwright::test::Sample>(make: &mut pgwright::test::Make) -> pgwright::Result<()> {
    /// let users = make.many::<NewUser>(100).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`one`](Self::one).
    pub async fn many<N: Sample>(&mut self, count: usize) -> Result<Vec<N::Row>> {
        let mut rows = Vec::with_capacity(count);
        for _ in 0..count {
            rows.push(self.one::<N>().await?);
        }
        Ok(rows)
    }

    /// The row that another one refers to.
    #[doc(hidden)]
    pub async fn parent<N: Sample>(&mut self) -> Result<N::Row> {
        let key = TypeId::of::<N::Row>();
        let known = self.given.get(&key).or_else(|| self.made.get(&key));
        if let Some(row) = known.and_then(|row| row.downcast_ref::<N::Row>()) {
            return Ok(row.clone());
        }
        let row = N::sample(self).await?;
        let row = self.insert(row).await?;
        self.made.insert(key, Box::new(row.clone()));
        Ok(row)
    }

    /// The key of a row that will be there, of a model that needs the row that is being made first.
    #[doc(hidden)]
    pub async fn promise<N, K>(&mut self, key: fn(&N::Row) -> K) -> Result<K>
    where
        N: Sample,
        K: Copy + Default + Send + Sync + 'static,
    {
        let row = TypeId::of::<N::Row>();
        let known = self.given.get(&row).or_else(|| self.made.get(&row));
        if let Some(row) = known.and_then(|row| row.downcast_ref::<N::Row>()) {
            return Ok(key(row));
        }
        let known = self.promises.iter().find(|promise| promise.row == row);
        if let Some(key) = known.and_then(|promise| promise.key.downcast_ref()) {
            return Ok(*key);
        }
        if self.transaction.is_none() {
            let mut transaction = self.db.pool().begin().await?;
            let defer = sqlx::raw_sql("SET CONSTRAINTS ALL DEFERRED");
            defer.execute(&mut *transaction).await?;
            self.transaction = Some(transaction);
        }
        let key = K::default();
        self.promises.push(Promise {
            row,
            key: Box::new(key),
            kept: false,
            make: |make| Box::pin(async move { make.parent::<N>().await.map(drop) }),
        });
        Ok(key)
    }

    /// Gives a row the key that was promised, if one was.
    #[doc(hidden)]
    pub fn keep<N: Sample, K: Copy + 'static>(&mut self, new: N, set: fn(N, K) -> N) -> N {
        let row = TypeId::of::<N::Row>();
        let promise =
            (self.promises.iter_mut()).find(|promise| promise.row == row && !promise.kept);
        match promise {
            Some(promise) => {
                promise.kept = true;
                match promise.key.downcast_ref() {
                    Some(key) => set(new, *key),
                    None => new,
                }
            }
            None => new,
        }
    }

    /// Inserts the row. Where a check refuses it, the error says what to do.
    async fn insert<N: NewRow>(&mut self, row: N) -> Result<N::Row> {
        let mut inserted = match &mut self.transaction {
            Some(transaction) => crate::insert(&mut **transaction, row).await,
            None => crate::insert(&self.db, row).await,
        };
        if let Err(Error::Violation(violation)) = &mut inserted
            && violation.kind == RuleKind::Check
        {
            let new = std::any::type_name::<N>();
            let new = new.rsplit("::").next().unwrap_or(new);
            let unsure = match self.unsure.as_slice() {
                [] => String::new(),
                columns => format!(
                    " nobody understood the checks of `{}`;",
                    columns.join("`, `")
                ),
            };
            violation.message.push_str(&format!(
                "; the row was made up:{unsure} give its values with `make.one_with(|_| {new}::new(…))`, and the row to others \
                 with `make.using(&row)`"
            ));
        }
        inserted
    }

    /// Notes that nobody understood what a check says of a column of the row that is made.
    #[doc(hidden)]
    pub fn unsure(&mut self, column: &'static str) {
        self.unsure.push(column);
    }
}
