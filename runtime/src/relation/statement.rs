//! The one statement that loads a relation for many rows.
//!
//! The keys travel as arrays with their places, and what is found comes back with the place it belongs to: the server
//! compares, by its own rules. Only where bytes say as much ([`exact`](super::exact)) are they compared here.

use sqlx::AssertSqlSafe;

use super::exact::Exact;
use super::key::{OfRows, Related};
use super::relation::Relation;
use crate::query::{Clause, Condition, Writer};
use crate::{Error, Query, Result, Row, Source, Statement};

/// The names of the columns of the keys: PostgreSQL has at most 32 in an index, and a reference wants one.
const KEYS: [&str; 32] = [
    "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k13", "k14", "k15",
    "k16", "k17", "k18", "k19", "k20", "k21", "k22", "k23", "k24", "k25", "k26", "k27", "k28",
    "k29", "k30", "k31", "k32",
];

/// Rows that were found, each with the places of those it belongs to.
pub(super) struct Found<R> {
    pub(super) rows: Vec<R>,
    pub(super) places: Vec<Places>,
}

/// The places of the rows that one row belongs to.
pub(super) enum Places {
    One(usize),
    Several(Vec<usize>),
}

/// Finds what belongs to the rows; by their keys alone, if those are `exact`. `shared` says that one row may belong to several of them: it comes once then.
pub(super) async fn find<M: Related, R: Related, C>(
    relation: Relation<M, R, C>,
    query: Query<R>,
    exact: Option<Exact>,
    rows: &[&M],
    shared: bool,
    db: &mut Source<'_>,
) -> Result<Found<R>> {
    if rows.is_empty() {
        return Ok(Found {
            rows: Vec::new(),
            places: Vec::new(),
        });
    }
    if let Some(exact) = exact {
        return exact.find(query, db).await;
    }
    let (sql, args) = write(relation, query, rows, shared);
    let statement = Statement::read(R::NAME, AssertSqlSafe(sql));
    let place = R::TABLE.columns.len();
    let read = |row: &Row<'_>| {
        let item = R::read_row(row)?;
        Ok((
            item,
            if shared {
                let places: Vec<i64> = row.get(place)?;
                Places::Several(places.into_iter().map(index_of).collect::<Result<_>>()?)
            } else {
                Places::One(index_of(row.get(place)?)?)
            },
        ))
    };
    let found = crate::statement::fetch_with::<R, _>(db.reborrow(), statement, args, read).await?;
    let (rows, places) = found.into_iter().unzip();
    Ok(Found { rows, places })
}

/// A place as PostgreSQL counts, from 1.
fn index_of(place: i64) -> Result<usize> {
    place
        .checked_sub(1)
        .and_then(|index| usize::try_from(index).ok())
        .ok_or(Error::Database(sqlx::Error::RowNotFound))
}

fn write<M: Related, R: Related, C>(
    relation: Relation<M, R, C>,
    query: Query<R>,
    rows: &[&M],
    shared: bool,
) -> (String, crate::Args) {
    let mut writer = Writer::new(R::TABLE.name);
    let keys = || KEYS.into_iter().take(relation.on.len());
    writer.text("SELECT r.*, t0.n\nFROM ");
    if shared {
        writer.text("(SELECT ");
        for key in keys() {
            writer.text(key).text(", ");
        }
        writer.text("array_agg(n) AS n FROM ");
    }
    writer.text("unnest(");
    for (index, &(_, here)) in relation.on.iter().enumerate() {
        writer.text(if index == 0 { "" } else { ", " });
        let cast = M::TABLE
            .columns
            .get(here)
            .map_or("", |info| info.array_cast);
        writer.add(|args| M::key(here, OfRows { rows, args }), cast);
    }
    writer.text(if shared {
        ") WITH ORDINALITY AS k ("
    } else {
        ") WITH ORDINALITY AS t0 ("
    });
    for key in keys() {
        writer.text(key).text(", ");
    }
    writer.text("n)");
    if shared {
        writer.text(" GROUP BY ");
        for (index, key) in keys().enumerate() {
            writer.text(if index == 0 { "" } else { ", " }).text(key);
        }
        writer.text(") AS t0");
    }
    // A limit and an order are those of each row. Without them PostgreSQL makes a plain join of it.
    writer.text("\nCROSS JOIN LATERAL (\n");
    let mut select = query.select;
    for (key, (there, _)) in keys().zip(relation.names()) {
        let mut clause = Clause::from("t1.");
        clause.text(there).text(" = t0.").text(key);
        select.condition.and(Condition::one(clause));
    }
    writer.select(&select);
    writer.text("\n) AS r");
    writer.finish()
}
