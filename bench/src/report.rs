//! What was measured, beside the bars: as a table on the terminal, as Markdown, as JSON.

use crate::Failure;
use crate::lab::Variant;
use crate::stats::Spread;
use crate::table;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// What a row's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Milliseconds,
    PerSecond,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::PerSecond => "/s",
        }
    }

    /// How much faster `a` is than `b`.
    fn speed(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Milliseconds => b / a,
            Self::PerSecond => a / b,
        }
    }
}

/// What is asked of a number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
    /// Nothing: it is shown for comparison.
    None,
}

impl Limit {
    pub(crate) fn text(self) -> String {
        match self {
            Self::AtLeast(limit) => format!("≥ {limit}"),
            Self::AtMost(limit) => format!("≤ {limit}"),
            Self::Below(limit) => format!("< {limit}"),
            Self::None => String::new(),
        }
    }

    pub(crate) fn met(self, value: f64) -> Option<bool> {
        match self {
            Self::AtLeast(limit) => Some(value >= limit),
            Self::AtMost(limit) => Some(value <= limit),
            Self::Below(limit) => Some(value < limit),
            Self::None => None,
        }
    }
}

/// A number with its bar.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) what: &'static str,
    pub(crate) samples: Vec<f64>,
    pub(crate) limit: Limit,
}

/// One thing measured, in one or more variants.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) unit: Unit,
    /// One sample for each round.
    pub(crate) samples: BTreeMap<Variant, Vec<f64>>,
    pub(crate) bars: Vec<Bar>,
}

impl Row {
    pub(crate) fn new(name: &'static str, title: impl Into<String>, unit: Unit) -> Self {
        Self {
            name,
            title: title.into(),
            unit,
            samples: BTreeMap::new(),
            bars: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, variant: Variant, sample: f64) {
        self.samples.entry(variant).or_default().push(sample);
    }

    /// The ratio of each round: how much time `a` takes, of the time of `b`.
    pub(crate) fn time_of(&mut self, what: &'static str, a: Variant, b: Variant, limit: Limit) {
        let unit = self.unit;
        self.ratio(what, a, b, limit, |a, b| 1.0 / unit.speed(a, b));
    }

    /// The ratio of each round: how much faster `a` is than `b`.
    pub(crate) fn speed_of(&mut self, what: &'static str, a: Variant, b: Variant, limit: Limit) {
        let unit = self.unit;
        self.ratio(what, a, b, limit, |a, b| unit.speed(a, b));
    }

    fn ratio(
        &mut self,
        what: &'static str,
        a: Variant,
        b: Variant,
        limit: Limit,
        ratio: impl Fn(f64, f64) -> f64,
    ) {
        let (Some(a), Some(b)) = (self.samples.get(&a), self.samples.get(&b)) else {
            return;
        };
        let samples = a.iter().zip(b).map(|(&a, &b)| ratio(a, b)).collect();
        self.bars.push(Bar {
            what,
            samples,
            limit,
        });
    }

    /// A count that must not pass a limit in any round.
    pub(crate) fn count(&mut self, what: &'static str, samples: Vec<f64>, limit: Limit) {
        self.bars.push(Bar {
            what,
            samples,
            limit,
        });
    }
}

impl Bar {
    /// Ratios are judged by their median, counts (which may not happen at all) by the worst.
    fn verdict(&self) -> Option<bool> {
        let spread = Spread::of(&self.samples)?;
        match self.limit {
            Limit::AtMost(0.0) => Some(spread.max <= 0.0),
            limit => limit.met(spread.median),
        }
    }
}

/// Everything measured, and on what.
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) quick: bool,
    /// What made it.
    pub(crate) command: String,
}

const HEAD: [&str; 8] = [
    "measurement",
    "none",
    "old",
    "new",
    "compared",
    "measured",
    "bar",
    "",
];

impl Report {
    /// How many bars are missed.
    pub(crate) fn missed(&self) -> usize {
        let bars = self.rows.iter().flat_map(|row| &row.bars);
        bars.filter(|bar| bar.verdict() == Some(false)).count()
    }

