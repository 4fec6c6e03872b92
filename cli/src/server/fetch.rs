//! A PostgreSQL fetched and kept in a cache, for a machine that has none.
//!
//! Nothing is installed, and nobody's permission is needed: every way ends in a folder of the cache. Only the last one,
//! the system's package manager, changes the machine, and it must be allowed.

mod debian;
mod npm;
mod pip;
mod release;
mod system;

use super::account::Account;
use super::find::Installation;
use super::{Error, Tried};
use crate::project::short_hash;
use crate::ui::Progress;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// One way to come by a server.
struct Way {
    /// What it is called, for people.
    name: &'static str,
    /// What it is called in the cache; with the version that it fetches.
    key: &'static str,
    /// Fetches into an empty folder. Where libraries lie apart, it answers in which folders.
    fetch: fn(&Path) -> Result<Vec<PathBuf>, String>,
}

const WAYS: [Way; 4] = [release::WAY, pip::WAY, npm::WAY, debian::WAY];

/// The cached PostgreSQL, else a fetched one, else one that the system's package manager installs where that is allowed.
pub(super) fn fetched(
    account: Account,
    install_allowed: bool,
    usable: &dyn Fn(&Installation) -> Result<(), String>,
) -> Result<Installation, Vec<Tried>> {
    let cache = match folder(account) {
        Ok(cache) => cache,
        Err(error) => return Err(vec![Tried::new("the cache", error)]),
    };
    for way in &WAYS {
        let cached = look(&cache.join(way.key)).and_then(|found| usable(&found).map(|()| found));
        if let Ok(found) = cached {
            return Ok(found);
        }
    }
    let mut tried = Vec::new();
    for way in &WAYS {
        let got = get(way, &cache).and_then(|found| usable(&found).map(|()| found));
        match got {
            Ok(found) => return Ok(found),
            Err(why) => tried.push(Tried::new(way.name, why)),
        }
    }
    if install_allowed {
        match system::install() {
            Ok(()) => match super::find::installed(usable) {
                Ok(found) => return Ok(found),
                Err(more) => tried.extend(more),
            },
            Err(why) => tried.push(Tried::new(system::NAME, why)),
        }
    } else {
        tried.push(Tried::new(
            system::NAME,
            "not allowed; `db start --install` or PGWRIGHT_INSTALL=1 allows it",
        ));
    }
    Err(tried)
}

/// Fetches beside its place and moves it there when it is whole: another checkout may fetch the same.
fn get(way: &Way, cache: &Path) -> Result<Installation, String> {
    let draft = cache.join(format!(
        "draft-{}-{}",
        std::process::id(),
        short_hash(way.key)
    ));
    let made = fs::create_dir_all(&draft)
        .map_err(|error| format!("cannot make `{}`: {error}", draft.display()));
    let place = cache.join(way.key);
    let result = made
        .and_then(|()| {
            let _progress = Progress::start(format!("fetching PostgreSQL ({})", way.name));
            (way.fetch)(&draft)
        })
        .and_then(|libraries| {
            let lines: String = libraries
                .iter()
                .map(|path| path.strip_prefix(&draft).unwrap_or(path))
                .map(|path| format!("{}\n", path.display()))
                .collect();
            fs::write(draft.join(LIBRARIES), lines).map_err(|error| error.to_string())?;
            look(&draft)
        })
        .and_then(|_| {
            let _ = fs::remove_dir_all(&place);
            // One that was fetched by somebody else in the meantime is as good.
            let _ = fs::rename(&draft, &place);
            look(&place)
        });
    let _ = fs::remove_dir_all(&draft);
    result
}

/// A file of the cache that says where libraries are, a folder each line.
const LIBRARIES: &str = "libraries";

/// The installation in a folder of the cache.
fn look(folder: &Path) -> Result<Installation, String> {
    let bin = find_bin(folder, 6)
        .ok_or_else(|| format!("no `bin/postgres` in `{}`", folder.display()))?;
    let libraries = fs::read_to_string(folder.join(LIBRARIES))
        .unwrap_or_default()
        .lines()
        .map(|relative| folder.join(relative))
        .collect();
    Installation::with_libraries(&bin, libraries)
}

fn find_bin(folder: &Path, depth: u32) -> Option<PathBuf> {
    if folder.ends_with("bin") && folder.join("postgres").is_file() {
        return Some(folder.to_path_buf());
    }
    let mut below: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    below.sort();
    (depth > 0)
        .then(|| below.iter().find_map(|path| find_bin(path, depth - 1)))
        .flatten()
}

/// The cache: the user's own; as root a place that the server's user can reach.
fn folder(account: Account) -> Result<PathBuf, String> {
    let home = || env::var_os("HOME").filter(|value| !value.is_empty());
    let path = if let Some(path) = env::var_os("PGWRIGHT_CACHE").filter(|value| !value.is_empty()) {
        PathBuf::from(path)
    } else if account != Account::Own {
        PathBuf::from("/var/cache/pgwright")
    } else if let Some(path) = env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        PathBuf::from(path).join("pgwright")
    } else if let Some(home) = home() {
        let below = if cfg!(target_os = "macos") {
            "Library/Caches"
        } else {
            ".cache"
        };
        PathBuf::from(home).join(below).join("pgwright")
    } else {
        return Err("neither HOME nor PGWRIGHT_CACHE is set".into());
    };
    fs::create_dir_all(&path)
        .map_err(|error| format!("cannot make `{}`: {error}", path.display()))?;
    Ok(path)
}

/// Runs a program to its end; its last words if it fails.
fn run(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            format!("`{program}` is not on this machine")
        } else {
            format!("`{program}` does not run: {error}")
        }
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = if errors.trim().is_empty() {
        String::from_utf8_lossy(&output.stdout)
    } else {
        errors
    };
    // The cause often stands before a last line that only says that all is lost.
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = lines[lines.len().saturating_sub(2)..].join("; ");
    Err(format!("`{program}` failed ({}): {last}", output.status))
}

/// The operating system and processor, in the words of a package source.
fn platform(names: &[(&str, &str, &'static str)]) -> Result<&'static str, String> {
    names
        .iter()
        .find(|(os, arch, _)| *os == env::consts::OS && *arch == env::consts::ARCH)
        .map(|(_, _, name)| *name)
        .ok_or_else(|| {
            format!(
                "has nothing for {} on {}",
                env::consts::OS,
                env::consts::ARCH
            )
        })
}

/// Makes the programs of a folder executable: an archive may have lost that.
fn make_executable(bin: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let entries = fs::read_dir(bin).map_err(|error| error.to_string())?;
    for entry in entries.filter_map(Result::ok) {
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o755))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The cached or fetched PostgreSQL, as an error that names every way when there is none.
pub(super) fn all_ways(
    account: Account,
    install_allowed: bool,
    usable: &dyn Fn(&Installation) -> Result<(), String>,
) -> Result<Installation, Error> {
    super::find::installed(usable).or_else(|mut tried| {
        if super::find::named().is_some() {
            return Err(Error::NoServer(tried));
        }
        fetched(account, install_allowed, usable).map_err(|more| {
            tried.extend(more);
            Error::NoServer(tried)
        })
    })
}
