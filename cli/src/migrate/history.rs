//! The history of migrations: which there are, in which order, and that nobody changed them.
//!
//! One small file, `history`, has a line for each migration, with a checksum over its SQL and over everything before it. Two
//! branches that both add one change its last line, so that git shows the conflict there and nowhere else. Beside each
//! migration stands the spec that it leads to: the next one is planned from it, without a database.

use super::Error;
use pgwright_codegen::plan::normalized;
use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file of the history.
pub const FILE: &str = "history";

const HEAD: &str = "\
# The migrations of this folder in their order: version, name, number of files, checksum, checksum of all up to here.
# Written by `pgwright migrate`. Where two branches conflict here, both added a migration: `pgwright migrate rebase`.
";

/// A migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its version: that of its first file.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Its files, which have the versions that follow each other.
    pub parts: Vec<Part>,
    /// What it was sealed with.
    pub checksum: String,
    /// The checksum of everything up to it.
    pub chain: String,
}

/// A file of a migration, with the way back where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its version.
    pub version: i64,
    /// Its name, up to `.sql`.
    pub stem: String,
    /// Its text.
    pub up: String,
    /// The text of the way back.
    pub down: Option<String>,
}

impl Part {
    /// Whether it runs outside of a transaction.
    #[must_use]
    pub fn no_transaction(&self) -> bool {
        self.up.starts_with("-- no-transaction")
    }

    /// The description that sqlx makes of the file's name.
    #[must_use]
    pub fn description(&self) -> String {
        self.stem
            .split_once('_')
            .map_or("", |(_, name)| name)
            .replace('_', " ")
    }

    /// The migration as sqlx has it.
    #[must_use]
    pub fn migration(&self) -> Migration {
        Migration::new(
            self.version,
            self.description().into(),
            MigrationType::Simple,
            AssertSqlSafe(self.up.clone()).into_sql_str(),
            self.no_transaction(),
        )
    }
}

impl Entry {
    /// The name of the file with the spec that the migration leads to.
    #[must_use]
    pub fn state_file(&self) -> String {
        format!("{}_{}.toml", self.version, self.name)
    }

    /// Whether it has a way back.
    #[must_use]
    pub fn has_way_back(&self) -> bool {
        self.parts.first().is_some_and(|part| part.down.is_some())
    }

    /// The checksum of what it holds now.
    #[must_use]
    pub fn computed(&self, state: &str) -> String {
        let mut text = format!("{} {}\n", self.version, self.name);
        for part in &self.parts {
            text.push_str(&part.stem);
            text.push('\n');
            if part.no_transaction() {
                text.push_str("no-transaction\n");
            }
            text.push_str(&normalized(&part.up));
            text.push('\n');
            text.push_str(&part.down.as_deref().map(normalized).unwrap_or_default());
            text.push('\n');
        }
        text.push_str(&state.replace("\r\n", "\n"));
        digest(&text)
    }
}

/// The migrations of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The folder.
    pub folder: PathBuf,
    /// The migrations, in their order.
    pub entries: Vec<Entry>,
}

impl History {
    /// Reads the history of a folder and proves that every migration is what it was.
    ///
    /// # Errors
    /// When a file cannot be read, or a migration was changed, is missing, was added by hand or stands elsewhere.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let history = Self::read_unproven(folder)?;
        match history.wrong()?.into_iter().next() {
            None => Ok(history),
            Some(error) => Err(error),
        }
    }

    /// Reads the history as it says itself, without looking whether it is true.
    ///
    /// # Errors
    /// When a file cannot be read, or the history is none.
    pub fn read_unproven(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        if text
            .lines()
            .any(|line| line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>"))
        {
            return Err(Error::history(
                format!(
                    "two branches both added a migration: `{}` has a conflict",
                    path.display()
                ),
                "run `pgwright migrate rebase`: it puts ours after theirs",
            ));
        }
        let on_disk = files(folder)?;
        let mut entries = Vec::new();
        for line in text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        {
            entries.push(entry(folder, line, &on_disk)?);
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            entries,
        })
    }

    /// What is not as the history says.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn wrong(&self) -> Result<Vec<Error>, Error> {
        let mut found = Vec::new();
        let mut chain = String::new();
        let mut last = 0;
        for entry in &self.entries {
            let named = format!("the migration `{}_{}`", entry.version, entry.name);
            let state = self.state(entry)?;
            if entry.version <= last {
                found.push(Error::history(
                    format!("{named} stands after one with a higher version"),
                    "put the lines of `history` in the order that they had, from git",
                ));
            }
            last = entry
                .parts
                .last()
                .map_or(entry.version, |part| part.version);
            let computed = entry.computed(&state);
            if computed != entry.checksum {
                found.push(Error::history(
                    format!("{named} was changed after it was written"),
                    "put it back from git; if it was applied nowhere yet, `pgwright migrate rewrite` writes the last one again, with your data steps",
                ));
            }
            chain = link(&chain, &entry.checksum);
            if chain != entry.chain {
                found.push(Error::history(
                    format!("{named} does not follow what stands before it: a migration was moved, added or taken out"),
                    "put `history` back from git; after a merge run `pgwright migrate rebase`",
                ));
                // What follows cannot fit either.
                break;
            }
        }
        for (version, stem) in files(&self.folder)? {
            let known = self.entries.iter().any(|entry| {
                entry
                    .parts
                    .iter()
                    .any(|part| part.version == version && part.stem == stem)
            });
            if !known {
                found.push(Error::history(
                    format!("`{stem}.sql` is not in the history"),
                    "migrations are made by `pgwright migrate new`: take the file out, and put its statements in a data step",
                ));
            }
        }
        Ok(found)
    }

    /// The spec that a migration leads to.
    ///
    /// # Errors
    /// When the file is missing.
    pub fn state(&self, entry: &Entry) -> Result<String, Error> {
        let path = self.folder.join(entry.state_file());
        fs::read_to_string(&path).map_err(Error::io("read the spec of a migration", path))
    }

    /// The version that comes next: the time, and always higher than the last one.
    #[must_use]
    pub fn next_version(&self) -> i64 {
        let last = self
            .entries
            .iter()
            .flat_map(|entry| &entry.parts)
            .map(|part| part.version)
            .max()
            .unwrap_or_default();
        now().max(last + 1)
    }

    /// Every file with its version.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.entries.iter().flat_map(|entry| &entry.parts)
    }

    /// Adds a migration behind the others, and seals it.
    pub fn add(&mut self, version: i64, name: &str, parts: Vec<Part>, state: &str) {
        let mut entry = Entry {
            version,
            name: name.to_owned(),
            parts,
            checksum: String::new(),
            chain: String::new(),
        };
        entry.checksum = entry.computed(state);
        let before = self.entries.last().map_or("", |last| last.chain.as_str());
        entry.chain = link(before, &entry.checksum);
        self.entries.push(entry);
    }

    /// The text of the history's file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for entry in &self.entries {
            text.push_str(&format!(
                "{} {} {} {} {}\n",
                entry.version,
                entry.name,
                entry.parts.len(),
                entry.checksum,
                entry.chain
            ));
        }
        text
    }
}

