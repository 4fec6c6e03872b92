//! Many rows that may be there already.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgArgumentBuffer;

use super::unique::{assignments, ignoring_of, insert_or_ignore, split, upsert_on};
use super::values::{Part, Values};
use super::{Bound, NewRow, Unique, many};
use crate::connected::{Connected, Unit};
use crate::operation::known;
use crate::{Error, Executor, Model, Operation, Result, Source, Statement};

/// Inserts rows, or does nothing for those with a key that is there, of any unique key; the rows that were inserted, in their
/// order.
///
/// ```no_run
/// # async fn example<NewUser: pgwright::NewRow + 'static>(db: &pgwright::Db, new: &[NewUser]) -> pgwright::Result<()> {
/// let users = pgwright::insert_many_or_ignore(db, new).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or a value cannot be sent or read; then none of the rows is there.
pub fn insert_many_or_ignore<'c, N: NewRow + 'c>(
    db: impl Executor<'c>,
    rows: &'c [N],
) -> Operation<'c, Vec<N::Row>> {
    if rows.is_empty() {
        return known(Ok(Vec::new()));
    }
    if let Some((sql, args)) = many::statement(rows) {
        let sql = ignoring_of::<N>(sql, "");
        // Every part is a constant of the generated code, and the values are bound.
        let statement = Statement::write("insert_many_or_ignore", AssertSqlSafe(sql));
        return crate::fetch_all(db, statement, args);
    }
    Box::pin(ignore_one_by_one(db.source(), rows))
}

async fn ignore_one_by_one<N: NewRow>(source: Source<'_>, rows: &[N]) -> Result<Vec<N::Row>> {
    let rules = <N::Row as Model>::RULES;
    let mut connected = Connected::of(source, rules).await?;
    let mut unit = connected.begin(rules).await?;
    let done = ignore_each(&mut unit, rows).await;
    unit.end(done).await
}

async fn ignore_each<N: NewRow>(unit: &mut Unit<'_, '_>, rows: &[N]) -> Result<Vec<N::Row>> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.extend(insert_or_ignore(unit.source(), row).await?);
    }
    Ok(items)
}

/// As [`upsert_on`] for many rows, all or none, and returned in the order given. Rows are locked in the order of their keys.
///
/// Rows that say the same columns go in one statement.
///
/// ```no_run
/// # async fn example<NewUser: pgwright::NewRow + 'static>(db: &pgwright::Db, new: &[NewUser], email: pgwright::Unique<NewUser::Row>) -> pgwright::Result<()> {
/// let users = pgwright::upsert_many_on(db, new, email).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`GivenTwice`](Error::GivenTwice) if two rows have the same key; else if the database refuses, or a value cannot be sent or
/// read.
pub fn upsert_many_on<'c, N: NewRow + 'c>(
    db: impl Executor<'c>,
    rows: &'c [N],
    key: Unique<N::Row>,
) -> Operation<'c, Vec<N::Row>> {
    Box::pin(upsert_all(db.source(), rows, key))
}

async fn upsert_all<N: NewRow>(
    source: Source<'_>,
    rows: &[N],
    key: Unique<N::Row>,
) -> Result<Vec<N::Row>> {
    let mut kinds = Kinds::new();
    // Rows that say other columns go in other statements: the server would take two with the same key, in an order that is
    // not that of the rows.
    let mut seen: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let given = Bound::of(row).given;
        let (bytes, known) = key_bytes(row, key)?;
        if known && let Some(first) = seen.insert(bytes.clone(), at) {
            return Err(given_twice(key, Some((first, at))));
        }
        kinds.entry(given).or_default().insert((bytes, at), row);
    }
    let rules = <N::Row as Model>::RULES;
    let mut connected = Connected::of(source, rules).await?;
    let mut unit = connected.begin(rules).await?;
    let done = upsert_kinds(&mut unit, rows.len(), &kinds, key).await;
    unit.end(done).await
}

/// Rows by the columns that they say.
type Kinds<'r, N> = BTreeMap<Vec<bool>, Sorted<'r, N>>;

/// Rows in the order of their keys, each with its place among all.
type Sorted<'r, N> = BTreeMap<(Vec<u8>, usize), &'r N>;

async fn upsert_kinds<N: NewRow>(
    unit: &mut Unit<'_, '_>,
    count: usize,
    kinds: &Kinds<'_, N>,
    key: Unique<N::Row>,
) -> Result<Vec<N::Row>> {
    let mut items: Vec<Option<N::Row>> = (0..count).map(|_| None).collect();
    for (given, kind) in kinds {
        let places = kind.keys().map(|(_, at)| *at);
        let rows: Vec<&N> = kind.values().copied().collect();
        let set = assignments::<N>(given, key);
        let made = match many::statement(&rows).filter(|_| !set.is_empty()) {
            Some((sql, args)) => {
                let (head, returned) = split::<N>(sql);
                let conflict = key.conflict();
                let sql = format!(
                    "{head}\nON CONFLICT {conflict}\nDO UPDATE SET {set}\nRETURNING {returned}"
                );
                let statement = Statement::write("upsert_many", AssertSqlSafe(sql));
                let made = crate::fetch_all(unit.source(), statement, args).await;
                made.map_err(|error| match error {
                    Error::Database(sqlx::Error::Database(error)) if is_twice(&*error) => {
                        given_twice(key, None)
                    }
                    error => error,
                })?
            }
            // Nothing to write over what is there, or values that no array takes.
            None => {
                let mut made = Vec::with_capacity(rows.len());
                for row in rows {
                    made.push(upsert_on(unit.source(), row, key).await?);
                }
                made
            }
        };
        for (place, item) in places.zip(made) {
            items[place] = Some(item);
        }
    }
    // A trigger of the author's own may have kept a row from being written.
    let items: Option<Vec<_>> = items.into_iter().collect();
    items.ok_or(Error::Database(sqlx::Error::RowNotFound))
}

/// Whether the server says that one statement would write a row twice: what is not the same as it is sent may be the same
/// to it, such as texts of which only the case differs.
fn is_twice(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().as_deref() == Some("21000")
}

fn given_twice<M: Model>(key: Unique<M>, rows: Option<(usize, usize)>) -> Error {
    let columns: Vec<String> = (key.rule().columns.iter())
        .map(|column| format!("`{column}`"))
        .collect();
    Error::GivenTwice {
        model: M::NAME,
        key: match columns.is_empty() {
            true => format!("`{}`", key.rule().constraint),
            false => columns.join(", "),
        },
        rows,
    }
}

/// The key of a row as it is sent, an order that all sessions have; and whether two rows with it are the same: they are not
/// where a part of it is NULL or left to the database, or the key is one of some rows only.
fn key_bytes<N: NewRow>(row: &N, key: Unique<N::Row>) -> Result<(Vec<u8>, bool)> {
    let mut buffer = PgArgumentBuffer::default();
    let (mut count, mut error) = (0, None);
    let mut known = !key.columns().is_empty() && !key.conflict().contains("WHERE");
    for &at in key.columns() {
        let mut values = Values::part(&mut buffer, Part::Value, 1, &mut count, &mut error);
        row.value(at, &mut values);
        known &= values.given;
    }
    match error {
        Some(source) => Err(Error::Encode {
            model: <N::Row as Model>::NAME,
            source,
        }),
        None => Ok((buffer.to_vec(), known)),
    }
}
