//! The tables, for a database that has none yet. A service of your own runs migrations before it is deployed.

use automl_db::prelude::{Db, Result};
use sqlx::Executor as _;

/// Loads the schema into an empty database. Programs that start at the same time wait for each other.
pub(crate) async fn load_schema(db: &Db) -> Result<()> {
    let mut held = db.acquire().await?;
    held.execute("SELECT pg_advisory_lock(hashtext('automl schema'))")
        .await?;
    let there: bool = sqlx::query_scalar("SELECT to_regclass('public.jobs') IS NOT NULL")
        .fetch_one(&mut *held)
        .await?;
    if !there {
        held.execute(sqlx::raw_sql(include_str!("../../../generated/schema.sql")))
            .await?;
    }
    held.execute("SELECT pg_advisory_unlock(hashtext('automl schema'))")
        .await?;
    Ok(())
}
