//! The history of migrations: which there are, in which order, and that nobody changed them.
//!
//! One small file, `history`, has a line for each migration, with a checksum over its SQL and over everything before it. Two
//! branches that both add one change its last line, so that git shows the conflict there and nowhere else. Beside each
//! migration stands the spec that it leads to: the next one is planned from it, without a database.

mod clock;
mod disk;

use super::Error;
use pgwright_codegen::plan::normalized;
use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file of the history.
pub const FILE: &str = "history";

const HEAD: &str = "\
# The migrations of this folder in their order: version, name, number of files, checksum, checksum of all up to here.
# Written by `pgwright migrate`. Where two branches conflict here, both added a migration: `pgwright migrate rebase`.
";

/// Why two files have one version.
const SAME_SECOND: &str = "two branches made a migration in the same second";
const BACK_TO_THE_CONFLICT: &str = "put the conflict back (`git checkout --merge -- history`, in this folder) and run `pgwright migrate rebase`: ours gets a version behind theirs";

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
    /// Its text, with line ends as they were written, whatever a checkout made of them.
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
        let on_disk = disk::files(folder)?;
        let mut entries = Vec::new();
        for line in text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        {
            entries.push(disk::entry(folder, line, &on_disk)?);
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
        for (place, entry) in self.entries.iter().enumerate() {
            let named = format!("the migration `{}_{}`", entry.version, entry.name);
            let state = self.state(entry)?;
            if let Some(other) = self.with_a_version_of(entry, place) {
                found.push(Error::history(
                    format!("{named} has a version of `{other}`: {SAME_SECOND}"),
                    BACK_TO_THE_CONFLICT,
                ));
            } else if entry.version <= last {
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
        for (version, stem) in disk::files(&self.folder)?
            .iter()
            .flat_map(|(version, stems)| stems.iter().map(move |stem| (*version, stem)))
        {
            let of_version = |part: &&Part| part.version == version;
            if self.parts().any(|part| part.stem == *stem) {
                continue;
            }
            found.push(match self.parts().find(of_version) {
                None => Error::history(
                    format!("`{stem}.sql` is not in the history"),
                    "migrations are made by `pgwright migrate new`: take the file out, and put its statements in a data step",
                ),
                Some(part) => Error::history(
                    format!(
                        "`{stem}.sql` is not in the history, and has the version of `{}.sql`: {SAME_SECOND}",
                        part.stem
                    ),
                    BACK_TO_THE_CONFLICT,
                ),
            });
        }
        Ok(found)
    }

    /// The migration before this one that has one of its versions.
    fn with_a_version_of(&self, entry: &Entry, place: usize) -> Option<String> {
        let has = |part: &Part| entry.parts.iter().any(|own| own.version == part.version);
        let mut before = self.entries.iter().take(place);
        let other = before.find(|other| other.parts.iter().any(has))?;
        Some(format!("{}_{}", other.version, other.name))
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
        clock::now().max(last + 1)
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

#[cfg(test)]
mod tests {
    use super::*;

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
