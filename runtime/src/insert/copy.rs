//! A stream of rows by `COPY` in the binary format.
//!
//! A `COPY` names its columns once, and takes no default row by row. Rows that leave the same columns to their defaults
//! are sent together, each kind with a `COPY` of its own, in pieces that bound what memory they need here and what the
//! server's triggers remember of a statement. All of it is one transaction.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};

use futures_core::Stream;
use sqlx::PgConnection;
use sqlx::postgres::PgArgumentBuffer;

use super::values::{Part, Values};
use super::{Kind, NewRow, many};
use crate::connected::{Connected, Unit};
use crate::{Error, Executor, Model, Operation, Result, Source, Statement};

/// A piece is sent when it has this many bytes.
const PIECE: usize = 8 << 20;
/// Of kinds of rows that are never many, the largest is sent when all have this many bytes.
const PIECES: usize = 4 * PIECE;
/// So many rows are sent together where they cannot be copied.
const ROWS: usize = 5_000;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Copies rows into the table; how many they were.
///
/// ```no_run
/// # async fn example<NewUser: pgwright::NewRow + 'static>(db: &pgwright::Db, new: Vec<NewUser>) -> pgwright::Result<()> {
/// let count = pgwright::copy_in(db, new).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or a value cannot be sent; then none of the rows is there.
pub fn copy_in<'c, N: NewRow + 'c>(
    db: impl Executor<'c>,
    rows: impl IntoIterator<Item = N, IntoIter: Send + 'c>,
) -> Operation<'c, u64> {
    copy_stream(db, Iter(rows.into_iter()))
}

/// Copies a stream of rows into the table; how many they were.
///
/// ```no_run
/// # async fn example<'c, NewUser: pgwright::NewRow + 'c>(db: &'c pgwright::Db, new: impl futures_core::Stream<Item = NewUser> + Send + 'c) -> pgwright::Result<()> {
/// let count = pgwright::copy_stream(db, new).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the database refuses, or a value cannot be sent; then none of the rows is there.
pub fn copy_stream<'c, N: NewRow + 'c>(
    db: impl Executor<'c>,
    rows: impl Stream<Item = N> + Send + 'c,
) -> Operation<'c, u64> {
    Box::pin(copy(db.source(), rows))
}

async fn copy<N: NewRow>(source: Source<'_>, rows: impl Stream<Item = N> + Send) -> Result<u64> {
    let rules = <N::Row as Model>::RULES;
    let mut connected = Connected::of(source, rules).await?;
    let mut unit = connected.begin(rules).await?;
    let done = copy_all(&mut unit, rows).await;
    unit.end(done).await
}

async fn copy_all<N: NewRow>(
    unit: &mut Unit<'_, '_>,
    rows: impl Stream<Item = N> + Send,
) -> Result<u64> {
    let mut copy = Copy::<N>::default();
    let mut rows = pin!(rows);
    while let Some(row) = std::future::poll_fn(|context| rows.as_mut().poll_next(context)).await {
        copy.push(unit, row).await?;
    }
    copy.finish(unit).await?;
    Ok(copy.count)
}

/// An iterator as a stream.
struct Iter<I>(I);

impl<I> Unpin for Iter<I> {}

impl<I: Iterator> Stream for Iter<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<I::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

/// Rows that wait to be sent.
struct Copy<N> {
    /// By the columns that they say: the rows in the binary format.
    pieces: BTreeMap<Vec<usize>, Vec<u8>>,
    bytes: usize,
    /// Rows that cannot be copied.
    rows: Vec<N>,
    count: u64,
}

impl<N> Default for Copy<N> {
    fn default() -> Self {
        Self {
            pieces: BTreeMap::new(),
            bytes: 0,
            rows: Vec::new(),
            count: 0,
        }
    }
}

