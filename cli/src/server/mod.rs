//! A PostgreSQL of the project's own.
//!
//! The binaries are found on the machine ([`find`]), else fetched and cached. The server listens on a Unix socket
//! alone, writes without `fsync`, and is ready in about a second. One server serves a checkout; every process that uses
//! it holds a [`Lease`], and the last one to end stops it, however it ended. `db start` keeps it until `db stop`.

mod account;
mod error;
mod fetch;
pub mod find;
mod layout;
mod lease;
mod process;
mod start;
mod stop;

pub use error::{Error, Tried};
pub use find::Installation;
pub use layout::{Layout, SUPERUSER};
pub use lease::Lease;
pub use start::{Keep, Options, start};
pub use stop::{Stopped, stop};

use crate::project::Project;
use serde::{Deserialize, Serialize};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A server that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The process.
    pub pid: i32,
    /// The version, as the server says it.
    pub version: String,
    /// Where its programs are.
    pub bin: PathBuf,
    /// Its data.
    pub data: PathBuf,
    /// The folder of its socket.
    pub socket: PathBuf,
    /// Where its programs find their libraries, if not in the system's places.
    #[serde(default)]
    pub libraries: Vec<PathBuf>,
}

impl Running {
    /// The address of a database on it, as its superuser. It says the port and that there is no TLS, as `PGPORT` and
    /// `PGSSLMODE`, which are set for another server, would count otherwise.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres:///{}?host={}&port=5432&user={}&sslmode=disable",
            escape(database),
            escape(&self.socket.to_string_lossy()),
            layout::SUPERUSER,
        )
    }

    /// A command that runs a program of this server's installation, as the user of this process.
    #[must_use]
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        find::add_libraries(&mut command, &self.libraries);
        command
    }

    /// Whether it takes connections.
    #[must_use]
    pub fn answers(&self) -> bool {
        UnixStream::connect(socket_file(&self.socket)).is_ok()
    }
}

/// The project's server, if one runs.
///
/// # Errors
/// When the project's state cannot be read.
pub fn status(project: &Project) -> Result<Option<Running>, Error> {
    let layout = Layout::of(project)?;
    Ok(layout.read_state().filter(Running::answers))
}

fn socket_file(folder: &Path) -> PathBuf {
    folder.join(".s.PGSQL.5432")
}

/// Escapes a part of a URL.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
