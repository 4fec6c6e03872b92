//! Ledgers: entries that are posted once, whatever is sent twice, and the proof that an account's entries add up.

use std::fmt;

use rust_decimal::Decimal;
use sqlx::postgres::PgArgumentBuffer;

use crate::connected::Connected;
use crate::insert::{NewRow, Part, Values};
use crate::statement::fetch_rows;
use crate::{Args, Error, Executor, Model, Read, Result, Row, Source, Statement};

/// What is particular to a model's ledger; generated code says it.
#[derive(Clone, Copy, Debug)]
pub struct Ledger {
    /// Locks the accounts of an array in the order of their keys; none where a role may not.
    pub lock: Option<&'static str>,
    /// The account's place among the columns of a row to insert.
    pub account: usize,
    /// What makes an entry the same when it is posted again; none where the model has no such key.
    pub key: Option<LedgerKey>,
}

/// The column that makes an entry of an account the same when it is posted again.
#[derive(Clone, Copy, Debug)]
pub struct LedgerKey {
    /// Its place among the columns of a row to insert.
    pub place: usize,
    /// The entry of an account with a key.
    pub find: &'static str,
    /// Entries of arrays of accounts and keys, with the places of those in the arrays behind their own columns.
    pub find_many: &'static str,
}

/// Posts an entry. If its account has one with the same key already, that one is returned and nothing is written.
///
/// The entry is written first: it locks its account, so that everything that was posted before is there to be seen when
/// it is refused. Then it is looked for what was posted before, whatever the refusal was. In a transaction this happens in
/// a savepoint, so that the transaction can go on after an error.
///
/// # Errors
/// If the database refuses and there is no earlier entry, or a value cannot be sent or read.
pub async fn post<'c, N: NewRow>(db: impl Executor<'c>, row: N, ledger: Ledger) -> Result<N::Row> {
    let Some(key) = ledger.key.filter(|key| is_given(&row, key.place)) else {
        return crate::insert(db, row).await;
    };
    let mut find = Args::new();
    row.value(ledger.account, &mut Values::args(&mut find));
    row.value(key.place, &mut Values::args(&mut find));
    let source = db.source();
    // Each statement is a transaction of its own.
    let refused = match &source {
        Source::Db(db) => crate::insert(*db, row).await,
        Source::Pool(pool) => crate::insert(*pool, row).await,
        Source::Tx(_) | Source::Held(_) | Source::Connection(_) => {
            let rules = <N::Row as Model>::RULES;
            let mut connected = Connected::of(source, rules).await?;
            let mut savepoint = connected.begin(rules).await?;
            let refused = match crate::insert(savepoint.source(), row).await {
                Ok(entry) => {
                    savepoint.commit().await?;
                    return Ok(entry);
                }
                Err(error) => error,
            };
            drop(savepoint);
            return earlier(connected.source(), key, find, refused).await;
        }
    };
    match refused {
        Ok(entry) => Ok(entry),
        Err(refused) => earlier(source, key, find, refused).await,
    }
}

/// The entry that was posted before, or else what the new one was refused for.
async fn earlier<'c, M: Model>(
    db: impl Executor<'c>,
    key: LedgerKey,
    args: Args,
    refused: Error,
) -> Result<M> {
    if refused.violation().is_none() {
        return Err(refused);
    }
    match crate::fetch_optional(db, Statement::read("post", key.find), args).await? {
        Some(entry) => Ok(entry),
        None => Err(refused),
    }
}

fn is_given<N: NewRow>(row: &N, place: usize) -> bool {
    let mut args = Args::new();
    let mut values = Values::args(&mut args);
    row.value(place, &mut values);
    values.given
}

/// Posts entries, all or none, and returns them in the order given: for one whose account has an entry with the same key
/// already, or that comes twice, the entry that is there. Accounts are locked in the order of their keys first.
///
/// # Errors
/// If the database refuses, or a value cannot be sent or read.
pub async fn post_many<'c, N: NewRow>(
    db: impl Executor<'c>,
    rows: &[N],
    ledger: Ledger,
) -> Result<Vec<N::Row>>
where
    N::Row: Clone,
{
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let rules = <N::Row as Model>::RULES;
    let mut connected = Connected::of(db, rules).await?;
    let mut unit = connected.begin(rules).await?;
    if let Some(lock) = ledger.lock {
        let mut args = Args::new();
        crate::insert::array(&mut args, rows, ledger.account, Part::Value);
        crate::execute::<N::Row>(unit.source(), Statement::write("post_many", lock), args).await?;
    }
    let mut entries: Vec<Option<N::Row>> = rows.iter().map(|_| None).collect();
    // Where the first of each key is, of those that come twice.
    let mut firsts: Vec<usize> = (0..rows.len()).collect();
    if let Some(key) = ledger.key {
        let mut args = Args::new();
        crate::insert::array(&mut args, rows, ledger.account, Part::Value);
        crate::insert::array(&mut args, rows, key.place, Part::Value);
        let found = fetch_rows::<N::Row>(
            unit.source(),
            Statement::read("post_many", key.find_many),
            args,
        )
        .await?;
        for row in &found {
            let row = Row::first(row, <N::Row as Model>::NAME);
            let place: i64 = row.get(<N::Row as Model>::TABLE.columns.len())?;
            let place = usize::try_from(place - 1).unwrap_or(usize::MAX);
            if let Some(entry) = entries.get_mut(place) {
                *entry = Some(<N::Row as Model>::read_row(&row)?);
            }
        }
        firsts = first_of_each(rows, ledger.account, key.place)?;
    }
    let new: Vec<(usize, &N)> = rows
        .iter()
        .enumerate()
        .filter(|(at, _)| firsts[*at] == *at && entries[*at].is_none())
        .collect();
    let (places, new): (Vec<usize>, Vec<&N>) = new.into_iter().unzip();
    let made = crate::insert_many(unit.source(), &new).await?;
    for (place, entry) in places.into_iter().zip(made) {
        entries[place] = Some(entry);
    }
    unit.commit().await?;
    firsts
        .iter()
        .map(|&first| {
            let entry = entries.get(first).and_then(Clone::clone);
            // A trigger of the author's own may have kept a row from being inserted.
            entry.ok_or(Error::Database(sqlx::Error::RowNotFound))
        })
        .collect()
}

