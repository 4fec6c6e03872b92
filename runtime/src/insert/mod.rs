//! Inserting rows: one, many, a stream of them, and rows that may be there already.

mod copy;
mod many;
mod unique;
mod upserts;
mod values;

pub use copy::{copy_in, copy_stream};
pub use many::insert_many;
pub use unique::{Target, Unique, insert_or_ignore, insert_or_ignore_on, upsert_on};
pub use upserts::{insert_many_or_ignore, upsert_many_on};
pub use values::{List, Values};

pub(crate) use many::array;
pub(crate) use values::{Known, Part};

use crate::{Args, Executor, Model, Operation, Statement};

/// A row to insert, of generated code: `NewUser` for the model `User`.
pub trait NewRow: Sized + Send + Sync {
    /// The row that it becomes.
    type Row: Model;
    /// The columns that it may say something of.
    const COLUMNS: &'static [NewColumn];
    /// The statements that insert it.
    const INSERTS: Inserts;

    /// Hands over the value of the column at that place of [`COLUMNS`](Self::COLUMNS).
    fn value(&self, column: usize, to: &mut Values<'_>);
}

impl<N: NewRow> NewRow for &N {
    type Row = N::Row;
    const COLUMNS: &'static [NewColumn] = N::COLUMNS;
    const INSERTS: Inserts = N::INSERTS;

    fn value(&self, column: usize, to: &mut Values<'_>) {
        N::value(self, column, to);
    }
}

/// The statements that insert rows of a model.
#[derive(Clone, Copy, Debug)]
pub struct Inserts {
    /// Inserts one row and returns it: it ends in `RETURNING` and the model's own list of columns.
    pub one: &'static str,
    /// The same, where the client gives a number that a sequence would.
    pub one_numbered: Option<&'static str>,
    /// Inserts many rows, given as arrays, and returns them in their order. None where a value of the model cannot be
    /// sent in an array.
    pub many: Option<&'static str>,
    /// The same, where the client gives numbers.
    pub many_numbered: Option<&'static str>,
    /// Whether rows can be copied into the table in the binary format.
    pub copy: bool,
}

/// A column of a row to insert.
#[derive(Clone, Copy, Debug)]
pub struct NewColumn {
    /// Its place among the columns of the table.
    place: usize,
    kind: Kind,
    list: bool,
    fixed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Always given: a value or NULL.
    Plain,
    /// Not given, it gets its default; NULL is not taken.
    Default,
    /// Not given, it gets its default; NULL is taken.
    NullOrDefault,
    /// Not given, it gets the next number of a sequence.
    Number,
}

impl NewColumn {
    /// A column without a default, by its place in the table.
    #[must_use]
    pub const fn new(place: usize) -> Self {
        Self {
            place,
            kind: Kind::Plain,
            list: false,
            fixed: false,
        }
    }

    /// It has a default.
    #[must_use]
    pub const fn default(self) -> Self {
        Self {
            kind: Kind::Default,
            ..self
        }
    }

    /// It has a default, and takes NULL as well.
    #[must_use]
    pub const fn null_or_default(self) -> Self {
        Self {
            kind: Kind::NullOrDefault,
            ..self
        }
    }

    /// A sequence fills it.
    #[must_use]
    pub const fn number(self) -> Self {
        Self {
            kind: Kind::Number,
            ..self
        }
    }

    /// It holds a list.
    #[must_use]
    pub const fn list(self) -> Self {
        Self { list: true, ..self }
    }

    /// It is not changed once it is there.
    #[must_use]
    pub const fn fixed(self) -> Self {
        Self {
            fixed: true,
            ..self
        }
    }

    /// Its name, quoted where it must be.
    pub(crate) fn name<M: Model>(self) -> &'static str {
        M::TABLE
            .columns
            .get(self.place)
            .map_or("", |column| column.name)
    }
}

/// The values of one row as parameters, in the order of the statements.
struct Bound {
    args: Args,
    /// Whether each column was given a value, or NULL in so many words.
    given: Vec<bool>,
    /// Whether the client gave a number that a sequence would.
    numbered: bool,
}

impl Bound {
    fn of<N: NewRow>(row: &N) -> Self {
        let numbered = N::INSERTS.one_numbered.is_some() && is_numbered(row);
        let mut args = Args::new();
        let given = N::COLUMNS
            .iter()
            .enumerate()
            .map(|(at, column)| {
                // Without a number of the client's own, the sequence stays the server's alone.
                if column.kind == Kind::Number && !numbered {
                    return false;
                }
                let mut values = Values::args(&mut args);
                row.value(at, &mut values);
                values.given || values.nulled
            })
            .collect();
        Self {
            args,
            given,
            numbered,
        }
    }

    fn sql<N: NewRow>(&self) -> &'static str {
        match N::INSERTS.one_numbered {
            Some(sql) if self.numbered => sql,
            _ => N::INSERTS.one,
        }
    }
}

/// The values of a row in the order of the statements, and whether the client gives a number that a sequence would.
pub(crate) fn bound<N: NewRow>(row: &N) -> (Args, bool) {
    let bound = Bound::of(row);
    (bound.args, bound.numbered)
}

/// Whether the client gives a number that a sequence would.
fn is_numbered<N: NewRow>(row: &N) -> bool {
    let mut args = Args::new();
    N::COLUMNS.iter().enumerate().any(|(at, column)| {
        column.kind == Kind::Number && {
            let mut values = Values::args(&mut args);
            row.value(at, &mut values);
            values.given
        }
    })
}

/// Inserts a row and returns it.
///
/// ```no_run
/// # async fn example<NewUser: pgwright::NewRow>(db: &pgwright::Db, new: NewUser) -> pgwright::Result<()> {
/// let user = pgwright::insert(db, new).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or a value cannot be sent or read.
pub fn insert<'c, N: NewRow>(db: impl Executor<'c>, row: N) -> Operation<'c, N::Row> {
    let bound = Bound::of(&row);
    let statement = Statement::write("insert", bound.sql::<N>());
    crate::fetch_one(db, statement, bound.args)
}
