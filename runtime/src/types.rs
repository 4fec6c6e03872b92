//! The Rust types that columns have, under one path whatever crate they come from.

pub use chrono::{NaiveDate as Date, NaiveDateTime, NaiveTime as Time};
pub use rust_decimal::Decimal;
pub use serde_json::Value as Json;
pub use sqlx::postgres::types::{Oid, PgInterval as Interval, PgMoney as Money};
pub use uuid::Uuid;

pub use crate::range::Range;

/// `timestamptz`: a moment.
///
/// ```
/// let now: pgwright::types::DateTime = pgwright::chrono::Utc::now();
/// ```
pub type DateTime = chrono::DateTime<chrono::Utc>;

/// `timetz`: a time of day with an offset.
pub type TimeTz = sqlx::postgres::types::PgTimeTz<chrono::NaiveTime, chrono::FixedOffset>;
