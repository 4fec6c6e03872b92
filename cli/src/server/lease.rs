//! Who uses a server, and how the last one to end stops it.
//!
//! A process that uses the server writes a file named after itself and starts a small shell that waits for the end of
//! a pipe. The kernel closes the pipe when the process ends, whatever ended it: the shell then removes the file and,
//! if it was the last, stops the server and removes its data. The shell has a process group of its own, so that an
//! interrupt from the terminal does not end it too.

use super::Error;
use super::layout::Layout;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const WATCHER: &str = r#"
trap '' INT TERM HUP QUIT
base=$1 client=$2 data=$3 socket=$4 linger=$5
while read -r _; do :; done
rm -f "$base/clients/$client"
[ -e "$base/keep" ] && exit 0
[ "$linger" = 0 ] || sleep "$linger"
# One watcher at a time decides; a new user of the server waits while `stopping` is there. When the whole folder is
# gone (`cargo clean`), there is nobody to agree with.
while [ -d "$base" ] && ! mkdir "$base/stopping" 2>/dev/null; do
  [ -e "$base/server.json" ] || exit 0
  sleep 0.1
done
for file in "$base"/clients/*; do
  [ -e "$file" ] || continue
  user=${file##*/}
  if kill -0 "${user%%.*}" 2>/dev/null; then rmdir "$base/stopping"; exit 0; fi
  rm -f "$file"
done
if [ -e "$base/keep" ]; then rmdir "$base/stopping"; exit 0; fi
pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null)
[ -n "$pid" ] || pid=$6
# Numbers of processes are used again: only the server of this data folder is stopped.
if [ -r "/proc/$pid/cmdline" ]; then args=$(tr '\0' ' ' <"/proc/$pid/cmdline")
else args=$(ps -ww -o args= -p "$pid" 2>/dev/null); fi
case "$args" in
  *"$data"*)
    kill -QUIT "$pid"
    i=0
    while kill -0 "$pid" 2>/dev/null && [ -e "$data/postmaster.pid" ]; do
      i=$((i + 1)); [ $i -gt 100 ] && kill -KILL "$pid" && break
      sleep 0.05
    done;;
esac
rm -rf "$data" "$socket"
rm -f "$base/server.json"
rmdir "$base/stopping" 2>/dev/null
exit 0
"#;

/// The right to use the server. The server outlives it by `linger`, or for good where it is kept.
#[derive(Debug)]
pub struct Lease {
    watcher: Child,
}

impl Lease {
    /// Waits until the watcher of this lease has done its part: when this was the last lease and the server is not
    /// kept, it has stopped.
    pub fn end(self) {
        drop(self);
    }

    /// Marks this process as a user, before it looks whether the server runs.
    pub(super) fn register(layout: &Layout) -> Result<String, Error> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = layout.clients();
        fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
        let name = format!(
            "{}.{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let file = folder.join(&name);
        fs::write(&file, "").map_err(Error::io("write", &file))?;
        Ok(name)
    }

    /// Starts the watcher.
    pub(super) fn watch(
        layout: &Layout,
        client: &str,
        pid: i32,
        linger: Duration,
    ) -> Result<Self, Error> {
        let watcher = Command::new("/bin/sh")
            .args(["-c", WATCHER, "pgwright-watcher"])
            .arg(&layout.base)
            .arg(client)
            .arg(&layout.data)
            .arg(&layout.socket)
            .arg(linger.as_secs().to_string())
            .arg(pid.to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            // A terminal's pipe held open would make `cargo test | tee` wait.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| Error::Program {
                program: "/bin/sh".into(),
                status: "not started".into(),
                output: error.to_string(),
            })?;
        Ok(Self { watcher })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        // The watcher cannot be waited for when it was killed; then there is nothing to wait for.
        let _ = self.watcher.wait();
    }
}
