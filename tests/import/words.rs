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
async fn what_the_language_has_no_words_for_is_carried_as_sql_and_comes_back() {
    let database = database(
        r"CREATE TYPE pair AS (a integer, b integer);
          CREATE TABLE pairs OF pair (a WITH OPTIONS DEFAULT 7, PRIMARY KEY (a));
          CREATE FUNCTION similar_text(text, text) RETURNS real LANGUAGE c IMMUTABLE STRICT AS '$libdir/pg_trgm', 'similarity';
          CREATE FUNCTION backwards(text, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
            'SELECT pg_catalog.bttextcmp(pg_catalog.reverse($1), pg_catalog.reverse($2))';
          CREATE FUNCTION backwards_lt(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT backwards($1, $2) < 0';
          CREATE OPERATOR <~ (FUNCTION = backwards_lt, LEFTARG = text, RIGHTARG = text);
          CREATE OPERATOR FAMILY backward USING btree;
          CREATE OPERATOR CLASS backward_ops FOR TYPE text USING btree FAMILY backward AS OPERATOR 1 <~ (text, text), FUNCTION 1 backwards(text, text);
          CREATE TABLE words (id integer PRIMARY KEY, word text);
          CREATE INDEX words_backward ON words (word backward_ops);
          ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor;
          ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO pg_monitor;
          ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;",
    )
    .await;
    let imported = round(&database).await.unwrap();
    for word in [
        "ALTER TABLE public.pairs OF pair",
        "CREATE OPERATOR CLASS",
        "ALTER DEFAULT PRIVILEGES",
    ] {
        assert!(
            imported.text.contains(word),
            "{word} is missing in:\n{}",
            imported.text
        );
    }
}

#[tokio::test]
async fn what_postgresql_18_brought_comes_back_too() {
    let version = pgwright_cli::testing::Cluster::shared()
        .await
        .unwrap()
        .version();
    if version < 180_000 {
        return;
    }
    let database = database(
        "CREATE EXTENSION btree_gist;
         CREATE TABLE v (id integer PRIMARY KEY, a integer NOT NULL, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL);
         CREATE TABLE p (id integer PRIMARY KEY);
         CREATE TABLE ne (p_id integer, CONSTRAINT ne_fk FOREIGN KEY (p_id) REFERENCES p NOT ENFORCED, CHECK (p_id > 5) NOT ENFORCED);
         CREATE TABLE t (id integer, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
         CREATE TABLE tf (t_id integer, valid daterange, FOREIGN KEY (t_id, PERIOD valid) REFERENCES t (id, PERIOD valid));
         CREATE TABLE nn (a integer CONSTRAINT my_own NOT NULL, b integer CONSTRAINT later NOT NULL NO INHERIT, d integer);
         ALTER TABLE nn ADD CONSTRAINT d_later NOT NULL d NOT VALID;",
    )
    .await;
    round(&database).await.unwrap();
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
