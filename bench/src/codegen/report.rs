//! The curve as a table, as Markdown, as JSON, and the bars.

use super::{Size, Stage, chart};
use crate::Failure;
use crate::report::Limit;
use crate::stats::{Spread, number};
use crate::table;
use serde_json::{Value, json};
use std::path::Path;

/// What was measured.
pub(crate) struct Report {
    pub(crate) sizes: Vec<Size>,
    /// Seconds that `gen --check` of the platform takes, start of the process included.
    pub(crate) check: Vec<f64>,
}

/// A number that is asked for.
struct Bar {
    what: String,
    value: f64,
    limit: Limit,
}

impl Report {
    /// The exponent of a stage's growth over all sizes: 1 is linear, 2 is quadratic. The line through the logarithms.
    pub(super) fn exponent(&self, stage: Stage) -> f64 {
        let points: Vec<(f64, f64)> = self
            .sizes
            .iter()
            .filter_map(|size| {
                let spread = Spread::of(size.samples(stage))?;
                Some(((size.models as f64).ln(), spread.median.max(1e-6).ln()))
            })
            .collect();
        slope(&points)
    }

    fn bars(&self) -> Vec<Bar> {
        let largest = self.sizes.last();
        let last = |samples: fn(&Size) -> &[f64]| {
            largest
                .and_then(|size| Spread::of(samples(size)))
                .map_or(f64::NAN, |spread| spread.median)
        };
        let models = largest.map_or(0, |size| size.models);
        let check = Spread::of(&self.check).map_or(f64::NAN, |spread| spread.median);
        let mut bars = vec![
            Bar {
                what: format!("plan 100 changes of {models} models, seconds until it is done"),
                value: last(|size| &size.waited),
                limit: Limit::Below(2.0),
            },
            Bar {
                what: format!("generate {models} models, CPU seconds"),
                value: last(|size| &size.generate),
                limit: Limit::Below(3.0),
            },
            Bar {
                what: format!("read and generate {models} models, CPU seconds"),
                value: last(|size| &size.compile) + last(|size| &size.generate),
                limit: Limit::Below(3.0),
            },
            Bar {
                what: format!("memory for {models} models, MiB"),
                value: last(|size| &size.memory),
                limit: Limit::Below(500.0),
            },
            Bar {
                what: "`gen --check` of the platform, seconds until it is done".to_owned(),
                value: check,
                limit: Limit::Below(0.3),
            },
        ];
        bars.extend(Stage::ALL.map(|stage| Bar {
            what: format!("growth of “{}”, exponent", stage.title()),
            value: self.exponent(stage),
            limit: Limit::AtMost(1.15),
        }));
        bars
    }

    /// How many bars are missed.
    pub(crate) fn missed(&self) -> usize {
        self.bars()
            .iter()
            .filter(|bar| bar.limit.met(bar.value) != Some(true))
            .count()
    }

    fn curve(&self) -> Vec<Vec<String>> {
        let mut head = vec!["models".to_owned()];
        head.extend(Stage::ALL.map(|stage| stage.title().to_owned()));
        head.extend(["peak memory, MiB", "lines written"].map(str::to_owned));
        let of =
            |samples: &[f64]| Spread::of(samples).map_or_else(String::new, |spread| spread.text());
        let mut lines = vec![head];
        for size in &self.sizes {
            let mut line = vec![size.models.to_string()];
            line.extend(Stage::ALL.map(|stage| of(size.samples(stage))));
            line.push(of(&size.memory));
            line.push(format!("{:.0}", size.lines));
            lines.push(line);
        }
        let mut growth = vec!["exponent".to_owned()];
        growth.extend(Stage::ALL.map(|stage| number(self.exponent(stage))));
        growth.extend([String::new(), String::new()]);
        lines.push(growth);
        lines
    }

    fn verdicts(&self) -> Vec<Vec<String>> {
        let mut lines = vec![["", "measured", "asked", ""].map(str::to_owned).to_vec()];
        lines.extend(self.bars().iter().map(|bar| {
            let verdict = match bar.limit.met(bar.value) {
                Some(true) => "holds",
                _ => "MISSED",
            };
            vec![
                bar.what.clone(),
                number(bar.value),
                bar.limit.text(),
                verdict.to_owned(),
            ]
        }));
        lines
    }

    /// The tables as people read them in a terminal.
    pub(crate) fn terminal(&self) -> String {
        format!(
            "{}\n{}",
            table::terminal(&self.curve()),
            table::terminal(&self.verdicts())
        )
    }

    /// Everything, with each sample.
    pub(crate) fn json(&self) -> String {
        let sizes: Vec<Value> = self
            .sizes
            .iter()
            .map(|size| {
                json!({
                    "models": size.models, "compile": size.compile, "generate": size.generate, "plan": size.plan, "plan_waited": size.waited,
                    "peak_mib": size.memory, "lines": size.lines,
                })
            })
            .collect();
        let bars: Vec<Value> = self
            .bars()
            .iter()
            .map(|bar| json!({"what": bar.what, "measured": bar.value, "asked": bar.limit.text(), "met": bar.limit.met(bar.value)}))
            .collect();
        let exponents: serde_json::Map<String, Value> = Stage::ALL
            .into_iter()
            .map(|stage| (stage.key().to_owned(), json!(self.exponent(stage))))
            .collect();
        let whole = json!({
            "profile": "dev", "missed": self.missed(), "exponents": exponents, "check_seconds": self.check, "bars": bars,
            "sizes": sizes,
        });
        format!("{whole:#}")
    }

    /// Writes `bench/results/codegen.md`, `.json` and `.svg`.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
        let text = format!(
            "# What the compiler takes\n\nCPU seconds in the dev profile, the one that `cargo xtask` runs: the median of the \
             rounds, the smallest and the\nlargest. A spec of groups of ten models each, with references, enums, counters, \
             sums, a ledger, a queue and views;\nthe hundred changes are of twenty kinds. Made by\n\n\
             ```sh\ncargo xtask bench codegen\n```\n\n{}\n![The curve](codegen.svg)\n\n{}",
            table::markdown(&self.curve()),
            table::markdown(&self.verdicts())
        );
        let write = |name: &str, text: String| std::fs::write(folder.join(name), text);
        std::fs::create_dir_all(&folder)
            .and_then(|()| write("codegen.md", text))
            .and_then(|()| write("codegen.json", self.json() + "\n"))
            .and_then(|()| write("codegen.svg", chart::svg(self)))
            .map_err(|error| Failure::Io("write the results", error))
    }
}

/// The slope of the line with the least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let across: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let square: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    across / square
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_a_square_is_two() {
        let points = [1.0_f64, 10.0, 100.0].map(|x| (x.ln(), (3.0 * x * x).ln()));
        assert!((slope(&points) - 2.0).abs() < 1e-9);
    }
}