/// For each row the place of the first with the same account and key; without a key its own.
fn first_of_each<N: NewRow>(rows: &[N], account: usize, key: usize) -> Result<Vec<usize>> {
    let mut seen: std::collections::BTreeMap<Vec<u8>, usize> = std::collections::BTreeMap::new();
    rows.iter()
        .enumerate()
        .map(|(at, row)| {
            let mut buffer = PgArgumentBuffer::default();
            let (mut count, mut error, mut given) = (0, None, false);
            for place in [account, key] {
                let part = Part::Value;
                let mut values = Values::part(&mut buffer, part, 1, &mut count, &mut error);
                row.value(place, &mut values);
                given = values.given;
            }
            match error {
                Some(source) => Err(Error::Encode {
                    model: <N::Row as Model>::NAME,
                    source,
                }),
                None if given => Ok(*seen.entry(buffer.to_vec()).or_insert(at)),
                None => Ok(at),
            }
        })
        .collect()
}

/// The balance of an account.
///
/// # Errors
/// [`NotFound`](Error::NotFound) if there is no such account; else if the database cannot be asked.
#[doc(hidden)]
pub async fn balance<'c, M: Model, T: Read>(
    db: impl Executor<'c>,
    sql: &'static str,
    args: Args,
    account: &'static str,
    key: &(dyn fmt::Debug + Sync),
) -> Result<T> {
    let rows = fetch_rows::<M>(db, Statement::read("balance", sql), args).await?;
    match rows.first() {
        Some(row) => Row::first(row, M::NAME).get(0),
        None => Err(Error::not_found(account, key)),
    }
}

/// What an account's entries come to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerReport {
    /// How many entries there are.
    pub entries: i64,
    /// The balance after the last of them; 0 without any.
    pub total: Decimal,
    /// The balance that the account has; none where the account is gone, as its entries may outlive it.
    pub balance: Option<Decimal>,
    /// The first entry that is not what the ones before it make it.
    pub wrong: Option<WrongEntry>,
}

/// An entry that is not what the ones before it make it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongEntry {
    /// Its number.
    pub entry_no: i64,
    /// The number that comes after the one before it.
    pub expected_no: i64,
    /// The balance after it, as it says.
    pub balance_after: Decimal,
    /// The balance after the one before it, and its amount.
    pub expected_balance: Decimal,
}

impl LedgerReport {
    /// Whether numbers have no gap, each balance follows from the one before, and the account has the last of them.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.wrong.is_none() && self.balance.is_none_or(|balance| balance == self.total)
    }
}

impl fmt::Display for LedgerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entries, total) = (self.entries, self.total);
        match (&self.wrong, self.balance) {
            (Some(wrong), _) => write!(
                f,
                "entry {} should be number {} with the balance {}, and has the balance {}",
                wrong.entry_no, wrong.expected_no, wrong.expected_balance, wrong.balance_after
            ),
            (None, Some(balance)) if balance != total => write!(
                f,
                "{entries} entries come to {total}, and the account has {balance}"
            ),
            (None, _) => write!(f, "{entries} entries come to {total}"),
        }
    }
}

/// Looks at all entries of an account.
///
/// # Errors
/// If the database cannot be asked.
#[doc(hidden)]
pub async fn verify<'c, M: Model>(
    db: impl Executor<'c>,
    sql: &'static str,
    args: Args,
) -> Result<LedgerReport> {
    let rows = fetch_rows::<M>(db, Statement::read("verify", sql), args).await?;
    let row = rows
        .first()
        .ok_or(Error::Database(sqlx::Error::RowNotFound))?;
    let row = Row::first(row, M::NAME);
    let entry_no: Option<i64> = row.get(3)?;
    let wrong = match entry_no {
        Some(entry_no) => Some(WrongEntry {
            entry_no,
            expected_no: row.get(4)?,
            balance_after: row.get(5)?,
            expected_balance: row.get(6)?,
        }),
        None => None,
    };
    Ok(LedgerReport {
        entries: row.get(0)?,
        total: row.get(1)?,
        balance: row.get(2)?,
        wrong,
    })
}
