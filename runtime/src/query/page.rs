//! Pages by cursor: the rows behind a row, or before it, in the order of the query.

use sqlx::postgres::PgRow;
use sqlx::{Row as _, ValueRef};

use super::cursor::{Raw, Values};
use super::fingerprint::Fingerprint;
use super::order::Key;
use super::run::read_all;
use super::select::Select;
use super::unserved;
use super::{Clause, Cursor, Query, Table, Writer};
use crate::{Args, Error, Executor, Model, Result, Statement};

/// Which page of a query: so many rows from one end of it, or from where a page ended.
///
/// ```
/// use pgwright::{Cursor, Page};
///
/// fn page(cursor: Option<Cursor>) -> Page {
///     match cursor {
///         Some(cursor) => Page::after(50, cursor),
///         None => Page::first(50),
///     }
/// }
/// # page(None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    size: u32,
    cursor: Option<Cursor>,
    backward: bool,
}

impl Page {
    /// The first rows.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let page = User::query().page(db, pgwright::Page::first(50)).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub const fn first(size: u32) -> Self {
        Self {
            size,
            cursor: None,
            backward: false,
        }
    }

    /// The first rows behind a cursor.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db, cursor: pgwright::Cursor) -> pgwright::Result<()> {
    /// let page = User::query().page(db, pgwright::Page::after(50, cursor)).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub const fn after(size: u32, cursor: Cursor) -> Self {
        Self {
            size,
            cursor: Some(cursor),
            backward: false,
        }
    }

    /// The last rows, in the order of the query all the same.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let page = User::query().page(db, pgwright::Page::last(50)).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub const fn last(size: u32) -> Self {
        Self {
            size,
            cursor: None,
            backward: true,
        }
    }

    /// The last rows before a cursor, in the order of the query all the same.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db, cursor: pgwright::Cursor) -> pgwright::Result<()> {
    /// let page = User::query().page(db, pgwright::Page::before(50, cursor)).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub const fn before(size: u32, cursor: Cursor) -> Self {
        Self {
            size,
            cursor: Some(cursor),
            backward: true,
        }
    }
}

/// The rows of a page, and where to go on.
///
/// ```no_run
/// # use pgwright::doc::*;
/// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
/// let page = User::query().page(db, pgwright::Page::first(50)).await?;
/// println!("{} rows, more behind them: {}", page.items.len(), page.next.is_some());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows, in the order of the query.
    pub items: Vec<T>,
    /// For [`Page::after`]: where the rows behind these begin. None if these are the last.
    pub next: Option<Cursor>,
    /// For [`Page::before`]: where the rows before these end. None if these are the first.
    pub previous: Option<Cursor>,
}

impl<T> Paged<T> {
    /// The same page of something else: what an API shows of each row, for one.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let page = User::query().page(db, pgwright::Page::first(50)).await?;
    /// let emails = page.map(|user| user.email);
    /// # Ok(()) }
    /// ```
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(to).collect(),
            next: self.next,
            previous: self.previous,
        }
    }
}

impl<M: Model> Query<M> {
    /// A page of the rows.
    ///
    /// The key is added to the order, so that every row has one place and no page skips or repeats one. Rows that are
    /// inserted or deleted meanwhile move no other. A limit or an offset of the query counts for nothing here. Where
    /// there is no key, the order has to be one that tells all rows apart.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let query = User::query().order_by(user::created_at.desc());
    /// let page = query.page(db, pgwright::Page::first(50)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Cursor`](Error::Cursor) if the cursor was changed or is of another query; [`Misuse`](Error::Misuse) if a model
    /// without a key is asked for in an order that does not tell its rows apart; else if the database cannot be asked
    /// or a row cannot be read.
    pub async fn page(self, db: impl Executor<'_>, page: Page) -> Result<Paged<M>> {
        let plan = Plan::new(self.select, page)?;
        let (sql, args) = plan.statement();
        let mut statement = Statement::query(sql, plan.select.lock.is_none());
        if !plan.is_served() {
            // A plan that is kept suits an average value, and is kept after five runs: here it would sort all rows of
            // whoever has the most of them, again and again.
            statement = statement.unprepared();
            unserved::warn(
                M::NAME,
                plan.select.table,
                &plan.select.condition.equal,
                &plan.keys,
            );
        }
        let mut rows = crate::statement::fetch_rows::<M>(db, statement, args).await?;
        let (next, previous) = plan.arrange::<M>(&mut rows)?;
        Ok(Paged {
            items: read_all::<M, M>(&rows)?,
            next,
            previous,
        })
    }
}

