//! From the catalog of a database to facts, from facts to a spec, and from two catalogs to what differs.
//!
//! The server is asked by somebody else: [`QUERIES`] says what to ask, [`Catalog`] takes the answers. PostgreSQL itself
//! brings every expression into one form, so that two databases of the same schema answer the same, whoever made them.

mod catalog;
mod compare;
mod fix;
mod import;
mod queries;

pub use catalog::{Catalog, CatalogError, Key, Object};
pub use compare::{Aspect, Difference, Found, compare};
pub use fix::{Fix, Left, fix, name};
pub use import::{ImportError, Imported, import, lost};
pub use queries::{QUERIES, Query, SETTINGS};
