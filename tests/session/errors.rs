//! Errors as clients see them, and what logs say.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use automl_db::prelude::*;

use crate::support::{connect, database, platform};

#[tokio::test]
async fn a_violation_names_model_columns_constraint_and_key() {
    let (_database, db) = platform().await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    NewDataset::new(user.id, "secret")
        .insert(&db)
        .await
        .unwrap();
    let error = NewDataset::new(user.id, "secret")
        .insert(&db)
        .await
        .unwrap_err();
    let violation = error.violation().unwrap();
    assert_eq!(violation.model, Some("Dataset"));
    assert_eq!(violation.columns, ["user_id", "name"]);
    assert_eq!(violation.constraint, "ux_datasets_userid_name");
    assert_eq!(
        violation.key.clone().unwrap(),
        format!("{}, secret", user.id)
    );
}

#[tokio::test]
async fn problems_have_a_status_a_sentence_and_no_values() {
    let (_database, db) = platform().await;
    let user = NewUser::new("secret@x.org").insert(&db).await.unwrap();
    let dataset = NewDataset::new(user.id, "secret")
        .insert(&db)
        .await
        .unwrap();
    let entry = NewCreditTransaction::new(user.id, 5, TransactionType::Purchase)
        .insert(&db)
        .await
        .unwrap();
    let raw = async |sql: &'static str| {
        Error::from(sqlx::query(sql).execute(db.pool()).await.unwrap_err())
    };
    let errors = [
        (404, User::get(&db, UserId::new()).await.unwrap_err()),
        (
            409,
            NewUser::new("SECRET@x.org").insert(&db).await.unwrap_err(),
        ),
        (
            409,
            NewDataset::new(user.id, "secret")
                .insert(&db)
                .await
                .unwrap_err(),
        ),
        (
            422,
            NewDataset::new(UserId::new(), "secret")
                .insert(&db)
                .await
                .unwrap_err(),
        ),
        (
            422,
            DatasetPatch::new()
                .row_count(-1)
                .update(&db, dataset.id)
                .await
                .unwrap_err(),
        ),
        (
            409,
            NewCreditTransaction::new(user.id, -50, TransactionType::Consumption)
                .insert(&db)
                .await
                .unwrap_err(),
        ),
        (409, raw("UPDATE credit_transactions SET amount = 1").await),
        (422, raw("UPDATE users SET dataset_count = 5").await),
        (
            422,
            NewCreditTransaction::new(UserId::new(), 5, TransactionType::Purchase)
                .insert(&db)
                .await
                .unwrap_err(),
        ),
        (422, raw("SELECT 'secret'::int").await),
        (500, raw("SELECT secret").await),
    ];
    for (status, error) in errors {
        let problem = error.problem();
        assert_eq!(problem.status, status, "{error:?}");
        let shown = sqlx::types::Json(&problem);
        let text = automl_db::pgwright::serde_json::to_string(&shown).unwrap();
        assert!(!text.to_lowercase().contains("secret"), "{text}");
        assert!(!text.contains(&user.id.to_string()), "{text}");
        assert!(
            !text.contains("users") && !text.contains("datasets"),
            "{text}"
        );
    }
    let _ = entry;
}

#[tokio::test]
async fn a_label_that_the_code_does_not_know_is_an_error_of_that_row() {
    let (database, db) = platform().await;
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    sqlx::Executor::execute(
        &mut database.connect().await.unwrap(),
        "ALTER TYPE user_tier ADD VALUE 'platinum'",
    )
    .await
    .unwrap();
    sqlx::query("UPDATE users SET tier = 'platinum'")
        .execute(db.pool())
        .await
        .unwrap();
    let error = User::get(&db, user.id).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Decode { .. }), "{text}");
    for word in ["User", "tier", "platinum"] {
        assert!(text.contains(word), "{text}");
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_have_names_and_rows_and_values_only_where_they_are_asked_for() {
    let database = database().await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    // With one subscriber alone, tracing asks that of whatever thread comes by a span first, for all: another test's has none.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);
    let text = || String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();

    let quiet = connect(&database, Db::builder().slow_statements(None)).await;
    NewUser::new("secret1@x.org").insert(&quiet).await.unwrap();
    let logged = text();
    assert!(
        logged.contains("User::insert") && logged.contains("rows=1"),
        "{logged}"
    );
    assert!(
        !logged.contains("secret1") && !logged.contains("slow statement"),
        "{logged}"
    );

    let slow = connect(&database, Db::builder().slow_statements(Duration::ZERO)).await;
    NewUser::new("secret2@x.org").insert(&slow).await.unwrap();
    let _ = NewUser::new("secret2@x.org")
        .insert(&slow)
        .await
        .unwrap_err();
    let logged = text();
    assert!(
        logged.contains("slow statement") && logged.contains("INSERT INTO"),
        "{logged}"
    );
    assert!(logged.contains("unique"), "{logged}");
    assert!(!logged.contains("secret2"), "{logged}");

    let asked = Db::builder()
        .slow_statements(Duration::ZERO)
        .log_values(true);
    let asked = connect(&database, asked).await;
    NewUser::new("secret3@x.org").insert(&asked).await.unwrap();
    assert!(text().contains("secret3"));
    NewUser::new("secret4@x.org").insert(&slow).await.unwrap();
    assert!(!text().contains("secret4"));
}

#[tokio::test]
async fn why_there_is_no_connection_is_said_and_not_that_none_was_free() {
    let nobody = Db::builder()
        .acquire_timeout(Duration::from_millis(300))
        .connect("postgres://x@127.0.0.1:1/x")
        .await
        .unwrap_err();
    assert!(nobody.is_connection());
    assert!(nobody.to_string().contains("refused"), "{nobody}");
    let text = Db::connect("nonsense").await.unwrap_err().to_string();
    assert!(text.contains("postgres://user:password@host"), "{text}");
}

#[tokio::test]
async fn what_the_server_says_is_shown_without_a_line_of_its_own_sources() {
    let (_database, db) = platform().await;
    let error = sqlx::query("SELECT nothing").execute(db.pool()).await;
    let error = Error::from(error.unwrap_err());
    assert_eq!(
        error.to_string(),
        "column \"nothing\" does not exist (SQLSTATE 42703)"
    );
}

#[tokio::test]
async fn a_row_that_is_still_used_is_told_from_one_that_is_missing_whatever_the_server_s_language()
{
    let database = database().await;
    let mut admin = crate::support::admin(&database).await;
    sqlx::raw_sql(
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int CONSTRAINT fk REFERENCES p);
         INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
    )
    .execute(&mut admin)
    .await
    .unwrap();
    for language in ["C", "de_DE.UTF-8", "fr_FR.UTF-8", "ja_JP.UTF-8"] {
        let set = sqlx::query("SELECT set_config('lc_messages', $1, false)").bind(language);
        if set.execute(&mut admin).await.is_err() {
            // This machine does not have it; how it says it is among the tests of the library.
            continue;
        }
        for (sql, used, status) in [
            ("INSERT INTO c VALUES (2)", false, 422),
            ("DELETE FROM p", true, 409),
            ("UPDATE p SET id = 3", true, 409),
        ] {
            let error = Error::from(sqlx::query(sql).execute(&mut admin).await.unwrap_err());
            let violation = error.violation().unwrap();
            assert_eq!(violation.is_still_used(), used, "{language}: {error}");
            assert_eq!(error.problem().status, status);
        }
    }
}
