//! An HTTP API over `automl-db`: users, their datasets in pages, credits that are bought once, jobs.
//!
//! ```sh
//! cargo xtask db start
//! DATABASE_URL=$(cargo xtask db url) cargo run -p automl-api
//! ```
//!
//! `/openapi.json` describes it. `LISTEN` says where it listens (127.0.0.1:3000), `RUST_LOG` what it logs.

mod app;
mod credits;
mod datasets;
mod error;
mod extract;
mod health;
mod jobs;
mod users;

use std::error::Error;

use automl_db::prelude::Db;
use tokio::net::TcpListener;
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
    let db = Db::builder()
        .application_name("automl-api")
        .statement_timeout(std::time::Duration::from_secs(10))
        .connect(&url)
        .await?;
    // Programs that start at the same time wait for each other. A service of your own migrates before it is deployed.
    automl_db::MIGRATOR.run(db.pool()).await?;

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let mut terminate = signal(SignalKind::terminate())?;
    axum::serve(listener, app::router(db.clone()))
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        })
        .await?;
    db.close().await;
    Ok(())
}
