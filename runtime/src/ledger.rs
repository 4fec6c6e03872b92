//! Ledgers: entries that are posted once, whatever is sent twice, and the proof that an account's entries add up.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use sqlx::postgres::PgArgumentBuffer;

use crate::connected::{Connected, Unit};
use crate::insert::{NewRow, Part, Values};
use crate::statement::fetch_rows;
use crate::{Args, Error, Executor, Model, Operation, Read, Result, Row, Source, Statement};

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
    /// Its name.
    pub name: &'static str,
    /// Columns in which an entry that is the same has the same values, by their places.
    pub same: &'static [usize],
    /// Inserts an entry and returns it, unless its account has one with the same key: then that one, and the first of those
    /// columns in which it differs from the new one.
    pub post: &'static str,
    /// The same, where the client gives a number that a sequence would.
    pub post_numbered: Option<&'static str>,
    /// The entry of an account with a key, and the first of those columns in which it differs from given values.
    pub find: &'static str,
    /// The same for arrays of accounts, keys and values, with the places of those in the arrays behind.
    pub find_many: &'static str,
}

impl LedgerKey {
    /// An entry that was posted before, if it is the same.
    fn same<M: Model>(self, row: &Row<'_>) -> Result<M> {
        let differs: Option<String> = row.get(M::TABLE.columns.len())?;
        match differs {
            None => M::read_row(row),
            Some(column) => Err(Error::PostedOtherwise {
                model: M::NAME,
                key: self.name,
                column,
            }),
        }
    }
}

/// Posts an entry. If its account has one with the same key already, that one is returned and nothing is written.
///
/// One statement looks for it (entries never change) and inserts the entry if there is none, which locks its account; one that
/// another session posted meanwhile is found under that lock, before the minimum is looked at, and read by a second statement.
/// In a transaction this happens in a savepoint, so that the transaction can go on after an error.
///
/// # Errors
/// [`PostedOtherwise`](Error::PostedOtherwise) if the earlier entry is another one; else if the database refuses, or a value
/// cannot be sent or read.
pub fn post<'c, N: NewRow + 'c>(
    db: impl Executor<'c>,
    row: N,
    ledger: Ledger,
) -> Operation<'c, N::Row> {
    Box::pin(post_one(db.source(), row, ledger))
}

async fn post_one<N: NewRow>(mut source: Source<'_>, row: N, ledger: Ledger) -> Result<N::Row> {
    let Some(key) = ledger.key.filter(|key| is_given(&row, key.place)) else {
        return crate::insert(source, row).await;
    };
    let mut again = Args::new();
    for &place in [ledger.account, key.place].iter().chain(key.same) {
        row.value(place, &mut Values::args(&mut again));
    }
    let (args, numbered) = crate::insert::bound(&row);
    drop(row);
    let sql = key.post_numbered.filter(|_| numbered).unwrap_or(key.post);
    let statement = Statement::write("post", sql);
    let (refused, entry) = match source {
        // Where each statement is a transaction of its own there is nothing that an error could end.
        Source::Db(_) | Source::Pool(_) => {
            match entry(source.reborrow(), key, statement, args).await {
                Err(refused) if refused.violation().is_some() => {
                    (refused, earlier(source, key, again).await?)
                }
                result => return result?.ok_or(Error::Database(sqlx::Error::RowNotFound)),
            }
        }
        source => {
            let rules = <N::Row as Model>::RULES;
            let mut connected = Connected::of(source, rules).await?;
            let posted = if connected.is_in_transaction(rules).await? {
                let mut savepoint = connected.begin(rules).await?;
                let posted = entry(savepoint.source(), key, statement, args).await;
                savepoint.end(posted).await
            } else {
                entry(connected.source(), key, statement, args).await
            };
            match posted {
                Err(refused) if refused.violation().is_some() => {
                    (refused, earlier(connected.source(), key, again).await?)
                }
                result => return result?.ok_or(Error::Database(sqlx::Error::RowNotFound)),
            }
        }
    };
    entry.ok_or(refused)
}

/// The entry that was posted before.
async fn earlier<M: Model>(source: Source<'_>, key: LedgerKey, args: Args) -> Result<Option<M>> {
    entry(source, key, Statement::read("post", key.find), args).await
}

