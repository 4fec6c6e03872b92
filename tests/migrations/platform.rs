//! The platform's own history, and the migration that would come next.

use std::path::Path;

use pgwright_cli::migrate::history::History;
use pgwright_cli::testing;
use pgwright_codegen::triggers;
use sqlx::{AssertSqlSafe, Executor};

use crate::beside;
use crate::support::{apply, compile, difference, files, planned};

/// If this fails, the spec or the compiler changed: `cargo xtask migrate new NAME`.
#[tokio::test]
async fn the_migrations_of_the_platform_lead_to_its_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated/migrations");
    let history = History::read(&folder).unwrap();
    assert!(!history.entries.is_empty());
    let database = testing::database("").await.unwrap();
    let pool = database.pool(2).await.unwrap();
    automl_db::MIGRATOR.run(&pool).await.unwrap();
    automl_db::MIGRATOR.run(&pool).await.unwrap();
    pool.close().await;
    let mut connection = database.connect().await.unwrap();
    let schema = compile(include_str!("../../schema.toml"));
    let differs = difference(&mut connection, &schema).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
    // The program's own migrations and those of the command are the same to the table of sqlx.
    let run = pgwright_cli::migrate::runner::run(&mut connection, &history, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(run, pgwright_cli::migrate::runner::Run::default());
}

/// The next one: a rename, a maintained column with the rows that are there, an enum label.
fn next() -> String {
    let text = include_str!("../../schema.toml");
    let text = text
        .replace(
            "values = [\"free\", \"pro\", \"enterprise\"]",
            "values = [\"free\", \"team\", \"pro\", \"enterprise\"]",
        )
        .replace("\nthumbnail_url", "\npreview_url")
        .replace(
            "\n[triggers.",
            "\n[triggers.users_job_count]\nkind = \"counter\"\ncount = \"Job\"\nby = \"user_id\"\ninto = \"User.job_count\"\n\n[triggers.",
        );
    // The trigger stands before the first alone.
    let marker = "\n[triggers.users_job_count]\nkind = \"counter\"\ncount = \"Job\"\nby = \"user_id\"\ninto = \"User.job_count\"\n";
    let (first, rest) = text.split_once(marker).unwrap();
    let text = format!("{first}{marker}{}", rest.replace(marker, ""));
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            if line.trim_start().starts_with("preview_url") {
                "preview_url = { type = \"text?\", renamed_from = \"thumbnail_url\" }".to_owned()
            } else if line.trim_start().starts_with("model_count") {
                format!(
                    "{line}\njob_count = {{ type = \"integer\", default = 0, check = \">= 0\" }}"
                )
            } else {
                line.to_owned()
            }
        })
        .collect();
    lines.join("\n") + "\n"
}

#[tokio::test]
async fn a_rename_a_new_counter_and_a_label_come_to_the_platform() {
    let prev = compile(include_str!("../../schema.toml"));
    let next = compile(&next());
    assert!(
        next.models
            .iter()
            .any(|model| model.field_named("job_count").is_some())
    );
    assert!(
        next.models
            .iter()
            .any(|model| model.field_named("preview_url").is_some())
    );
    let planned = planned(&prev, &next, &[]).unwrap();
    let database = crate::support::database(&prev).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    connection
        .execute(
            "INSERT INTO users (email) SELECT 'u' || i || '@example.org' FROM generate_series(1, 50) AS i;
             INSERT INTO jobs (user_id) SELECT id FROM users, generate_series(1, 4)",
        )
        .await
        .unwrap();
    apply(&mut connection, &files(&planned.plan, &next))
        .await
        .unwrap();
    let differs = difference(&mut connection, &next).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
    let (wrong,): (i64,) = sqlx::query_as("SELECT count(*) FROM users WHERE job_count <> 4")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(wrong, 0);
    for maintained in triggers::maintained(&next) {
        let rows = connection
            .fetch_all(AssertSqlSafe(maintained.drift.into_string()))
            .await
            .unwrap();
        assert!(rows.is_empty());
    }
    let back = planned.back.unwrap();
    apply(&mut connection, &files(&back, &prev)).await.unwrap();
    let differs = difference(&mut connection, &prev).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

/// The same on many rows, while the platform goes on writing. The command and what it found stand in `docs/migrations.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_come_beside_writers() {
    let prev = compile(include_str!("../../schema.toml"));
    let next = compile(&next());
    let planned = planned(&prev, &next, &[]).unwrap();
    let base = crate::support::database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    let rows = beside::rows();
    connection
        .execute(AssertSqlSafe(format!(
            "INSERT INTO users (email) SELECT 'u' || i || '@example.org' FROM generate_series(1, {users}) AS i;
             INSERT INTO jobs (user_id) SELECT u.id FROM users AS u, generate_series(1, {each});
             ANALYZE",
            users = rows / 20,
            each = 20
        )))
        .await
        .unwrap();
    let whole = crate::support::history(files(&planned.plan, &next));
    eprintln!(
        "{rows} jobs of {} users get counted, beside a rename and a label:",
        rows / 20
    );
    beside::migrate(&base, &mut connection, &whole, |round| {
        let users = beside::rows() / 20;
        let user = |number: u64| {
            format!(
                "(SELECT id FROM users WHERE email = 'u{}@example.org')",
                number % users + 1
            )
        };
        vec![
            format!("INSERT INTO jobs (user_id) VALUES ({})", user(round)),
            format!(
                "UPDATE jobs SET priority = priority + 1 WHERE user_id = {}",
                user(round + 1)
            ),
            format!(
                "DELETE FROM jobs WHERE id = (SELECT id FROM jobs WHERE user_id = {} LIMIT 1)",
                user(round + 2)
            ),
        ]
    })
    .await;
    let differs = difference(&mut connection, &next).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
    for maintained in triggers::maintained(&next) {
        let rows = connection
            .fetch_all(AssertSqlSafe(maintained.drift.into_string()))
            .await
            .unwrap();
        assert!(rows.is_empty(), "{} are wrong", rows.len());
    }
}
