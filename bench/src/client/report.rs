//! What was measured, with the bars: as a table on the terminal, as Markdown, as JSON, as a chart.

use super::Samples;
use super::chart;
use super::claims::{self, Claims};
use super::contest::Task;
use crate::report::Limit;
use crate::stats::{Spread, number};
use crate::table;
use crate::{ClientOptions, Failure};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Raw,
    Sqlx,
    Diesel,
    SeaOrm,
    SqlAlchemy,
    Held,
    Db,
}

impl Who {
    pub(crate) const ALL: [Self; 7] = [
        Self::Raw,
        Self::Sqlx,
        Self::Held,
        Self::Db,
        Self::Diesel,
        Self::SeaOrm,
        Self::SqlAlchemy,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw => "tokio-postgres",
            Self::Sqlx => "sqlx by hand",
            Self::Diesel => "diesel-async",
            Self::SeaOrm => "sea-orm",
            Self::SqlAlchemy => "SQLAlchemy",
            Self::Held => "automl-db, one connection",
            Self::Db => "automl-db, `Db`",
        }
    }

    /// Whether the others can be compared without it.
    pub(crate) fn is_guest(self) -> bool {
        !matches!(self, Self::Raw | Self::Held | Self::Db)
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Raw => "tokio-postgres",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel-async",
            Self::SeaOrm => "sea-orm",
            Self::SqlAlchemy => "sqlalchemy",
            Self::Held => "automl-db",
            Self::Db => "automl-db-pool",
        }
    }
}

/// How much time ours may take on one connection, of that of tokio-postgres.
fn limit(task: Task) -> Limit {
    match task {
        Task::Point | Task::Insert | Task::Update | Task::Parents | Task::Bulk | Task::Copy => {
            Limit::AtMost(1.1)
        }
        Task::Rows => Limit::AtMost(1.05),
        Task::Page => Limit::AtMost(0.4),
        Task::PageIndexed => Limit::None,
    }
}

/// A number that is asked for.
struct Bar {
    what: String,
    samples: Vec<f64>,
    limit: Limit,
}

impl Bar {
    fn met(&self) -> Option<bool> {
        self.limit.met(Spread::of(&self.samples)?.median)
    }

    fn verdict(&self) -> &'static str {
        match self.met() {
            Some(true) => "holds",
            Some(false) => "MISSED",
            None => "",
        }
    }
}

/// Everything measured, and on what.
pub(crate) struct Report {
    pub(crate) samples: Samples,
    pub(crate) claims: Vec<Claims>,
    pub(crate) facts: Vec<(String, String)>,
    missing: Vec<(Who, String)>,
    quick: bool,
    command: String,
    /// Whether there is something left to measure.
    unfinished: bool,
}

impl Report {
    pub(crate) fn new(options: &ClientOptions) -> Self {
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let facts = vec![
            ("cores".to_string(), cores.to_string()),
            (
                "system".to_string(),
                format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            ),
            (
                "rounds".to_string(),
                format!(
                    "{}, turns of {} s each",
                    options.rounds(),
                    options.seconds()
                ),
            ),
        ];
        Self {
            samples: Samples::new(),
            claims: Vec::new(),
            facts,
            missing: Vec::new(),
            quick: options.quick,
            command: options.command(),
            unfinished: true,
        }
    }

    /// Says why somebody is not there.
    pub(crate) fn not_run(&mut self, who: Who, reason: String) {
        self.missing.push((who, reason));
    }

    pub(crate) fn fact(&mut self, name: &str, value: String) {
        self.facts.push((name.to_string(), value));
    }

    /// Everything is measured.
    pub(crate) fn finish(&mut self) {
        self.unfinished = false;
    }

    /// The bars that are missed, each with what was measured.
    pub(crate) fn missed(&self) -> Vec<String> {
        self.bars()
            .iter()
            .filter(|bar| bar.met() == Some(false))
            .map(|bar| {
                let measured =
                    Spread::of(&bar.samples).map_or_else(String::new, |spread| spread.text());
                format!("{}: {measured}, asked {}", bar.what, bar.limit.text())
            })
            .collect()
    }

    /// Writes what there is so far: a run that breaks off has lost nothing. A part of the benchmark is not written.
    pub(crate) fn keep(&self, options: &ClientOptions) -> Result<(), Failure> {
        if options.is_whole() {
            self.write()
        } else {
            Ok(())
        }
    }

