//! Rows that may be there already: do nothing, or write over what is given.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use sqlx::AssertSqlSafe;

use super::{Bound, NewRow, Values};
use crate::connected::Connected;
use crate::{Args, Error, Executor, Model, Operation, Result, Rule, Source, Statement};

/// How often a row that was neither inserted nor found is looked for again: another session removed it between the two.
const ATTEMPTS: usize = 16;

/// A unique key of a model, that an upsert may name: a rule that an error can be compared with, and a target for
/// `ON CONFLICT`.
///
/// It knows the model it is of, so that a key of another one does not compile:
///
/// ```compile_fail
/// # use pgwright::{NewRow, Unique, upsert_on, Executor};
/// # async fn f<A: NewRow, B: NewRow>(db: impl Executor<'_>, row: A, key: Unique<B::Row>) {
/// upsert_on(db, row, key).await;
/// # }
/// ```
pub struct Unique<M> {
    rule: Rule,
    target: Target,
    model: PhantomData<fn() -> M>,
}

/// How a unique key is named and asked for.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What follows `ON CONFLICT`.
    pub conflict: &'static str,
    /// The key's columns, by their places in the row to insert.
    pub columns: &'static [usize],
    /// The condition that a row has this key, given as parameters in that order.
    pub condition: &'static str,
}

impl<M> Unique<M> {
    /// A key; generated code makes it.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(rule: Rule, target: Target) -> Self {
        Self {
            rule,
            target,
            model: PhantomData,
        }
    }

    /// What follows `ON CONFLICT`.
    pub(super) const fn conflict(self) -> &'static str {
        self.target.conflict
    }

    /// The key's columns, by their places in the row to insert.
    pub(super) const fn columns(self) -> &'static [usize] {
        self.target.columns
    }

    /// The rule alone.
    #[must_use]
    pub const fn rule(self) -> Rule {
        self.rule
    }
}

impl<M> Clone for Unique<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Unique<M> {}

impl<M> fmt::Debug for Unique<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.fmt(f)
    }
}

impl<M> Deref for Unique<M> {
    type Target = Rule;

    fn deref(&self) -> &Rule {
        &self.rule
    }
}

impl<M> From<Unique<M>> for Rule {
    fn from(key: Unique<M>) -> Self {
        key.rule
    }
}

/// The statement before its last `RETURNING`, and what follows that.
pub(super) fn split<N: NewRow>(sql: &'static str) -> (&'static str, &'static str) {
    let returned = <N::Row as Model>::TABLE.select;
    // Every statement ends so: the list is the same constant of the compiler.
    let head = sql
        .strip_suffix(returned)
        .and_then(|head| head.strip_suffix("\nRETURNING "));
    (head.unwrap_or(sql), returned)
}

/// Inserts a row, or does nothing where one with the same key is there, of any unique key.
///
/// ```no_run
/// # async fn example<NewUser: pgwright::NewRow>(db: &pgwright::Db, new: NewUser) -> pgwright::Result<()> {
/// let user = pgwright::insert_or_ignore(db, new).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or a value cannot be sent or read.
pub fn insert_or_ignore<'c, N: NewRow>(
    db: impl Executor<'c>,
    row: N,
) -> Operation<'c, Option<N::Row>> {
    let bound = Bound::of(&row);
    let sql = ignoring_of::<N>(bound.sql::<N>(), "");
    // Every part is a constant of the generated code, and the values are bound.
    let statement = Statement::write("insert_or_ignore", AssertSqlSafe(sql));
    crate::fetch_optional(db, statement, bound.args)
}

/// Inserts a row, or does nothing where one with the same values of a unique key is there.
///
/// ```no_run
/// # async fn example<NewUser: pgwright::NewRow>(db: &pgwright::Db, new: NewUser, email: pgwright::Unique<NewUser::Row>) -> pgwright::Result<()> {
/// let user = pgwright::insert_or_ignore_on(db, new, email).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, which it does for other keys, or a value cannot be sent or read.
pub fn insert_or_ignore_on<'c, N: NewRow>(
    db: impl Executor<'c>,
    row: N,
    key: Unique<N::Row>,
) -> Operation<'c, Option<N::Row>> {
    let bound = Bound::of(&row);
    let sql = ignoring_of::<N>(bound.sql::<N>(), key.target.conflict);
    let statement = Statement::write("insert_or_ignore", AssertSqlSafe(sql));
    crate::fetch_optional(db, statement, bound.args)
}

