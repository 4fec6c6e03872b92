//! The chart: how much time each takes, of the time of tokio-postgres.

use super::claims;
use super::contest::Task;
use super::report::{Report, Who, duration};
use crate::stats::{Spread, number};
use std::fmt::Write as _;

/// One measurement: its title, and a bar for each who took part.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
}

/// Smallest, middle and largest of the ratios.
pub(super) struct Bar {
    pub(super) who: Who,
    pub(super) ratio: Spread,
    /// What it is without a comparison.
    pub(super) absolute: String,
}

const LEFT: f64 = 200.0;
const WIDTH: f64 = 480.0;
const TOTAL: f64 = 840.0;
const LINE: f64 = 17.0;
/// Bars end here; what is longer is cut, and says how long it is.
const MOST: f64 = 3.0;

pub(super) fn groups(report: &Report) -> Vec<Group> {
    let tasks = Task::ALL.into_iter().map(|task| Group {
        title: task.title().to_string(),
        bars: Who::ALL
            .into_iter()
            .filter_map(|who| {
                let ratio = Spread::of(&report.ratios(task, who, Who::Raw))?;
                let time = Spread::of(report.samples.get(&(task, who))?)?;
                let absolute = duration(time.median);
                Some(Bar {
                    who,
                    ratio,
                    absolute,
                })
            })
            .collect(),
    });
    let mut groups: Vec<Group> = tasks.collect();
    let mut lengths: Vec<u64> = report.claims.iter().map(|claims| claims.queued).collect();
    lengths.dedup();
    groups.extend(lengths.into_iter().map(|queued| Group {
        title: format!("claim one of {queued} queued jobs, 8 workers"),
        bars: claimed(report, queued),
    }));
    groups.retain(|group| !group.bars.is_empty());
    groups
}

/// The time of a claim is less where there are more of them a second.
fn claimed(report: &Report, queued: u64) -> Vec<Bar> {
    let of = |who| {
        let mut claims = report.claims.iter();
        claims.find(move |claims| claims.who == who && claims.queued == queued)
    };
    let Some(raw) = of(claims::Who::Raw) else {
        return Vec::new();
    };
    [
        (Who::Raw, claims::Who::Raw),
        (Who::Db, claims::Who::Ours),
        (Who::Diesel, claims::Who::Diesel),
        (Who::SeaOrm, claims::Who::SeaOrm),
    ]
    .into_iter()
    .filter_map(|(who, claimer)| {
        let rates = &of(claimer)?.per_second;
        let ratios: Vec<f64> = raw
            .per_second
            .iter()
            .zip(rates)
            .map(|(raw, rate)| raw / rate)
            .collect();
        let absolute = format!("{} /s", number(Spread::of(rates)?.median));
        Some(Bar {
            who,
            ratio: Spread::of(&ratios)?,
            absolute,
        })
    })
    .collect()
}

fn color(who: Who) -> &'static str {
    match who {
        Who::Raw => "#6b7280",
        Who::Held => "#1d4ed8",
        Who::Db => "#60a5fa",
        Who::Sqlx | Who::Diesel | Who::SeaOrm | Who::SqlAlchemy => "#cbd5e1",
    }
}

pub(super) fn svg(groups: &[Group]) -> String {
    let x = |ratio: f64| LEFT + WIDTH * ratio.min(MOST) / MOST;
    let mut body = String::new();
    let mut y = 64.0;
    for group in groups {
        text(&mut body, 12.0, y, "title", &group.title);
        y += 8.0;
        for bar in &group.bars {
            let middle = y + LINE / 2.0;
            let end = x(bar.ratio.median);
            text(
                &mut body,
                LEFT - 8.0,
                middle + 4.0,
                "who",
                &bar.who.name().replace('`', ""),
            );
            // Writing to a String cannot fail.
            let _ = writeln!(
                body,
                r#"<rect x="{LEFT}" y="{:.1}" width="{:.1}" height="{:.1}" fill="{}"/>"#,
                y + 2.0,
                end - LEFT,
                LINE - 4.0,
                color(bar.who)
            );
            let (low, high) = (x(bar.ratio.min), x(bar.ratio.max));
            if bar.ratio.median < MOST && high - low > 1.0 {
                let _ = writeln!(
                    body,
                    r#"<line class="spread" x1="{low:.1}" y1="{middle:.1}" x2="{high:.1}" y2="{middle:.1}"/>"#
                );
            }
            let cut = if bar.ratio.median > MOST { " →" } else { "" };
            let label = if bar.who == Who::Raw {
                bar.absolute.clone()
            } else {
                format!("{}x{cut} · {}", number(bar.ratio.median), bar.absolute)
            };
            text(
                &mut body,
                end.max(high) + 6.0,
                middle + 4.0,
                "ratio",
                &label,
            );
            y += LINE;
        }
        y += 24.0;
    }
    let one = x(1.0);
    let height = y;
    let bottom = y - 16.0;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {TOTAL} {height}" width="{TOTAL}" height="{height}" role="img">
<title>Time of each, of the time of tokio-postgres</title>
<style>
text {{ font: 12px system-ui, sans-serif; fill: #111827 }}
.head {{ font-size: 15px; font-weight: 600 }}
.title {{ font-weight: 600 }}
.who {{ text-anchor: end }}
.ratio {{ fill: #374151 }}
.spread {{ stroke: #111827; stroke-width: 1.5 }}
.one {{ stroke: #9ca3af; stroke-dasharray: 3 3 }}
</style>
<rect width="100%" height="100%" fill="#ffffff"/>
<text class="head" x="12" y="24">Time of each, of the time of tokio-postgres: less is better</text>
<text x="12" y="42">medians; the line is from the best round to the worst</text>
{body}<line class="one" x1="{one}" y1="52" x2="{one}" y2="{bottom}"/>
</svg>
"##
    )
}

fn text(body: &mut String, x: f64, y: f64, class: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        body,
        r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{content}</text>"#
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_is_too_long_is_cut_and_says_how_long_it_is() {
        let ratio = Spread {
            median: 12.0,
            min: 11.0,
            max: 13.0,
        };
        let bars = vec![Bar {
            who: Who::SqlAlchemy,
            ratio,
            absolute: "1 ms".to_string(),
        }];
        let svg = svg(&[Group {
            title: "a < b".to_string(),
            bars,
        }]);
        assert!(svg.contains("12.0x →"), "{svg}");
        assert!(svg.contains(&format!(r#"width="{WIDTH:.1}""#)), "{svg}");
        assert!(svg.contains("a &lt; b"), "{svg}");
    }
}
