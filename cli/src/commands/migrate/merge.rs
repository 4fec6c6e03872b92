//! `migrate rebase` and `migrate squash`: histories that meet, and histories that are long.

use super::super::{Failure, Outcome};
use super::folder;
use super::new::{Draft, files_of, save, state, write};
use crate::args::{MigrateSquash, Planning};
use crate::migrate::history::{Entry, FILE, History};
use crate::migrate::record::Record;
use crate::ui::{DIM, GOOD, own_name};
use pgwright_codegen::diff::{self, Planned};
use pgwright_codegen::plan::{self, Data};
use std::fs;
use std::path::Path;

/// What was added on both sides of a conflict.
struct Conflict {
    /// The text with theirs alone.
    theirs: String,
    /// The lines of ours.
    ours: Vec<String>,
}

/// Ours after theirs: our migrations are planned again from where theirs lead, as one.
pub(super) async fn rebase(args: &Planning) -> Result<Outcome, Failure> {
    let folder = folder(args.out.as_ref(), &args.place)?;
    let path = folder.join(FILE);
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let Some(conflict) = conflict(&text, in_git_rebase(&folder)) else {
        return Err(Failure::from(format!(
            "`{}` has no conflict\nhelp: merge or rebase with git first; where both branches added a migration, the conflict is there",
            path.display()
        )));
    };
    // Each side is read by a history that has it alone. Ours is not proven: it may stand between theirs.
    let sides = read_sides(&folder, &conflict);
    fs::write(&path, &text)?;
    let (theirs, ours) = sides?;
    let Some(last) = ours.last() else {
        fs::write(&path, &conflict.theirs)?;
        return Err(Failure::from(
            "our side of the conflict has no migration: theirs was taken",
        ));
    };
    let is_theirs = |entry: &Entry| {
        let mut others = theirs.entries.iter();
        others.any(|other| other.version == entry.version && other.name == entry.name)
    };
    let mut draft = Draft {
        version: theirs.next_version().max(last.version + 1),
        name: last.name.clone(),
        ..Draft::default()
    };
    for entry in &ours {
        if is_theirs(entry) {
            anstream::eprintln!(
                "{DIM}note: both branches have a migration `{}_{}`, and its files are theirs: data steps of ours are in git alone, and so is what was said with `--drop`{DIM:#}",
                entry.version,
                entry.name
            );
            continue;
        }
        for (word, own) in entry
            .parts
            .iter()
            .filter_map(|part| plan::data_of(&part.up))
        {
            draft.data.entry(word).or_default().push_str(&own);
        }
        draft.record = draft.record.and(Record::of(&theirs.state(entry)?));
        draft.old.extend(files_of(&folder, entry));
    }
    fs::write(&path, &conflict.theirs)?;
    let result = write(theirs, draft, args).await;
    if !matches!(result, Ok(Outcome::Good)) {
        // The conflict stays until it is solved.
        fs::write(&path, &text)?;
    }
    result
}

/// Their history, and our migrations. What the history's file holds afterwards is the caller's.
fn read_sides(folder: &Path, conflict: &Conflict) -> Result<(History, Vec<Entry>), Failure> {
    let path = folder.join(FILE);
    fs::write(&path, &conflict.theirs)?;
    let theirs = History::read_unproven(folder)?;
    let mut ours = Vec::new();
    for line in &conflict.ours {
        fs::write(&path, line)?;
        ours.extend(History::read_unproven(folder)?.entries);
    }
    for entry in &theirs.entries {
        let state = theirs.state(entry)?;
        let parts = entry.parts.iter();
        let mut texts = parts.flat_map(|part| [Some(&part.up), part.down.as_ref()]);
        if is_conflict(&state) || texts.any(|text| text.is_some_and(|text| is_conflict(text))) {
            let side = if in_git_rebase(folder) {
                "--ours"
            } else {
                "--theirs"
            };
            return Err(Failure::from(format!(
                "the files of `{version}_{name}` have conflicts: both branches made a migration of that name in the same second\nhelp: take theirs by `git checkout {side} -- '*_{name}*'` in `{}`, and run this again",
                folder.display(),
                version = entry.version,
                name = entry.name,
            )));
        }
    }
    Ok((theirs, ours))
}

fn is_conflict(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("<<<<<<< "))
}

/// Both sides of a conflict of git. In a merge the first side is ours, in a rebase of git the second one.
fn conflict(text: &str, second_is_ours: bool) -> Option<Conflict> {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut result = Vec::new();
    let mut side = 0;
    let mut found = false;
    for line in text.lines() {
        match line.get(..7) {
            Some("<<<<<<<") => {
                side = 1;
                found = true;
            }
            // What both came from, where git is told to show it.
            Some("|||||||") if side == 1 => side = 3,
            Some("=======") if side == 1 || side == 3 => side = 2,
            Some(">>>>>>>") if side == 2 => {
                side = 0;
                result.append(&mut if second_is_ours {
                    first.clone()
                } else {
                    second.clone()
                });
            }
            _ => match side {
                0 => result.push(line.to_owned()),
                1 => first.push(line.to_owned()),
                2 => second.push(line.to_owned()),
                _ => {}
            },
        }
    }
    found.then(|| Conflict {
        theirs: result.join("\n") + "\n",
        ours: if second_is_ours { second } else { first },
    })
}

fn in_git_rebase(folder: &Path) -> bool {
    let Ok(folder) = fs::canonicalize(folder) else {
        return false;
    };
    folder
        .ancestors()
        .map(|above| above.join(".git"))
        .any(|git| git.join("rebase-merge").exists() || git.join("rebase-apply").exists())
}

/// One migration in the place of all: a new database is made at once.
pub(super) async fn squash(args: &MigrateSquash) -> Result<Outcome, Failure> {
    let history = History::read(&folder(args.out.as_ref(), &args.place)?)?;
    let Some(last) = history.entries.last() else {
        return Err(Failure::from("there are no migrations to squash"));
    };
    let schema = state(&history, last)?;
    // What was said of one migration is nothing that is said of all.
    let text = Record::default().beside(&history.state(last)?);
    let old: Vec<_> = history
        .entries
        .iter()
        .flat_map(|entry| files_of(&history.folder, entry))
        .collect();
    let version = history.next_version();
    let planned = Planned {
        plan: diff::first(&schema),
        back: None,
    };
    let parts = super::new::parts(&planned, None, &schema, version, &args.name, &Data::new());
    let count = history.entries.len();
    let empty = History {
        folder: history.folder.clone(),
        entries: Vec::new(),
    };
    save(empty, version, &args.name, parts, &text, &old)?;
    anstream::println!(
        "{GOOD}squashed{GOOD:#} {count} migrations into {version}_{}\nData steps of the old ones are not in it. A database that has them is told by `{} migrate baseline --url …`",
        args.name,
        own_name()
    );
    Ok(Outcome::Good)
}

#[cfg(test)]
mod tests {
    use super::conflict;

    #[test]
    fn both_sides_are_told_apart() {
        let text = "a\n<<<<<<< HEAD\nours\n||||||| base\n=======\ntheirs\n>>>>>>> main\n";
        let merge = conflict(text, false).unwrap();
        assert_eq!(
            (merge.theirs.as_str(), &merge.ours[..]),
            ("a\ntheirs\n", &["ours".to_owned()][..])
        );
        let rebase = conflict(text, true).unwrap();
        assert_eq!(rebase.theirs, "a\nours\n");
        assert!(conflict("a\n", false).is_none());
    }
}
