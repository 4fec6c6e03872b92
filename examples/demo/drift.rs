//! Somebody switches the triggers off, and the counts are wrong. The database says where, and repairs itself.

use super::Result;
use super::people::People;
use super::stage::{Stage, ensure};
use automl_db::prelude::*;
use pgwright_cli::ui::Table;
use sqlx::PgPool;

type Drift = (String, String, String, String);

async fn drift(db: &PgPool) -> Result<Vec<Drift>> {
    let query = sqlx::query_as(
        "SELECT coalesce(u.full_name, d.row_key), d.column_name, d.expected::text, d.found::text
         FROM users_drift() AS d LEFT JOIN users AS u ON u.id::text = d.row_key
         ORDER BY 1, 2",
    );
    Ok(query.fetch_all(db).await?)
}

pub(crate) async fn make_and_repair(db: &PgPool, stage: &mut Stage, people: &People) -> Result<()> {
    stage.part("Somebody switches the triggers off");
    let before = User::get(db, people.grace).await?;
    // All on one connection, in one transaction: nobody else notices.
    let mut transaction = db.begin().await?;
    for sql in [
        "ALTER TABLE datasets DISABLE TRIGGER USER",
        "DELETE FROM datasets WHERE name LIKE 'import %' AND original_size_bytes <= 4",
        "ALTER TABLE datasets ENABLE TRIGGER USER",
    ] {
        sqlx::query(sql).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    let found = stage.timed("find what is wrong", drift(db)).await?;
    let mut table = Table::new(["whose row", "column", "should be", "is"]);
    for (user, column, expected, found) in &found {
        table.row([
            user.clone(),
            column.clone(),
            expected.clone(),
            found.clone(),
        ]);
    }
    stage.table(&table);
    ensure(
        found.len() == 2,
        "the count and the storage of one user are wrong",
    )?;
    stage
        .timed("repair it", async {
            sqlx::query("SELECT users_repair()").execute(db).await?;
            Ok(())
        })
        .await?;
    ensure(drift(db).await?.is_empty(), "nothing is wrong any more")?;
    let after = User::get(db, people.grace).await?;
    ensure(
        before.dataset_count - after.dataset_count == 4,
        "the count is what there is",
    )?;
    stage.good(format!(
        "repaired: Grace's own row says {} datasets",
        after.dataset_count
    ));
    Ok(())
}