pub(super) fn ignoring_of<N: NewRow>(sql: &'static str, conflict: &'static str) -> String {
    let (head, returned) = split::<N>(sql);
    let space = if conflict.is_empty() { "" } else { " " };
    format!("{head}\nON CONFLICT{space}{conflict} DO NOTHING\nRETURNING {returned}")
}

/// Inserts a row. If one with the same key is there, what the row says is written over it: every column that was given a
/// value or NULL, but for the key's own and those that never change. A column that nothing was said of stays as it is, and
/// one with a default that was given `None`. With nothing to write, the row that is there is read and left alone.
///
/// ```no_run
/// # async fn example<NewUser: pgwright::NewRow + 'static>(db: &pgwright::Db, new: NewUser, email: pgwright::Unique<NewUser::Row>) -> pgwright::Result<()> {
/// let user = pgwright::upsert_on(db, new, email).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or a value cannot be sent or read.
pub fn upsert_on<'c, N: NewRow + 'c>(
    db: impl Executor<'c>,
    row: N,
    key: Unique<N::Row>,
) -> Operation<'c, N::Row> {
    let bound = Bound::of(&row);
    let target = key.target;
    let assignments = assignments::<N>(&bound.given, key);
    if assignments.is_empty() {
        return Box::pin(insert_or_find(db.source(), row, bound, target));
    }
    let (head, returned) = split::<N>(bound.sql::<N>());
    let conflict = target.conflict;
    let sql = format!(
        "{head}\nON CONFLICT {conflict}\nDO UPDATE SET {assignments}\nRETURNING {returned}"
    );
    let statement = Statement::write("upsert", AssertSqlSafe(sql));
    crate::fetch_one(db, statement, bound.args)
}

/// What is written over a row that is there: the columns that were given, but for the key's own and those that never change.
pub(super) fn assignments<N: NewRow>(given: &[bool], key: Unique<N::Row>) -> String {
    let mut assignments = String::new();
    for (at, (column, given)) in N::COLUMNS.iter().zip(given).enumerate() {
        if *given && !column.fixed && !key.target.columns.contains(&at) {
            if !assignments.is_empty() {
                assignments.push_str(", ");
            }
            let name = column.name::<N::Row>();
            assignments.push_str(name);
            assignments.push_str(" = EXCLUDED.");
            assignments.push_str(name);
        }
    }
    assignments
}

/// Inserts a row or reads the one that is there. An update that changes nothing would do in one statement, but it would
/// write a new version of the row, and every trigger would take it for a change.
async fn insert_or_find<N: NewRow>(
    source: Source<'_>,
    row: N,
    bound: Bound,
    target: Target,
) -> Result<N::Row> {
    let mut held = Connected::of(source, <N::Row as Model>::RULES).await?;
    let insert = ignoring_of::<N>(bound.sql::<N>(), target.conflict);
    let find = format!(
        "SELECT {columns}\nFROM {table}\nWHERE {condition}",
        columns = <N::Row as Model>::TABLE.select,
        table = <N::Row as Model>::TABLE.name,
        condition = target.condition
    );
    let mut bound = Some(bound);
    for _ in 0..ATTEMPTS {
        let args = bound.take().unwrap_or_else(|| Bound::of(&row)).args;
        let sql = Statement::write("insert_or_find", AssertSqlSafe(insert.clone()));
        if let Some(row) = crate::fetch_optional(held.source(), sql, args).await? {
            return Ok(row);
        }
        let mut args = Args::new();
        for &at in target.columns {
            row.value(at, &mut Values::args(&mut args));
        }
        let sql = Statement::read("insert_or_find", AssertSqlSafe(find.clone()));
        if let Some(row) = crate::fetch_optional(held.source(), sql, args).await? {
            return Ok(row);
        }
    }
    Err(Error::Database(sqlx::Error::RowNotFound))
}
