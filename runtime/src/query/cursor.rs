//! Cursors: opaque text that says where a page ended.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Postgres, Type};

use super::fingerprint::Fingerprint;

/// Where a page ended: opaque text that a client gives back with [`Page::after`](super::Page::after) or
/// [`Page::before`](super::Page::before).
///
/// It holds the values that the order of the query had at that row, so that a page begins at the same place whatever
/// was inserted or deleted meanwhile. It holds for the query that made it: the same model, filter and order. Bounds of
/// comparisons by size (`lt`, `ge`, `between` …) may differ, since they are often made from the time it is.
///
/// The values can be read by who decodes the text, as they can be read in the rows of the page. A cursor that was
/// changed is found by a checksum; who makes the checksum anew gets another place in the rows that the filter lets
/// through, and nothing else.
///
/// ```
/// use pgwright::{Cursor, CursorError};
///
/// assert_eq!("no cursor".parse::<Cursor>(), Err(CursorError::Malformed));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

/// Why a cursor is of no use.
///
/// ```
/// use pgwright::{Cursor, CursorError};
///
/// let error = "changed".parse::<Cursor>().unwrap_err();
/// assert_eq!(error, CursorError::Malformed);
/// assert_eq!(error.to_string(), "the cursor is malformed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// The text is no cursor, or was changed.
    #[error("the cursor is malformed")]
    Malformed,
    /// The cursor was made by a query with another model, filter or order.
    #[error("the cursor belongs to another query")]
    OtherQuery,
}

/// The first byte, which changes with the format.
const VERSION: u8 = 1;
/// Fingerprint and checksum.
const HASH: usize = 8;

/// What a cursor holds: a value for each key of the order, in binary format; NULL is none.
pub(crate) type Values = Vec<Option<Vec<u8>>>;

impl Cursor {
    /// The text.
    ///
    /// ```no_run
    /// # use pgwright::doc::*;
    /// # async fn example(db: &pgwright::Db) -> pgwright::Result<()> {
    /// let page = User::query().page(db, pgwright::Page::first(50)).await?;
    /// let link = page.next.map(|cursor| format!("/users?after={}", cursor.as_str()));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn new<'v>(
        query: [u8; HASH],
        values: impl IntoIterator<Item = Option<&'v [u8]>>,
    ) -> Self {
        let mut bytes = vec![VERSION];
        bytes.extend(query);
        for value in values {
            // A value of PostgreSQL has less than 1 GB.
            let length = value.map_or(-1, |value| i32::try_from(value.len()).unwrap_or(i32::MAX));
            bytes.extend(length.to_be_bytes());
            bytes.extend(value.unwrap_or_default());
        }
        bytes.extend(checksum(&bytes));
        Self(encode(&bytes))
    }

    /// The values, if it is a cursor of that query, which has so many keys.
    pub(crate) fn values(&self, query: [u8; HASH], keys: usize) -> Result<Values, CursorError> {
        let bytes = self.bytes()?;
        let (found, mut rest) = bytes
            .get(1..bytes.len() - HASH)
            .and_then(<[u8]>::split_first_chunk::<HASH>)
            .ok_or(CursorError::Malformed)?;
        if *found != query {
            return Err(CursorError::OtherQuery);
        }
        let mut values = Vec::with_capacity(keys);
        for _ in 0..keys {
            let value = crate::read::take_value(&mut rest).map_err(|_| CursorError::Malformed)?;
            values.push(value.map(<[u8]>::to_vec));
        }
        if rest.is_empty() {
            Ok(values)
        } else {
            Err(CursorError::Malformed)
        }
    }

    /// The bytes, whose checksum holds.
    fn bytes(&self) -> Result<Vec<u8>, CursorError> {
        let bytes = decode(&self.0).ok_or(CursorError::Malformed)?;
        match bytes.split_last_chunk::<HASH>() {
            Some((body, sum))
                if *sum == checksum(body)
                    && body.first() == Some(&VERSION)
                    && body.len() > HASH =>
            {
                Ok(bytes)
            }
            _ => Err(CursorError::Malformed),
        }
    }
}

fn checksum(bytes: &[u8]) -> [u8; HASH] {
    let mut hash = Fingerprint::new();
    hash.add(b"pgwright cursor").add(bytes);
    hash.finish()
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let cursor = Self(text.to_owned());
        cursor.bytes()?;
        Ok(cursor)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A value of a cursor. The server finds its type by what it is compared with.
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl Type<Postgres> for Raw {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Raw {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
}

/// Letters that stand in a URL as they are (RFC 4648, section 5).
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..=group.len() {
            let index = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or_default();
            text.extend(LETTERS.get(index).map(|&letter| char::from(letter)));
        }
    }
    text
}

/// The bytes of a text as [`encode`] writes it; none of any other.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for letter in group {
            let index = LETTERS.iter().position(|other| other == letter)?;
            bits = bits << 6 | u32::try_from(index).ok()?;
        }
        bits <<= 6 * (4 - group.len());
        let [_, decoded @ ..] = bits.to_be_bytes();
        bytes.extend(decoded.get(..group.len() - 1)?);
    }
    // One letter alone, and bits that no byte holds, are written by nobody.
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_a_text_and_come_back() {
        for length in 0..40_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            let text = encode(&bytes);
            assert_eq!(decode(&text).unwrap(), bytes);
        }
        assert_eq!(encode(b"\xff\xef"), "_-8");
        assert_eq!(decode("_-9"), None);
        assert_eq!(decode("A"), None);
    }

    #[test]
    fn every_letter_that_is_changed_is_found() {
        let query = Fingerprint::new().finish();
        let values: [Option<&[u8]>; 3] = [Some(b"abc"), None, Some(b"")];
        let cursor = Cursor::new(query, values);
        let read = cursor.values(query, 3).unwrap();
        assert_eq!(read, [Some(b"abc".to_vec()), None, Some(Vec::new())]);
        assert_eq!(cursor.as_str().parse(), Ok(cursor.clone()));
        for (place, _) in cursor.0.char_indices() {
            for letter in ["A", "z", "-", "é", ""] {
                let mut text = cursor.0.clone();
                text.replace_range(place..=place, letter);
                if text != cursor.0 {
                    assert_eq!(
                        text.parse::<Cursor>(),
                        Err(CursorError::Malformed),
                        "{text}"
                    );
                }
            }
        }
        assert_eq!(cursor.values([0; 8], 3), Err(CursorError::OtherQuery));
        assert_eq!(cursor.values(query, 2), Err(CursorError::Malformed));
        assert_eq!(cursor.values(query, 4), Err(CursorError::Malformed));
    }
}
