//! Pieces of SQL with the values they bind.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use sqlx::postgres::PgArgumentBuffer;
use sqlx::{Encode, Postgres, Type};

use super::fingerprint::Fingerprint;
use super::select::Select;
use crate::Args;

/// A value that can be sent.
pub trait Value: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + Sync + 'static {}

impl<T: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + Sync + 'static> Value for T {}

/// A value that waits to be bound.
#[doc(hidden)]
pub trait Bind: Send + Sync {
    /// Adds it to the values of a statement.
    fn bind(&self, args: &mut Args);

    /// Adds it to a hash.
    fn hash(&self, hash: &mut Fingerprint);
}

impl<T: Value> Bind for T {
    fn bind(&self, args: &mut Args) {
        args.add(self);
    }

    fn hash(&self, hash: &mut Fingerprint) {
        let mut buffer = PgArgumentBuffer::default();
        // A value that cannot be sent is an error when the statement runs.
        let _ = self.encode_by_ref(&mut buffer);
        hash.add(&buffer);
    }
}

/// SQL in the making: text of this source or of generated code, and values.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Clause {
    parts: Vec<Part>,
}

#[derive(Clone)]
enum Part {
    Text(&'static str),
    Value(Bound),
    Exists(Arc<Exists>),
    Among(Arc<Among>),
}

/// A value, and the cast behind it.
#[derive(Clone)]
struct Bound {
    value: Arc<dyn Bind>,
    cast: &'static str,
    /// Whether the query is the same one with another value: a bound may come from a clock.
    moving: bool,
}

/// Whether a table has rows that belong to the row of the query around it.
#[derive(Clone)]
struct Exists {
    /// The table.
    table: &'static str,
    /// Columns of that table, and those of the table around that they equal.
    on: Vec<(&'static str, &'static str)>,
    /// What else must hold of its rows.
    filter: Clause,
}

/// Whether columns of the row equal those of a row of another query.
struct Among {
    /// The columns of the row.
    columns: Vec<&'static str>,
    /// The columns of the other query, in the same order.
    selected: Vec<&'static str>,
    select: Select,
}

impl Clause {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { parts: Vec::new() }
    }

    /// Adds text.
    pub fn text(&mut self, text: &'static str) -> &mut Self {
        self.parts.push(Part::Text(text));
        self
    }

    /// Adds a value, and the cast behind it.
    pub fn value(&mut self, value: impl Value, cast: &'static str) -> &mut Self {
        self.bind(Arc::new(value), cast)
    }

    /// Adds a value.
    pub fn bind(&mut self, value: Arc<dyn Bind>, cast: &'static str) -> &mut Self {
        self.parts.push(Part::Value(Bound {
            value,
            cast,
            moving: false,
        }));
        self
    }

    /// Adds the bound of a comparison by size. A cursor holds for queries that differ in such bounds alone, since they
    /// are often made from the time it is.
    pub fn bound(&mut self, value: impl Value, cast: &'static str) -> &mut Self {
        self.parts.push(Part::Value(Bound {
            value: Arc::new(value),
            cast,
            moving: true,
        }));
        self
    }

    /// Adds a clause.
    pub fn clause(&mut self, clause: Clause) -> &mut Self {
        if self.parts.is_empty() {
            self.parts = clause.parts;
        } else {
            self.parts.extend(clause.parts);
        }
        self
    }

    /// Adds `EXISTS (SELECT …)` over the rows of another table. `on` has pairs of columns: of that table, and of the
    /// table around, which may be the same one. An empty `filter` asks for nothing more.
    pub fn exists(
        &mut self,
        table: &'static str,
        on: Vec<(&'static str, &'static str)>,
        filter: Clause,
    ) -> &mut Self {
        self.parts
            .push(Part::Exists(Arc::new(Exists { table, on, filter })));
        self
    }

    /// Adds text and values to a hash.
    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        for part in &self.parts {
            match part {
                Part::Text(text) => {
                    hash.add(text.as_bytes());
                }
                Part::Value(bound) => {
                    hash.add(b"$").add(bound.cast.as_bytes());
                    if !bound.moving {
                        bound.value.hash(hash);
                    }
                }
                Part::Exists(exists) => {
                    hash.add(b"EXISTS").add(exists.table.as_bytes());
                    for (own, other) in &exists.on {
                        hash.add(own.as_bytes()).add(other.as_bytes());
                    }
                    exists.filter.hash(hash);
                }
                Part::Among(among) => {
                    hash.add(b"IN");
                    for name in among.columns.iter().chain(&among.selected) {
                        hash.add(name.as_bytes());
                    }
                    for rows in [among.select.limit, among.select.offset] {
                        hash.add(&rows.unwrap_or(-1).to_be_bytes());
                    }
                    among.select.hash(&among.select.order, hash);
                }
            }
        }
    }

    /// Adds `(columns) IN (SELECT selected …)`, for a way through another table.
    pub(crate) fn among(
        &mut self,
        columns: Vec<&'static str>,
        selected: Vec<&'static str>,
        select: Select,
    ) -> &mut Self {
        self.parts.push(Part::Among(Arc::new(Among {
            columns,
            selected,
            select,
        })));
        self
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl From<&'static str> for Clause {
    fn from(text: &'static str) -> Self {
        Self {
            parts: vec![Part::Text(text)],
        }
    }
}

