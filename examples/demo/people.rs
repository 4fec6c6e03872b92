//! People sign up.

use super::Result;
use super::stage::{Stage, refusal};
use automl_db::prelude::*;
use pgwright_cli::ui::Table;
use sqlx::PgPool;

/// Who takes part.
pub(crate) struct People {
    /// Uploads most.
    pub(crate) ada: UserId,
    /// Gets a dataset from her.
    pub(crate) grace: UserId,
    /// Leaves.
    pub(crate) alan: UserId,
}

pub(crate) async fn sign_up(db: &PgPool, stage: &mut Stage) -> Result<People> {
    stage.part("People sign up");
    let users = stage
        .timed("sign up three users", async {
            let ada = NewUser::new("ada@example.org")
                .full_name("Ada Lovelace")
                .tier(UserTier::Pro);
            let grace = NewUser::new("grace@example.org").full_name("Grace Hopper");
            let alan = NewUser::new("alan@example.org").full_name("Alan Turing");
            Ok([
                ada.insert(db).await?,
                grace.insert(db).await?,
                alan.insert(db).await?,
            ])
        })
        .await?;
    let mut table = Table::new(["user", "email", "tier", "credits"]);
    for user in &users {
        table.row([
            user.full_name.clone().unwrap_or_default(),
            user.email.clone(),
            user.tier.to_string(),
            user.credit_balance.to_string(),
        ]);
    }
    stage.table(&table);
    let twice = NewUser::new("ADA@example.org").insert(db).await;
    let error = refusal(twice, User::UX_USERS_EMAIL_CI)?;
    stage.refused("the same address in capitals", &error);
    let [ada, grace, alan] = users;
    Ok(People {
        ada: ada.id,
        grace: grace.id,
        alan: alan.id,
    })
}
