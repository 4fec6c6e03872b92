//! Queries: typed columns, filters, orders, and the SELECT they make.
//!
//! SQL is put together from `&'static str` alone: parts of this source and of generated code. Whatever a caller gives is
//! bound as `$1`, `$2` …, so that no value can become SQL, and queries that differ in their values alone are one text.

mod clause;
mod column;
mod cursor;
mod filter;
mod fingerprint;
mod order;
mod page;
mod select;
mod table;

pub use clause::{Bind, Clause, Value, Writer};
pub use column::{Column, Expr, NotNull, Null, Nullability};
pub use cursor::{Cursor, CursorError};
pub use filter::Filter;
pub use order::{IntoOrder, Order};
pub use page::{Page, Paged};
pub use select::Query;
pub use table::{ColumnInfo, Table};
