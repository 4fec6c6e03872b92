//! The database of the AutoML platform: models, enums and the operations on them, generated from `schema.toml`.
//!
//! ```no_run
//! use automl_db::prelude::*;
//!
//! # async fn example(url: &str) -> Result<()> {
//! let db = Db::connect(url).await?;
//! let user = NewUser::new("ada@example.org").full_name("Ada").insert(&db).await?;
//! NewDataset::new(user.id, "sales").insert(&db).await?;
//!
//! let query = user.datasets().filter(dataset::name.ilike("%sales%"));
//! let page = query.order_by(dataset::created_at.desc()).page(&db, Page::first(50)).await?;
//! println!("{} datasets, more behind them: {}", page.items.len(), page.next.is_some());
//!
//! match NewCreditTransaction::new(user.id, -30, TransactionType::Consumption).insert(&db).await {
//!     Err(error) if error.is(CreditTransaction::MINIMUM) => println!("not enough credits"),
//!     other => println!("{:?}", other?),
//! }
//! # Ok(())
//! # }
//! ```

#[path = "../generated/mod.rs"]
pub mod generated;

#[path = "../generated/migrations/mod.rs"]
pub mod migrations;

pub use generated::*;
pub use migrations::MIGRATOR;
pub use pgwright;

/// What a program that works with the database wants in scope.
pub mod prelude {
    pub use crate::generated::*;
    pub use pgwright::queue::{Retry, Waiter, Worker};
    pub use pgwright::{
        Cursor, CursorError, DatePart, Db, Error, Executor, Filter, Isolation, LedgerReport, Order,
        Page, Paged, Patch, Problem, Purge, Query, Result, Rule, RuleKind, TransactionOptions, Tx,
        Unique, count_rows, projection, sql,
    };
}
