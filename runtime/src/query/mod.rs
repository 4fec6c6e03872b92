//! Queries: typed columns, filters, orders, and the SELECT they make.
//!
//! SQL is put together from `&'static str` alone: parts of this source and of generated code. Whatever a caller gives is
//! bound as `$1`, `$2` …, so that no value can become SQL, and queries that differ in their values alone are one text.

mod aggregate;
mod array;
mod clause;
mod column;
mod compare;
mod cursor;
mod filter;
mod fingerprint;
mod fragment;
mod json;
mod lock;
mod order;
mod page;
mod projection;
mod run;
mod select;
mod stream;
mod table;
mod text;
mod time;
mod unserved;

pub use aggregate::{Average, Sum, count_rows};
pub use clause::{Bind, Clause, Value, Writer};
pub use column::{Column, Expr, NotNull, Null, Nullability};
pub use cursor::{Cursor, CursorError};
pub(crate) use filter::Condition;
pub use filter::Filter;
pub use fragment::{Fragment, sql};
pub use json::PlainJson;
pub use order::{IntoOrder, Order};
pub use page::{Page, Paged};
pub use projection::{As, Projection, Select, read_field, select_field};
pub(crate) use select::Deleted;
pub use select::Query;
pub use stream::Rows;
pub(crate) use stream::wait_until_taken;
pub use table::{ColumnInfo, Table};
pub use text::Text;
pub use time::{DatePart, Temporal};