impl fmt::Debug for Clause {
    /// The SQL without the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer::new("");
        writer.clause(self);
        f.write_str(&writer.finish().0)
    }
}

/// A statement in the making.
#[doc(hidden)]
#[derive(Debug)]
pub struct Writer {
    sql: String,
    args: Args,
    /// The numbers of values, by where they lie: one that occurs twice is bound once, so that the server sees two
    /// expressions with it as the same one.
    numbers: Vec<(usize, usize)>,
    /// The table of the statement, and how many queries stand around what is written.
    table: &'static str,
    depth: usize,
}

impl Writer {
    /// A statement on a table.
    #[must_use]
    pub fn new(table: &'static str) -> Self {
        Self {
            sql: String::with_capacity(256),
            args: Args::new(),
            numbers: Vec::new(),
            table,
            depth: 0,
        }
    }

    /// With values that text to come names by their numbers.
    #[must_use]
    pub fn with_args(mut self, args: Args) -> Self {
        self.args = args;
        self
    }

    /// Adds text.
    pub fn text(&mut self, text: &'static str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: u32) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(self.sql, "{number}");
        self
    }

    /// Adds a value, and the cast behind it.
    pub fn value(&mut self, value: &dyn Bind, cast: &'static str) -> &mut Self {
        value.bind(&mut self.args);
        // Writing to a String cannot fail.
        let _ = write!(self.sql, "${}", self.args.len());
        self.sql.push_str(cast);
        self
    }

    fn shared(&mut self, bound: &Bound) {
        let address = Arc::as_ptr(&bound.value).cast::<()>().addr();
        match self.numbers.iter().find(|(other, _)| *other == address) {
            Some(&(_, number)) => {
                // Writing to a String cannot fail.
                let _ = write!(self.sql, "${number}");
                self.sql.push_str(bound.cast);
            }
            None => {
                self.value(bound.value.as_ref(), bound.cast);
                self.numbers.push((address, self.args.len()));
            }
        }
    }

    /// Adds a clause.
    pub fn clause(&mut self, clause: &Clause) -> &mut Self {
        for part in &clause.parts {
            match part {
                Part::Text(text) => {
                    self.text(text);
                }
                Part::Value(bound) => {
                    self.shared(bound);
                }
                Part::Exists(exists) => self.exists(exists),
                Part::Among(among) => self.among(among),
            }
        }
        self
    }

    /// A name of its own for each depth: the table may be the one around it.
    fn exists(&mut self, exists: &Exists) {
        let around = self.depth;
        self.depth += 1;
        let _ = write!(
            self.sql,
            "EXISTS (SELECT FROM {} AS t{}",
            exists.table, self.depth
        );
        for (index, (own, other)) in exists.on.iter().enumerate() {
            self.text(if index == 0 { " WHERE " } else { " AND " });
            let _ = write!(self.sql, "t{}.{own} = ", self.depth);
            if around == 0 {
                let _ = write!(self.sql, "{}.{other}", self.table);
            } else {
                let _ = write!(self.sql, "t{around}.{other}");
            }
        }
        if !exists.filter.is_empty() {
            self.text(if exists.on.is_empty() {
                " WHERE "
            } else {
                " AND "
            });
            self.clause(&exists.filter);
        }
        self.text(")");
        self.depth = around;
    }

    fn among(&mut self, among: &Among) {
        self.text("(").list(&among.columns).text(") IN (");
        self.depth += 1;
        among.select.head(self);
        self.list(&among.selected);
        among.select.tail(self);
        self.depth -= 1;
        self.text(")");
    }

    fn list(&mut self, names: &[&'static str]) -> &mut Self {
        for (index, name) in names.iter().enumerate() {
            self.text(if index == 0 { "" } else { ", " }).text(name);
        }
        self
    }

    /// Adds values by what adds them to those of the statement, one, and the cast behind it.
    pub(crate) fn add(&mut self, add: impl FnOnce(&mut Args), cast: &'static str) -> &mut Self {
        add(&mut self.args);
        let _ = write!(self.sql, "${}", self.args.len());
        self.text(cast)
    }

    /// Adds a SELECT as a query within this one.
    pub(crate) fn select(&mut self, select: &Select) {
        self.depth += 1;
        select.whole(self);
        self.depth -= 1;
    }

    /// Adds the name of a table, and within another query the name it has there.
    pub(crate) fn table(&mut self, table: &'static str) -> &mut Self {
        self.text(table);
        if self.depth > 0 {
            let _ = write!(self.sql, " AS t{}", self.depth);
        }
        self
    }

    /// The text and the values.
    #[must_use]
    pub fn finish(self) -> (String, Args) {
        (self.sql, self.args)
    }
}
