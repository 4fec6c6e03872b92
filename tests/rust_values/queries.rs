//! Columns of every type in filters, orders, cursors and selections.

use std::collections::BTreeSet;

use pgwright::{Filter, Order, Page, Query, Result};
use sqlx::PgPool;

use crate::database::{case, load};
use crate::types::full;
use crate::types::generated::*;

async fn ids(db: &PgPool, query: Query<Everything>) -> Result<Vec<EverythingId>> {
    query.select(everything::id).all(db).await
}

/// The rows in pages of one, there and back.
async fn walked(db: &PgPool, query: Query<Everything>) -> Result<usize> {
    let mut seen = BTreeSet::new();
    let mut page = query.clone().page(db, Page::first(1)).await?;
    while let Some(row) = page.items.pop() {
        seen.insert(row.id);
        match page.next {
            Some(cursor) => page = query.clone().page(db, Page::after(1, cursor)).await?,
            None => break,
        }
    }
    while let Some(cursor) = page.previous {
        page = query.clone().page(db, Page::before(1, cursor)).await?;
        let row = page.items.pop();
        assert!(row.is_some_and(|row| seen.contains(&row.id)));
    }
    Ok(seen.len())
}

/// A query of a column, and how many rows it has.
type Expected = (String, Query<Everything>, usize);

/// Equals itself, is among some, is NULL in the row without anything, and is read alone as it is read in the row. The
/// latter columns are no elements of an array.
macro_rules! each {
    ($queries:ident, $orders:ident, $row:ident: $($column:ident)*; $($alone:ident)*) => {
        $(
            let value = || [$row.$column.clone().unwrap()];
            let column = everything::$column;
            $queries.push(expect(format!("{column:?} in"), column.in_(value()), 2));
            $queries.push(expect(format!("{column:?} not in"), column.not_in(value()), 0));
            each!(@ $queries, $orders, $row, $column);
        )*
        $(each!(@ $queries, $orders, $row, $alone);)*
    };
    (@ $queries:ident, $orders:ident, $row:ident, $column:ident) => {
        let value = || $row.$column.clone().unwrap();
        let column = everything::$column;
        let name = stringify!($column);
        $queries.push(expect(format!("{name} ="), column.eq(value()), 2));
        $queries.push(expect(format!("{name} differs"), column.is_distinct_from(value()), 1));
        // Its operators of size have names of their own.
        if name != "an_hstore" {
            $queries.push(expect(format!("{name} between"), column.between(value(), value()), 2));
            $orders.extend([
                (name, column.asc()),
                (name, column.desc()),
                (name, column.asc().nulls_first()),
                (name, column.desc().nulls_last()),
            ]);
        }
        $queries.push(expect(format!("{name} is null"), column.is_null(), 1));
    };
}

fn expect(what: String, filter: Filter<Everything>, rows: usize) -> Expected {
    (what, Everything::query().filter(filter), rows)
}

