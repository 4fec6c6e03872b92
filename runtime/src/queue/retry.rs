//! Whether a failed job is tried again, and when.

use std::time::Duration;

/// Whether a failed job is tried again, and when.
///
/// `None` and a `Duration` will do for one: `job.fail(&db, None)`, `job.fail(&db, Duration::from_secs(30))`.
///
/// ```
/// use pgwright::queue::Retry;
/// use std::time::Duration;
///
/// // After 10 s, 20 s, 40 s …, never more than 10 minutes, and five attempts in all.
/// let retry = Retry::backoff(Duration::from_secs(10))
///     .at_most(Duration::from_secs(600))
///     .attempts(5);
/// assert_eq!(retry.delay(3), Some(Duration::from_secs(40)));
/// assert_eq!(retry.delay(5), None);
/// assert_eq!(Retry::never().delay(1), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    first: Option<Duration>,
    doubles: bool,
    most: Option<Duration>,
    attempts: Option<u32>,
}

impl Retry {
    /// Not at all.
    ///
    /// ```
    /// use pgwright::queue::Retry;
    ///
    /// assert_eq!(Retry::never().delay(1), None);
    /// ```
    #[must_use]
    pub const fn never() -> Self {
        Self {
            first: None,
            doubles: false,
            most: None,
            attempts: None,
        }
    }

    /// After that time, every time.
    ///
    /// ```
    /// use pgwright::queue::Retry;
    /// use std::time::Duration;
    ///
    /// let retry = Retry::after(Duration::from_secs(60));
    /// assert_eq!(retry.delay(1), Some(Duration::from_secs(60)));
    /// ```
    #[must_use]
    pub const fn after(delay: Duration) -> Self {
        Self {
            first: Some(delay),
            ..Self::never()
        }
    }

    /// After that time, then twice that, four times that …
    ///
    /// ```
    /// use pgwright::queue::Retry;
    /// use std::time::Duration;
    ///
    /// let retry = Retry::backoff(Duration::from_secs(10));
    /// assert_eq!(retry.delay(2), Some(Duration::from_secs(20)));
    /// ```
    #[must_use]
    pub const fn backoff(first: Duration) -> Self {
        Self {
            first: Some(first),
            doubles: true,
            ..Self::never()
        }
    }

    /// Never after more than that time.
    ///
    /// ```
    /// use pgwright::queue::Retry;
    /// use std::time::Duration;
    ///
    /// let retry = Retry::backoff(Duration::from_secs(10)).at_most(Duration::from_secs(15));
    /// assert_eq!(retry.delay(2), Some(Duration::from_secs(15)));
    /// ```
    #[must_use]
    pub const fn at_most(mut self, most: Duration) -> Self {
        self.most = Some(most);
        self
    }

    /// That many attempts in all, the first one included. Needs the queue's `attempt`.
    ///
    /// ```
    /// use pgwright::queue::Retry;
    /// use std::time::Duration;
    ///
    /// let retry = Retry::after(Duration::from_secs(60)).attempts(3);
    /// assert_eq!(retry.delay(3), None);
    /// ```
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// How long to wait behind that attempt, the first one being 1; `None` if that was the last.
    ///
    /// ```
    /// use pgwright::queue::Retry;
    /// use std::time::Duration;
    ///
    /// let retry = Retry::after(Duration::from_secs(60));
    /// assert_eq!(retry.delay(7), Some(Duration::from_secs(60)));
    /// ```
    #[must_use]
    pub fn delay(&self, attempt: u32) -> Option<Duration> {
        let first = self.first?;
        if self.attempts.is_some_and(|attempts| attempt >= attempts) {
            return None;
        }
        let times = if self.doubles {
            2_u32.saturating_pow(attempt.saturating_sub(1))
        } else {
            1
        };
        let delay = first.saturating_mul(times);
        Some(self.most.map_or(delay, |most| delay.min(most)))
    }

    /// How many attempts there may be.
    pub(super) fn limit(&self) -> Option<u32> {
        self.attempts
    }
}

impl From<Duration> for Retry {
    fn from(delay: Duration) -> Self {
        Self::after(delay)
    }
}

impl From<Option<Duration>> for Retry {
    fn from(delay: Option<Duration>) -> Self {
        delay.map_or(Self::never(), Self::after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_of_attempts_overflows() {
        let retry = Retry::backoff(Duration::MAX);
        assert_eq!(retry.delay(0), Some(Duration::MAX));
        assert_eq!(retry.delay(u32::MAX), Some(Duration::MAX));
    }
}
