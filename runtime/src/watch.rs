//! What is told of a statement: a span, and a line in the log where it was slow.
//!
//! A span is at the level DEBUG with the target `pgwright`, a slow statement is a warning with the target `pgwright::slow`.
//! Neither has a value that was sent, nor an error's words, which can have values in them.

use std::time::{Duration, Instant};

use tracing::field::Empty;
use tracing::{Span, debug_span};

use crate::run::{Call, Got};
use crate::{Error, Result, Source};

/// A statement that is under way.
pub(crate) struct Watch {
    pub(crate) span: Span,
    begun: Instant,
    slow: Option<Duration>,
    values: bool,
}

impl Watch {
    /// Begins; nobody who listens means next to no work.
    pub(crate) fn new(call: &Call, source: &Source<'_>) -> Self {
        let span = debug_span!(
            target: "pgwright",
            "statement",
            statement = %call.name(),
            rows = Empty,
            milliseconds = Empty,
            error = Empty,
        );
        let settings = source.settings();
        Self {
            span,
            begun: Instant::now(),
            slow: settings.and_then(|settings| settings.slow),
            values: settings.is_some_and(|settings| settings.log_values),
        }
    }

    /// Tells how it ended.
    pub(crate) fn done(self, call: &Call, result: &Result<Got>) {
        let slow = self.slow.is_some_and(|slow| self.begun.elapsed() >= slow);
        if self.span.is_disabled() && !slow {
            return;
        }
        let milliseconds = self.begun.elapsed().as_secs_f64() * 1_000.0;
        let rows = match result {
            Ok(Got::Row(row)) => u64::from(row.is_some()),
            Ok(Got::Rows(rows) | Got::Count(rows)) => *rows,
            Err(_) => 0,
        };
        self.span.record("rows", rows);
        self.span.record("milliseconds", milliseconds);
        let error = result.as_ref().err().map_or("", Error::kind);
        if !error.is_empty() {
            self.span.record("error", error);
        }
        if slow {
            self.span.in_scope(|| {
                tracing::warn!(
                    target: "pgwright::slow",
                    statement = %call.name(),
                    rows,
                    milliseconds,
                    error,
                    sql = call.sql(),
                    values = call.values().filter(|_| self.values),
                    "slow statement"
                );
            });
        }
    }
}
