//! What a person sees: marks, tables, and a sign of life while something takes long.

use anstyle::{AnsiColor, Style};
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// For what is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// For what is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// For headings.
pub const HEAD: Style = Style::new().bold();
/// For what matters less.
pub const DIM: Style = Style::new().dimmed();

/// How the user called this command: with the project's alias, or by its own name.
#[must_use]
pub fn own_name() -> &'static str {
    // Cargo sets this for what it runs.
    if std::env::var_os("CARGO_PKG_NAME").is_some() {
        "cargo xtask"
    } else {
        "pgwright"
    }
}

/// A sign of life on standard error while something takes longer than a second: on a terminal a line that counts the
/// seconds, elsewhere a line at the beginning and one at the end.
#[derive(Debug)]
pub struct Progress {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins.
    #[must_use]
    pub fn start(what: impl Into<String>) -> Self {
        let what = what.into();
        let (done, waiting) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let since = Instant::now();
            let terminal = std::io::stderr().is_terminal();
            let mut shown = false;
            while waiting.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                let mut err = anstream::stderr();
                let _ = if terminal {
                    write!(
                        err,
                        "\r{DIM}{what} … {} s{DIM:#} ",
                        since.elapsed().as_secs()
                    )
                } else if !shown {
                    writeln!(err, "{what} …")
                } else {
                    Ok(())
                };
                let _ = err.flush();
                shown = true;
            }
            if shown {
                let mut err = anstream::stderr();
                let _ = if terminal {
                    write!(err, "\r\x1b[2K")
                } else {
                    writeln!(err, "{what}: {:.1} s", since.elapsed().as_secs_f64())
                };
            }
        });
        Self {
            done: Some(done),
            thread: Some(thread),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A table for people. Numbers stand at the right of their column.
#[derive(Clone, Debug, Default)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    #[must_use]
    pub fn new<const N: usize>(head: [&str; N]) -> Self {
        Self {
            head: head.iter().map(ToString::to_string).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The text, a line each row.
    #[must_use]
    pub fn render(&self) -> String {
        let columns = self.head.len();
        let width = |column: usize| {
            std::iter::once(&self.head)
                .chain(&self.rows)
                .filter_map(|row| row.get(column))
                .map(|cell| shown(cell))
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let numeric: Vec<bool> = (0..columns)
            .map(|column| {
                let mut cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.all(|cell| cell.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
            })
            .collect();
        let line = |row: &[String], style: Style| {
            let mut text = String::from("  ");
            for (column, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[column].saturating_sub(shown(cell)));
                if numeric[column] {
                    text.push_str(&pad);
                    text.push_str(cell);
                } else {
                    text.push_str(cell);
                    text.push_str(&pad);
                }
                text.push_str("  ");
            }
            format!("{style}{}{style:#}\n", text.trim_end())
        };
        let mut out = line(&self.head, HEAD);
        for row in &self.rows {
            out.push_str(&line(row, Style::new()));
        }
        out
    }
}

/// How wide a cell is when its colours are not counted.
fn shown(cell: &str) -> usize {
    anstream::adapter::strip_str(cell)
        .to_string()
        .chars()
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_sets_numbers_to_the_right() {
        let mut table = Table::new(["what", "rows"]);
        table.row(["users".into(), "5".into()]);
        table.row(["datasets".into(), "120".into()]);
        let text = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(
            text,
            "  what      rows\n  users        5\n  datasets   120\n"
        );
    }
}
