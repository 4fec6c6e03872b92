//! The local server as its users see it: from the command line, beside others, and after a kill.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use pgwright_cli::project::Project;
use pgwright_cli::server::{self, Keep, Stopped};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Says to the helper below in which project it starts a server.
const HELPER: &str = "PGWRIGHT_TEST_PROJECT";

fn project() -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("Cargo.lock"), "").unwrap();
    temp
}

fn pgwright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pgwright"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn status(folder: &Path) -> serde_json::Value {
    serde_json::from_slice(&pgwright(folder, &["db", "status", "--json"]).stdout).unwrap()
}

/// Waits for something that another process does.
fn eventually(what: &str, done: impl Fn() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The arguments of every process. Small Linux systems have no `ps`, macOS has no `/proc`.
fn processes() -> Vec<(i64, String)> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        let output = Command::new("ps")
            .args(["-eww", "-o", "pid=,args="])
            .output()
            .unwrap();
        let parse = |line: &str| {
            let (pid, arguments) = line.trim().split_once(' ')?;
            Some((pid.parse().ok()?, arguments.to_string()))
        };
        return stdout(&output).lines().filter_map(parse).collect();
    };
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let pid = path.file_name()?.to_str()?.parse().ok()?;
            let arguments = std::fs::read(path.join("cmdline")).ok()?;
            Some((pid, String::from_utf8_lossy(&arguments).replace('\0', " ")))
        })
        .collect()
}

/// A process that has ended but was not waited for has no arguments left.
fn runs(pid: i64) -> bool {
    processes()
        .iter()
        .any(|(found, arguments)| *found == pid && arguments.contains("postgres"))
}

#[test]
fn start_twice_is_one_server_and_stop_leaves_nothing() {
    let temp = project();
    assert_eq!(
        pgwright(temp.path(), &["db", "status"]).status.code(),
        Some(1)
    );
    let first = pgwright(temp.path(), &["db", "start"]);
    assert!(first.status.success(), "{first:?}");
    let one = status(temp.path());
    assert!(pgwright(temp.path(), &["db", "start"]).status.success());
    let two = status(temp.path());
    assert_eq!(one["pid"], two["pid"]);
    let url = stdout(&pgwright(temp.path(), &["db", "url", "my db"]));
    assert!(url.starts_with("postgres:///my%20db?host=/tmp/"), "{url}");
    let stopped = pgwright(temp.path(), &["db", "stop"]);
    assert!(stdout(&stopped).contains("stopped"), "{stopped:?}");
    assert!(!runs(one["pid"].as_i64().unwrap()));
    assert!(!Path::new(one["data"].as_str().unwrap()).exists());
    assert!(!Path::new(one["socket"].as_str().unwrap()).exists());
    let again = pgwright(temp.path(), &["db", "stop"]);
    assert!(
        again.status.success() && stdout(&again).contains("nothing"),
        "{again:?}"
    );
    assert_eq!(pgwright(temp.path(), &["db", "url"]).status.code(), Some(1));
}

#[test]
fn two_checkouts_have_servers_of_their_own() {
    let (one, two) = (project(), project());
    let start = |temp: &TempDir| {
        let path = temp.path().to_path_buf();
        std::thread::spawn(move || pgwright(&path, &["db", "start"]))
    };
    for started in [start(&one), start(&two)] {
        let output = started.join().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert_ne!(status(one.path())["socket"], status(two.path())["socket"]);
    assert!(pgwright(one.path(), &["db", "stop"]).status.success());
    assert_eq!(status(two.path())["running"], true);
    assert!(pgwright(two.path(), &["db", "stop"]).status.success());
}

#[test]
fn a_killed_server_is_recognised_and_replaced() {
    let temp = project();
    assert!(pgwright(temp.path(), &["db", "start"]).status.success());
    let before = status(temp.path());
    let pid = before["pid"].as_i64().unwrap();
    assert!(
        // The shell's own: small systems have no program of that name.
        Command::new("/bin/sh")
            .args(["-c", &format!("kill -9 {pid}")])
            .status()
            .unwrap()
            .success()
    );
    eventually("the killed server is gone", || {
        status(temp.path())["running"] == false
    });
    let restarted = pgwright(temp.path(), &["db", "start"]);
    assert!(restarted.status.success(), "{restarted:?}");
    assert_ne!(status(temp.path())["pid"], before["pid"]);
    assert!(pgwright(temp.path(), &["db", "stop"]).status.success());
}

#[test]
fn a_stale_state_that_names_a_foreign_process_harms_nobody() {
    let temp = project();
    let mut bystander = Command::new("sleep").arg("60").spawn().unwrap();
    let data = layout(temp.path()).data;
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("postmaster.pid"), format!("{}\n", bystander.id())).unwrap();
    assert!(pgwright(temp.path(), &["db", "stop"]).status.success());
    assert!(
        bystander.try_wait().unwrap().is_none(),
        "a foreign process was ended"
    );
    bystander.kill().unwrap();
    bystander.wait().unwrap();
    assert!(!data.exists());
}

