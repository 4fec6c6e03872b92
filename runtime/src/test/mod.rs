//! Help for tests: a database of its own for each, and valid rows of every model.
//!
//! ```no_run
//! # use pgwright::doc::User;
//! # const SCHEMA: &str = "";
//! # async fn example<NewUser>() -> pgwright::Result<()>
//! # where NewUser: pgwright::test::Sample + pgwright::NewRow<Row = User> {
//! // `DATABASE_URL` names a server; the database is a new one, and goes with the value.
//! let database = pgwright::test::database(SCHEMA).await?;
//! let db = database.db();
//!
//! // The same seed makes the same rows.
//! let mut make = pgwright::test::Make::new(db, 42);
//! let user: User = make.one::<NewUser>().await?;
//! let others = make.many::<NewUser>(10).await?;
//! // Rows that refer to a user belong to this one from now on; without that, each gets one of its own.
//! make.using(&user);
//! # let _ = others;
//! # Ok(())
//! # }
//! ```

mod database;
mod make;
mod run;
mod values;

pub use database::{Database, database};
pub use make::{Make, Sample};
#[doc(hidden)]
pub use values::{Number, Step};
