//! What the demonstration shows: a heading for each part, tables, and how long everything took.

use super::Result;
use pgwright_cli::ui::{DIM, GOOD, HEAD, Table};
use std::time::{Duration, Instant};

/// The parts that were shown, with their times.
#[derive(Default)]
pub(crate) struct Stage {
    times: Vec<(String, Duration)>,
}

impl Stage {
    /// Shows the heading of a part.
    pub(crate) fn part(&self, heading: &str) {
        anstream::println!("\n{HEAD}== {heading}{HEAD:#}");
    }

    /// Runs something and remembers how long it took.
    pub(crate) async fn timed<T>(
        &mut self,
        what: impl Into<String>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let since = Instant::now();
        let done = work.await?;
        self.times.push((what.into(), since.elapsed()));
        Ok(done)
    }

    /// Shows a table.
    pub(crate) fn table(&self, table: &Table) {
        anstream::print!("{}", table.render());
    }

    /// Says something that was expected to happen, and did.
    pub(crate) fn good(&self, text: impl std::fmt::Display) {
        anstream::println!("  {GOOD}✓{GOOD:#} {text}");
    }

    /// Says that the database refused something, in its own words.
    pub(crate) fn refused(&self, what: &str, error: &pgwright::Error) {
        anstream::println!("  {GOOD}✓{GOOD:#} refused: {what}\n    {DIM}{error}{DIM:#}");
    }

    /// Shows how long everything took.
    pub(crate) fn show_times(&self) {
        self.part("Times");
        let mut table = Table::new(["ms", "what"]);
        for (what, time) in &self.times {
            table.row([format!("{:.1}", time.as_secs_f64() * 1000.0), what.clone()]);
        }
        self.table(&table);
    }
}

/// Fails unless something is so: the demonstration proves what it says.
pub(crate) fn ensure(is_so: bool, what: impl std::fmt::Display) -> Result<()> {
    if is_so {
        Ok(())
    } else {
        Err(format!("expected, and not so: {what}").into())
    }
}

/// Fails unless the database refused because of a rule.
pub(crate) fn refusal<T>(
    result: pgwright::Result<T>,
    rule: impl Into<pgwright::Rule>,
) -> Result<pgwright::Error> {
    let rule = rule.into();
    match result {
        Err(error) if error.is(rule) => Ok(error),
        Err(error) => {
            Err(format!("expected a violation of {}, got: {error}", rule.constraint).into())
        }
        Ok(_) => Err(format!(
            "expected a violation of {}, and it was accepted",
            rule.constraint
        )
        .into()),
    }
}
