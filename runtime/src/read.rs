//! Reading values in PostgreSQL's binary format.
//!
//! sqlx has its own reading of these types. This one differs where that one would panic or lie: `infinity` in a date or
//! a time is an error that names the column, an empty range stays empty, and bytes that are no value of the type are
//! an error.

use std::fmt;

use rust_decimal::Decimal;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::{Oid, PgInterval, PgMoney, PgTimeTz};
use sqlx::postgres::{PgTypeInfo, PgTypeKind, PgValueFormat, PgValueRef};
use sqlx::types::Type;
use sqlx::{Postgres, TypeInfo, ValueRef};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// A type that values of PostgreSQL can be read as.
pub trait Read: Sized + Send {
    /// Whether values of the type can be read as this one.
    fn accepts(ty: &PgTypeInfo) -> bool;

    /// Reads a value in binary format.
    ///
    /// # Errors
    /// If the bytes are no value of the type, or one that the Rust type cannot hold.
    fn read(bytes: &[u8]) -> Result<Self, BoxDynError>;

    /// Reads a value that may be NULL.
    ///
    /// # Errors
    /// If [`Read::read`] fails, or the value is NULL and the type has none.
    #[inline]
    fn read_or_null(bytes: Option<&[u8]>) -> Result<Self, BoxDynError> {
        Self::read(bytes.ok_or(ReadError("unexpected NULL"))?)
    }
}

/// A value that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadError(pub &'static str);

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ReadError {}

/// What kind of type it is, if sqlx knows: it panics when asked for the kind of a type that it could not look up, which
/// happens with types that are made of others.
#[doc(hidden)]
#[must_use]
pub fn kind(ty: &PgTypeInfo) -> Option<&PgTypeKind> {
    (ty.name() != "?").then(|| ty.kind())
}

/// The bytes of a value, or none for NULL.
pub(crate) fn bytes<'r>(value: &PgValueRef<'r>) -> Result<Option<&'r [u8]>, BoxDynError> {
    if value.is_null() {
        return Ok(None);
    }
    if value.format() != PgValueFormat::Binary {
        return Err(
            ReadError("the value is in text format, which only prepared statements avoid").into(),
        );
    }
    value.as_bytes().map(Some)
}

/// The first `N` bytes, which are cut off.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], BoxDynError> {
    let (head, rest) = bytes
        .split_first_chunk::<N>()
        .ok_or(ReadError("the value is too short"))?;
    *bytes = rest;
    Ok(*head)
}

/// A value with its length before it, as in arrays, ranges and records.
pub(crate) fn take_value<'b>(bytes: &mut &'b [u8]) -> Result<Option<&'b [u8]>, BoxDynError> {
    let length = i32::from_be_bytes(take(bytes)?);
    if length == -1 {
        return Ok(None);
    }
    let length = usize::try_from(length)?;
    let (value, rest) = bytes
        .split_at_checked(length)
        .ok_or(ReadError("the value is too short"))?;
    *bytes = rest;
    Ok(Some(value))
}

#[inline]
fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], BoxDynError> {
    bytes
        .try_into()
        .map_err(|_| ReadError("the value has another length").into())
}

/// A `json` or `jsonb` value.
pub(crate) fn json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, BoxDynError> {
    // `jsonb` has a version before its text, and no JSON begins with that byte.
    let text = bytes.strip_prefix(&[1]).unwrap_or(bytes);
    Ok(serde_json::from_slice(text)?)
}

macro_rules! read {
    ($($ty:ty: |$bytes:ident| $read:expr;)*) => {$(
        impl Read for $ty {
            fn accepts(ty: &PgTypeInfo) -> bool {
                match kind(ty) {
                    Some(PgTypeKind::Domain(base)) => Self::accepts(base),
                    Some(_) => <Self as Type<Postgres>>::compatible(ty),
                    None => true,
                }
            }

            #[inline]
            fn read($bytes: &[u8]) -> Result<Self, BoxDynError> {
                $read
            }
        }
    )*};
}

