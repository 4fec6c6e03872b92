//! Values that are made up.

use chrono::Offset as _;

use super::Make;
use crate::types::{
    Date, DateTime, Decimal, Interval, Json, Money, NaiveDateTime, Oid, Range, TimeTz, Uuid,
};

/// The beginning of 2026, in seconds.
const BEGIN: i64 = 1_767_225_600;

impl Make {
    /// One of several values, or the other one if there are none.
    #[doc(hidden)]
    pub fn pick<T: Copy>(&mut self, values: &[T], other: T) -> T {
        let count = u64::try_from(values.len()).unwrap_or_default();
        let index = self.next().checked_rem(count).unwrap_or_default();
        let index = usize::try_from(index).unwrap_or_default();
        values.get(index).copied().unwrap_or(other)
    }

    /// A text of the column that no other row of this value has, of so many characters at most.
    #[doc(hidden)]
    pub fn text(&mut self, column: &str, longest: usize) -> String {
        self.serial += 1;
        let random = self.next() & 0xffff;
        let text = match column {
            _ if column.contains("email") => format!("user{}-{random:x}@example.org", self.serial),
            _ if column.contains("url") => {
                format!("https://example.org/{}-{random:x}", self.serial)
            }
            _ => format!("{column} {}-{random:x}", self.serial),
        };
        // What tells it from others is at the end.
        let extra = text.chars().count().saturating_sub(longest);
        text.chars().skip(extra).collect()
    }

    /// The same, of so many characters at least.
    #[doc(hidden)]
    pub fn long_text(&mut self, column: &str, shortest: usize, longest: usize) -> String {
        let text = self.text(column, longest);
        let missing = shortest.saturating_sub(text.chars().count());
        format!("{}{text}", "x".repeat(missing))
    }

    /// One of several texts.
    #[doc(hidden)]
    pub fn choose(&mut self, texts: &[&str]) -> String {
        self.pick(texts, "").to_owned()
    }

    /// A text of pieces, each so many characters of an alphabet. Its end counts up, so that it differs from others.
    #[doc(hidden)]
    pub fn spelled(&mut self, pieces: &[(&str, usize)]) -> String {
        self.serial += 1;
        let mut number = usize::try_from(self.serial).unwrap_or_default();
        let mut chars: Vec<char> = Vec::new();
        for (alphabet, count) in pieces.iter().rev() {
            let alphabet: Vec<char> = alphabet.chars().collect();
            for _ in 0..*count {
                let digit = number.checked_rem(alphabet.len()).unwrap_or_default();
                number = number.checked_div(alphabet.len()).unwrap_or_default();
                chars.extend(alphabet.get(digit));
            }
        }
        chars.iter().rev().collect()
    }

    /// A text that differs in a number from others.
    #[doc(hidden)]
    pub fn numbered(&mut self, before: &str, after: &str) -> String {
        self.serial += 1;
        format!("{before}{}{after}", self.serial)
    }

    /// An address of a private network.
    #[doc(hidden)]
    pub fn address(&mut self) -> String {
        self.serial += 1;
        let [.., a, b, c] = self.serial.to_be_bytes();
        format!("10.{a}.{b}.{c}")
    }

    /// The address of a network card, of so many bytes.
    #[doc(hidden)]
    pub fn hardware_address(&mut self, bytes: usize) -> String {
        self.serial += 1;
        let number = self.serial.to_be_bytes();
        let number = number.iter().skip(number.len().saturating_sub(bytes));
        let bytes: Vec<String> = number.map(|byte| format!("{byte:02x}")).collect();
        bytes.join(":")
    }

    /// So many bits.
    #[doc(hidden)]
    pub fn bits(&mut self, digits: usize) -> String {
        self.serial += 1;
        let bits = format!("{:0digits$b}", self.serial);
        bits.chars()
            .skip(bits.len().saturating_sub(digits))
            .collect()
    }

    /// Some days.
    #[doc(hidden)]
    pub fn interval(&mut self) -> Interval {
        Interval {
            months: 0,
            days: self.number(1, 1_000),
            microseconds: 0,
        }
    }

    /// An amount of money.
    #[doc(hidden)]
    pub fn money(&mut self) -> Money {
        Money(self.number(1, 1_000_000))
    }

    /// The number of an object.
    #[doc(hidden)]
    pub fn oid(&mut self) -> Oid {
        self.serial += 1;
        Oid(u32::try_from(self.serial).unwrap_or(u32::MAX))
    }

    /// A time of the day, in UTC.
    #[doc(hidden)]
    pub fn time_tz(&mut self) -> TimeTz {
        TimeTz {
            time: self.moment().time(),
            offset: chrono::Utc.fix(),
        }
    }

    /// A range that overlaps with no other one.
    #[doc(hidden)]
    pub fn range<T: Step>(&mut self) -> Range<T> {
        self.serial += 1;
        Range::from(T::step(self.serial)..T::step(self.serial + 1))
    }

    /// A number within bounds; different ones for as long as there are.
    #[doc(hidden)]
    pub fn number<T: Number>(&mut self, least: i64, most: i64) -> T {
        self.serial += 1;
        let span = most.saturating_sub(least).saturating_add(1).max(1);
        T::of(least.saturating_add((self.serial - 1).rem_euclid(span)))
    }

    /// Yes or no.
    #[doc(hidden)]
    pub fn flag(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// A UUID.
    #[doc(hidden)]
    pub fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    /// A moment of the year 2026.
    #[doc(hidden)]
    pub fn moment(&mut self) -> DateTime {
        const YEAR: u64 = 365 * 86_400;
        let seconds = i64::try_from(self.next() % YEAR).unwrap_or_default();
        DateTime::from_timestamp(BEGIN + seconds, 0).unwrap_or_default()
    }

    /// A document.
    #[doc(hidden)]
    pub fn json(&mut self) -> Json {
        serde_json::json!({ "n": self.next() & 0xff })
    }

    /// The next number of splitmix64: enough for rows of tests, and the same everywhere.
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A type of which ranges are made.
#[doc(hidden)]
pub trait Step {
    /// One value after the other.
    fn step(number: i64) -> Self;
}

impl Step for i32 {
    fn step(number: i64) -> Self {
        Self::of(number)
    }
}

impl Step for i64 {
    fn step(number: i64) -> Self {
        number
    }
}

impl Step for Decimal {
    fn step(number: i64) -> Self {
        Self::from(number)
    }
}

impl Step for DateTime {
    /// Days from the beginning of 2026.
    fn step(number: i64) -> Self {
        Self::from_timestamp(BEGIN.saturating_add(number.saturating_mul(86_400)), 0)
            .unwrap_or_default()
    }
}

impl Step for NaiveDateTime {
    fn step(number: i64) -> Self {
        DateTime::step(number).naive_utc()
    }
}

impl Step for Date {
    fn step(number: i64) -> Self {
        DateTime::step(number).date_naive()
    }
}

/// A type of numbers.
#[doc(hidden)]
pub trait Number {
    /// The number, or the nearest that there is.
    fn of(number: i64) -> Self;
}

impl Number for i16 {
    fn of(number: i64) -> Self {
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl Number for i32 {
    fn of(number: i64) -> Self {
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl Number for i64 {
    fn of(number: i64) -> Self {
        number
    }
}

impl Number for f32 {
    fn of(number: i64) -> Self {
        number as Self
    }
}

impl Number for f64 {
    fn of(number: i64) -> Self {
        number as Self
    }
}

impl Number for Decimal {
    fn of(number: i64) -> Self {
        Self::from(number)
    }
}
