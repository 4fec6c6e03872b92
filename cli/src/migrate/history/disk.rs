//! The files of a history's folder, and which of them a line of it means.
//!
//! A version is a second, and two branches may make a migration in the same one: a file is a migration's when it has its
//! version and its name.

use super::{Entry, FILE, Part};
use crate::migrate::Error;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The names up to `.sql` of the files that sqlx takes for migrations, by their versions.
pub(super) type Files = BTreeMap<i64, Vec<String>>;

/// The migration of a line, with what its files hold.
pub(super) fn entry(folder: &Path, line: &str, on_disk: &Files) -> Result<Entry, Error> {
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
    let (Ok(first), Ok(count)) = (version.parse::<i64>(), count.parse::<i64>()) else {
        return Err(broken());
    };
    let mut parts = Vec::new();
    for (place, version) in (first..first.saturating_add(count.min(10_000))).enumerate() {
        let of_version = on_disk.get(&version).map_or(&[][..], Vec::as_slice);
        let Some(stem) = of_version
            .iter()
            .find(|stem| is_part(stem, version, name, place))
        else {
            let there = of_version.first().map_or_else(String::new, |stem| {
                format!("; with this version there is `{stem}.sql`, of another one")
            });
            return Err(Error::history(
                format!(
                    "a file of the migration `{first}_{name}` is missing: the one with the version {version}{there}"
                ),
                "put it back from git",
            ));
        };
        parts.push(part(folder, version, stem)?);
    }
    Ok(Entry {
        version: first,
        name: name.to_owned(),
        parts,
        checksum: checksum.to_owned(),
        chain: chain.to_owned(),
    })
}

fn part(folder: &Path, version: i64, stem: &str) -> Result<Part, Error> {
    let up = folder.join(format!("{stem}.sql"));
    let down = folder.join(format!("{stem}.down.sql"));
    Ok(Part {
        version,
        stem: stem.to_owned(),
        up: fs::read_to_string(&up)
            .map(|text| text.replace("\r\n", "\n"))
            .map_err(Error::io("read", up))?,
        down: match fs::read_to_string(&down) {
            Ok(text) => Some(text.replace("\r\n", "\n")),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io("read", down)(error)),
        },
    })
}

/// Whether a file is the part of a migration at a place: `<version>_<name>`, and from the second on
/// `<version>_<name>_<number>_<word>`, where the word has no `_`.
fn is_part(stem: &str, version: i64, name: &str, place: usize) -> bool {
    let first = format!("{version}_{name}");
    if place == 0 {
        return stem == first;
    }
    stem.strip_prefix(&first)
        .and_then(|rest| rest.strip_prefix(&format!("_{}_", place + 1)))
        .is_some_and(|word| !word.is_empty() && !word.contains('_'))
}

/// The files that sqlx takes for migrations, in the order of their names.
pub(super) fn files(folder: &Path) -> Result<Files, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Files::new()),
        Err(error) => return Err(Error::io("read the folder", folder)(error)),
    };
    let mut found = Files::new();
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
            found.entry(version).or_default().push(stem.to_owned());
        }
    }
    for stems in found.values_mut() {
        stems.sort();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::is_part;

    #[test]
    fn a_file_belongs_to_a_migration_by_its_version_and_its_name() {
        assert!(is_part("7_a", 7, "a", 0) && is_part("8_a_2_index", 8, "a", 1));
        assert!(!is_part("7_b", 7, "a", 0) && !is_part("7_a_b", 7, "a", 0));
        assert!(!is_part("8_a", 8, "a", 1) && !is_part("8_a_b_2_index", 8, "a", 1));
        // A migration that is called so.
        assert!(!is_part("8_a_2_index_2_index", 8, "a", 1));
    }
}
