//! The PostgreSQL that the machine already has.

use super::Tried;
use super::account::Account;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The oldest version that everything here is tried on.
pub const OLDEST: u32 = 14;

/// The variable that tells the system's loader where libraries are.
const LIBRARY_PATH: &str = if cfg!(target_os = "macos") {
    "DYLD_LIBRARY_PATH"
} else {
    "LD_LIBRARY_PATH"
};

/// Tells a program where its libraries are, if not in the system's places.
pub(super) fn add_libraries(command: &mut Command, libraries: &[PathBuf]) {
    if let Some(path) = env::join_paths(libraries)
        .ok()
        .filter(|path| !path.is_empty())
    {
        command.env(LIBRARY_PATH, path);
    }
}

/// The programs of one PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The folder of `initdb` and `postgres`.
    pub bin: PathBuf,
    /// The version, as `postgres --version` says it (`17.2`).
    pub version: String,
    /// Where the programs find their libraries, if not in the system's places.
    pub libraries: Vec<PathBuf>,
}

impl Installation {
    /// Looks at a folder.
    ///
    /// # Errors
    /// Says what is missing there.
    pub fn at(bin: &Path) -> Result<Self, String> {
        Self::with_libraries(bin, Vec::new())
    }

    /// Looks at a folder whose programs need libraries from elsewhere.
    ///
    /// # Errors
    /// Says what is missing there.
    pub fn with_libraries(bin: &Path, libraries: Vec<PathBuf>) -> Result<Self, String> {
        for program in ["initdb", "postgres"] {
            if !bin.join(program).is_file() {
                return Err(format!("`{}` has no `{program}`", bin.display()));
            }
        }
        let mut command = Command::new(bin.join("postgres"));
        add_libraries(&mut command, &libraries);
        let output = command.arg("--version").output().map_err(|error| {
            format!("`{}` does not run: {error}", bin.join("postgres").display())
        })?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            .ok_or_else(|| {
                format!(
                    "`{}` does not say its version: {}",
                    bin.join("postgres").display(),
                    String::from_utf8_lossy(&output.stderr).trim()
                )
            })?
            .to_string();
        let found = Self {
            bin: bin.to_path_buf(),
            version,
            libraries,
        };
        match found.major() {
            Some(major) if major >= OLDEST => Ok(found),
            _ => Err(format!(
                "`{}` is version {}, and {OLDEST} or newer is needed",
                bin.display(),
                found.version
            )),
        }
    }

    /// The number of the major version.
    #[must_use]
    pub fn major(&self) -> Option<u32> {
        let digits: String = self
            .version
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    }

    /// A command that runs a program of this installation as a user.
    pub(super) fn command(&self, account: Account, program: &str) -> Command {
        let mut command = account.command(self.bin.join(program));
        add_libraries(&mut command, &self.libraries);
        command
    }
}

/// The first installation that is good enough: that of `PGWRIGHT_PG_BIN` if it is set, else in this order: `PATH`,
/// `pg_config`, the folders of Linux distributions (newest first), Homebrew, Postgres.app.
///
/// # Errors
/// Every place that was looked at, and why it does not do.
pub fn installed(
    usable: &dyn Fn(&Installation) -> Result<(), String>,
) -> Result<Installation, Vec<Tried>> {
    let mut tried = Vec::new();
    let mut seen = BTreeSet::new();
    for (way, folders) in places() {
        if folders.is_empty() {
            tried.push(Tried::new(way, "nothing there"));
        }
        for folder in folders {
            if !seen.insert(fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone())) {
                continue;
            }
            match Installation::at(&folder).and_then(|found| usable(&found).map(|()| found)) {
                Ok(found) => return Ok(found),
                Err(why) => tried.push(Tried::new(way, why)),
            }
        }
    }
    Err(tried)
}

/// The variable by which a user names the folder of the programs.
const NAMED: &str = "PGWRIGHT_PG_BIN";

/// The folder that the user named: it is that one or none.
pub(super) fn named() -> Option<PathBuf> {
    let folder = env::var_os(NAMED).filter(|value| !value.is_empty())?;
    Some(PathBuf::from(folder))
}

fn places() -> Vec<(&'static str, Vec<PathBuf>)> {
    if let Some(folder) = named() {
        return vec![(NAMED, vec![folder])];
    }
    let mut places = Vec::new();
    let path = env::var_os("PATH").unwrap_or_default();
    places.push((
        "PATH",
        env::split_paths(&path)
            .filter(|folder| folder.join("postgres").is_file())
            .collect(),
    ));
    places.push(("pg_config --bindir", pg_config().into_iter().collect()));
    places.push((
        "the folders of Linux distributions",
        [
            versions("/usr/lib/postgresql", ""),
            versions("/usr/lib64/pgsql", ""),
            versions("/usr", "pgsql-"),
            vec![PathBuf::from("/usr/local/pgsql/bin")],
        ]
        .concat()
        .into_iter()
        .filter(|folder| folder.is_dir())
        .collect(),
    ));
    if cfg!(target_os = "macos") {
        places.push((
            "Homebrew",
            ["/opt/homebrew/opt", "/usr/local/opt"]
                .iter()
                .flat_map(|folder| versions(folder, "postgresql@"))
                .collect(),
        ));
        places.push((
            "Postgres.app",
            versions("/Applications/Postgres.app/Contents/Versions", ""),
        ));
    }
    places
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let folder = PathBuf::from(text.trim());
    folder.is_dir().then_some(folder)
}

/// The `bin` folders of `<parent>/<prefix><version>`, newest first.
fn versions(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.split('.').next()?.parse().ok()?;
            let bin = entry.path().join("bin");
            bin.is_dir().then_some((version, bin))
        })
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, bin)| bin).collect()
}
