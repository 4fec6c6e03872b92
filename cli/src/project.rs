//! The project that a command runs in: where its root is, and where its state may lie.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The root of a project and the folder that its state lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The folder that holds `Cargo.lock`, or else the spec.
    pub root: PathBuf,
    /// `target/pgwright`: what is made here may be deleted at any time.
    pub state: PathBuf,
}

impl Project {
    /// The project around a folder: the nearest one above it that holds `Cargo.lock`, else `Cargo.toml`, else
    /// `schema.toml`, else the folder itself.
    ///
    /// # Errors
    /// When the folder cannot be resolved.
    pub fn around(folder: &Path) -> io::Result<Self> {
        let folder = fs::canonicalize(folder)?;
        let root = ["Cargo.lock", "Cargo.toml", "schema.toml"]
            .iter()
            .find_map(|name| folder.ancestors().find(|above| above.join(name).is_file()))
            .unwrap_or(&folder)
            .to_path_buf();
        let state = match env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()) {
            // A shared target directory serves several checkouts: each gets a folder of its own.
            Some(target) => root
                .join(target)
                .join("pgwright")
                .join(short_hash(&root.to_string_lossy())),
            None => root.join("target").join("pgwright"),
        };
        Ok(Self { root, state })
    }

    /// The project around the working directory.
    ///
    /// # Errors
    /// When the working directory is gone.
    pub fn here() -> io::Result<Self> {
        Self::around(&env::current_dir()?)
    }
}

/// Sixteen hexadecimal digits that stand for a text: FNV-1a, the same on every machine and version.
#[must_use]
pub fn short_hash(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_nearest_folder_with_a_lock_file() {
        let temp = tempfile::tempdir().unwrap();
        let inner = temp.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::write(temp.path().join("Cargo.lock"), "").unwrap();
        fs::write(temp.path().join("a/Cargo.toml"), "").unwrap();
        let project = Project::around(&inner).unwrap();
        assert_eq!(project.root, fs::canonicalize(temp.path()).unwrap());
    }

    #[test]
    fn short_hash_is_the_published_fnv_1a() {
        assert_eq!(short_hash(""), "cbf29ce484222325");
        assert_eq!(short_hash("a"), "af63dc4c8601ec8c");
    }
}