/// The entry that a statement has, with what makes it another one behind its columns.
async fn entry<M: Model>(
    source: Source<'_>,
    key: LedgerKey,
    statement: Statement,
    args: Args,
) -> Result<Option<M>> {
    let rows = fetch_rows::<M>(source, statement, args).await?;
    let row = rows.first().map(|row| Row::first(row, M::NAME));
    row.map(|row| key.same(&row)).transpose()
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
/// [`PostedOtherwise`](Error::PostedOtherwise) if an entry that is there, or comes before, is another one; else if the
/// database refuses, or a value cannot be sent or read.
pub fn post_many<'c, N: NewRow + 'c>(
    db: impl Executor<'c>,
    rows: &'c [N],
    ledger: Ledger,
) -> Operation<'c, Vec<N::Row>>
where
    N::Row: Clone,
{
    Box::pin(post_each(db.source(), rows, ledger))
}

async fn post_each<N: NewRow>(source: Source<'_>, rows: &[N], ledger: Ledger) -> Result<Vec<N::Row>>
where
    N::Row: Clone,
{
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let rules = <N::Row as Model>::RULES;
    let mut connected = Connected::of(source, rules).await?;
    let mut unit = connected.begin(rules).await?;
    let posted = post_all(&mut unit, rows, ledger).await;
    unit.end(posted).await
}

async fn post_all<N: NewRow>(
    unit: &mut Unit<'_, '_>,
    rows: &[N],
    ledger: Ledger,
) -> Result<Vec<N::Row>>
where
    N::Row: Clone,
{
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
        for &place in [ledger.account, key.place].iter().chain(key.same) {
            crate::insert::array(&mut args, rows, place, Part::Value);
        }
        let statement = Statement::read("post_many", key.find_many);
        let found = fetch_rows::<N::Row>(unit.source(), statement, args).await?;
        for row in &found {
            let row = Row::first(row, <N::Row as Model>::NAME);
            let place: i64 = row.get(<N::Row as Model>::TABLE.columns.len() + 1)?;
            let place = usize::try_from(place - 1).unwrap_or(usize::MAX);
            if let Some(entry) = entries.get_mut(place) {
                *entry = Some(key.same(&row)?);
            }
        }
        firsts = first_of_each(rows, ledger.account, key)?;
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
fn first_of_each<N: NewRow>(rows: &[N], account: usize, key: LedgerKey) -> Result<Vec<usize>> {
    let mut seen: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    rows.iter()
        .enumerate()
        .map(|(at, row)| {
            let (bytes, given) = bytes(row, &[account, key.place])?;
            if !given {
                return Ok(at);
            }
            let first = *seen.entry(bytes).or_insert(at);
            for place in key.same {
                if bytes_of(row, *place)? != bytes_of(&rows[first], *place)? {
                    return Err(Error::PostedOtherwise {
                        model: <N::Row as Model>::NAME,
                        key: key.name,
                        column: N::COLUMNS[*place].name::<N::Row>().to_owned(),
                    });
                }
            }
            Ok(first)
        })
        .collect()
}

fn bytes_of<N: NewRow>(row: &N, place: usize) -> Result<Vec<u8>> {
    bytes(row, &[place]).map(|(bytes, _)| bytes)
}

/// Values as they are sent, and whether the last of them is one.
fn bytes<N: NewRow>(row: &N, places: &[usize]) -> Result<(Vec<u8>, bool)> {
    let mut buffer = PgArgumentBuffer::default();
    let (mut count, mut error, mut given) = (0, None, false);
    for &place in places {
        let mut values = Values::part(&mut buffer, Part::Value, 1, &mut count, &mut error);
        row.value(place, &mut values);
        given = values.given;
    }
    match error {
        Some(source) => Err(Error::Encode {
            model: <N::Row as Model>::NAME,
            source,
        }),
        None => Ok((buffer.to_vec(), given)),
    }
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
///
/// ```
/// # fn example(report: pgwright::LedgerReport) {
/// if !report.is_sound() {
///     eprintln!("{report}");
/// }
/// # }
/// ```
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
///
/// ```
/// # fn example(report: pgwright::LedgerReport) {
/// if let Some(wrong) = report.wrong {
///     println!("the first wrong entry is {}", wrong.entry_no);
/// }
/// # }
/// ```
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
    ///
    /// ```
    /// # fn example(report: pgwright::LedgerReport) {
    /// assert!(report.is_sound(), "{report}");
    /// # }
    /// ```
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
