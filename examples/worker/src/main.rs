//! A worker that runs the jobs of `automl-db`.
//!
//! ```sh
//! cargo xtask db start
//! DATABASE_URL=$(cargo xtask db url) cargo run -p automl-worker
//! ```
//!
//! SIGTERM and Ctrl-C let it finish what it runs, for 20 s; what takes longer is given back to the queue. `WORKER` is its
//! name, `CONCURRENCY` how many jobs it runs at the same time, `STEP_MS` how long a step of a node takes here.

mod work;

use std::error::Error;
use std::time::Duration;

use automl_db::prelude::*;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let url = std::env::var("DATABASE_URL")
        .map_err(|_| "set DATABASE_URL, for one to `$(cargo xtask db url)`")?;
    let concurrency: u32 = setting("CONCURRENCY", 4)?;
    let step = Duration::from_millis(setting("STEP_MS", 200)?);
    let lease = Duration::from_secs(setting("LEASE_SECONDS", 30)?);
    // A connection for each job, and one for the worker itself. One more listens.
    let db = Db::builder()
        .application_name("automl-worker")
        .max_connections(concurrency + 1)
        .connect(&url)
        .await?;
    // Programs that start at the same time wait for each other. A service of your own migrates before it is deployed.
    automl_db::MIGRATOR.run(db.pool()).await?;

    let mut terminate = signal(SignalKind::terminate())?;
    let (handling, telling) = (db.clone(), db.clone());
    let name = std::env::var("WORKER").unwrap_or_default();
    println!("working");
    let report = Worker::<Job>::new(&db, name)
        .concurrency(concurrency)
        .lease(lease)
        .poll(Duration::from_secs(1))
        .grace(Duration::from_secs(20))
        .retry(Retry::backoff(Duration::from_secs(5)).attempts(5))
        .fair_by(job::user_id)
        .on_failure(move |job, text| work::tell(telling.clone(), job, text))
        .until(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        })
        .run(move |job| work::run(handling.clone(), job, step))
        .await?;
    println!("{report:?}");
    db.close().await;
    Ok(())
}

/// A number of the environment.
fn setting<T: std::str::FromStr>(name: &str, default: T) -> Result<T, String> {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .map_err(|_| format!("{name} is no number: {text}")),
        Err(_) => Ok(default),
    }
}
