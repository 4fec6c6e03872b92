//! SQLAlchemy with psycopg: a script that is told line by line what to measure.

use super::super::contest::{Amount, Contestant, Task};
use crate::Failure;
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const NAME: &str = "SQLAlchemy";

/// The script, which ends with this value.
pub(crate) struct SqlAlchemy {
    _child: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
    pub(crate) versions: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// A Python with what the script needs, below the folder where this program was built.
async fn environment() -> Result<PathBuf, String> {
    let built = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = built
        .parent()
        .and_then(Path::parent)
        .ok_or("no target directory")?;
    let venv = target.join("python");
    let python = venv.join("bin/python");
    let requirements = folder().join("requirements.txt");
    if !python.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).await?;
    }
    // Quick where all of it is there already.
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(requirements))
    .await?;
    Ok(python)
}

async fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| format!("cannot run {:?}: {error}", command.as_std().get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no reason was given");
    Err(line.trim().to_string())
}

impl SqlAlchemy {
    /// Starts the script; the text says why that could not be.
    pub(crate) async fn start(url: &str, before: &str) -> Result<Self, String> {
        let python = environment().await?;
        let mut child = Command::new(python)
            .arg(folder().join("client.py"))
            .args([url, before])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| error.to_string())?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("it has no pipes".to_string());
        };
        let mut script = Self {
            _child: child,
            to,
            from: BufReader::new(from).lines(),
            versions: String::new(),
        };
        let hello = script.answer().await.map_err(|error| error.to_string())?;
        script.versions = hello["versions"].as_str().unwrap_or_default().to_string();
        Ok(script)
    }

    async fn answer(&mut self) -> Result<Value, Failure> {
        let line = self
            .from
            .next_line()
            .await
            .map_err(|error| Failure::Io("read what the script measured", error))?;
        line.and_then(|line| serde_json::from_str(&line).ok())
            .ok_or_else(|| Failure::Peer(NAME, "the script ended; it said why".to_string()))
    }
}

impl Contestant for SqlAlchemy {
    fn knows(&self, task: Task) -> bool {
        task != Task::Copy
    }

    fn run(&mut self, task: Task, amount: Amount) -> LocalBoxFuture<'_, Result<Vec<f64>, Failure>> {
        Box::pin(async move {
            let (runs, seconds) = match amount {
                Amount::Runs(runs) => (runs, 0.0),
                Amount::Time(time) => (0, time.as_secs_f64()),
            };
            let line =
                json!({"task": task.name(), "runs": runs, "seconds": seconds}).to_string() + "\n";
            self.to
                .write_all(line.as_bytes())
                .await
                .map_err(|error| Failure::Io("tell the script what to measure", error))?;
            let answer = self.answer().await?;
            let samples = answer["seconds"].as_array().cloned().unwrap_or_default();
            Ok(samples.iter().filter_map(Value::as_f64).collect())
        })
    }
}
