//! Somebody leaves: the row stays for a while, then all that belongs to it goes. The ledger stays.

use super::Result;
use super::people::People;
use super::stage::{Stage, ensure, refusal};
use automl_db::prelude::*;
use pgwright::chrono::{TimeDelta, Utc};
use pgwright_cli::ui::Table;
use sqlx::PgPool;

/// How much there is of a user.
async fn counts(db: &PgPool, user: UserId) -> Result<[i64; 3]> {
    let query = sqlx::query_as(
        "SELECT (SELECT count(*) FROM users WHERE id = $1),
                (SELECT count(*) FROM datasets WHERE user_id = $1),
                (SELECT count(*) FROM credit_transactions WHERE user_id = $1)",
    );
    let (users, datasets, entries): (i64, i64, i64) = query.bind(user).fetch_one(db).await?;
    Ok([users, datasets, entries])
}

pub(crate) async fn delete_and_purge(
    db: &PgPool,
    stage: &mut Stage,
    people: &People,
) -> Result<()> {
    stage.part("Alan leaves");
    let half = UserPatch::new()
        .is_deleted(true)
        .update(db, people.alan)
        .await;
    let error = refusal(half, User::CK_USERS_DELETED)?;
    stage.refused("to be deleted without saying when", &error);
    let mut table = Table::new(["when", "users", "datasets", "ledger entries"]);
    let mut row = |when: &str, [users, datasets, entries]: [i64; 3]| {
        table.row([
            when.into(),
            users.to_string(),
            datasets.to_string(),
            entries.to_string(),
        ]);
    };
    row("before", counts(db, people.alan).await?);
    let long_ago = Utc::now() - TimeDelta::days(31);
    stage
        .timed("mark a user as deleted", async {
            let patch = UserPatch::new().is_deleted(true).deleted_at(long_ago);
            Ok(patch.update(db, people.alan).await?)
        })
        .await?;
    row(
        "marked as deleted, 31 days ago",
        counts(db, people.alan).await?,
    );
    let purged: i64 = stage
        .timed("purge who was deleted 30 days ago", async {
            Ok(sqlx::query_scalar("SELECT users_purge()")
                .fetch_one(db)
                .await?)
        })
        .await?;
    let after = counts(db, people.alan).await?;
    row("purged", after);
    stage.table(&table);
    ensure(
        purged == 1 && after == [0, 0, 1],
        "the user and all datasets are gone, the ledger stays",
    )?;
    stage.good("all that was Alan's is gone, and the ledger still adds up");
    Ok(())
}
