//! Who uses a server, and how the last one to end stops it.
//!
//! A process that uses the server writes a file named after itself and starts a small shell that waits for the end of
//! a pipe, both before the server is started. The kernel closes the pipe when the process ends, whatever ended it: the shell then removes the file and,
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
  [ -e "$data" ] || [ -e "$socket" ] || exit 0
  sleep 0.1
done
for file in "$base"/clients/*; do
  [ -e "$file" ] || continue
  user=${file##*/}
  if kill -0 "${user%%.*}" 2>/dev/null; then rmdir "$base/stopping"; exit 0; fi
  rm -f "$file"
done
if [ -e "$base/keep" ]; then rmdir "$base/stopping"; exit 0; fi
# Numbers of processes are used again: only one that has this data folder among its arguments is stopped. One that has
# ended and was not waited for has no arguments any more.
ours() {
  if [ -r "/proc/$1/cmdline" ]; then args=$(tr '\0' ' ' <"/proc/$1/cmdline")
  else args=$(ps -ww -o args= -p "$1" 2>/dev/null); fi
  case "$args" in *"$data"*) return 0;; esac
  return 1
}
for pid in $(head -n 1 "$data/postmaster.pid" 2>/dev/null) $(cat "$socket/pid" 2>/dev/null); do
  i=0
  while ours "$pid"; do
    case $i in 0) kill -QUIT "$pid";; 200) kill -KILL "$pid";; 300) break;; esac
    i=$((i + 1))
    sleep 0.05
  done
done
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
    /// Marks this process as a user and starts its watcher, before the server itself: whatever happens from here on,
    /// somebody cleans up.
    pub(super) fn take(layout: &Layout, linger: Duration) -> Result<Self, Error> {
        let client = register(layout)?;
        let watcher = Command::new("/bin/sh")
            .args(["-c", WATCHER, "pgwright-watcher"])
            .arg(&layout.base)
            .arg(client)
            .arg(&layout.data)
            .arg(&layout.socket)
            .arg(linger.as_secs().to_string())
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

/// Writes a file named after this process and the place of the lease in it.
fn register(layout: &Layout) -> Result<String, Error> {
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

/// Ends the lease, and waits until its watcher has done its part: when it was the last and the server is not kept, the
/// server has stopped.
impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        // The watcher cannot be waited for when it was killed; then there is nothing to wait for.
        let _ = self.watcher.wait();
    }
}
