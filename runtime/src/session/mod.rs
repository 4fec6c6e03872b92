//! The database as a program holds it: a pool ([`Db`]), its settings ([`Builder`]), and transactions ([`Tx`]).

mod builder;
mod db;
mod held;
mod inside;
mod options;
mod reach;
mod retry;
mod shelf;
mod transaction;
mod tx;
mod types;
mod work;

pub use builder::Builder;
pub(crate) use builder::Settings;
pub use db::Db;
pub(crate) use held::Fate;
pub use held::Held;
pub use options::{Isolation, TransactionOptions};
pub(crate) use retry::Backoff;
pub use tx::{Tx, TxConnection};
pub use types::Spec;
pub(crate) use work::BoxFuture;
pub use work::Work;
