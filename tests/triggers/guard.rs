//! A maintained column is written by nobody else: not by hand, not by a trigger that fires before, after or within our own
//! statements; and whatever the search path and the roles are, ours write it right.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use pgwright_cli::testing::Cluster;

use crate::support::{Base, base, refused, run, value};

const SPEC: &str = "
version = 1
[models.Account.fields]
id = { type = \"integer\", primary_key = true }
note = { type = \"text\", default = \"\" }
items = { type = \"integer\", default = 0 }
total = { type = \"numeric\", default = 0 }
[models.Item.fields]
id = { type = \"integer\", primary_key = true }
account_id = { type = \"integer?\", references = \"Account\", on_delete = \"cascade\", on_update = \"cascade\" }
amount = { type = \"numeric\", default = 1 }
[triggers.items]
kind = \"counter\"
count = \"Item\"
by = \"account_id\"
into = \"Account.items\"
[triggers.total]
kind = \"sum\"
sum = \"amount\"
of = \"Item\"
by = \"account_id\"
into = \"Account.total\"
where = \"coalesce(amount, 0) + 1 > 0\"
";

async fn accounts() -> (Base, PgConnection) {
    let base = base(SPEC).await;
    let mut connection = base.connect().await;
    run(
        &mut connection,
        "INSERT INTO accounts (id) VALUES (1), (2); INSERT INTO items VALUES (1, 1, 2.50), (2, 1, 3), (3, 2, 4);",
    )
    .await;
    (base, connection)
}

#[tokio::test]
async fn what_is_written_by_hand_is_refused_with_table_column_and_rule() {
    let (base, mut connection) = accounts().await;
    for (sql, column) in [
        ("UPDATE accounts SET items = 7", "items"),
        (
            "UPDATE accounts SET items = items + 1 WHERE id = 1",
            "items",
        ),
        (
            "UPDATE accounts SET note = 'x', total = 0 WHERE id = 1",
            "total",
        ),
        (
            "UPDATE accounts SET id = 9, total = 0 WHERE id = 1",
            "total",
        ),
        ("INSERT INTO accounts (id, items) VALUES (5, 1)", "items"),
        ("INSERT INTO accounts (id, total) VALUES (5, 0.01)", "total"),
        (
            "INSERT INTO accounts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET items = 0",
            "items",
        ),
        (
            "WITH a AS (UPDATE accounts SET items = 5 WHERE id = 2) INSERT INTO items VALUES (9, 2)",
            "items",
        ),
        // Depth proves nothing.
        ("DO $$ BEGIN UPDATE accounts SET items = 7; END $$", "items"),
    ] {
        let refusal = refused(&mut connection, sql).await;
        assert_eq!(
            refusal.fields(),
            format!("42501 public.accounts.{column} accounts_maintained"),
            "{sql}"
        );
        assert!(refusal.message.contains(column), "{}", refusal.message);
    }
    // What changes nothing is no write; other columns are free.
    run(&mut connection, "UPDATE accounts SET items = items, total = total + 0, note = 'y'; INSERT INTO accounts (id, items) VALUES (6, 0)").await;
    base.assert_true("writes by hand").await;
}

/// A trigger with this body, and a statement that must be refused or leave everything true.
async fn with_trigger(on: &str, body: &str, statement: &str) -> Option<String> {
    let (base, mut connection) = accounts().await;
    run(
        &mut connection,
        &format!(
            "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
             CREATE TRIGGER zzz {on} EXECUTE FUNCTION meddle();"
        ),
    )
    .await;
    let outcome = connection
        .execute(AssertSqlSafe(statement.to_owned()))
        .await;
    base.assert_true(&format!("{on}: {body}: {statement}"))
        .await;
    outcome.err().map(|error| {
        let refusal = crate::support::Refusal::of(&error);
        format!("{} {}", refusal.code, refusal.constraint)
    })
}

#[tokio::test]
async fn other_triggers_cannot_write_the_column() {
    let refusal = Some("42501 accounts_maintained".to_owned());
    let one = "INSERT INTO items VALUES (10, 1)";
    let many = "INSERT INTO items SELECT n, 1 + n % 2 FROM generate_series(10, 20) AS n";
    for (on, body) in [
        (
            "BEFORE UPDATE ON accounts FOR EACH ROW",
            "NEW.items := NEW.items + 1; RETURN NEW;",
        ),
        (
            "BEFORE UPDATE ON accounts FOR EACH ROW",
            "NEW.items := OLD.items; RETURN NEW;",
        ),
        (
            "AFTER INSERT ON items FOR EACH ROW",
            "UPDATE accounts SET items = items + 1; RETURN NULL;",
        ),
        (
            "BEFORE INSERT ON items FOR EACH ROW",
            "UPDATE accounts SET items = items + 1 WHERE id = 1; RETURN NEW;",
        ),
        (
            "AFTER INSERT ON items FOR EACH STATEMENT",
            "UPDATE accounts SET total = 0; RETURN NULL;",
        ),
        (
            "AFTER UPDATE ON accounts FOR EACH ROW",
            "IF pg_trigger_depth() < 4 THEN UPDATE accounts SET items = items + 1 WHERE id = NEW.id; END IF; RETURN NULL;",
        ),
    ] {
        for statement in [one, many] {
            assert_eq!(
                with_trigger(on, body, statement).await,
                refusal,
                "{on}: {body}: {statement}"
            );
        }
    }
    let body = "NEW.items := 3; RETURN NEW;";
    let on = "BEFORE INSERT ON accounts FOR EACH ROW";
    assert_eq!(
        with_trigger(on, body, "INSERT INTO accounts (id) VALUES (7)").await,
        refusal
    );
    let on = "BEFORE UPDATE ON accounts FOR EACH ROW";
    assert_eq!(
        with_trigger(on, body, "UPDATE accounts SET id = 70 WHERE id = 1").await,
        refusal
    );
}

#[tokio::test]
async fn maintaining_works_within_other_triggers() {
    let none: Option<String> = None;
    for (on, body, statement) in [
        (
            "BEFORE UPDATE OF note ON accounts FOR EACH ROW",
            "INSERT INTO items VALUES (50 + NEW.id, 3 - NEW.id), (60 + NEW.id, 3 - NEW.id); RETURN NEW;",
            "UPDATE accounts SET note = 'x' WHERE id = 1",
        ),
        (
            "AFTER UPDATE ON accounts FOR EACH ROW WHEN (pg_trigger_depth() < 3)",
            "INSERT INTO items VALUES (50 + (SELECT count(*) FROM items), NEW.id); RETURN NULL;",
            "INSERT INTO items VALUES (20, 1), (21, 2)",
        ),
        (
            "AFTER INSERT ON items FOR EACH ROW WHEN (NEW.id < 100)",
            "INSERT INTO items VALUES (NEW.id + 100, 3 - NEW.account_id); UPDATE items SET account_id = 2 WHERE id = 1; RETURN NULL;",
            "INSERT INTO items VALUES (20, 1), (21, 2)",
        ),
        (
            "BEFORE UPDATE ON accounts FOR EACH ROW",
            "NEW.note := 'touched'; RETURN NEW;",
            "UPDATE items SET account_id = 3 - account_id, amount = amount + 1",
        ),
        (
            "BEFORE INSERT ON items FOR EACH ROW",
            "NEW.amount := 9; IF NEW.id = 21 THEN NEW.account_id := 2; END IF; RETURN NEW;",
            "INSERT INTO items VALUES (20, 1), (21, 1)",
        ),
    ] {
        assert_eq!(
            with_trigger(on, body, statement).await,
            none,
            "{on}: {body}"
        );
    }
}

#[tokio::test]
async fn a_hostile_search_path_changes_nothing() {
    let (base, mut connection) = accounts().await;
    run(
        &mut connection,
        "CREATE SCHEMA evil;
         CREATE FUNCTION evil.no(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT false';
         CREATE FUNCTION evil.nine(integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT 9';
         CREATE FUNCTION evil.nine(numeric, numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 9.0';
         CREATE OPERATOR evil.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.no);
         CREATE OPERATOR evil.<> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.no);
         CREATE OPERATOR evil.> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.no);
         CREATE OPERATOR evil.+ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.nine);
         CREATE OPERATOR evil.+ (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = evil.nine);
         CREATE OPERATOR evil.- (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.nine);
         CREATE FUNCTION evil.sum(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 9.0';
         CREATE FUNCTION evil.sum(integer) RETURNS bigint LANGUAGE sql AS 'SELECT 9';
         CREATE FUNCTION evil.count(integer) RETURNS bigint LANGUAGE sql AS 'SELECT 9';
         CREATE FUNCTION evil.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT $2';
         CREATE FUNCTION evil.current_setting(text, boolean) RETURNS text LANGUAGE sql AS 'SELECT $1';
         CREATE FUNCTION evil.format(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
         CREATE FUNCTION evil.concat_ws(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
         CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '-infinity'::timestamptz $$;
         CREATE TYPE evil.text AS (x integer);
         CREATE TABLE evil.accounts (); CREATE TABLE evil.items (); CREATE TABLE evil.new_rows ();
         CREATE TEMP TABLE accounts (id integer); CREATE TEMP TABLE items (id integer); CREATE TEMP TABLE new_rows (id integer);",
    )
    .await;
    for (number, path) in [
        "evil, pg_catalog",
        "''",
        "evil, public, pg_temp",
        "pg_temp, evil",
    ]
    .into_iter()
    .enumerate()
    {
        // Functions are looked at anew in each session.
        let mut connection = base.connect().await;
        run(&mut connection, &format!("SET search_path = {path}")).await;
        let id = 100 * (number + 1);
        for sql in [
            format!("INSERT INTO public.items (id, account_id) VALUES ({id}, 1)"),
            format!(
                "INSERT INTO public.items (id, account_id) VALUES ({}, 1), ({}, 2)",
                id + 1,
                id + 2
            ),
            format!(
                "UPDATE public.items SET account_id = 2, amount = 7 WHERE id OPERATOR(pg_catalog.<=) {id}"
            ),
            "UPDATE public.items SET account_id = 1 WHERE id OPERATOR(pg_catalog.=) 1".to_owned(),
            format!(
                "UPDATE public.accounts SET id = {} WHERE id OPERATOR(pg_catalog.=) 2",
                2 + id
            ),
            format!("DELETE FROM public.items WHERE id OPERATOR(pg_catalog.=) {id}"),
            format!(
                "UPDATE public.items SET account_id = 1 WHERE account_id OPERATOR(pg_catalog.=) {}",
                2 + id
            ),
            format!(
                "UPDATE public.accounts SET id = 2 WHERE id OPERATOR(pg_catalog.=) {}",
                2 + id
            ),
            "SELECT * FROM public.accounts_drift()".to_owned(),
        ] {
            run(&mut connection, &sql).await;
            base.assert_true(&format!("{path}: {sql}")).await;
        }
        run(&mut connection, "ALTER TABLE public.items DISABLE TRIGGER USER; DELETE FROM public.items WHERE id OPERATOR(pg_catalog.=) 3; ALTER TABLE public.items ENABLE TRIGGER USER; SELECT public.accounts_repair();").await;
        base.assert_true(&format!("{path}: a repair")).await;
        let refusal = refused(&mut connection, "UPDATE public.accounts SET items = 77").await;
        assert_eq!(refusal.constraint, "accounts_maintained");
        run(
            &mut connection,
            "INSERT INTO public.items (id, account_id) VALUES (3, 1)",
        )
        .await;
    }
}

#[tokio::test]
async fn a_role_that_may_write_children_alone_keeps_the_parents_true() {
    let cluster = Cluster::shared().await.unwrap();
    cluster.ensure_role("pgwright_trigger_app").await.unwrap();
    let spec = SPEC
        .replace(
            "[models.Item.fields]",
            "[models.Item]
grants = { pgwright_trigger_app = [\"select\", \"insert\", \"update\", \"delete\"] }
rls = { enabled = true }
policies = [{ name = \"some\", to = [\"pgwright_trigger_app\"], using = \"amount < 100\", check = \"amount < 100\" }]
[models.Item.fields]",
        )
        .replace(
            "[models.Account.fields]",
            "[models.Account]
rls = { enabled = true }
[models.Account.fields]",
        );
    let base = base(&spec).await;
    let mut owner = base.connect().await;
    run(
        &mut owner,
        "INSERT INTO accounts (id) VALUES (1), (2); INSERT INTO items VALUES (1, 1, 500)",
    )
    .await;
    let mut app = PgConnection::connect_with(&base.database.admin_options())
        .await
        .unwrap();
    run(&mut app, "SET SESSION AUTHORIZATION pgwright_trigger_app").await;
    for sql in [
        "INSERT INTO items VALUES (2, 1, 3)",
        "INSERT INTO items VALUES (3, 1, 3), (4, 2, 4)",
        "UPDATE items SET account_id = 2, amount = 5 WHERE id < 4",
        "UPDATE items SET amount = 6 WHERE id = 4",
        "DELETE FROM items WHERE id = 2",
    ] {
        run(&mut app, sql).await;
        base.assert_true(sql).await;
    }
    assert_eq!(
        refused(&mut app, "UPDATE accounts SET items = 3")
            .await
            .code,
        "42501"
    );
    // What writes accounts with the owner's rights cannot be put on a table of their own.
    run(
        &mut app,
        "CREATE TEMP TABLE fakes (account_id integer, amount integer)",
    )
    .await;
    let borrowed = refused(
        &mut app,
        "CREATE TRIGGER borrowed AFTER INSERT ON fakes REFERENCING NEW TABLE AS new_rows
         FOR EACH STATEMENT EXECUTE FUNCTION items_maintain_insert()",
    )
    .await;
    assert_eq!(borrowed.code, "42501", "{}", borrowed.message);
    assert_eq!(
        value(&mut owner, "SELECT items, total FROM accounts WHERE id = 2").await,
        "2 11"
    );
}
