//! What few databases have: it comes back, or stops the import by its name.

use pgwright_cli::testing::Cluster;

use crate::round::{database, roles, round};

/// What comes back, with a word of the spec that says it.
const CASES: &[(&str, &str)] = &[
    (
        "CREATE TEXT SEARCH PARSER words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
         CREATE TEXT SEARCH TEMPLATE plain (INIT = dsimple_init, LEXIZE = dsimple_lexize);
         CREATE TEXT SEARCH DICTIONARY dictionary (TEMPLATE = plain);
         CREATE TEXT SEARCH CONFIGURATION search (PARSER = words);
         ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR asciiword WITH dictionary;
         COMMENT ON TEXT SEARCH PARSER words IS 'p'; COMMENT ON TEXT SEARCH TEMPLATE plain IS 't';",
        "CREATE TEXT SEARCH PARSER",
    ),
    ("CREATE TYPE later", "CREATE TYPE public.later"),
    (
        "CREATE TABLE a (x integer, y integer); CREATE UNIQUE INDEX a_by ON a (y, x);
         CREATE TABLE b (x integer, y integer, FOREIGN KEY (x, y) REFERENCES a (x, y));",
        "to = [\"x\", \"y\"]",
    ),
    (
        "CREATE TRUSTED LANGUAGE other HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
         COMMENT ON LANGUAGE other IS 'l'; GRANT USAGE ON LANGUAGE other TO pg_monitor;",
        "CREATE TRUSTED LANGUAGE other",
    ),
    (
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT USAGE ON LANGUAGE plpgsql TO pg_monitor;",
        "REVOKE USAGE ON LANGUAGE plpgsql",
    ),
    (
        "CREATE CONVERSION latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1; COMMENT ON CONVERSION latin IS 'c';",
        "CREATE CONVERSION",
    ),
    (
        "CREATE FOREIGN DATA WRAPPER w OPTIONS (debug 'true'); COMMENT ON FOREIGN DATA WRAPPER w IS 'w';
         CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'x', \"Odd\" 'it''s');
         GRANT USAGE ON FOREIGN SERVER s TO pg_monitor; GRANT USAGE ON FOREIGN DATA WRAPPER w TO pg_monitor;
         CREATE FOREIGN TABLE f (id integer OPTIONS (column_name 'Id') NOT NULL) SERVER s OPTIONS (table_name 'q');
         GRANT SELECT (id) ON f TO pg_monitor;",
        "CREATE FOREIGN DATA WRAPPER",
    ),
    (
        "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler; COMMENT ON ACCESS METHOD other IS 'a';
         CREATE TABLE t (a integer) USING other;",
        "CREATE ACCESS METHOD other",
    ),
    (
        "CREATE TYPE pair AS (a integer);
         CREATE FUNCTION out_of(internal) RETURNS internal LANGUAGE internal IMMUTABLE STRICT AS 'textin';
         CREATE FUNCTION into_it(internal) RETURNS pair LANGUAGE internal IMMUTABLE STRICT AS 'record_in';
         CREATE TRANSFORM FOR pair LANGUAGE plpgsql (FROM SQL WITH FUNCTION out_of(internal), TO SQL WITH FUNCTION into_it(internal));
         COMMENT ON TRANSFORM FOR pair LANGUAGE plpgsql IS 't';",
        "CREATE TRANSFORM",
    ),
    (
        "CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
         CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION noted();
         ALTER EVENT TRIGGER e DISABLE; COMMENT ON EVENT TRIGGER e IS 'e';",
        "DISABLE",
    ),
    (
        "CREATE TABLE t (a integer PRIMARY KEY WITH (fillfactor = 60), b integer UNIQUE DEFERRABLE);
         ALTER INDEX t_b_key SET (fillfactor = 50); COMMENT ON INDEX t_pkey IS 'i'; COMMENT ON CONSTRAINT t_pkey ON t IS 'c';",
        "ALTER INDEX public.t_pkey SET (fillfactor = '60')",
    ),
    (
        "CREATE MATERIALIZED VIEW m AS SELECT 'x'::text AS a;
         ALTER TABLE m ALTER COLUMN a SET STORAGE EXTERNAL, ALTER COLUMN a SET STATISTICS 7;",
        "SET STORAGE EXTERNAL",
    ),
    (
        "CREATE DOMAIN d AS integer CONSTRAINT positive CHECK (VALUE > 0); COMMENT ON CONSTRAINT positive ON DOMAIN d IS 'p';
         CREATE OPERATOR FAMILY f USING btree; COMMENT ON OPERATOR FAMILY f USING btree IS 'f';
         CREATE EXTENSION pg_trgm; COMMENT ON EXTENSION pg_trgm IS 'ours';",
        "COMMENT ON EXTENSION pg_trgm",
    ),
    (
        "CREATE TABLE p (id integer NOT NULL, k text, at date) PARTITION BY RANGE (at);
         CREATE TABLE p1 PARTITION OF p (k DEFAULT 'x', CONSTRAINT kk CHECK (k <> '')) FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
         CREATE INDEX by_k ON ONLY p (k); CREATE INDEX p1_own ON p1 (k); ALTER INDEX by_k ATTACH PARTITION p1_own;
         CREATE TABLE p2 (at date, id integer NOT NULL, k text); ALTER TABLE p ATTACH PARTITION p2 DEFAULT;
         CREATE UNIQUE INDEX ON p2 (id); CREATE INDEX nowhere_else ON ONLY p (id);",
        "p1_own",
    ),
    (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TABLE p (a integer) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
         CREATE TRIGGER t BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE p1 DISABLE TRIGGER t;",
        "ALTER TABLE public.p1 DISABLE TRIGGER t",
    ),
    (
        "REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO pg_monitor;",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    ),
    (
        "CREATE TABLE t (id integer PRIMARY KEY); CREATE PUBLICATION all_of_it FOR ALL TABLES WITH (publish = 'insert');
         CREATE PUBLICATION one FOR TABLE t WITH (publish_via_partition_root); CREATE PUBLICATION none; COMMENT ON PUBLICATION none IS 'n';",
        "publish_via_partition_root = true",
    ),
    (
        "CREATE COLLATION c FROM \"C\"; CREATE TABLE t (id integer); CREATE TABLE u (id integer); ALTER COLLATION c OWNER TO pgwright_import_a;
         CREATE TEXT SEARCH CONFIGURATION s (COPY = simple); ALTER TEXT SEARCH CONFIGURATION s OWNER TO pgwright_import_a;",
        "ALTER COLLATION public.c OWNER TO pgwright_import_a",
    ),
];

