//! `bench codegen`: what the compiler takes, from ten models to a thousand.
//!
//! Measured on the programs that `cargo xtask` runs, in the profile that it builds them in. CPU seconds, since they hardly
//! depend on what else the machine does; where people wait for a command, the time that it takes as well.

mod chart;
mod report;
mod spec;

use crate::{CodegenOptions, Failure, progress};
use report::Report;
use serde_json::Value;
use spec::Side;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// How many models are measured.
const SIZES: [usize; 5] = [10, 30, 100, 300, 1_000];

/// What is measured at each size, by its name in the output of the example `stages`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Compile,
    Generate,
    Plan,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Compile, Self::Generate, Self::Plan];

    fn key(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::Generate => "generate",
            Self::Plan => "plan",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Compile => "parse, lower, verify",
            Self::Generate => "generate all files",
            Self::Plan => "plan 100 changes, and the way back",
        }
    }
}

/// What one size took, a sample for each round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Size {
    pub(crate) models: usize,
    pub(crate) compile: Vec<f64>,
    pub(crate) generate: Vec<f64>,
    /// Both ways together, which are planned side by side.
    pub(crate) plan: Vec<f64>,
    /// Seconds until the plan is there.
    pub(crate) waited: Vec<f64>,
    /// The most memory of a process that compiled and generated, in MiB.
    pub(crate) memory: Vec<f64>,
    /// Lines of the generated files.
    pub(crate) lines: f64,
}

impl Size {
    pub(crate) fn samples(&self, stage: Stage) -> &[f64] {
        match stage {
            Stage::Compile => &self.compile,
            Stage::Generate => &self.generate,
            Stage::Plan => &self.plan,
        }
    }
}

/// Measures in a folder below the one where this program was built.
pub(crate) fn run(options: &CodegenOptions) -> Result<Report, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let scratch = scratch()?;
    progress("building the command line and the compiler's stages");
    build(&root)?;
    let programs = target(&root).join("debug");
    let stages = programs.join(format!("examples/stages{}", std::env::consts::EXE_SUFFIX));
    let mut sizes = Vec::new();
    for models in SIZES {
        progress(&format!("{models} models"));
        let (prev, next) = (scratch.join("prev.toml"), scratch.join("next.toml"));
        write(&prev, &spec::text(models, Side::Prev))?;
        write(&next, &spec::text(models, Side::Next))?;
        let mut size = Size {
            models,
            ..Size::default()
        };
        for _ in 0..options.rounds {
            let made = numbers(Command::new(&stages).arg("generate").arg(&next))?;
            size.compile.push(number(&made, Stage::Compile.key()));
            size.generate.push(number(&made, Stage::Generate.key()));
            size.memory.push(number(&made, "peak_mib"));
            size.lines = number(&made, "lines");
            let planned = numbers(Command::new(&stages).arg("plan").arg(&prev).arg(&next))?;
            size.plan.push(number(&planned, Stage::Plan.key()));
            size.waited.push(number(&planned, "plan_waited"));
        }
        sizes.push(size);
    }
    progress("`gen --check` of the platform");
    let program = programs.join(format!("pgwright{}", std::env::consts::EXE_SUFFIX));
    let mut check = Vec::new();
    for _ in 0..options.rounds * 5 {
        let start = Instant::now();
        let mut command = Command::new(&program);
        let done = command.args(["gen", "--check"]).current_dir(&root).output();
        let done = done.map_err(|error| Failure::Io("run the command line", error))?;
        if !done.status.success() {
            return Err(Failure::Stage(text(&done.stderr)));
        }
        check.push(start.elapsed().as_secs_f64());
    }
    Ok(Report { sizes, check })
}

fn scratch() -> Result<PathBuf, Failure> {
    let built = std::env::current_exe().map_err(|error| Failure::Io("find this program", error))?;
    // `target/bench/release/automl-bench` makes it `target/bench/codegen`.
    let folder = built
        .ancestors()
        .nth(2)
        .map_or_else(PathBuf::new, Path::to_path_buf)
        .join("codegen");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::Io("make a folder", error))?;
    Ok(folder)
}

/// Where cargo puts what the project's own alias builds.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set))
}

fn build(root: &Path) -> Result<(), Failure> {
    for arguments in [
        ["--package", "pgwright-cli", "--bin", "pgwright"],
        ["--package", "pgwright-codegen", "--example", "stages"],
    ] {
        let mut command = crate::check::cargo(root);
        command.args(["build", "--quiet"]).args(arguments);
        // The profile decides, as it does for whoever runs the alias.
        command.env_remove("CARGO_INCREMENTAL");
        command.env_remove("RUSTC_WRAPPER");
        crate::check::finish(command)?;
    }
    Ok(())
}

/// The line of JSON that the stages print.
fn numbers(command: &mut Command) -> Result<Value, Failure> {
    let done = command
        .output()
        .map_err(|error| Failure::Io("run the compiler's stages", error))?;
    if !done.status.success() {
        return Err(Failure::Stage(text(&done.stderr)));
    }
    serde_json::from_slice(&done.stdout).map_err(|error| Failure::Stage(error.to_string()))
}

fn number(line: &Value, key: &str) -> f64 {
    line.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::Io("write a spec", error))
}
