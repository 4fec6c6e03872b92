//! Generated files against the disk: what would change, and changing it all at once.

mod apply;
mod compare;
mod difference;

pub use apply::apply;
pub use compare::{Change, Comparison, compare};
pub use difference::short_diff;

use std::io;
use std::path::{Path, PathBuf};

/// Why generated files could not be compared or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be used.
    #[error("cannot {doing} `{}`: {source}{}", path.display(), unchanged(*.nothing_changed))]
    Io {
        /// What was tried with it.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
        /// Whether the folder is as it was.
        nothing_changed: bool,
    },
    /// A file of somebody else is where a generated one belongs.
    #[error(
        "`{}` was not made by pgwright, and a generated file belongs there\nhelp: move it away, or write elsewhere with `--out DIR`",
        .0.display()
    )]
    Foreign(PathBuf),
    /// A folder, or something else that is no file, is where a generated file belongs.
    #[error("`{}` is not a file, and a generated file belongs there\nhelp: move it away, or write elsewhere with `--out DIR`", .0.display())]
    NotAFile(PathBuf),
}

impl Error {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            doing,
            path,
            source,
            nothing_changed: true,
        }
    }
}

fn unchanged(nothing_changed: bool) -> &'static str {
    if nothing_changed {
        "\nnote: no generated file was changed"
    } else {
        "\nhelp: some files are new and some old; mend the cause and run the command again"
    }
}
