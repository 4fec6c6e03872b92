//! Changing and removing all rows of which a filter is true.
//!
//! The rows are locked in the order of their keys before any of them is changed, so that two such statements over the same
//! rows wait for each other and do not deadlock.

use sqlx::AssertSqlSafe;

use crate::operation::known;
use crate::query::Writer;
use crate::{Args, Error, Executor, Filter, Model, Operation, Result, Statement, Update};

/// What to change of a row, of generated code: `UserPatch` for the model `User`.
pub trait PatchRow: Sized + Send + Sync {
    /// The row.
    type Row: Model;

    /// Hands over what is set.
    fn assign(&self, update: &mut Update);
}

/// Changes all rows of which the filter is true, and says how many they were; `ordered` is whether they are locked in the
/// order of their keys first. Rows that are deleted softly are passed over.
///
/// ```no_run
/// # async fn example<UserPatch: pgwright::PatchRow>(db: &pgwright::Db, patch: UserPatch, filter: pgwright::Filter<UserPatch::Row>) -> pgwright::Result<()> {
/// let count = pgwright::update_where(db, patch, filter, true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Misuse`](Error::Misuse) if the filter says nothing and is not [`Filter::all`]; else if the database refuses, or a value
/// cannot be sent.
pub fn update_where<'c, P: PatchRow>(
    db: impl Executor<'c>,
    patch: P,
    filter: Filter<P::Row>,
    ordered: bool,
) -> Operation<'c, u64> {
    match update::<P>(&patch, filter, ordered, "") {
        Ok(Some((sql, args))) => {
            let statement = Statement::write("update_where", AssertSqlSafe(sql));
            crate::execute::<P::Row>(db, statement, args)
        }
        Ok(None) => known(Ok(0)),
        Err(error) => known(Err(error)),
    }
}

/// The same, and returns the rows as the database has them then. A patch that changes nothing reads them.
///
/// ```no_run
/// # async fn example<UserPatch: pgwright::PatchRow>(db: &pgwright::Db, patch: UserPatch, filter: pgwright::Filter<UserPatch::Row>) -> pgwright::Result<()> {
/// let users = pgwright::update_where_returning(db, patch, filter, true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`update_where`], and if a row cannot be read.
pub fn update_where_returning<'c, P: PatchRow>(
    db: impl Executor<'c>,
    patch: P,
    filter: Filter<P::Row>,
    ordered: bool,
) -> Operation<'c, Vec<P::Row>> {
    let returned = <P::Row as Model>::TABLE.select;
    match update::<P>(&patch, filter.clone(), ordered, returned) {
        Ok(Some((sql, args))) => {
            let statement = Statement::write("update_where_returning", AssertSqlSafe(sql));
            crate::fetch_all(db, statement, args)
        }
        Ok(None) => Box::pin(crate::Query::new().filter(filter).all(db.source())),
        Err(error) => known(Err(error)),
    }
}

/// Removes a row by a statement of generated code, and returns what it was.
///
/// # Errors
/// If the database refuses, or the row cannot be read.
#[doc(hidden)]
pub fn delete_returning<'c, M: Model>(
    db: impl Executor<'c>,
    delete: &'static str,
    args: Args,
) -> Operation<'c, Option<M>> {
    let sql = AssertSqlSafe(format!("{delete}\nRETURNING {}", M::TABLE.select));
    crate::fetch_optional(db, Statement::write("delete", sql), args)
}

/// Removes all rows of which the filter is true, and says how many they were. Rows that are deleted softly are passed over.
///
/// ```no_run
/// # use pgwright::doc::*;
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let filter = user::full_name.is_null();
/// let count = pgwright::delete_where(db, filter, true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Misuse`](Error::Misuse) if the filter says nothing and is not [`Filter::all`]; else if the database refuses.
pub fn delete_where<'c, M: Model>(
    db: impl Executor<'c>,
    filter: Filter<M>,
    ordered: bool,
) -> Operation<'c, u64> {
    match delete(filter, ordered) {
        Ok((sql, args)) => {
            let statement = Statement::write("delete_where", AssertSqlSafe(sql));
            crate::execute::<M>(db, statement, args)
        }
        Err(error) => known(Err(error)),
    }
}

