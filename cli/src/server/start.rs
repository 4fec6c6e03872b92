//! Starting the project's server, or joining the one that runs.

use super::find::Installation;
use super::layout::{Layout, SUPERUSER};
use super::lease::Lease;
use super::{Error, Running, fetch, process};
use crate::project::Project;
use crate::ui::Progress;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

/// How long the server stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Until `db stop`.
    UntilStopped,
    /// Until this long (in whole seconds) after the last process that uses it.
    WhileUsed(Duration),
}

/// What a start may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long the server stays.
    pub keep: Keep,
    /// Whether the system's package manager may install PostgreSQL when there is no other way.
    pub install: bool,
}

impl From<Keep> for Options {
    /// An installation is allowed where the environment says so: `PGWRIGHT_INSTALL=1`.
    fn from(keep: Keep) -> Self {
        let install = std::env::var("PGWRIGHT_INSTALL")
            .is_ok_and(|value| !matches!(&*value, "" | "0" | "false" | "no"));
        Self { keep, install }
    }
}

const READY_WAIT: Duration = Duration::from_secs(60);

/// Starts the project's server, or joins the one that runs. The lease is there unless the server is kept until it is
/// stopped.
///
/// # Errors
/// When there is no PostgreSQL, or it does not start: with what was tried and what to do.
pub fn start(
    project: &Project,
    options: impl Into<Options>,
) -> Result<(Running, Option<Lease>), Error> {
    let Options { keep, install } = options.into();
    let layout = Layout::of(project)?;
    let linger = match keep {
        Keep::UntilStopped => Duration::ZERO,
        Keep::WhileUsed(linger) => linger,
    };
    // Before the lock: a watcher that stops the server sees this user, or this user sees the watcher.
    let lease = Lease::take(&layout, linger)?;
    let lock = layout.lock()?;
    wait_for_watcher(&layout);
    let running = match layout.read_state().filter(Running::answers) {
        Some(running) => running,
        None => launch(&layout, install)?,
    };
    let lease = match keep {
        Keep::UntilStopped => {
            let path = layout.keep();
            fs::write(&path, "").map_err(Error::io("write", &path))?;
            None
        }
        Keep::WhileUsed(_) => Some(lease),
    };
    drop(lock);
    Ok((running, lease))
}

/// The last user of a server may be stopping it now. A watcher that was killed leaves its mark: it does not count for
/// longer than a stop takes.
fn wait_for_watcher(layout: &Layout) {
    let since = Instant::now();
    while layout.stopping().exists() {
        if since.elapsed() > Duration::from_secs(10) {
            let _ = fs::remove_dir(layout.stopping());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn launch(layout: &Layout, install: bool) -> Result<Running, Error> {
    let account = layout.account();
    let installation = fetch::all_ways(account, install, &|found| usable(found, layout))?;
    let _progress = Progress::start("starting the local PostgreSQL");
    // What is left of a server that was killed, or whose machine was.
    process::end(&layout.data);
    layout.clear()?;
    layout.make_socket_folder()?;
    DirBuilder::new()
        .mode(0o700)
        .create(&layout.data)
        .map_err(Error::io("make the folder", &layout.data))?;
    account.own(&layout.data)?;
    initdb(layout, &installation)?;
    let mut server = spawn(layout, &installation)?;
    wait_until_ready(layout, &mut server)?;
    let running = Running {
        pid: i32::try_from(server.id()).unwrap_or_default(),
        version: installation.version,
        bin: installation.bin,
        libraries: installation.libraries,
        data: layout.data.clone(),
        socket: layout.socket.clone(),
    };
    layout.write_state(&running)?;
    Ok(running)
}

/// Whether the server's user can run it.
fn usable(found: &Installation, layout: &Layout) -> Result<(), String> {
    if layout.account().reaches(&found.bin.join("postgres")) {
        Ok(())
    } else {
        Err(format!(
            "`{}` cannot be reached by the user that runs the server (uid {})",
            found.bin.display(),
            layout.account().uid()
        ))
    }
}

fn initdb(layout: &Layout, installation: &Installation) -> Result<(), Error> {
    let run = |locale: &str| -> Result<Output, Error> {
        let program = installation.bin.join("initdb");
        installation
            .command(layout.account(), "initdb")
            .args([
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--username",
                SUPERUSER,
            ])
            .arg(format!("--locale={locale}"))
            .arg("--pgdata")
            .arg(&layout.data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .and_then(|child| {
                layout.note_child(child.id());
                child.wait_with_output()
            })
            .map_err(Error::io("run", &program))
    };
    // Text that sorts the same on every machine, with the case of all letters known. Not every system has it.
    let mut output = run("C.UTF-8")?;
    if !output.status.success() {
        output = run("C")?;
    }
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Program {
        program: installation.bin.join("initdb").display().to_string(),
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn spawn(layout: &Layout, installation: &Installation) -> Result<Child, Error> {
    let path = layout.log();
    let log = File::create(&path).map_err(Error::io("write", &path))?;
    let errors = log.try_clone().map_err(Error::io("write", &path))?;
    let program = installation.bin.join("postgres");
    let mut command = installation.command(layout.account(), "postgres");
    command
        .arg("-D")
        .arg(&layout.data)
        .arg("-k")
        .arg(&layout.socket);
    for setting in [
        // Reachable by its socket alone, which is in a folder that is closed to others.
        "listen_addresses=",
        "port=5432",
        // The data is thrown away: nothing needs to survive a crash of the machine.
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=4GB",
        // Many tests at once, each with a pool of its own, each with a whole schema in a transaction.
        "max_connections=300",
        "max_locks_per_transaction=256",
        // The same plan costs on every machine.
        "jit=off",
        "timezone=UTC",
        "lc_messages=C",
        "logging_collector=off",
    ] {
        command.arg("-c").arg(setting);
    }
    command
        .stdout(Stdio::from(log))
        .stderr(Stdio::from(errors))
        // An interrupt from the terminal is for the command, not for the server.
        .process_group(0)
        .spawn()
        .inspect(|child| layout.note_child(child.id()))
        .map_err(Error::io("run", &program))
}

fn wait_until_ready(layout: &Layout, server: &mut Child) -> Result<(), Error> {
    let since = Instant::now();
    let why = loop {
        if process::is_ready(&layout.data) {
            return Ok(());
        }
        match server.try_wait() {
            Ok(None) if since.elapsed() < READY_WAIT => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(None) => break format!("not ready after {} s", READY_WAIT.as_secs()),
            Ok(Some(status)) => break format!("it ended ({status})"),
            Err(error) => break error.to_string(),
        }
    };
    let _ = server.kill();
    let _ = server.wait();
    let path = layout.log();
    let log = fs::read_to_string(&path).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    Err(Error::NotReady {
        why,
        log: lines[lines.len().saturating_sub(10)..].join("\n"),
        path,
    })
}
