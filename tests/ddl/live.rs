//! Each case on a real PostgreSQL: it loads into an empty database, as an owner who is no superuser, and `live.sql`
//! holds.

use std::path::Path;
use std::process::Command;

use pgwright_cli::testing::{self, Cluster, Database};
use pgwright_codegen::ddl::schema_sql;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Either, Executor, Row, ValueRef};

use crate::cases::{self, Case};
use crate::expect::{self, Block, Expectation};

/// The cases that the server is new enough for; what they ask of the server as a whole is made.
pub(crate) async fn ready() -> Vec<Case> {
    let cluster = Cluster::shared().await.unwrap();
    let only = std::env::var("CASE").ok();
    let mut admin = PgConnection::connect_with(cluster.admin()).await.unwrap();
    let mut ready = Vec::new();
    for case in cases::all() {
        let wanted = only.as_ref().is_none_or(|only| *only == case.name);
        if !wanted || case.requires() > cluster.version() {
            continue;
        }
        if let Some(before) = case.file("before.sql") {
            // Test processes that run beside each other grant the same roles.
            let _ = admin.execute(AssertSqlSafe(before)).await;
        }
        ready.push(case);
    }
    ready
}

/// A database with the case's DDL.
pub(crate) async fn load(case: &Case) -> Result<Database, String> {
    testing::database(&schema_sql(&case.schema))
        .await
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn each_case_loads_and_holds_what_it_says() {
    let mut failures = Vec::new();
    for case in ready().await {
        let database = match load(&case).await {
            Ok(database) => database,
            Err(error) => {
                failures.push(format!("{}: {error}", case.name));
                continue;
            }
        };
        let mut connection = database.connect().await.unwrap();
        for block in expect::blocks(&case.file("live.sql").unwrap_or_default()) {
            if let Err(error) = run(&mut connection, &block).await {
                failures.push(format!("{}/live.sql:{}: {error}", case.name, block.line));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

async fn run(connection: &mut PgConnection, block: &Block) -> Result<(), String> {
    let result = rows(connection, &block.sql).await;
    match (&block.expectation, result) {
        (Expectation::Success, Ok(_)) => Ok(()),
        (Expectation::Rows(expected), Ok(found)) if *expected == found => Ok(()),
        (Expectation::Rows(expected), Ok(found)) => Err(format!(
            "expected\n  {}\nfound\n  {}",
            expected.join("\n  "),
            found.join("\n  ")
        )),
        (Expectation::Error(..), Ok(_)) => Err("succeeded, and should fail".to_owned()),
        (Expectation::Error(state, constraint), Err(error)) => {
            let database = error.as_database_error();
            let found = database.and_then(|error| error.code()).unwrap_or_default();
            let named = database.and_then(|error| error.constraint());
            let same = constraint.is_none() || constraint.as_deref() == named;
            if found == *state && same {
                Ok(())
            } else {
                Err(format!("expected {state} {constraint:?}, found {error}"))
            }
        }
        (_, Err(error)) => Err(error.to_string()),
    }
}

/// The rows of the last statement that has any, as text.
async fn rows(connection: &mut PgConnection, sql: &str) -> Result<Vec<String>, sqlx::Error> {
    use futures_util::StreamExt as _;
    let mut rows = Vec::new();
    let mut current = Vec::new();
    let mut stream = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_many(connection);
    while let Some(step) = stream.next().await {
        match step? {
            Either::Left(_) => {
                if !current.is_empty() {
                    rows = std::mem::take(&mut current);
                }
            }
            Either::Right(row) => current.push(line(&row)),
        }
    }
    Ok(rows)
}

fn line(row: &PgRow) -> String {
    let cell = |index| {
        let value = row.try_get_raw(index).unwrap();
        if value.is_null() {
            "∅".to_owned()
        } else {
            value.as_str().unwrap().replace('\n', "\\n")
        }
    };
    let cells: Vec<String> = (0..row.len()).map(cell).collect();
    cells.join(" | ").trim().to_owned()
}

/// As the file's first line and the README say it: by `psql`, which reads the text in its own way.
#[tokio::test]
async fn each_case_loads_by_psql() {
    if Command::new("psql").arg("--version").output().is_err() {
        eprintln!("psql is not installed: not tried");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for case in ready().await {
        let database = testing::database("").await.unwrap();
        let file = folder.join(format!("{}-{}.sql", case.name, std::process::id()));
        std::fs::write(&file, schema_sql(&case.schema)).unwrap();
        let output = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(database.url())
            .arg("-f")
            .arg(&file)
            .env("PGOPTIONS", format!("-c role={}", testing::OWNER))
            .output()
            .unwrap();
        std::fs::remove_file(&file).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", case.name);
        assert_eq!(said, "", "{} says something while it loads", case.name);
    }
}

#[tokio::test]
async fn missing_roles_are_all_named_before_anything_changes() {
    let text = "version = 1
[models.A]
grants = { \"nobody else\" = [\"select\"], pgwright_case_none = [\"insert\"] }
policies = [{ name = \"p\", to = [\"pgwright_case_none2\"], using = \"true\" }]
[models.A.fields]
id = { type = \"integer\", primary_key = true }
";
    let source = pgwright_codegen::source::Source::new("schema.toml", text);
    let sql = schema_sql(&pgwright_codegen::compile(&source).schema.unwrap());
    let database = testing::database("").await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let error = connection.execute(AssertSqlSafe(sql)).await.unwrap_err();
    let message = error.as_database_error().unwrap().message().to_owned();
    assert!(
        message.ends_with("\"nobody else\", pgwright_case_none, pgwright_case_none2"),
        "{message}"
    );
    // The transaction that failed is over with its connection.
    let mut connection = database.connect().await.unwrap();
    let (tables,): (i64,) = sqlx::query_as(
        "SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(tables, 0);
}

/// What PostgreSQL says of the database, as statements; without what is random in it.
fn dump(database: &Database) -> String {
    let output = Command::new("pg_dump")
        .args(["--schema-only", "--no-owner", "-d"])
        .arg(database.url())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A backup that cannot be restored is none: functions and expressions must not depend on the search path of the day.
#[tokio::test]
async fn a_dump_restores_to_the_same() {
    // Those with SQL that is read anew when it is restored.
    const CASES: &[&str] = &[
        "beyond",
        "functions",
        "order",
        "platform",
        "trigger_rules",
        "types_of_types",
    ];
    // What a newer pg_dump writes need not load into an older server.
    let server = Cluster::shared().await.unwrap().version() / 10_000;
    let version = Command::new("pg_dump").arg("--version").output();
    let said = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !said.is_ok_and(|said| said.contains(&format!(" {server}."))) {
        eprintln!("no pg_dump of version {server} here: not tried");
        return;
    }
    let cases = ready().await;
    for case in cases
        .iter()
        .filter(|case| CASES.contains(&case.name.as_str()))
    {
        let database = load(case).await.unwrap();
        let first = dump(&database);
        let other = testing::database("").await.unwrap();
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.dump", other.name()));
        // The role that restores may own nothing that the server brings.
        let restorable = first.replace("CREATE SCHEMA public;", "");
        std::fs::write(&file, restorable).unwrap();
        let output = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(other.url())
            .arg("-f")
            .arg(&file)
            .output()
            .unwrap();
        std::fs::remove_file(&file).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", case.name);
        assert_eq!(first, dump(&other), "{}", case.name);
    }
}
