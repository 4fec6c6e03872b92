//! The portable builds that `postgresql_embedded` uses too: psql and the extensions of contrib included.

use super::{Way, platform, run};
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = "17.10.0";

pub(super) const WAY: Way = Way {
    name: "theseus-rs/postgresql-binaries on GitHub, by curl",
    key: "release-17.10.0",
    fetch,
};

fn fetch(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let target = platform(&[
        ("linux", "x86_64", "x86_64-unknown-linux-gnu"),
        ("linux", "aarch64", "aarch64-unknown-linux-gnu"),
        ("macos", "x86_64", "x86_64-apple-darwin"),
        ("macos", "aarch64", "aarch64-apple-darwin"),
    ])?;
    let name = format!("postgresql-{VERSION}-{target}.tar.gz");
    let address = format!(
        "https://github.com/theseus-rs/postgresql-binaries/releases/download/{VERSION}/{name}"
    );
    let (archive, sum) = (folder.join(&name), folder.join("sha256"));
    download(&address, &archive)?;
    download(&format!("{address}.sha256"), &sum)?;
    verify(&archive, &sum)?;
    run(Command::new("tar")
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(folder))?;
    let _ = std::fs::remove_file(archive);
    Ok(Vec::new())
}

fn download(address: &str, to: &Path) -> Result<(), String> {
    // A network without a way there says so in five seconds, not in minutes.
    run(Command::new("curl")
        .args(["--fail", "--location", "--silent", "--show-error"])
        .args([
            "--proto",
            "=https",
            "--connect-timeout",
            "5",
            "--max-time",
            "300",
        ])
        .arg("--output")
        .arg(to)
        .arg(address))
    .map(drop)
}

fn verify(archive: &Path, sum: &Path) -> Result<(), String> {
    let wanted = std::fs::read_to_string(sum).map_err(|error| error.to_string())?;
    let wanted = wanted.split_whitespace().next().unwrap_or_default();
    let found = run(Command::new("sha256sum").arg(archive))
        .or_else(|_| run(Command::new("shasum").args(["-a", "256"]).arg(archive)))?;
    let found = found.split_whitespace().next().unwrap_or_default();
    if wanted.len() == 64 && wanted.eq_ignore_ascii_case(found) {
        Ok(())
    } else {
        Err(format!(
            "the archive's checksum is {found}, and {wanted} was announced"
        ))
    }
}