/// How a page is asked for.
struct Plan {
    select: Select,
    page: Page,
    /// The whole order, the key with it.
    keys: Vec<Key>,
    query: [u8; 8],
    values: Option<Values>,
}

impl Plan {
    fn new(select: Select, page: Page) -> Result<Self> {
        let keys = total_order(select.table, &select.order);
        let query = fingerprint(&select, &keys);
        let values = match &page.cursor {
            Some(cursor) => Some(cursor.values(query, keys.len()).map_err(Error::Cursor)?),
            None => None,
        };
        Ok(Self {
            select,
            page,
            keys,
            query,
            values,
        })
    }

    fn statement(&self) -> (String, Args) {
        let table = self.select.table;
        let mut writer = Writer::new(table.name);
        self.select.head(&mut writer);
        writer.text(table.select);
        // What the cursor wants and the row has not.
        for key in self.keys.iter().filter(|key| key.column.is_none()) {
            writer.text(", ").clause(&key.clause);
        }
        let turned: Vec<Key> = self
            .keys
            .iter()
            .map(|key| key.turned(self.page.backward))
            .collect();
        let mut select = self.select.clone();
        if let Some(values) = &self.values {
            select.condition.and_clause(behind(&turned, values));
        }
        select.order = turned;
        select.limit = Some(i64::from(self.page.size) + 1);
        select.offset = None;
        select.tail(&mut writer);
        writer.finish()
    }

    /// Whether an index has the rows in the order of the page.
    fn is_served(&self) -> bool {
        self.select
            .table
            .serves(&self.select.condition.equal, &self.keys)
    }

    /// Takes away the row that only says that there are more, puts the others in the order of the query, and makes the
    /// cursors behind and before them.
    fn arrange<M: Model>(&self, rows: &mut Vec<PgRow>) -> Result<(Option<Cursor>, Option<Cursor>)> {
        let size = usize::try_from(self.page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        // Without a key two rows may have one place, and the page behind would pass over the second.
        if let (true, true, Some(last), Some(further)) = (
            more,
            self.select.table.key.is_empty(),
            size.checked_sub(1).and_then(|last| rows.get(last)),
            rows.get(size),
        ) && self.cursor::<M>(last)?.as_str() == self.cursor::<M>(further)?.as_str()
        {
            return Err(Error::Misuse(
                "the order of the page does not tell two rows apart, and the model has no key: order by further columns",
            ));
        }
        rows.truncate(size);
        let (behind, before) = if self.page.backward {
            rows.reverse();
            (self.values.is_some(), more)
        } else {
            (more, self.values.is_some())
        };
        let cursor = |wanted: bool, row: Option<&PgRow>| match row {
            Some(row) if wanted => self.cursor::<M>(row).map(Some),
            _ => Ok(None),
        };
        Ok((cursor(behind, rows.last())?, cursor(before, rows.first())?))
    }

    fn cursor<M: Model>(&self, row: &PgRow) -> Result<Cursor> {
        let mut further = self.select.table.columns.len();
        let mut values = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            let ordinal = key.column.unwrap_or_else(|| {
                further += 1;
                further - 1
            });
            let value = row.try_get_raw(ordinal).map_err(Error::Database)?;
            let bytes = if value.is_null() {
                None
            } else {
                Some(value.as_bytes().map_err(|source| Error::Decode {
                    model: M::NAME,
                    column: ordinal.to_string(),
                    source,
                })?)
            };
            values.push(bytes);
        }
        Ok(Cursor::new(self.query, values))
    }
}

