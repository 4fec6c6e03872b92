//! Valid rows of models.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use crate::types::{DateTime, Decimal, Json, Uuid};
use crate::{Db, NewRow, Result};

/// A row to insert that can be made up: generated code has it for each model whose required columns it knows values for.
///
/// It has none where a required column has a type of the author's own or of an extension, or where required references
/// go in a circle. Such a model's sample is written by hand beside the generated code:
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
    note = "a required column has a type that nobody knows values of, or required references go in a circle; \
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
    random: u64,
    serial: i64,
    given: Rows,
    made: Rows,
}

/// Rows by their types.
type Rows = BTreeMap<TypeId, Box<dyn Any + Send + Sync>>;

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
        // What belongs to one row belongs together: a run's user is the user of its data. The next row has its own.
        self.made.clear();
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
        let row = change(self.build().await?);
        crate::insert(&self.db, row).await
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
        let row = crate::insert(&self.db, row).await?;
        self.made.insert(key, Box::new(row.clone()));
        Ok(row)
    }

    /// One of several values, or the other one if there are none.
    #[doc(hidden)]
    pub fn pick<T: Copy>(&mut self, values: &[T], other: T) -> T {
        let count = u64::try_from(values.len()).unwrap_or_default();
        let index = self.next().checked_rem(count).unwrap_or_default();
        let index = usize::try_from(index).unwrap_or_default();
        values.get(index).copied().unwrap_or(other)
    }

    /// A text of the column that no other row of this value has, of so many characters at most.
    #[doc(hidden)]
    pub fn text(&mut self, column: &str, longest: usize) -> String {
        self.serial += 1;
        let random = self.next() & 0xffff;
        let text = match column {
            _ if column.contains("email") => format!("user{}-{random:x}@example.org", self.serial),
            _ if column.contains("url") => {
                format!("https://example.org/{}-{random:x}", self.serial)
            }
            _ => format!("{column} {}-{random:x}", self.serial),
        };
        // What tells it from others is at the end.
        let extra = text.chars().count().saturating_sub(longest);
        text.chars().skip(extra).collect()
    }

    /// A number within bounds; different ones for as long as there are.
    #[doc(hidden)]
    pub fn number<T: Number>(&mut self, least: i64, most: i64) -> T {
        self.serial += 1;
        let span = most.saturating_sub(least).saturating_add(1).max(1);
        T::of(least.saturating_add((self.serial - 1).rem_euclid(span)))
    }

    /// Yes or no.
    #[doc(hidden)]
    pub fn flag(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// A UUID.
    #[doc(hidden)]
    pub fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    /// A moment of the year 2026.
    #[doc(hidden)]
    pub fn moment(&mut self) -> DateTime {
        const YEAR: u64 = 365 * 86_400;
        const BEGIN: i64 = 1_767_225_600;
        let seconds = i64::try_from(self.next() % YEAR).unwrap_or_default();
        DateTime::from_timestamp(BEGIN + seconds, 0).unwrap_or_default()
    }

    /// A document.
    #[doc(hidden)]
    pub fn json(&mut self) -> Json {
        serde_json::json!({ "n": self.next() & 0xff })
    }

    /// The next number of splitmix64: enough for rows of tests, and the same everywhere.
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A type of numbers.
#[doc(hidden)]
pub trait Number {
    /// The number, or the nearest that there is.
    fn of(number: i64) -> Self;
}

impl Number for i16 {
    fn of(number: i64) -> Self {
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl Number for i32 {
    fn of(number: i64) -> Self {
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl Number for i64 {
    fn of(number: i64) -> Self {
        number
    }
}

impl Number for f32 {
    fn of(number: i64) -> Self {
        number as Self
    }
}

impl Number for f64 {
    fn of(number: i64) -> Self {
        number as Self
    }
}

impl Number for Decimal {
    fn of(number: i64) -> Self {
        Self::from(number)
    }
}
