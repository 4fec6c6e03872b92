//! What can go wrong with a local server, and what to do about it.

use std::fmt::{self, Display, Write as _};
use std::io;
use std::path::{Path, PathBuf};

/// One way to come by a server, and why it did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The way.
    pub way: String,
    /// Why it failed.
    pub why: String,
}

impl Tried {
    /// A way that failed.
    pub fn new(way: impl Into<String>, why: impl Display) -> Self {
        Self {
            way: way.into(),
            why: why.to_string(),
        }
    }
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be used.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried with it.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No PostgreSQL anywhere.
    #[error("{}", no_server(.0))]
    NoServer(Vec<Tried>),
    /// A program of PostgreSQL failed.
    #[error("`{program}` failed ({status}){}", indent(output))]
    Program {
        /// Which.
        program: String,
        /// How it ended.
        status: String,
        /// What it wrote.
        output: String,
    },
    /// The server ended, or did not come up.
    #[error("the server did not start: {why}{}\nhelp: the whole log is `{}`", indent(log), path.display())]
    NotReady {
        /// How it showed.
        why: String,
        /// The last lines of its log.
        log: String,
        /// Its log.
        path: PathBuf,
    },
    /// Someone else's folder is where the socket would be.
    #[error(
        "`{}` belongs to another user or is open to others\nhelp: remove it, or set PGWRIGHT_SOCKET_DIR to a short path of your own",
        .0.display()
    )]
    ForeignFolder(PathBuf),
    /// A socket's path has a limit.
    #[error(
        "the socket's path `{}` is longer than the system allows ({max} bytes)\nhelp: set PGWRIGHT_SOCKET_DIR to a shorter path",
        path.display()
    )]
    SocketPath {
        /// The path.
        path: PathBuf,
        /// How long it may be.
        max: usize,
    },
    /// PostgreSQL refuses root, and there is no user to become.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody`\nhelp: run the command as another user, or set DATABASE_URL"
    )]
    NoAccount,
    /// Something holds the place where the state lies.
    #[error(
        "another process has held `{}` for {seconds} s\nhelp: see which with `lsof`, end it, and try again",
        path.display()
    )]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
}

impl Error {
    /// Adds to an I/O error what was tried with which file.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

fn no_server(tried: &[Tried]) -> String {
    let mut text =
        String::from("no PostgreSQL 14 or newer was found, and none could be fetched; tried:\n");
    for Tried { way, why } in tried {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  - {way}: {}", why.trim());
    }
    text.push_str(
        "help: install PostgreSQL (`apt-get install postgresql`, `brew install postgresql@17`), \
         or set PGWRIGHT_PG_BIN to the folder that holds `initdb` and `postgres`, \
         or set DATABASE_URL to a server of yours",
    );
    text
}

/// Further lines, if there are any, set in from the left.
fn indent(text: &str) -> impl Display + '_ {
    struct Indented<'a>(&'a str);
    impl Display for Indented<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0
                .trim()
                .lines()
                .try_for_each(|line| write!(f, "\n  | {line}"))
        }
    }
    Indented(text)
}
