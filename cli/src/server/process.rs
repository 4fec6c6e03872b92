//! The server's process: whether it is there, and its end.

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The process that the data folder's own lock file names.
pub(super) fn postmaster(data: &Path) -> Option<i32> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok()
}

/// Whether the server says in its lock file that it takes connections.
pub(super) fn is_ready(data: &Path) -> bool {
    fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|text| {
        text.lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready")
    })
}

/// Whether a process is there and is the server of this data folder: numbers are used again.
pub(super) fn serves(pid: i32, data: &Path) -> bool {
    let alive = Pid::from_raw(pid).is_some_and(|pid| match test_kill_process(pid) {
        Ok(()) => true,
        Err(error) => error == rustix::io::Errno::PERM,
    });
    alive && command_line(pid).contains(&*data.to_string_lossy())
}

/// The arguments of a process. Small Linux systems have no `ps`, macOS has no `/proc`.
fn command_line(pid: i32) -> String {
    if let Ok(bytes) = fs::read(format!("/proc/{pid}/cmdline")) {
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    Command::new("ps")
        .args(["-ww", "-o", "args=", "-p", &pid.to_string()])
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

/// Ends the server of a data folder, if one runs: at once, since the data goes too. Returns whether one ran.
pub(super) fn end(data: &Path) -> bool {
    let Some(pid) = postmaster(data).filter(|pid| serves(*pid, data)) else {
        return false;
    };
    for (signal, patience) in [(Signal::QUIT, 10), (Signal::KILL, 5)] {
        if let Some(target) = Pid::from_raw(pid) {
            // A process that is gone by now is what is wanted.
            let _ = kill_process(target, signal);
        }
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(patience) {
            if !serves(pid, data) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    true
}