/// The same, and returns the rows as they were.
///
/// ```no_run
/// # use pgwright::doc::*;
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let filter = user::full_name.is_null();
/// let users = pgwright::delete_where_returning(db, filter, true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`delete_where`], and if a row cannot be read.
pub fn delete_where_returning<'c, M: Model>(
    db: impl Executor<'c>,
    filter: Filter<M>,
    ordered: bool,
) -> Operation<'c, Vec<M>> {
    match delete(filter, ordered) {
        Ok((sql, args)) => {
            let sql = AssertSqlSafe(format!("{sql}\nRETURNING {}", M::TABLE.select));
            crate::fetch_all(db, Statement::write("delete_where_returning", sql), args)
        }
        Err(error) => known(Err(error)),
    }
}

fn delete<M: Model>(filter: Filter<M>, ordered: bool) -> Result<(String, Args)> {
    statement(
        "DELETE FROM ",
        "",
        "FOR UPDATE",
        Args::new(),
        filter,
        ordered,
    )
}

/// None where the patch changes nothing.
fn update<P: PatchRow>(
    patch: &P,
    filter: Filter<P::Row>,
    ordered: bool,
    returned: &'static str,
) -> Result<Option<(String, Args)>> {
    let mut update = Update::new("\nSET ", Args::new());
    patch.assign(&mut update);
    let empty = update.is_empty();
    let (set, args) = update.into_parts();
    // An update of what a foreign key may name locks more by itself.
    let (mut sql, args) = statement("UPDATE ", &set, "FOR NO KEY UPDATE", args, filter, ordered)?;
    if !returned.is_empty() {
        sql.push_str("\nRETURNING ");
        sql.push_str(returned);
    }
    Ok((!empty).then_some((sql, args)))
}

/// Every part is a constant of this source or of generated code, and the values are bound.
fn statement<M: Model>(
    verb: &str,
    set: &str,
    lock: &str,
    args: Args,
    filter: Filter<M>,
    ordered: bool,
) -> Result<(String, Args)> {
    let table = M::TABLE;
    if filter.says_nothing() {
        return Err(Error::Misuse(
            "a filter that says nothing would mean every row: `Filter::all()` says that",
        ));
    }
    let mut condition = filter.condition;
    condition.and_shown(table.shown);
    let mut writer = Writer::new(table.name).with_args(args);
    if !condition.is_empty() {
        writer.text("\nWHERE ").clause(&condition.clause);
    }
    let (condition, args) = writer.finish();
    let name = table.name;
    if !ordered || table.key.is_empty() {
        return Ok((format!("{verb}{name}{set}{condition}"), args));
    }
    let list = |part: &dyn Fn(usize, &str) -> String| {
        let columns = table.key.iter().filter_map(|&at| table.columns.get(at));
        let parts = (1..)
            .zip(columns)
            .map(|(number, column)| part(number, column.name));
        parts.collect::<Vec<_>>().join(", ")
    };
    // Names of its own, so that what is returned is only in the table that changes.
    let keys = list(&|number, name| format!("{name} AS k{number}"));
    let order = list(&|number, _| number.to_string());
    let columns = list(&|_, name| name.to_owned());
    let held = list(&|number, _| format!("held.k{number}"));
    let sql = format!(
        "WITH held AS MATERIALIZED (\nSELECT {keys}\nFROM {name}{condition}\nORDER BY {order} {lock}\n)\n\
         {verb}{name}{set}\nWHERE ({columns}) IN (SELECT {held} FROM held)"
    );
    Ok((sql, args))
}
