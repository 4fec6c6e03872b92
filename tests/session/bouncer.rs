//! A PgBouncer in transaction mode in front of a test's database, where one is installed.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pgwright_cli::testing::Database;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};

/// A PgBouncer that runs until this is dropped, or the process ends in whatever way.
pub(crate) struct Bouncer {
    child: Child,
    folder: PathBuf,
    port: u16,
    database: String,
}

impl Bouncer {
    /// Starts one that lends `servers` connections; none where PgBouncer is not installed, which is said aloud.
    pub(crate) async fn start(database: &Database, servers: u32) -> Option<Self> {
        let Some(program) = program() else {
            // Not by a macro: the harness shows what those print of failed tests alone.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: there is no pgbouncer on this machine (`apt-get install pgbouncer`)"
            );
            return None;
        };
        let options = database.options();
        let folder = std::env::temp_dir().join(format!("pgwb-{}", database.name()));
        std::fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let host = options.get_socket().map_or_else(
            || options.get_host().to_owned(),
            |socket| socket.display().to_string(),
        );
        let settings = format!(
            "[databases]\n\
             * = host={host} port={} user={}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             pool_mode = transaction\n\
             default_pool_size = {servers}\n\
             max_client_conn = 200\n\
             server_round_robin = 1\n\
             query_wait_timeout = 20\n\
             log_connections = 0\n\
             log_disconnections = 0\n",
            options.get_port(),
            options.get_username(),
        );
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        // It refuses to run as root, and the folder of the server's socket may be open to the server's user alone. It is to
        // end when this process does: nobody holds the other end of the pipe then.
        let script = r#"
            exec 3<&0
            program=$1 file=$2 folder=$3 host=$4; shift 4
            if [ "$(id -u)" = 0 ]; then
                user=nobody
                if [ -d "$host" ]; then user=$(stat -c %U "$host"); fi
                chown -R "$user" "$folder"; set -- -u "$user"
            fi
            "$program" "$@" "$file" </dev/null & pid=$!
            cat <&3 >/dev/null
            kill -INT $pid; wait $pid"#;
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let child = Command::new("sh")
            .args(["-c", script, "sh"])
            .args([&program, &file, &folder])
            .arg(&host)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let bouncer = Self {
            child,
            folder,
            port,
            database: database.name().to_owned(),
        };
        bouncer.wait().await;
        Some(bouncer)
    }

    /// Waits until it answers.
    async fn wait(&self) {
        let options: PgConnectOptions = self.url().parse().unwrap();
        // What the option of the builder does, for a connection of sqlx.
        let options = options.extra_float_digits(None).statement_cache_capacity(0);
        for _ in 0..200 {
            let connected = PgConnection::connect_with(&options);
            match tokio::time::timeout(Duration::from_secs(1), connected).await {
                Ok(Ok(connection)) => {
                    let _ = connection.close().await;
                    return;
                }
                Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(25)).await,
                Err(_) => break,
            }
        }
        let log = std::fs::read_to_string(self.folder.join("log"));
        panic!("pgbouncer does not answer: {}", log.unwrap_or_default());
    }

    /// The address of the database by way of it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://app@127.0.0.1:{}/{}", self.port, self.database)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where it is: many a PATH has no folder of system programs.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].map(PathBuf::from))
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
}
