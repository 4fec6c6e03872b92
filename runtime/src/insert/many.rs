//! Many rows in one statement: an array for each column.

use sqlx::postgres::PgTypeInfo;
use sqlx::postgres::types::Oid;

use super::values::{Part, Values};
use super::{Kind, NewColumn, NewRow, is_numbered};
use crate::connected::{Connected, Unit};
use crate::operation::known;
use crate::{Args, Executor, Model, Operation, Result, Source, Statement};

/// Inserts rows and returns them in the order they were given. Without rows there is no statement.
///
/// ```no_run
/// # async fn example<NewUser: pgwright::NewRow>(db: &pgwright::Db, new: &[NewUser]) -> pgwright::Result<()> {
/// let users = pgwright::insert_many(db, new).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or a value cannot be sent or read; then none of the rows is there.
pub fn insert_many<'c, N: NewRow + 'c>(
    db: impl Executor<'c>,
    rows: &'c [N],
) -> Operation<'c, Vec<N::Row>> {
    if rows.is_empty() {
        return known(Ok(Vec::new()));
    }
    match statement(rows) {
        Some((sql, args)) => {
            let statement = Statement::write("insert_many", sql);
            crate::fetch_all(db, statement, args)
        }
        None => Box::pin(one_by_one(db.source(), rows)),
    }
}

/// The statement and its arrays; none where a value of the model cannot be sent in an array.
pub(super) fn statement<N: NewRow>(rows: &[N]) -> Option<(&'static str, Args)> {
    let numbered = N::INSERTS
        .many_numbered
        .filter(|_| rows.iter().any(is_numbered));
    let sql = numbered.or(N::INSERTS.many)?;
    let mut args = Args::new();
    for (at, column) in N::COLUMNS.iter().enumerate() {
        if column.kind != Kind::Number || numbered.is_some() {
            arrays(&mut args, rows, at, *column);
        }
    }
    Some((sql, args))
}

/// The arrays of a column, in the order of the statement's parameters.
fn arrays<N: NewRow>(args: &mut Args, rows: &[N], at: usize, column: NewColumn) {
    if column.kind == Kind::NullOrDefault {
        array(args, rows, at, Part::Says);
    }
    if column.list {
        array(args, rows, at, Part::HasList);
        array(args, rows, at, Part::Owner);
        array(args, rows, at, Part::Element);
    } else {
        array(args, rows, at, Part::Value);
    }
}

pub(crate) fn array<N: NewRow>(args: &mut Args, rows: &[N], at: usize, part: Part) {
    let element = match part {
        Part::Says | Part::HasList => PgTypeInfo::with_oid(Oid(16)),
        Part::Owner => PgTypeInfo::with_oid(Oid(23)),
        Part::Value | Part::Element => {
            let mut ty = None;
            if let Some(row) = rows.first() {
                row.value(at, &mut Values::element(&mut ty));
            }
            ty.unwrap_or_else(|| PgTypeInfo::with_oid(Oid(0)))
        }
    };
    args.array(element, &|buffer| {
        let mut count = 0;
        let mut error = None;
        for (number, row) in (1..).zip(rows) {
            row.value(
                at,
                &mut Values::part(buffer, part, number, &mut count, &mut error),
            );
        }
        error.map_or(Ok(count), Err)
    });
}

/// A statement for each row, all or none.
async fn one_by_one<N: NewRow>(source: Source<'_>, rows: &[N]) -> Result<Vec<N::Row>> {
    let rules = <N::Row as Model>::RULES;
    let mut connected = Connected::of(source, rules).await?;
    let mut unit = connected.begin(rules).await?;
    let done = each(&mut unit, rows).await;
    unit.end(done).await
}

async fn each<N: NewRow>(unit: &mut Unit<'_, '_>, rows: &[N]) -> Result<Vec<N::Row>> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let bound = super::Bound::of(row);
        let statement = Statement::write("insert_many", bound.sql::<N>());
        items.push(crate::fetch_one(unit.source(), statement, bound.args).await?);
    }
    Ok(items)
}
