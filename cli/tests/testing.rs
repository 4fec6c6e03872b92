//! The test help, tried on the server that it starts.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use pgwright_cli::testing::{self, Error};
use sqlx::{ConnectOptions, Connection, Row};

#[tokio::test]
async fn a_database_belongs_to_a_role_that_is_no_superuser() {
    let db = testing::database("CREATE TABLE t (n int);").await.unwrap();
    let mut connection = db.connect().await.unwrap();
    let row = sqlx::query(
        "SELECT rolsuper, pg_catalog.pg_get_userbyid(datdba) = current_user, 
                (SELECT tableowner::text = current_user::text FROM pg_catalog.pg_tables WHERE tablename = 't')
         FROM pg_catalog.pg_roles, pg_catalog.pg_database
         WHERE rolname = current_user AND datname = current_database()",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(!row.get::<bool, _>(0), "the owner is a superuser");
    assert!(
        row.get::<bool, _>(1),
        "the database belongs to somebody else"
    );
    assert!(row.get::<bool, _>(2), "the table belongs to somebody else");
}

#[tokio::test]
async fn two_databases_of_one_template_share_nothing() {
    let sql = "CREATE TABLE t (n int); INSERT INTO t VALUES (1);";
    let (one, two) = tokio::try_join!(testing::database(sql), testing::database(sql)).unwrap();
    let mut first = one.connect().await.unwrap();
    let mut second = two.connect().await.unwrap();
    sqlx::query("INSERT INTO t VALUES (2)")
        .execute(&mut first)
        .await
        .unwrap();
    let count = |row: sqlx::postgres::PgRow| row.get::<i64, _>(0);
    assert_eq!(
        count(
            sqlx::query("SELECT count(*) FROM t")
                .fetch_one(&mut first)
                .await
                .unwrap()
        ),
        2
    );
    assert_eq!(
        count(
            sqlx::query("SELECT count(*) FROM t")
                .fetch_one(&mut second)
                .await
                .unwrap()
        ),
        1
    );
}

#[tokio::test]
async fn a_database_is_gone_with_its_value_even_when_somebody_is_connected() {
    let db = testing::database("").await.unwrap();
    let name = db.name().to_string();
    let admin = testing::Cluster::shared().await.unwrap().admin().clone();
    let _connected = db.connect().await.unwrap();
    drop(db);
    let mut connection = sqlx::PgConnection::connect_with(&admin).await.unwrap();
    let left = sqlx::query("SELECT FROM pg_catalog.pg_database WHERE datname = $1")
        .bind(name)
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    assert!(left.is_none());
}

#[tokio::test]
async fn sql_that_does_not_load_is_reported_with_its_place_and_leaves_no_template() {
    for _ in 0..2 {
        let error = testing::database("CREATE TABLE t (n int);\nCREATE TABLE u (n nothing);")
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Load { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("type \"nothing\" does not exist at 2:19"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_address_connects_as_the_owner_too() {
    let db = testing::database("").await.unwrap();
    let mut connection = sqlx::PgConnection::connect(&db.url()).await.unwrap();
    let row = sqlx::query("SELECT current_user::text, current_database()::text")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<String, _>(0), testing::OWNER);
    assert_eq!(row.get::<String, _>(1), db.name());
}

#[tokio::test]
async fn a_command_leaves_no_database_behind_also_when_its_sql_does_not_load() {
    let shared = testing::Cluster::shared().await.unwrap();
    let admin = shared.admin().clone();
    let mut connection = sqlx::PgConnection::connect_with(&admin).await.unwrap();
    let url = admin.to_url_lossy().to_string();
    let cluster = testing::Cluster::for_a_command(&url, None).await.unwrap();
    let (good, bad) = (
        "CREATE TABLE left_behind (n int)",
        "CREATE TABLE left_behind (n nothing)",
    );
    let made = cluster.database(good).await.unwrap();
    let run = made.name().rsplit_once('_').unwrap().0.to_owned();
    assert!(cluster.database(bad).await.is_err());
    drop(made);
    let templates: Vec<String> = [good, bad]
        .iter()
        .map(|sql| format!("pgwtpl_{}", pgwright_cli::project::short_hash(sql)))
        .collect();
    let left = sqlx::query(
        "SELECT FROM pg_catalog.pg_database WHERE datname = ANY ($1) OR pg_catalog.starts_with(datname, $2)",
    )
    .bind(templates)
    .bind(run)
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(left.is_empty());
}