/// Not a test of its own: the process that the tests below kill.
#[test]
fn helper_that_holds_a_lease() {
    let Some(folder) = std::env::var_os(HELPER) else {
        return;
    };
    let project = Project::around(Path::new(&folder)).unwrap();
    let (running, lease) = server::start(&project, Keep::WhileUsed(Duration::ZERO)).unwrap();
    println!("\nserver {}", running.pid);
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().read(&mut [0]);
    drop(lease);
}

/// Starts a process that uses the project's server; returns it with the server's process.
fn holder(folder: &Path) -> (Child, i64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["helper_that_holds_a_lease", "--exact", "--nocapture"])
        .env(HELPER, folder)
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let pid = lines
        .find_map(|line| line.unwrap().strip_prefix("server ")?.parse().ok())
        .expect("the helper says which server it uses");
    // Whatever it writes later must not stop it.
    std::thread::spawn(move || lines.for_each(drop));
    (child, pid)
}

fn nothing_is_left(folder: &Path, pid: i64) {
    eventually("the server has ended", || !runs(pid));
    let layout = layout(folder);
    eventually("data and socket are gone", || {
        !layout.data.exists() && !layout.socket.exists()
    });
}

/// Where the project's server keeps its things: as root not below a folder that is closed to others.
fn layout(folder: &Path) -> server::Layout {
    server::Layout::of(&Project::around(folder).unwrap()).unwrap()
}

#[test]
fn when_the_only_user_is_killed_nothing_is_left() {
    let temp = project();
    let (mut child, pid) = holder(temp.path());
    assert!(runs(pid));
    child.kill().unwrap();
    child.wait().unwrap();
    nothing_is_left(temp.path(), pid);
}

/// Whether any process works on a server's data.
fn anything_works_on(data: &Path) -> bool {
    let data = data.display().to_string();
    processes()
        .iter()
        .any(|(_, arguments)| arguments.contains(&data) && !arguments.contains("pgwright-watcher"))
}

#[test]
fn a_start_that_is_killed_half_way_leaves_nothing() {
    // Before and within initdb, around the start of the server, and after it.
    for milliseconds in [5, 60, 300, 600, 900] {
        let temp = project();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["helper_that_holds_a_lease", "--exact", "--nocapture"])
            .env(HELPER, temp.path())
            .env_remove("CARGO_TARGET_DIR")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Not to wait for something, but to kill at different moments.
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        let layout = layout(temp.path());
        eventually("nothing works on the data, and it is gone", || {
            !anything_works_on(&layout.data) && !layout.data.exists() && !layout.socket.exists()
        });
    }
}

#[test]
fn the_server_stays_until_its_last_user_has_ended() {
    let temp = project();
    let (mut first, pid) = holder(temp.path());
    let (mut second, same) = holder(temp.path());
    assert_eq!(pid, same);
    first.kill().unwrap();
    first.wait().unwrap();
    let (third, still) = holder(temp.path());
    assert_eq!(pid, still, "the server was stopped under its second user");
    second.kill().unwrap();
    second.wait().unwrap();
    // This one ends by itself.
    drop(third.stdin);
    nothing_is_left(temp.path(), pid);
}

#[test]
fn a_server_that_is_kept_outlives_its_users() {
    let temp = project();
    assert!(pgwright(temp.path(), &["db", "start"]).status.success());
    let (mut child, pid) = holder(temp.path());
    child.kill().unwrap();
    child.wait().unwrap();
    let project = Project::around(temp.path()).unwrap();
    let clients = temp.path().join("target/pgwright/clients");
    eventually("the user is forgotten", || {
        std::fs::read_dir(&clients).is_ok_and(|mut entries| entries.next().is_none())
    });
    assert!(runs(pid));
    assert_eq!(server::stop(&project).unwrap(), Stopped::Server);
    nothing_is_left(temp.path(), pid);
}

#[test]
fn a_folder_that_was_named_and_holds_no_server_is_an_error_and_nothing_else_is_tried() {
    let temp = project();
    let output = Command::new(env!("CARGO_BIN_EXE_pgwright"))
        .args(["db", "start"])
        .current_dir(temp.path())
        .env_remove("DATABASE_URL")
        .env("PGWRIGHT_PG_BIN", temp.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    for word in ["PGWRIGHT_PG_BIN", "has no `initdb`", "help:"] {
        assert!(errors.contains(word), "{word} is missing in: {errors}");
    }
    assert!(!errors.contains("npm"), "{errors}");
}