read! {
    bool: |bytes| Ok(exactly::<1>(bytes)? != [0]);
    i16: |bytes| Ok(Self::from_be_bytes(exactly(bytes)?));
    i32: |bytes| Ok(Self::from_be_bytes(exactly(bytes)?));
    i64: |bytes| Ok(Self::from_be_bytes(exactly(bytes)?));
    f32: |bytes| Ok(Self::from_be_bytes(exactly(bytes)?));
    f64: |bytes| Ok(Self::from_be_bytes(exactly(bytes)?));
    // Bytes that begin at an address of their own are looked through by words.
    String: |bytes| Ok(Self::from_utf8(bytes.to_vec())?);
    Vec<u8>: |bytes| Ok(bytes.to_vec());
    uuid::Uuid: |bytes| Ok(Self::from_bytes(exactly(bytes)?));
    Oid: |bytes| Ok(Self(u32::from_be_bytes(exactly(bytes)?)));
    PgMoney: |bytes| Ok(Self(i64::from_be_bytes(exactly(bytes)?)));
    NaiveDate: |bytes| date(i32::from_be_bytes(exactly(bytes)?));
    NaiveTime: |bytes| time(i64::from_be_bytes(exactly(bytes)?));
    NaiveDateTime: |bytes| Ok(date_time(i64::from_be_bytes(exactly(bytes)?))?.naive_utc());
    DateTime<Utc>: |bytes| date_time(i64::from_be_bytes(exactly(bytes)?));
    PgTimeTz<NaiveTime, FixedOffset>: |bytes| time_tz(bytes);
    PgInterval: |bytes| interval(bytes);
    Decimal: |bytes| decimal(bytes);
    serde_json::Value: |bytes| json(bytes);
}

impl<T: Read> Read for Option<T> {
    fn accepts(ty: &PgTypeInfo) -> bool {
        T::accepts(ty)
    }

    fn read(bytes: &[u8]) -> Result<Self, BoxDynError> {
        T::read(bytes).map(Some)
    }

    #[inline]
    fn read_or_null(bytes: Option<&[u8]>) -> Result<Self, BoxDynError> {
        bytes.map(T::read).transpose()
    }
}

/// What the elements of an array are: a marker, since `Vec<u8>` is `bytea` and no array.
pub trait Element: Read {}

macro_rules! element {
    ($($ty:ty),*) => {$(impl Element for $ty {})*};
}

element!(
    bool, i16, i32, i64, f32, f64, String, Vec<u8>, uuid::Uuid, Oid, PgMoney, NaiveDate, NaiveTime,
    NaiveDateTime, DateTime<Utc>, PgTimeTz<NaiveTime, FixedOffset>, PgInterval, Decimal,
    serde_json::Value
);

impl<T: Element> Element for Option<T> {}

impl<T: Element> Read for Vec<T> {
    fn accepts(ty: &PgTypeInfo) -> bool {
        match kind(ty) {
            Some(PgTypeKind::Array(element)) => T::accepts(element),
            Some(PgTypeKind::Domain(base)) => Self::accepts(base),
            Some(_) => false,
            None => true,
        }
    }

    fn read(mut bytes: &[u8]) -> Result<Self, BoxDynError> {
        let bytes = &mut bytes;
        let dimensions = i32::from_be_bytes(take(bytes)?);
        let _has_null: [u8; 4] = take(bytes)?;
        let _element: [u8; 4] = take(bytes)?;
        match dimensions {
            0 => return Ok(Self::new()),
            1 => {}
            _ => return Err(ReadError("the array has several dimensions").into()),
        }
        let length = usize::try_from(i32::from_be_bytes(take(bytes)?))?;
        let _lower_bound: [u8; 4] = take(bytes)?;
        // Each element has a length of four bytes before it: more elements than that are no array, and no reason to
        // ask for memory.
        let mut items = Self::with_capacity(length.min(bytes.len() / 4));
        for _ in 0..length {
            items.push(T::read_or_null(take_value(bytes)?)?);
        }
        Ok(items)
    }
}

/// 2000-01-01, from which PostgreSQL counts: the days from the year 1, where the first day is 1, and the microseconds
/// from 1970.
const EPOCH_DAYS: i32 = 730_120;
const EPOCH_MICROS: i64 = 946_684_800_000_000;

fn date(days: i32) -> Result<NaiveDate, BoxDynError> {
    match days {
        i32::MAX => Err(ReadError("the date is `infinity`").into()),
        i32::MIN => Err(ReadError("the date is `-infinity`").into()),
        _ => Ok(days
            .checked_add(EPOCH_DAYS)
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .ok_or(ReadError(
                "the date is further away than a `NaiveDate` reaches",
            ))?),
    }
}

fn date_time(micros: i64) -> Result<DateTime<Utc>, BoxDynError> {
    match micros {
        i64::MAX => Err(ReadError("the time is `infinity`").into()),
        i64::MIN => Err(ReadError("the time is `-infinity`").into()),
        _ => Ok(micros
            .checked_add(EPOCH_MICROS)
            .and_then(DateTime::from_timestamp_micros)
            .ok_or(ReadError(
                "the time is further away than a `NaiveDateTime` reaches",
            ))?),
    }
}

fn time(micros: i64) -> Result<NaiveTime, BoxDynError> {
    let seconds = u32::try_from(micros.div_euclid(1_000_000))?;
    let nanos = u32::try_from(micros.rem_euclid(1_000_000))? * 1_000;
    // PostgreSQL has `24:00:00`, which no `NaiveTime` is.
    Ok(
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)
            .ok_or(ReadError("the time of day is past 23:59:59"))?,
    )
}