/// The order with the columns of the key that it lacks, and without those that come twice.
fn total_order(table: &Table, order: &[Key]) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::with_capacity(order.len() + table.key.len());
    for key in order {
        let again = |other: &Key| key.column.is_some() && other.column == key.column;
        if !keys.iter().any(again) {
            keys.push(key.clone());
        }
    }
    // In the direction of the last key: an index over both can be read from either end.
    let descending = keys.last().is_some_and(|key| key.descending);
    for &index in table.key {
        if !keys.iter().any(|key| key.column == Some(index))
            && let Some(column) = table.columns.get(index)
        {
            keys.push(Key::of_column(index, column, descending));
        }
    }
    keys
}

/// What makes a query another one, but for bounds of comparisons by size.
fn fingerprint(select: &Select, keys: &[Key]) -> [u8; 8] {
    let mut hash = Fingerprint::new();
    select.hash(keys, &mut hash);
    hash.finish()
}

/// The rows behind the one that has the values. Always in parentheses where it has operators.
fn behind(keys: &[Key], values: &Values) -> Clause {
    let one_way = keys
        .windows(2)
        .all(|pair| matches!(pair, [one, other] if one.descending == other.descending));
    if one_way && keys.iter().all(|key| !key.nullable) {
        return row_comparison(keys, values);
    }
    let places: Vec<(&Key, Option<&Vec<u8>>)> =
        keys.iter().zip(values.iter().map(Option::as_ref)).collect();
    let mut clause = Clause::new();
    // What an index can begin with; the rest is said with OR, which no index serves.
    if let Some((key, Some(value))) = places.first()
        && (!key.nullable || key.nulls_first)
        && places.len() > 1
    {
        clause.clause(key.clause.clone());
        clause.text(if key.descending { " <= " } else { " >= " });
        clause.value(Raw((*value).clone()), key.cast).text(" AND ");
    }
    clause.text("(").clause(step(&places)).text(")");
    clause
}

/// `(a, b) > ($1, $2)`
fn row_comparison(keys: &[Key], values: &Values) -> Clause {
    let mut clause = Clause::new();
    let several = keys.len() > 1;
    let list = |clause: &mut Clause, value: bool| {
        clause.text(if several { "(" } else { "" });
        for (index, (key, bytes)) in keys.iter().zip(values).enumerate() {
            clause.text(if index > 0 { ", " } else { "" });
            if value {
                clause.value(Raw(bytes.clone().unwrap_or_default()), key.cast);
            } else {
                clause.clause(key.clause.clone());
            }
        }
        clause.text(if several { ")" } else { "" });
    };
    list(&mut clause, false);
    let descending = keys.first().is_some_and(|key| key.descending);
    clause.text(if descending { " < " } else { " > " });
    list(&mut clause, true);
    clause
}

/// Behind by the first key, or equal in it and behind by the others.
fn step(places: &[(&Key, Option<&Vec<u8>>)]) -> Clause {
    let Some(((key, value), rest)) = places.split_first() else {
        return "false".into();
    };
    let mut behind = Clause::new();
    match value {
        Some(value) => {
            behind.clause(key.clause.clone());
            behind.text(if key.descending { " < " } else { " > " });
            behind.value(Raw((*value).clone()), key.cast);
            if key.nullable && !key.nulls_first {
                behind
                    .text(" OR ")
                    .clause(key.clause.clone())
                    .text(" IS NULL");
            }
        }
        None if key.nulls_first => {
            behind.clause(key.clause.clone()).text(" IS NOT NULL");
        }
        None => {}
    }
    if rest.is_empty() {
        return if behind.is_empty() {
            "false".into()
        } else {
            behind
        };
    }
    if !behind.is_empty() {
        behind.text(" OR ");
    }
    behind.text("(").clause(key.clause.clone());
    match value {
        Some(value) => behind.text(" = ").value(Raw((*value).clone()), key.cast),
        None => behind.text(" IS NULL"),
    };
    behind.text(" AND (").clause(step(rest)).text("))");
    behind
}
