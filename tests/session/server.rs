//! A PostgreSQL of a test's own, for what the server that all tests share is not made for: TLS, and replicas.

use std::ffi::OsStr;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pgwright_cli::project::Project;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

/// A server that runs until this is dropped, or the process ends in whatever way.
pub(crate) struct Server {
    child: Option<Child>,
    pub(crate) folder: Folder,
    pub(crate) port: u16,
}

/// A folder that the server's user owns, with the server's programs at hand.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    bin: PathBuf,
    /// Whose the server is: PostgreSQL refuses root.
    user: Option<&'static str>,
}

impl Folder {
    /// A new one; none without a program, which is said aloud.
    pub(crate) async fn new(name: &str, program: &str) -> Option<Self> {
        let Some(bin) = programs(program).await else {
            // Not by a macro: the harness shows what those print of failed tests alone.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: there is no `{program}` beside a PostgreSQL server on this machine"
            );
            return None;
        };
        let path = PathBuf::from(format!("/tmp/pgws-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let user = (id("-u", None) == "0").then(|| match id("-u", Some("postgres")).as_str() {
            "" => "nobody",
            _ => "postgres",
        });
        let folder = Self { path, bin, user };
        folder.own();
        Some(folder)
    }

    /// Gives everything in it to the server's user.
    pub(crate) fn own(&self) {
        if let Some(user) = self.user {
            run(Command::new("chown").args(["-R", user]).arg(&self.path));
        }
    }

    /// A program of the server, as its user.
    pub(crate) fn command(&self, program: &str, args: &[&dyn AsRef<OsStr>]) -> Command {
        // Until its end, or that of the pipe that nobody else holds.
        let script = r#"exec 3<&0; "$@" </dev/null & pid=$!
            (cat <&3 >/dev/null; kill -INT $pid 2>/dev/null) & wait $pid"#;
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid"]);
                command
                    .arg(id("-g", Some(user)))
                    .args(["--clear-groups", "sh"]);
                command
            }
            None => Command::new("sh"),
        };
        command.args(["-c", script, "sh"]);
        command.arg(self.bin.join(program));
        command.args(args.iter().map(|arg| arg.as_ref()));
        command.current_dir("/").stdin(Stdio::piped());
        command
    }

    /// Runs a program to its end.
    pub(crate) fn run(&self, program: &str, args: &[&dyn AsRef<OsStr>]) {
        run(&mut self.command(program, args));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl Server {
    /// A new server in a folder, with settings.
    pub(crate) async fn new(folder: Folder, settings: &[&str]) -> Self {
        let data = folder.path.join("data");
        let options = [
            "-U",
            "postgres",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        ];
        let mut args: Vec<&dyn AsRef<OsStr>> = vec![&"-D", &data];
        args.extend(options.iter().map(|option| option as &dyn AsRef<OsStr>));
        folder.run("initdb", &args);
        Self::on_data(folder, settings).await
    }

    /// A server on data that is there, with settings.
    pub(crate) async fn on_data(folder: Folder, settings: &[&str]) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let mut server = Self {
            child: None,
            folder,
            port,
        };
        server.start(settings).await;
        server
    }

    pub(crate) async fn start(&mut self, settings: &[&str]) {
        let folder = &self.folder;
        let port = format!("port={}", self.port);
        let socket = format!("unix_socket_directories={}", folder.path.display());
        let mut args: Vec<&dyn AsRef<OsStr>> = vec![&"-D"];
        let data = folder.path.join("data");
        args.push(&data);
        let fixed = [
            "listen_addresses=127.0.0.1",
            "fsync=off",
            "shared_buffers=16MB",
            &port,
            &socket,
        ];
        for setting in fixed.iter().chain(settings) {
            args.extend([&"-c" as &dyn AsRef<OsStr>, setting]);
        }
        let log = std::fs::File::create(folder.path.join("log")).unwrap();
        let mut command = folder.command("postgres", &args);
        command.stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let url = self.url("postgres");
        for _ in 0..400 {
            let connected = PgConnection::connect(&url);
            if let Ok(Ok(connection)) =
                tokio::time::timeout(Duration::from_secs(2), connected).await
            {
                let _ = connection.close().await;
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let log = std::fs::read_to_string(self.folder.path.join("log"));
        panic!("the server does not answer: {}", log.unwrap_or_default());
    }

    /// Ends every session at once, and the server.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }

    /// The address of a database by the server's socket.
    pub(crate) fn url(&self, database: &str) -> String {
        let (path, port) = (self.folder.path.display(), self.port);
        format!("postgres:///{database}?host={path}&port={port}&user=postgres")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
}

/// The number of a user or group; empty if there is none.
fn id(what: &str, user: Option<&str>) -> String {
    let output = Command::new("id").arg(what).args(user).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Where the programs are: first those of the server that the tests use.
async fn programs(wanted: &str) -> Option<PathBuf> {
    // It starts the project's own server, unless `DATABASE_URL` names another one.
    crate::support::database().await;
    let mut places = Vec::new();
    let project = Project::here().ok()?;
    if let Ok(Some(running)) = pgwright_cli::server::status(&project) {
        // A folder of the PATH may have links to some of them alone.
        places.extend(std::fs::canonicalize(running.bin.join("postgres")).ok());
        places.push(running.bin.join("postgres"));
    }
    if let Ok(config) = Command::new("pg_config").arg("--bindir").output() {
        places.push(Path::new(String::from_utf8_lossy(&config.stdout).trim()).join("postgres"));
    }
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok();
    let debian = debian.into_iter().flatten().flatten();
    places.extend(debian.map(|entry| entry.path().join("bin/postgres")));
    let places = places.iter().filter_map(|program| program.parent());
    let mut complete = places.filter(|bin| {
        let all = ["postgres", "initdb", wanted];
        all.iter().all(|program| bin.join(program).is_file())
    });
    complete.next().map(Path::to_path_buf)
}
