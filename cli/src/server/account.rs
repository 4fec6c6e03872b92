//! Who runs the server: PostgreSQL refuses root.

use super::Error;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Who runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// Whoever runs the command.
    Own,
    /// The command runs as root: another user.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// The user's own account; as root that of `postgres`, else `nobody`.
    pub(super) fn of_server() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        // `id` knows every source of users that the machine has; /etc/passwd is only one of them.
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| {
                Some(Self::Other {
                    uid: id("-u", name)?,
                    gid: id("-g", name)?,
                })
            })
            .ok_or(Error::NoAccount)
    }

    /// A command that runs as this user, in a folder that everybody can enter, with nothing to read.
    pub(super) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null());
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        // Settings meant for clients change what the server's programs do.
        for name in [
            "PGDATA",
            "PGHOST",
            "PGPORT",
            "PGUSER",
            "PGDATABASE",
            "PGOPTIONS",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Gives a folder or file to this user.
    pub(super) fn own(self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .map_err(Error::io("change the owner of", path)),
        }
    }

    /// The numeric id of this user.
    pub(super) fn uid(self) -> u32 {
        match self {
            Self::Own => rustix::process::geteuid().as_raw(),
            Self::Other { uid, .. } => uid,
        }
    }

    /// Whether this user gets as far as a path and may execute (or enter) it.
    pub(super) fn reaches(self, path: &Path) -> bool {
        match self {
            Self::Own => true,
            Self::Other { .. } => self
                .command("/bin/sh")
                .args(["-c", "test -x \"$1\"", "sh"])
                .arg(path)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }
}

fn id(flag: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([flag, name]).output().ok()?;
    // macOS writes the id of `nobody` as a negative number.
    let text = String::from_utf8(output.stdout).ok()?;
    let number: i64 = text.trim().parse().ok()?;
    u32::try_from(number.rem_euclid(1 << 32)).ok()
}