impl<N: NewRow> Copy<N> {
    async fn push(&mut self, unit: &mut Unit<'_, '_>, row: N) -> Result<()> {
        self.count += 1;
        if !N::INSERTS.copy {
            self.rows.push(row);
            if self.rows.len() >= ROWS {
                self.insert(unit).await?;
            }
            return Ok(());
        }
        let (columns, bytes) = encode(&row)?;
        self.bytes += bytes.len();
        let piece = self.pieces.entry(columns).or_default();
        piece.extend_from_slice(&bytes);
        if piece.len() >= PIECE || self.bytes >= PIECES {
            self.send_largest(unit).await?;
        }
        Ok(())
    }

    async fn finish(&mut self, unit: &mut Unit<'_, '_>) -> Result<()> {
        if !self.rows.is_empty() {
            self.insert(unit).await?;
        }
        while !self.pieces.is_empty() {
            self.send_largest(unit).await?;
        }
        Ok(())
    }

    async fn insert(&mut self, unit: &mut Unit<'_, '_>) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        match many::statement(&rows) {
            Some((sql, args)) => {
                let statement = Statement::write("copy_in", sql);
                crate::execute::<N::Row>(unit.source(), statement, args).await?;
            }
            None => {
                many::insert_many(unit.source(), &rows).await?;
            }
        }
        Ok(())
    }

    async fn send_largest(&mut self, unit: &mut Unit<'_, '_>) -> Result<()> {
        let largest = self.pieces.iter().max_by_key(|(_, piece)| piece.len());
        let Some(columns) = largest.map(|(columns, _)| columns.clone()) else {
            return Ok(());
        };
        let piece = self.pieces.remove(&columns).unwrap_or_default();
        self.bytes -= piece.len();
        send::<N>(unit.connection(), &columns, piece)
            .await
            .map_err(|error| Error::from_sqlx(error, <N::Row as Model>::RULES))
    }
}

/// The columns that a row says, and the row in the binary format.
fn encode<N: NewRow>(row: &N) -> Result<(Vec<usize>, Vec<u8>)> {
    let mut buffer = PgArgumentBuffer::default();
    buffer.extend_from_slice(&[0, 0]);
    let mut columns = Vec::with_capacity(N::COLUMNS.len());
    for (at, column) in N::COLUMNS.iter().enumerate() {
        let start = buffer.len();
        let mut count = 0;
        let mut error = None;
        let mut values = Values::part(&mut buffer, Part::Value, 1, &mut count, &mut error);
        row.value(at, &mut values);
        let given = values.given;
        if let Some(source) = error {
            let model = <N::Row as Model>::NAME;
            return Err(Error::Encode { model, source });
        }
        if given || column.kind == Kind::Plain {
            columns.push(at);
        } else {
            buffer.truncate(start);
        }
    }
    // A table has at most 1,600 columns.
    let count = i16::try_from(columns.len()).unwrap_or(i16::MAX);
    buffer[..2].copy_from_slice(&count.to_be_bytes());
    Ok((columns, std::mem::take(&mut *buffer)))
}

async fn send<N: NewRow>(
    connection: &mut PgConnection,
    columns: &[usize],
    piece: Vec<u8>,
) -> sqlx::Result<()> {
    let mut statement = String::from("COPY ");
    statement.push_str(<N::Row as Model>::TABLE.name);
    let names = columns.iter().filter_map(|&at| N::COLUMNS.get(at));
    for (index, column) in names.enumerate() {
        statement.push_str(if index == 0 { " (" } else { ", " });
        statement.push_str(column.name::<N::Row>());
    }
    statement.push_str(") FROM STDIN (FORMAT binary)");
    let mut copy = connection.copy_in_raw(&statement).await?;
    // No flags, and no extension of the header.
    copy.send([SIGNATURE, &[0; 8]].concat()).await?;
    copy.send(piece).await?;
    copy.send((-1_i16).to_be_bytes().as_slice()).await?;
    copy.finish().await?;
    Ok(())
}
