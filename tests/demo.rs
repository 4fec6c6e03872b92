//! The demonstration plays to its end on the schema as it is generated now.

#[allow(dead_code, reason = "its `main` is for `cargo xtask demo`")]
#[path = "../examples/demo/main.rs"]
mod demo;

use pgwright_cli::testing;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_the_platform_plays_to_its_end() -> Result<(), Box<dyn std::error::Error>> {
    let db = testing::database(include_str!("../generated/schema.sql")).await?;
    demo::play(&db.url()).await
}