#[tokio::test]
async fn what_few_databases_have_comes_back() {
    roles(&["pgwright_import_a"]).await;
    let mut failures = Vec::new();
    for (sql, word) in CASES {
        match round(&database(sql).await).await {
            Ok(imported) if imported.text.contains(word) => {}
            Ok(imported) => failures.push(format!("{word} is missing in\n{}", imported.text)),
            Err(error) => failures.push(format!("{sql}: {error}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[tokio::test]
async fn publications_of_schemas_columns_and_rows_come_back() {
    if Cluster::shared().await.unwrap().version() < 150_000 {
        return;
    }
    let sql = "CREATE SCHEMA x; CREATE TABLE x.u (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, b boolean);
         CREATE PUBLICATION rows_of FOR TABLE t (id) WHERE (id > 3), TABLE x.u;
         CREATE PUBLICATION schema_of FOR TABLES IN SCHEMA x, TABLE t;";
    let imported = round(&database(sql).await).await.unwrap();
    assert!(
        imported.text.contains("WHERE ((id > 3))"),
        "{}",
        imported.text
    );
    assert!(
        imported.text.contains("TABLES IN SCHEMA x"),
        "{}",
        imported.text
    );
}

#[tokio::test]
async fn what_cannot_be_said_stops_the_import_by_name() {
    for (sql, object) in [
        (
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password 'x');",
            "user mapping `public on s`",
        ),
        (
            "CREATE TYPE box3; CREATE FUNCTION box3_in(cstring) RETURNS box3 LANGUAGE internal IMMUTABLE STRICT AS 'textin';
             CREATE FUNCTION box3_out(box3) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
             CREATE TYPE box3 (INPUT = box3_in, OUTPUT = box3_out, LIKE = text);",
            "base type `public.box3`",
        ),
        (
            "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (a integer CONSTRAINT to_a REFERENCES a); ALTER TABLE b DISABLE TRIGGER ALL;",
            "constraint `public.b.to_a`",
        ),
    ] {
        let error = round(&database(sql).await).await.unwrap_err();
        assert!(error.contains(object), "{object}: {error}");
    }
}

#[tokio::test]
async fn an_index_that_is_not_valid_is_left_out_and_named() {
    let database = database("CREATE TABLE t (a integer); CREATE INDEX left_behind ON t (a);").await;
    let sql = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'left_behind'::regclass";
    let mut connection = sqlx::ConnectOptions::connect(&database.admin_options())
        .await
        .unwrap();
    sqlx::Executor::execute(&mut connection, sql).await.unwrap();
    let imported = round(&database).await.unwrap();
    assert_eq!(imported.left_out.len(), 1, "{:?}", imported.left_out);
    assert!(
        imported
            .text
            .contains("# Left out: index `public.t.left_behind`"),
        "{}",
        imported.text
    );
}