fn link(before: &str, checksum: &str) -> String {
    digest(&format!("{before}\n{checksum}"))
}

fn entry(folder: &Path, line: &str, on_disk: &BTreeMap<i64, String>) -> Result<Entry, Error> {
    let broken = || {
        Error::history(
            format!(
                "`{}` has a line that is none of a migration: `{line}`",
                folder.join(FILE).display()
            ),
            "put the file back from git",
        )
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let [version, name, count, checksum, chain] = words[..] else {
        return Err(broken());
    };
    let (Ok(version), Ok(count)) = (version.parse::<i64>(), count.parse::<i64>()) else {
        return Err(broken());
    };
    let mut parts = Vec::new();
    for version in version..version.saturating_add(count.min(10_000)) {
        let Some(stem) = on_disk.get(&version) else {
            return Err(Error::history(
                format!(
                    "a file of the migration `{name}` is missing: the one with the version {version}"
                ),
                "put it back from git",
            ));
        };
        let up = folder.join(format!("{stem}.sql"));
        let down = folder.join(format!("{stem}.down.sql"));
        parts.push(Part {
            version,
            stem: stem.clone(),
            up: fs::read_to_string(&up).map_err(Error::io("read", up))?,
            down: match fs::read_to_string(&down) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(Error::io("read", down)(error)),
            },
        });
    }
    Ok(Entry {
        version,
        name: name.to_owned(),
        parts,
        checksum: checksum.to_owned(),
        chain: chain.to_owned(),
    })
}

/// The files that sqlx takes for migrations, by their versions.
fn files(folder: &Path) -> Result<BTreeMap<i64, String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(Error::io("read the folder", folder)(error)),
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(Error::io("read the folder", folder))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let Some(stem) = name
            .strip_suffix(".sql")
            .filter(|stem| !stem.ends_with(".down"))
        else {
            continue;
        };
        if let Some(version) = stem
            .split_once('_')
            .and_then(|(version, _)| version.parse().ok())
        {
            found.insert(version, stem.to_owned());
        }
    }
    Ok(found)
}

/// Thirty-two hexadecimal digits of the checksum that sqlx makes of a text.
fn digest(text: &str) -> String {
    let migration = Migration::new(
        0,
        "".into(),
        MigrationType::Simple,
        AssertSqlSafe(text.to_owned()).into_sql_str(),
        false,
    );
    migration
        .checksum
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The time in UTC as `20261122150102`.
fn now() -> i64 {
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or_default()
        });
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let date = (year * 100 + month) * 100 + day;
    ((date * 100 + second / 3600) * 100 + second / 60 % 60) * 100 + second % 60
}

/// Year, month and day of a number of days since 1970 (Hinnant's rule, for years after 0).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_779), (2026, 11, 22));
    }

    #[test]
    fn comments_and_line_ends_do_not_change_a_checksum_and_statements_do() {
        let part = |up: &str| Part {
            version: 1,
            stem: "1_a".to_owned(),
            up: up.to_owned(),
            down: None,
        };
        let entry = |up| Entry {
            version: 1,
            name: "a".to_owned(),
            parts: vec![part(up)],
            checksum: String::new(),
            chain: String::new(),
        };
        let first = entry("SELECT 1;\nSELECT 'a\nb';\n").computed("x\n");
        assert_eq!(
            first,
            entry("-- one\r\nSELECT 1;\r\nSELECT 'a\r\nb';").computed("x\r\n")
        );
        assert_ne!(first, entry("SELECT 2;\nSELECT 'a\nb';\n").computed("x\n"));
        assert_ne!(first, entry("SELECT 1;\nSELECT 'a\nb';\n").computed("y\n"));
        assert_ne!(
            first,
            entry("-- no-transaction\nSELECT 1;\nSELECT 'a\nb';\n").computed("x\n")
        );
    }
}
