//! A day of the platform on a real database, and on real files.
//!
//! `cargo xtask demo` runs it on a new database and then has the database checked. It runs on any empty database that
//! the schema was loaded into, too: `DATABASE_URL=… cargo run --example demo`.

mod credits;
mod drift;
mod leaving;
mod people;
mod stage;
mod uploads;
mod workers;
mod workflows;

use sqlx::postgres::PgPoolOptions;
use stage::Stage;

/// Any error ends the demonstration.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("DATABASE_URL")
        .map_err(|_| "DATABASE_URL is not set; run `cargo xtask demo`, or set it to a database with the schema")?;
    play(&url).await
}

/// Plays the day on a database with the schema and no rows.
pub(crate) async fn play(url: &str) -> Result<()> {
    let db = PgPoolOptions::new()
        .max_connections(8)
        // A ping before each query doubles the time of small ones.
        .test_before_acquire(false)
        .connect(url)
        .await?;
    let mut stage = Stage::default();
    let people = people::sign_up(&db, &mut stage).await?;
    let datasets = uploads::from_files(&db, &mut stage, &people).await?;
    uploads::in_bulk(&db, &mut stage, &people).await?;
    let snapshots = workflows::save_and_run(&db, &mut stage, &people).await?;
    credits::buy(&db, &mut stage, &people).await?;
    workers::run_jobs(&db, &mut stage, &people, &datasets, &snapshots).await?;
    credits::overdraw(&db, &mut stage, &people).await?;
    uploads::hand_over(&db, &mut stage, &people, &datasets).await?;
    drift::make_and_repair(&db, &mut stage, &people).await?;
    leaving::delete_and_purge(&db, &mut stage, &people).await?;
    stage.show_times();
    Ok(())
}
