//! Where a project's server keeps its things.
//!
//! - `target/pgwright/`: what the server is (`server.json`), its log, its data, the locks and who uses it.
//! - a short folder below the temporary one: the socket, whose path may have about a hundred bytes. The data too where
//!   the command runs as root and the server's user cannot reach `target/`.

use super::account::Account;
use super::{Error, Running, socket_file};
use crate::project::{Project, short_hash};
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The role that made the server's data.
pub const SUPERUSER: &str = "postgres";

/// What the system leaves a socket's path: 104 bytes on macOS and 108 on Linux, a final NUL included.
const SOCKET_MAX: usize = 103;

/// How long to wait for another process that starts or stops the same server, and may have to fetch it first.
const LOCK_WAIT: Duration = Duration::from_secs(600);

/// The paths of a project's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The project's state.
    pub base: PathBuf,
    /// The server's data.
    pub data: PathBuf,
    /// The folder of the socket.
    pub socket: PathBuf,
    account: Account,
}

impl Layout {
    /// The paths for a project; makes only the folder of its state.
    ///
    /// # Errors
    /// When that folder cannot be made, or as root there is no other user to run the server.
    pub fn of(project: &Project) -> Result<Self, Error> {
        let account = Account::of_server()?;
        let base = project.state.clone();
        fs::create_dir_all(&base).map_err(Error::io("make the folder", &base))?;
        let socket = socket_folder(&base, account);
        let data = if account.reaches(&base) {
            base.join("data")
        } else {
            socket.join("data")
        };
        let file = socket_file(&socket);
        if file.as_os_str().len() > SOCKET_MAX {
            return Err(Error::SocketPath {
                path: file,
                max: SOCKET_MAX,
            });
        }
        Ok(Self {
            base,
            data,
            socket,
            account,
        })
    }

    pub(super) fn account(&self) -> Account {
        self.account
    }

    /// The server's log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.base.join("server.log")
    }

    /// Its presence keeps the server when nobody uses it.
    pub(super) fn keep(&self) -> PathBuf {
        self.base.join("keep")
    }

    /// A file for each process that uses the server.
    pub(super) fn clients(&self) -> PathBuf {
        self.base.join("clients")
    }

    /// There while the last user of a server stops it.
    pub(super) fn stopping(&self) -> PathBuf {
        self.base.join("stopping")
    }

    fn state(&self) -> PathBuf {
        self.base.join("server.json")
    }

    /// What the last start wrote, whether or not that server still runs.
    pub(super) fn read_state(&self) -> Option<Running> {
        serde_json::from_slice(&fs::read(self.state()).ok()?).ok()
    }

    pub(super) fn write_state(&self, running: &Running) -> Result<(), Error> {
        let path = self.state();
        let text = serde_json::to_string_pretty(running)
            .map_err(|error| Error::io("write", &path)(error.into()))?;
        let draft = self.base.join("server.json.new");
        fs::write(&draft, text + "\n").map_err(Error::io("write", &draft))?;
        fs::rename(&draft, &path).map_err(Error::io("write", &path))
    }

    /// Notes which process works on the data, for whoever must stop it when this one is killed. The data's own lock file
    /// comes later, and may go earlier.
    pub(super) fn note_child(&self, pid: u32) {
        // Without it the process ends by itself when it misses its data.
        let _ = fs::write(self.socket.join("pid"), format!("{pid}\n"));
    }

    /// Removes data, socket and state. A missing one is no error.
    pub(super) fn clear(&self) -> Result<(), Error> {
        for folder in [&self.data, &self.socket] {
            remove_folder(folder)?;
        }
        for file in [self.state(), self.keep()] {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", &file)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes the socket's folder, closed to others; refuses one that another user made.
    pub(super) fn make_socket_folder(&self) -> Result<(), Error> {
        let folder = &self.socket;
        match DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => self.account.own(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let found = fs::symlink_metadata(folder).map_err(Error::io("read", folder))?;
                let ours = found.is_dir()
                    && found.uid() == self.account.uid()
                    && found.mode() & 0o077 == 0;
                if ours {
                    Ok(())
                } else {
                    Err(Error::ForeignFolder(folder.clone()))
                }
            }
            Err(error) => Err(Error::io("make the folder", folder)(error)),
        }
    }

    /// Holds the lock that starting and stopping take, until the file is dropped.
    pub(super) fn lock(&self) -> Result<File, Error> {
        let path = self.base.join("lock");
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        let since = Instant::now();
        let mut said = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
                Err(TryLockError::WouldBlock) if since.elapsed() > LOCK_WAIT => {
                    return Err(Error::Busy {
                        path,
                        seconds: LOCK_WAIT.as_secs(),
                    });
                }
                Err(TryLockError::WouldBlock) => {
                    if !said && since.elapsed() > Duration::from_secs(2) {
                        eprintln!(
                            "waiting for another process that starts or stops the local server …"
                        );
                        said = true;
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
        // Someone who looks at the lock file wants to know who holds it.
        let _ = file.set_len(0);
        let _ = writeln!(file, "{}", std::process::id());
        Ok(file)
    }
}

fn socket_folder(base: &Path, account: Account) -> PathBuf {
    let name = format!(
        "pgwright-{}-{}",
        account.uid(),
        short_hash(&base.to_string_lossy())
    );
    let parent = match std::env::var_os("PGWRIGHT_SOCKET_DIR").filter(|value| !value.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        // macOS's own temporary folder has a long name; /tmp is the same everywhere.
        None => PathBuf::from("/tmp"),
    };
    parent.join(name)
}

fn remove_folder(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", folder)(error))
        }
        _ => Ok(()),
    }
}
