//! Writing generated files: all or nothing.

use super::compare::DRAFT;
use super::{Change, Comparison, Error};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Makes the folder as the comparison says it should be. Every new file is first written in full beside its place: a
/// full disk or a missing permission shows before anything is changed.
///
/// # Errors
/// When something cannot be written. The error says whether the folder is as it was.
pub fn apply(comparison: &Comparison, folder: &Path) -> Result<(), Error> {
    let mut drafts = Drafts::default();
    for (name, change) in &comparison.changes {
        if let Change::Missing { next } | Change::Changed { next, .. } = change {
            drafts.write(&folder.join(name), next)?;
        }
    }
    drafts.publish()?;
    for (name, change) in &comparison.changes {
        if *change == Change::Orphan {
            remove(folder, name)?;
        }
    }
    for left_behind in &comparison.drafts {
        // It is in nobody's way.
        let _ = fs::remove_file(left_behind);
    }
    Ok(())
}

/// New contents beside the files that they will replace. What is not published is removed.
#[derive(Default)]
struct Drafts {
    files: Vec<Draft>,
    folders: Vec<PathBuf>,
}

struct Draft {
    draft: PathBuf,
    path: PathBuf,
    /// What stood there, to put back.
    prev: Option<Vec<u8>>,
    published: bool,
}

impl Drafts {
    fn write(&mut self, path: &Path, contents: &str) -> Result<(), Error> {
        let parent = path.parent().unwrap_or(Path::new(""));
        self.make_folder(parent)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let draft = parent.join(format!("{DRAFT}{}-{name}", std::process::id()));
        self.files.push(Draft {
            draft: draft.clone(),
            path: path.to_path_buf(),
            prev: fs::read(path).ok(),
            published: false,
        });
        let mut file = fs::File::create(&draft).map_err(Error::io("write", path))?;
        // Not synchronised: thousands of files would wait for the disk one by one, and what a crash of the machine loses is
        // generated again.
        file.write_all(contents.as_bytes())
            .map_err(Error::io("write", path))
    }

    /// Makes a folder with those above it, and remembers which were new.
    fn make_folder(&mut self, folder: &Path) -> Result<(), Error> {
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            self.make_folder(parent)?;
        }
        match fs::create_dir(folder) {
            Ok(()) => {
                self.folders.push(folder.to_path_buf());
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
            Err(error) => Err(Error::io("make the folder", folder)(error)),
        }
    }

    /// Puts every file in its place; puts back what was there when one fails.
    fn publish(mut self) -> Result<(), Error> {
        for index in 0..self.files.len() {
            let file = &mut self.files[index];
            match fs::rename(&file.draft, &file.path) {
                Ok(()) => file.published = true,
                Err(source) => {
                    let path = file.path.clone();
                    return Err(Error::Io {
                        doing: "write",
                        path,
                        source,
                        nothing_changed: self.put_back(),
                    });
                }
            }
        }
        self.folders.clear();
        Ok(())
    }

    fn put_back(&mut self) -> bool {
        let mut whole = true;
        for file in self.files.iter_mut().filter(|file| file.published) {
            whole &= match &file.prev {
                Some(prev) => fs::write(&file.path, prev).is_ok(),
                None => fs::remove_file(&file.path).is_ok(),
            };
        }
        whole
    }
}

impl Drop for Drafts {
    fn drop(&mut self) {
        for file in self.files.iter().filter(|file| !file.published) {
            let _ = fs::remove_file(&file.draft);
        }
        // The innermost was made last. One that is not empty stays.
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Removes a file and the folders that are empty without it.
fn remove(folder: &Path, name: &str) -> Result<(), Error> {
    let path = folder.join(name);
    fs::remove_file(&path).map_err(|source| Error::Io {
        doing: "remove",
        path: path.clone(),
        source,
        nothing_changed: false,
    })?;
    for parent in path
        .ancestors()
        .skip(1)
        .take_while(|above| *above != folder)
    {
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}