#[tokio::test]
async fn columns_of_every_type_are_compared_ordered_and_read() {
    let database = load(&case("rust_types")).await;
    let pool = database.pool(1).await.unwrap();
    let db = &pool;
    let row = full().insert(db).await.unwrap();
    full().insert(db).await.unwrap();
    NewEverything::new().insert(db).await.unwrap();
    let row = Everything {
        a_positive: row.a_positive,
        ..row
    };
    sqlx::query("UPDATE everythings SET a_positive = NULL WHERE a_text IS NULL")
        .execute(db)
        .await
        .unwrap();
    let mut queries: Vec<Expected> = Vec::new();
    let mut orders: Vec<(&str, Order<Everything>)> = Vec::new();
    each!(queries, orders, row:
        a_smallint an_integer a_bigint a_numeric a_price a_real a_double a_money a_text a_varchar a_char a_name a_bytea
        a_boolean a_uuid a_date a_time a_timetz a_timestamp a_timestamptz an_interval a_jsonb an_inet a_macaddr a_bit
        a_varbit a_tsvector an_oid an_lsn an_int4range a_numrange a_daterange a_tstzrange a_multirange a_one_byte
        a_citext an_hstore a_colour an_email an_address a_positive a_position;
        some_tags an_opaque texts varchars numbers times documents addresses citexts colours emails opaques ranges
        matrix
    );
    for (what, query, rows) in queries {
        let found = ids(db, query).await;
        assert_eq!(
            found
                .unwrap_or_else(|error| panic!("{what}: {error}"))
                .len(),
            rows,
            "{what}"
        );
    }
    for (name, order) in orders {
        let walked = walked(db, Everything::query().order_by(order)).await;
        assert_eq!(
            walked.unwrap_or_else(|error| panic!("{name}: {error}")),
            3,
            "{name}"
        );
    }
    let alone = Everything::query()
        .filter(everything::id.eq(row.id))
        .select((
            everything::an_inet,
            everything::a_position,
            everything::addresses,
            everything::positions,
            everything::an_address.max(),
        ))
        .group_by(everything::id);
    let expected = (
        row.an_inet.clone(),
        row.a_position.clone(),
        row.addresses.clone(),
        row.positions.clone(),
        row.an_address.clone(),
    );
    assert_eq!(alone.one(db).await.unwrap(), expected);
    let plain = Everything::query().filter(everything::a_json.path(["b"]).eq("1"));
    assert_eq!(ids(db, plain).await.unwrap().len(), 2);
    let tags = Everything::query().filter(everything::texts.has("a,b"));
    assert_eq!(ids(db, tags).await.unwrap().len(), 2);
    let colours = Everything::query().filter(everything::colours.overlaps([Colour::Blue]));
    assert_eq!(ids(db, colours).await.unwrap().len(), 2);
    let ranges = Everything::query().filter(everything::an_int4range.has(4));
    assert_eq!(ids(db, ranges).await.unwrap().len(), 2);
    let addresses = Everything::query().filter(everything::addresses.has("10.0.0.1/32"));
    assert_eq!(ids(db, addresses).await.unwrap().len(), 2);
    let texts = Everything::query().filter(everything::an_inet.as_text().starts_with("10."));
    assert_eq!(ids(db, texts).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_travels_as_text_is_ordered_as_the_server_orders_the_type() {
    let database = load(&case("rust_types")).await;
    let db = database.pool(1).await.unwrap();
    let addresses = ["100.0.0.1/32", "9.0.0.1/32", "10.0.0.1/32", "10.0.0.0/8"];
    let words = ["'b':1", "'a':1 'c':2", "'a':1", "'long':1,2"];
    for (address, words) in addresses.into_iter().zip(words) {
        NewEverything::new()
            .an_inet(address)
            .a_tsvector(words)
            .insert(&db)
            .await
            .unwrap();
    }
    for (order, column) in [
        (everything::an_inet.asc(), "an_inet"),
        (everything::an_inet.desc(), "an_inet DESC"),
        (everything::a_tsvector.asc(), "a_tsvector"),
        (everything::a_tsvector.desc(), "a_tsvector DESC"),
    ] {
        let sql = format!("SELECT id FROM everythings ORDER BY everythings.{column}");
        let expected: Vec<sqlx::types::Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&db)
            .await
            .unwrap();
        let query = || Everything::query().order_by(order.clone());
        let all = query().all(&db).await.unwrap();
        let ids: Vec<_> = all.iter().map(|row| row.id.into_inner()).collect();
        assert_eq!(ids, expected, "{column}");
        let mut seen = Vec::new();
        let mut page = query().page(&db, Page::first(1)).await.unwrap();
        loop {
            seen.extend(page.items.iter().map(|row| row.id.into_inner()));
            let Some(next) = page.next else { break };
            page = query().page(&db, Page::after(1, next)).await.unwrap();
        }
        assert_eq!(seen, expected, "{column}, in pages");
    }
    let different = Everything::query()
        .select(everything::an_inet)
        .distinct()
        .order_by(everything::an_inet.asc());
    assert_eq!(different.all(&db).await.unwrap().len(), 4);
}
