//! `migrate rebase` and `migrate squash`: histories that meet, and histories that are long.

use super::super::{Failure, Outcome};
use super::folder;
use super::new::{files_of, save, state, write};
use crate::args::{MigrateSquash, Planning};
use crate::migrate::history::{FILE, History};
use crate::ui::{GOOD, own_name};
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
    let folder = folder(args.out.as_ref(), &args.place.spec)?;
    let path = folder.join(FILE);
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let Some(conflict) = conflict(&text, in_git_rebase(&folder)) else {
        return Err(Failure::from(format!(
            "`{}` has no conflict\nhelp: merge or rebase with git first; where both branches added a migration, the conflict is there",
            path.display()
        )));
    };
    // Ours are read by a history that has them alone: nothing of it is proven, their versions may be among theirs.
    let mut ours = Vec::new();
    for line in &conflict.ours {
        fs::write(&path, line)?;
        let read = History::read_unproven(&folder);
        fs::write(&path, &text)?;
        ours.extend(read?.entries);
    }
    let Some(last) = ours.last().cloned() else {
        fs::write(&path, &conflict.theirs)?;
        return Err(Failure::from(
            "our side of the conflict has no migration: theirs was taken",
        ));
    };
    let data: Data = ours
        .iter()
        .flat_map(|entry| &entry.parts)
        .filter_map(|part| plan::data_of(&part.up))
        .fold(Data::new(), |mut data, (word, own)| {
            data.entry(word).or_default().push_str(&own);
            data
        });
    let old: Vec<_> = ours
        .iter()
        .flat_map(|entry| files_of(&folder, entry))
        .collect();
    fs::write(&path, &conflict.theirs)?;
    let history = History::read_unproven(&folder);
    let result = match history {
        Ok(history) => {
            let version = history.next_version().max(last.version + 1);
            write(history, version, &last.name, data, old, args).await
        }
        Err(error) => Err(error.into()),
    };
    if !matches!(result, Ok(Outcome::Good)) {
        // The conflict stays until it is solved.
        fs::write(&path, &text)?;
    }
    result
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
    let history = History::read(&folder(args.out.as_ref(), &args.place.spec)?)?;
    let Some(last) = history.entries.last() else {
        return Err(Failure::from("there are no migrations to squash"));
    };
    let schema = state(&history, last)?;
    let text = history.state(last)?;
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