    fn tasks(&self) -> Vec<Task> {
        let measured = |task: &Task| self.samples.keys().any(|(known, _)| known == task);
        Task::ALL.into_iter().filter(measured).collect()
    }

    /// The ratio of each round, of two neighbours in time.
    pub(crate) fn ratios(&self, task: Task, who: Who, of: Who) -> Vec<f64> {
        match (
            self.samples.get(&(task, who)),
            self.samples.get(&(task, of)),
        ) {
            (Some(a), Some(b)) => a.iter().zip(b).map(|(a, b)| a / b).collect(),
            _ => Vec::new(),
        }
    }

    fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        for task in self.tasks() {
            for (who, of, limit) in [
                (Who::Held, Who::Raw, limit(task)),
                (Who::Db, Who::Held, Limit::AtMost(1.2)),
                (Who::Held, Who::Diesel, Limit::Below(1.0)),
                (Who::Held, Who::SeaOrm, Limit::Below(1.0)),
            ] {
                let samples = self.ratios(task, who, of);
                if !samples.is_empty() {
                    bars.push(Bar {
                        what: format!("{}: {} / {}", task.name(), who.name(), of.name()),
                        samples,
                        limit,
                    });
                }
            }
        }
        bars.extend(self.claim_bars());
        bars
    }

    fn claim_bars(&self) -> Vec<Bar> {
        let of = |who| self.claims.iter().filter(move |claims| claims.who == who);
        let mut ours = of(claims::Who::Ours);
        let (Some(short), Some(long)) = (ours.next(), ours.next()) else {
            return Vec::new();
        };
        let ratios = |a: &Claims, b: &Claims| {
            a.per_second
                .iter()
                .zip(&b.per_second)
                .map(|(a, b)| a / b)
                .collect()
        };
        let mut bars = vec![
            Bar {
                what: format!("claims a second from {}", long.queued),
                samples: long.per_second.clone(),
                limit: Limit::AtLeast(5_000.0),
            },
            Bar {
                what: format!("claims: from {} / from {}", long.queued, short.queued),
                samples: ratios(long, short),
                limit: Limit::AtLeast(0.7),
            },
        ];
        for peer in [claims::Who::Diesel, claims::Who::SeaOrm] {
            for (ours, theirs) in of(claims::Who::Ours).zip(of(peer)) {
                bars.push(Bar {
                    what: format!("claims from {}: {} / ours", ours.queued, peer.name()),
                    samples: ratios(theirs, ours),
                    limit: Limit::Below(1.0),
                });
            }
        }
        bars
    }

    fn cell(&self, task: Task, who: Who) -> String {
        let Some(spread) = self
            .samples
            .get(&(task, who))
            .and_then(|samples| Spread::of(samples))
        else {
            return self
                .missing
                .iter()
                .find(|(missing, _)| *missing == who)
                .map_or_else(|| "—".to_string(), |_| "not run".to_string());
        };
        let time = duration(spread.median);
        match Spread::of(&self.ratios(task, who, Who::Raw)) {
            Some(ratio) if who != Who::Raw => {
                let low_and_high = format!("{}–{}", number(ratio.min), number(ratio.max));
                format!("{time}, {}x ({low_and_high})", number(ratio.median))
            }
            _ => time,
        }
    }

    fn measured(&self) -> Vec<Vec<String>> {
        let mut lines = vec![vec![String::new()]];
        lines[0].extend(Who::ALL.map(|who| who.name().to_string()));
        for task in self.tasks() {
            let mut line = vec![task.title().to_string()];
            line.extend(Who::ALL.map(|who| self.cell(task, who)));
            lines.push(line);
        }
        lines
    }

    fn claimed(&self) -> Vec<Vec<String>> {
        let mut lengths: Vec<u64> = self.claims.iter().map(|claims| claims.queued).collect();
        lengths.dedup();
        let mut lines = vec![vec![
            "claims a second, 8 workers, one job at a time".to_string(),
        ]];
        lines[0].extend(lengths.iter().map(|queued| format!("from {queued} queued")));
        for who in claims::Who::ALL {
            let mut line = vec![who.name().to_string()];
            for claims in self.claims.iter().filter(|claims| claims.who == who) {
                line.push(
                    Spread::of(&claims.per_second).map_or_else(String::new, |spread| spread.text()),
                );
            }
            if line.len() > 1 {
                lines.push(line);
            }
        }
        lines
    }

    fn judged(&self) -> Vec<Vec<String>> {
        let mut lines = vec![
            ["bar", "measured", "asked", ""]
                .map(str::to_string)
                .to_vec(),
        ];
        for bar in self.bars() {
            lines.push(vec![
                bar.what.clone(),
                Spread::of(&bar.samples).map_or_else(String::new, |spread| spread.text()),
                bar.limit.text(),
                bar.verdict().to_string(),
            ]);
        }
        lines
    }

    fn tables(&self) -> Vec<Vec<Vec<String>>> {
        let mut tables = Vec::new();
        if !self.samples.is_empty() {
            tables.push(self.measured());
        }
        if !self.claims.is_empty() {
            tables.push(self.claimed());
        }
        tables.push(self.judged());
        tables
    }

    /// The tables as people read them in a terminal.
    pub(crate) fn terminal(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.facts {
            let _ = writeln!(text, "{name}: {value}");
        }
        for (who, reason) in &self.missing {
            let _ = writeln!(text, "{} did not run: {reason}", who.name());
        }
        for lines in self.tables() {
            text.push('\n');
            text.push_str(&table::terminal(&lines));
        }
        if self.quick {
            text.push_str(
                "\na quick run: fewer rows, one round; the bars are meant for a whole run\n",
            );
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = String::from(include_str!("client.md"));
        let _ = writeln!(text, "```sh\n{}\n```\n", self.command);
        for (name, value) in &self.facts {
            let _ = writeln!(text, "- {name}: {value}");
        }
        for (who, reason) in &self.missing {
            let _ = writeln!(text, "- {} was not run: {reason}", who.name());
        }
        if self.unfinished {
            text.push_str("- **not finished**: the run broke off, or goes on\n");
        }
        text.push_str("\n![the same as bars](client.svg)\n");
        for lines in self.tables() {
            text.push('\n');
            text.push_str(&table::markdown(&lines));
        }
        text
    }

    /// Everything, with each sample.
    pub(crate) fn json(&self) -> String {
        let rows: Vec<Value> = self
            .tasks()
            .into_iter()
            .map(|task| {
                let seconds: serde_json::Map<String, Value> = Who::ALL
                    .into_iter()
                    .filter_map(|who| {
                        Some((
                            who.key().to_string(),
                            json!(self.samples.get(&(task, who))?),
                        ))
                    })
                    .collect();
                json!({"name": task.name(), "title": task.title(), "seconds": seconds})
            })
            .collect();
        let claims: Vec<Value> = self
            .claims
            .iter()
            .map(|claims| json!({"who": claims.who.name(), "queued": claims.queued, "per_second": claims.per_second}))
            .collect();
        let bars: Vec<Value> = self
            .bars()
            .iter()
            .map(|bar| {
                json!({
                    "what": bar.what, "samples": bar.samples, "spread": Spread::of(&bar.samples),
                    "asked": bar.limit.text(), "met": bar.met(),
                })
            })
            .collect();
        let facts: serde_json::Map<String, Value> = self
            .facts
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let missing: serde_json::Map<String, Value> = self
            .missing
            .iter()
            .map(|(who, reason)| (who.key().to_string(), json!(reason)))
            .collect();
        let whole = json!({
            "command": self.command, "quick": self.quick, "unfinished": self.unfinished, "missed": self.missed(), "facts": facts,
            "not_run": missing, "rows": rows, "claims": claims, "bars": bars,
        });
        format!("{whole:#}")
    }

    /// Writes `bench/results/client.md`, `.json` and `.svg`.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
        let write = |name: &str, text: String| std::fs::write(folder.join(name), text);
        std::fs::create_dir_all(&folder)
            .and_then(|()| write("client.md", self.markdown()))
            .and_then(|()| write("client.json", self.json() + "\n"))
            .and_then(|()| write("client.svg", chart::svg(&chart::groups(self))))
            .map_err(|error| Failure::Io("write the results", error))
    }
}

/// A time with its unit.
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 0.001 {
        format!("{} µs", number(seconds * 1e6))
    } else {
        format!("{} ms", number(seconds * 1e3))
    }
}