fn time_tz(mut bytes: &[u8]) -> Result<PgTimeTz<NaiveTime, FixedOffset>, BoxDynError> {
    let bytes = &mut bytes;
    let time = time(i64::from_be_bytes(take(bytes)?))?;
    let offset = FixedOffset::west_opt(i32::from_be_bytes(take(bytes)?))
        .ok_or(ReadError("the offset is a day or more"))?;
    Ok(PgTimeTz { time, offset })
}

fn interval(mut bytes: &[u8]) -> Result<PgInterval, BoxDynError> {
    let bytes = &mut bytes;
    Ok(PgInterval {
        microseconds: i64::from_be_bytes(take(bytes)?),
        days: i32::from_be_bytes(take(bytes)?),
        months: i32::from_be_bytes(take(bytes)?),
    })
}

/// `numeric`: groups of four digits, the weight of the first, a sign, and how many digits are shown after the point.
fn decimal(mut bytes: &[u8]) -> Result<Decimal, BoxDynError> {
    const TOO_LARGE: ReadError = ReadError("the number has more digits than a `Decimal` holds");
    let bytes = &mut bytes;
    let groups = u16::from_be_bytes(take(bytes)?);
    let weight = i16::from_be_bytes(take(bytes)?);
    let sign = u16::from_be_bytes(take(bytes)?);
    let scale = u16::from_be_bytes(take(bytes)?);
    let negative = match sign {
        0x0000 => false,
        0x4000 => true,
        0xC000 => return Err(ReadError("the number is `NaN`").into()),
        _ => return Err(ReadError("the number is infinite").into()),
    };
    let mut number = 0_i128;
    for _ in 0..groups {
        let group = i16::from_be_bytes(take(bytes)?);
        number = number
            .checked_mul(10_000)
            .and_then(|number| number.checked_add(group.into()))
            .ok_or(TOO_LARGE)?;
    }
    // The number is an integer times 10000^(weight - groups + 1): bring it to `scale` digits after the point.
    let exponent = if groups == 0 {
        0
    } else {
        4 * (i32::from(weight) - i32::from(groups) + 1)
    };
    let shift = exponent + i32::from(scale);
    let power = 10_i128.checked_pow(shift.unsigned_abs()).ok_or(TOO_LARGE)?;
    number = if shift < 0 {
        // The last group ends in zeros that are not shown.
        number / power
    } else {
        number.checked_mul(power).ok_or(TOO_LARGE)?
    };
    let mut scale = u32::from(scale);
    while scale > Decimal::MAX_SCALE && number % 10 == 0 {
        number /= 10;
        scale -= 1;
    }
    let number = if negative { -number } else { number };
    Decimal::try_from_i128_with_scale(number, scale).map_err(|_| TOO_LARGE.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinity_is_an_error_and_no_panic() {
        assert!(NaiveDate::read(&i32::MAX.to_be_bytes()).is_err());
        assert!(NaiveDate::read(&(i32::MAX - 1).to_be_bytes()).is_err());
        assert!(DateTime::<Utc>::read(&i64::MAX.to_be_bytes()).is_err());
        assert!(NaiveDateTime::read(&i64::MIN.to_be_bytes()).is_err());
        assert!(NaiveDateTime::read(&(i64::MIN + 1).to_be_bytes()).is_err());
        assert!(NaiveTime::read(&86_400_000_000_i64.to_be_bytes()).is_err());
    }

    #[test]
    fn dates_and_times_are_counted_from_2000() {
        let date = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        assert_eq!(NaiveDate::read(&0_i32.to_be_bytes()).unwrap(), date);
        let before = DateTime::<Utc>::read(&(-1_i64).to_be_bytes()).unwrap();
        assert_eq!(before.to_string(), "1999-12-31 23:59:59.999999 UTC");
        let plain = NaiveDateTime::read(&86_400_000_001_i64.to_be_bytes()).unwrap();
        assert_eq!(plain.to_string(), "2000-01-02 00:00:00.000001");
    }

    #[test]
    fn short_bytes_are_an_error_and_no_panic() {
        for length in 0..16 {
            let bytes = vec![0xFF; length];
            let _ = bool::read(&bytes);
            let _ = f64::read(&bytes);
            let _ = Decimal::read(&bytes);
            let _ = PgInterval::read(&bytes);
            let _ = Vec::<i32>::read(&bytes);
            let _ = serde_json::Value::read(&bytes);
        }
        assert!(bool::read(&[]).is_err());
    }

    #[test]
    fn an_array_that_claims_to_be_huge_asks_for_no_memory() {
        let mut bytes = Vec::new();
        for part in [1, 0, 23, i32::MAX, 1] {
            bytes.extend(part.to_be_bytes());
        }
        assert!(Vec::<i32>::read(&bytes).is_err());
    }
}
