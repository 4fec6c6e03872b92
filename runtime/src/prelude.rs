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
//! Where a model of the spec is called like something of this module, name the one that is meant:
//! `use crate::db::Page;` wins over both.

pub use crate::queue::{Retry, Waiter, Worker};
pub use crate::{
    Cursor, CursorError, DatePart, Db, Error, Executor, Filter, Isolation, LedgerReport, Order,
    Page, Paged, Patch, Problem, Purge, Query, Result, Rule, RuleKind, TransactionOptions, Tx,
    Unique, count_rows, projection, sql,
};
