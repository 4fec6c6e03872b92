//! Credits are bought and spent. The ledger only grows, and no balance goes under zero.

use super::Result;
use super::people::People;
use super::stage::{Stage, ensure, refusal};
use automl_db::prelude::*;
use pgwright_cli::ui::Table;
use sqlx::PgPool;

pub(crate) async fn buy(db: &PgPool, stage: &mut Stage, people: &People) -> Result<()> {
    stage.part("Credits are bought");
    stage
        .timed("two purchases", async {
            for (user, amount, payment) in [
                (people.ada, 100, "payment-1"),
                (people.alan, 40, "payment-2"),
            ] {
                NewCreditTransaction::new(user, amount, TransactionType::Purchase)
                    .idempotency_key(payment)
                    .insert(db)
                    .await?;
            }
            Ok(())
        })
        .await?;
    // The payment provider sends its message a second time.
    let again = NewCreditTransaction::new(people.ada, 100, TransactionType::Purchase)
        .idempotency_key("payment-1")
        .insert(db)
        .await;
    let error = refusal(
        again,
        CreditTransaction::UX_CREDIT_TRANSACTIONS_USER_ID_IDEMPOTENCY_KEY,
    )?;
    stage.refused("the same payment a second time", &error);
    let ada = User::get(db, people.ada).await?;
    ensure(ada.credit_balance == 100, "the balance is 100")?;
    stage.good(format!("Ada has {} credits", ada.credit_balance));
    Ok(())
}

pub(crate) async fn overdraw(db: &PgPool, stage: &mut Stage, people: &People) -> Result<()> {
    stage.part("The ledger");
    let entries: Vec<(i64, i32, i64, Option<String>)> = stage
        .timed("read a ledger", async {
            let query = sqlx::query_as(
                "SELECT entry_no, amount, balance_after, description
                 FROM credit_transactions WHERE user_id = $1 ORDER BY entry_no",
            );
            Ok(query.bind(people.ada).fetch_all(db).await?)
        })
        .await?;
    let mut table = Table::new(["entry", "amount", "balance after", "for"]);
    let mut balance = 0;
    for (place, (entry_no, amount, balance_after, description)) in (1..).zip(&entries) {
        balance += i64::from(*amount);
        ensure(
            *entry_no == place && *balance_after == balance,
            "entries have no gap and add up",
        )?;
        table.row([
            entry_no.to_string(),
            amount.to_string(),
            balance_after.to_string(),
            description.clone().unwrap_or_else(|| "purchase".into()),
        ]);
    }
    stage.table(&table);
    let too_much = i32::try_from(-balance - 1)?;
    let overdraft = NewCreditTransaction::new(people.ada, too_much, TransactionType::Consumption)
        .insert(db)
        .await;
    let error = refusal(overdraft, CreditTransaction::MINIMUM)?;
    stage.refused("to spend more than there is", &error);
    let by_hand = sqlx::query("UPDATE users SET credit_balance = 1000000 WHERE id = $1")
        .bind(people.ada)
        .execute(db)
        .await;
    let error = refusal(by_hand.map_err(Error::from), User::MAINTAINED)?;
    stage.refused("to write the balance by hand", &error);
    let rewritten = sqlx::query("DELETE FROM credit_transactions WHERE user_id = $1")
        .bind(people.ada)
        .execute(db)
        .await;
    let error = refusal(rewritten.map_err(Error::from), CreditTransaction::IMMUTABLE)?;
    stage.refused("to remove entries", &error);
    Ok(())
}