    fn cells(&self) -> Vec<[String; 8]> {
        let mut cells = Vec::new();
        for row in &self.rows {
            let of = |variant| {
                let spread = row
                    .samples
                    .get(&variant)
                    .and_then(|samples| Spread::of(samples));
                spread.map_or_else(String::new, |spread| {
                    format!("{} {}", spread.text(), row.unit.name())
                })
            };
            let mut first = [
                row.title.clone(),
                of(Variant::None),
                of(Variant::Old),
                of(Variant::New),
            ];
            let none = Bar {
                what: "",
                samples: Vec::new(),
                limit: Limit::None,
            };
            let bars = if row.bars.is_empty() {
                std::slice::from_ref(&none)
            } else {
                &row.bars
            };
            for bar in bars {
                let [title, none, old, new] = std::mem::take(&mut first);
                cells.push([
                    title,
                    none,
                    old,
                    new,
                    bar.what.to_string(),
                    Spread::of(&bar.samples).map_or_else(String::new, |spread| spread.text()),
                    bar.limit.text(),
                    match bar.verdict() {
                        Some(true) => "pass".to_string(),
                        Some(false) => "MISS".to_string(),
                        None => String::new(),
                    },
                ]);
            }
        }
        cells
    }

    /// The table, with its head.
    fn lines(&self) -> Vec<Vec<String>> {
        let mut lines = vec![HEAD.map(str::to_string).to_vec()];
        lines.extend(self.cells().into_iter().map(Vec::from));
        lines
    }

    /// The table as people read it in a terminal.
    pub(crate) fn terminal(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.facts {
            let _ = writeln!(text, "{name}: {value}");
        }
        text.push('\n');
        text.push_str(&table::terminal(&self.lines()));
        if self.quick {
            text.push_str(
                "\na quick run: fewer rows, one round; the bars are meant for a whole run\n",
            );
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = String::from(
            "# What the triggers cost\n\n\
             The platform's schema in three databases of one server, which take turns: without any trigger (none), with the\n\
             platform's row-by-row triggers of before (old, `bench/sql/old_triggers.sql`), and as generated (new). Each number is\n\
             the median of the rounds, with the smallest and the largest; ratios are of two neighbours in time. Made by\n\n\
             ```sh\n",
        );
        let _ = writeln!(text, "{}\n```\n", self.command);
        for (name, value) in &self.facts {
            let _ = writeln!(text, "- {name}: {value}");
        }
        text.push('\n');
        text.push_str(&table::markdown(&self.lines()));
        text
    }

    /// Everything, with each sample.
    pub(crate) fn json(&self) -> String {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let samples: serde_json::Map<String, Value> = row
                    .samples
                    .iter()
                    .map(|(variant, samples)| (variant.name().to_string(), json!(samples)))
                    .collect();
                let bars: Vec<Value> = row
                    .bars
                    .iter()
                    .map(|bar| {
                        let (at_least, at_most) = match bar.limit {
                            Limit::AtLeast(limit) => (Some(limit), None),
                            Limit::AtMost(limit) | Limit::Below(limit) => (None, Some(limit)),
                            Limit::None => (None, None),
                        };
                        json!({
                            "what": bar.what, "samples": bar.samples, "spread": Spread::of(&bar.samples),
                            "at_least": at_least, "at_most": at_most, "met": bar.verdict(),
                        })
                    })
                    .collect();
                json!({
                    "name": row.name, "title": row.title, "unit": row.unit.name(),
                    "samples": samples, "bars": bars,
                })
            })
            .collect();
        let facts: serde_json::Map<String, Value> = self
            .facts
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let whole = json!({"command": self.command, "quick": self.quick, "missed": self.missed(), "facts": facts, "rows": rows});
        format!("{whole:#}")
    }

    /// Writes `bench/results/triggers.md` and `.json`.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
        let write = |name: &str, text: String| std::fs::write(folder.join(name), text);
        std::fs::create_dir_all(&folder)
            .and_then(|()| write("triggers.md", self.markdown()))
            .and_then(|()| write("triggers.json", self.json() + "\n"))
            .map_err(|error| Failure::Io("write the results", error))
    }
}
