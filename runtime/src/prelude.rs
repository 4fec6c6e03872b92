//! What a program wants in scope beside the generated code of its spec.
//!
//! ```no_run
//! use pgwright::prelude::*;
//! // and `use crate::db::*;`, which has the models and a module of columns for each
//!
//! # async fn example() -> Result<()> {
//! let db = Db::connect("postgres://localhost/app").await?;
//! # Ok(())
//! # }
//! ```
//!
//! What programs seldom name, and a shop would call a model of its own, is left out (`pgwright::Order`, `pgwright::Query` …).
//! Where a model of the spec is called like something of this module, name the one that is meant:
//! `use crate::db::Page;` wins over both.

pub use crate::queue::{Retry, Waiter, Worker};
pub use crate::{
    Cursor, CursorError, DatePart, Db, Error, Executor, Filter, Isolation, LedgerReport, Page,
    Paged, Patch, Problem, Purge, Result, TransactionOptions, Tx, count_rows, projection, sql,
};
