//! Ranges.

use std::ops::{self, Bound};

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::PgRange;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgTypeKind};
use sqlx::{Postgres, Type};

use crate::read::{kind, take, take_value};
use crate::{Element, IntoField, Read};

/// A range of PostgreSQL: the empty one, or one between two bounds.
///
/// [`PgRange`] knows no empty range: it reads one as the range of everything.
///
/// ```
/// use pgwright::types::Range;
/// use std::ops::Bound;
///
/// let range = Range::from(1..5);
/// assert_eq!(range, Range::Between(Bound::Included(1), Bound::Excluded(5)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range<T> {
    /// The range that holds nothing.
    Empty,
    /// What lies between two bounds.
    Between(Bound<T>, Bound<T>),
}

impl<T> From<ops::Range<T>> for Range<T> {
    fn from(range: ops::Range<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Excluded(range.end))
    }
}

impl<T> From<ops::RangeInclusive<T>> for Range<T> {
    fn from(range: ops::RangeInclusive<T>) -> Self {
        let (start, end) = range.into_inner();
        Self::Between(Bound::Included(start), Bound::Included(end))
    }
}

impl<T> From<ops::RangeFrom<T>> for Range<T> {
    fn from(range: ops::RangeFrom<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Unbounded)
    }
}

impl<T> From<ops::RangeTo<T>> for Range<T> {
    fn from(range: ops::RangeTo<T>) -> Self {
        Self::Between(Bound::Unbounded, Bound::Excluded(range.end))
    }
}

impl<T> From<ops::RangeFull> for Range<T> {
    fn from(_: ops::RangeFull) -> Self {
        Self::Between(Bound::Unbounded, Bound::Unbounded)
    }
}

macro_rules! into_field {
    ($($range:ident),*) => {$(
        impl<T> IntoField<Range<T>> for ops::$range<T> {
            fn into_field(self) -> Option<Range<T>> {
                Some(self.into())
            }
        }
    )*};
}

into_field!(Range, RangeInclusive, RangeFrom, RangeTo);

impl<T> Type<Postgres> for Range<T>
where
    PgRange<T>: Type<Postgres>,
{
    fn type_info() -> PgTypeInfo {
        PgRange::<T>::type_info()
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        PgRange::<T>::compatible(ty)
    }
}

impl<T> PgHasArrayType for Range<T>
where
    PgRange<T>: PgHasArrayType,
{
    fn array_type_info() -> PgTypeInfo {
        PgRange::<T>::array_type_info()
    }
}

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

impl<'q, T: Encode<'q, Postgres>> Encode<'q, Postgres> for Range<T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Self::Between(lower, upper) = self else {
            buffer.push(EMPTY);
            return Ok(IsNull::No);
        };
        let lower_flag = match lower {
            Bound::Included(_) => LOWER_INCLUSIVE,
            Bound::Excluded(_) => 0,
            Bound::Unbounded => LOWER_INFINITE,
        };
        let upper_flag = match upper {
            Bound::Included(_) => UPPER_INCLUSIVE,
            Bound::Excluded(_) => 0,
            Bound::Unbounded => UPPER_INFINITE,
        };
        buffer.push(lower_flag | upper_flag);
        for bound in [lower, upper] {
            if let Bound::Included(value) | Bound::Excluded(value) = bound {
                let at = buffer.len();
                buffer.extend([0; 4]);
                let _: IsNull = value.encode_by_ref(buffer)?;
                let length = i32::try_from(buffer.len() - at - 4)?;
                if let Some(place) = buffer.get_mut(at..at + 4) {
                    place.copy_from_slice(&length.to_be_bytes());
                }
            }
        }
        Ok(IsNull::No)
    }
}

impl<T: Read> Read for Range<T>
where
    PgRange<T>: Type<Postgres>,
{
    fn accepts(ty: &PgTypeInfo) -> bool {
        match kind(ty) {
            Some(PgTypeKind::Range(element)) => T::accepts(element),
            Some(PgTypeKind::Domain(base)) => Self::accepts(base),
            _ => PgRange::<T>::compatible(ty),
        }
    }

    fn read(mut bytes: &[u8]) -> Result<Self, BoxDynError> {
        let bytes = &mut bytes;
        let [flags] = take::<1>(bytes)?;
        if flags & EMPTY != 0 {
            return Ok(Self::Empty);
        }
        let mut bound = |infinite, inclusive| {
            if flags & infinite != 0 {
                return Ok::<_, BoxDynError>(Bound::Unbounded);
            }
            let value = T::read_or_null(take_value(bytes)?)?;
            Ok(if flags & inclusive != 0 {
                Bound::Included(value)
            } else {
                Bound::Excluded(value)
            })
        };
        let lower = bound(LOWER_INFINITE, LOWER_INCLUSIVE)?;
        let upper = bound(UPPER_INFINITE, UPPER_INCLUSIVE)?;
        Ok(Self::Between(lower, upper))
    }
}

impl<T: Read> Element for Range<T> where PgRange<T>: Type<Postgres> {}
