//! The curve, both axes logarithmic: a straight line that rises one decade a decade is linear growth.

use super::report::Report;
use super::{Size, Stage};
use crate::stats::{Spread, number};
use std::fmt::Write as _;

const LEFT: f64 = 70.0;
const TOP: f64 = 60.0;
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 330.0;
/// The decades of the axes: 10 to 1,000 models, a hundredth of a second to ten.
const MODELS: (f64, f64) = (1.0, 3.0);
const SECONDS: (f64, f64) = (-2.0, 1.0);

fn color(stage: Stage) -> &'static str {
    match stage {
        Stage::Compile => "#6b7280",
        Stage::Generate => "#1d4ed8",
        Stage::Plan => "#d97706",
    }
}

fn x(models: f64) -> f64 {
    LEFT + WIDTH * (models.log10() - MODELS.0) / (MODELS.1 - MODELS.0)
}

fn y(seconds: f64) -> f64 {
    let place = (seconds.max(1e-9).log10() - SECONDS.0) / (SECONDS.1 - SECONDS.0);
    TOP + HEIGHT * (1.0 - place.clamp(0.0, 1.0))
}

pub(super) fn svg(report: &Report) -> String {
    let mut body = String::new();
    // Writing to a String cannot fail.
    for models in [10.0, 30.0, 100.0, 300.0, 1_000.0] {
        let at = x(models);
        let _ = writeln!(
            body,
            r#"<line class="grid" x1="{at:.1}" y1="{TOP}" x2="{at:.1}" y2="{:.1}"/><text class="tick" x="{at:.1}" y="{:.1}">{models}</text>"#,
            TOP + HEIGHT,
            TOP + HEIGHT + 18.0
        );
    }
    for seconds in [0.01, 0.1, 1.0, 10.0] {
        let at = y(seconds);
        let _ = writeln!(
            body,
            r#"<line class="grid" x1="{LEFT}" y1="{at:.1}" x2="{:.1}" y2="{at:.1}"/><text class="side" x="{:.1}" y="{:.1}">{seconds} s</text>"#,
            LEFT + WIDTH,
            LEFT - 8.0,
            at + 4.0
        );
    }
    for (place, stage) in Stage::ALL.into_iter().enumerate() {
        line(&mut body, &report.sizes, stage);
        let at = TOP + 18.0 + 18.0 * place as f64;
        let _ = writeln!(
            body,
            r#"<rect x="{:.1}" y="{:.1}" width="14" height="4" fill="{}"/><text x="{:.1}" y="{at:.1}">{} (exponent {})</text>"#,
            LEFT + 14.0,
            at - 6.0,
            color(stage),
            LEFT + 36.0,
            stage.title(),
            number(report.exponent(stage))
        );
    }
    let (total, height) = (LEFT + WIDTH + 40.0, TOP + HEIGHT + 50.0);
    let middle = LEFT + WIDTH / 2.0;
    let bottom = height - 12.0;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" width="{total}" height="{height}" role="img">
<title>CPU seconds of the compiler's stages by the number of models</title>
<style>
text {{ font: 12px system-ui, sans-serif; fill: #111827 }}
.head {{ font-size: 15px; font-weight: 600 }}
.tick {{ text-anchor: middle }}
.side {{ text-anchor: end }}
.grid {{ stroke: #e5e7eb }}
</style>
<rect width="100%" height="100%" fill="#ffffff"/>
<text class="head" x="12" y="24">CPU seconds of the compiler, from 10 models to 1,000</text>
<text x="12" y="42">dev profile; both axes logarithmic: exponent 1 is linear growth</text>
<text class="tick" x="{middle}" y="{bottom}">models</text>
{body}</svg>
"##
    )
}

fn line(body: &mut String, sizes: &[Size], stage: Stage) {
    let mut points = String::new();
    for size in sizes {
        let Some(spread) = Spread::of(size.samples(stage)) else {
            continue;
        };
        let (x, y) = (x(size.models as f64), y(spread.median));
        let _ = write!(points, "{x:.1},{y:.1} ");
        let _ = writeln!(
            body,
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="{}"/>"#,
            color(stage)
        );
    }
    let _ = writeln!(
        body,
        r#"<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/>"#,
        points.trim_end(),
        color(stage)
    );
}
