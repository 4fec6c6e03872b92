//! A database that has something of everything, by the words that its spec finds for it.

use sqlx::{ConnectOptions, Executor};

use crate::round::{database, import, roles, round};

const EVERYTHING: &str = include_str!("everything.sql");
const ROLES: [&str; 2] = ["pgwright_import_a", "pgwright import b"];

#[tokio::test]
async fn a_database_that_has_something_of_everything_comes_back_whole() {
    roles(&ROLES).await;
    let database = database(EVERYTHING).await;
    let imported = round(&database)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    for line in [
        "email       = { type = \"Email\", unique = true, unique_name = \"users_email_key\", doc = \"Unique.\" }",
        "age         = { type = \"integer?\", check = \">= 0\", check_name = \"users_age_check\" }",
        "tier        = { type = \"Tier\", default = \"free\" }",
        "size        = { type = \"bigint?\", default = -1 }",
        "name        = { type = \"varchar(80)\", default = \"it's\" }",
        "user = { type = \"uuid\", references = \"User\"",
        "id   = { type = \"bigserial\", primary_key = true }",
        "identity = \"always\"",
        "inherits = [\"Base\"]",
        "partition = { by = \"range\", on = [\"at\"] }",
        "{ name = \"events_2026\", values = \"FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')\" }",
        "{ name = \"events_old\", schema = \"audit\", values = \"DEFAULT\" }",
        "rls = { enabled = true }",
        "statistics = [{ name = \"users_st\", kinds = [\"ndistinct\", \"dependencies\"], on = [\"age\", \"size\"] }]",
        "table = \"Order Lines\"",
        "schema = \"Sales Dept\"",
        "{ name = \"no_overlap\", using = \"gist\", on = [\"room WITH =\", \"during WITH &&\"], where = \"room > 0\" }",
        "primary_key = []",
        "unlogged = true",
        "materialized = true",
        "constraint = \"deferred\"",
        "args = [\"it's\", 'b\"c', \"\"]",
        "old_table = \"gone\"",
    ] {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            squeezed(&imported.text).contains(&squeezed(line)),
            "{line} is missing in:\n{}",
            imported.text
        );
    }
}

#[tokio::test]
async fn what_cannot_be_said_stops_the_import_by_name() {
    let database =
        database("CREATE TYPE pair AS (a integer, b integer); CREATE TABLE pairs OF pair;").await;
    let error = round(&database).await.unwrap_err();
    assert!(error.contains("table `public.pairs`"), "{error}");
}

#[tokio::test]
async fn an_empty_database_is_an_empty_spec() {
    let database = database("SELECT 1").await;
    let imported = round(&database).await.unwrap();
    assert_eq!(
        imported.text,
        "version = 1\n\n[database]\nname = \"imported\"\n"
    );
}

#[tokio::test]
async fn a_catalog_is_read_as_it_is_at_one_moment_and_nothing_is_written() {
    let database = database("CREATE TABLE t (n integer)").await;
    let mut connection = database.admin_options().connect().await.unwrap();
    connection
        .execute("SET default_transaction_read_only = on")
        .await
        .unwrap();
    assert!(import(&database).await.text.contains("[models.T.fields]"));
}
