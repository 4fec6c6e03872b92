//! Names that mean something elsewhere, keys of every kind, and triggers that the author named.

use sqlx::Executor;

use pgwright_cli::testing;
use pgwright_codegen::ddl::schema_sql;

use crate::support::{Base, base, compile, refused, run, value};

/// A name as SQL has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as TOML has it.
fn toml(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Names of a parent, a child and their columns.
struct Names {
    parent: &'static str,
    child: &'static str,
    key: &'static str,
    by: &'static str,
    count: &'static str,
    sum: &'static str,
    amount: &'static str,
}

impl Names {
    fn spec(&self, more: &str) -> String {
        format!(
            "version = 1
[models.Parent]
table = {parent}
[models.Parent.fields]
{key} = {{ type = \"integer\", primary_key = true }}
{count} = {{ type = \"integer\", default = 0 }}
{sum} = {{ type = \"numeric(12,2)\", default = 0 }}
[models.Child]
table = {child}
[models.Child.fields]
{key} = {{ type = \"integer\", primary_key = true }}
{by} = {{ type = \"integer?\", references = \"Parent\", on_delete = \"cascade\", on_update = \"cascade\"{more} }}
{amount} = \"numeric?\"
[triggers.counted]
kind = \"counter\"
count = \"Child\"
by = {by}
into = {into_count}
where = {filter}
[triggers.added]
kind = \"sum\"
sum = {expression}
of = \"Child\"
by = {by}
into = {into_sum}
",
            parent = toml(self.parent),
            child = toml(self.child),
            key = toml(self.key),
            by = toml(self.by),
            count = toml(self.count),
            sum = toml(self.sum),
            amount = toml(self.amount),
            into_count = toml(&format!("Parent.{}", self.count)),
            into_sum = toml(&format!("Parent.{}", self.sum)),
            // The author may say the table or leave it out.
            filter = toml(&format!(
                "{}.{} IS DISTINCT FROM 0 AND {} IS NOT NULL",
                quoted(self.child),
                quoted(self.amount),
                quoted(self.key)
            )),
            expression = toml(&format!("{} * 2", quoted(self.amount))),
        )
    }

    /// Statements of every form; after each, every column must be true.
    async fn hold(&self, base: &Base) {
        let (parent, child) = (quoted(self.parent), quoted(self.child));
        let (key, by, amount) = (quoted(self.key), quoted(self.by), quoted(self.amount));
        let mut connection = base.connect().await;
        for sql in [
            format!("INSERT INTO {parent} ({key}) VALUES (1), (2), (3)"),
            format!("INSERT INTO {child} VALUES (1, 1, 5)"),
            format!(
                "INSERT INTO {child} VALUES (2, 1, 2.5), (3, 2, NULL), (4, NULL, 4), (5, 3, 0)"
            ),
            format!("UPDATE {child} SET {amount} = 7 WHERE {key} = 1"),
            format!("UPDATE {child} SET {by} = 3 WHERE {key} = 1"),
            format!("UPDATE {child} SET {by} = 1, {amount} = {key}, {key} = {key} + 10"),
            format!("UPDATE {parent} SET {key} = 9 WHERE {key} = 1"),
            format!(
                "WITH p AS (INSERT INTO {parent} ({key}) VALUES (50) RETURNING {key}) INSERT INTO {child} SELECT 50, {key}, 3 FROM p"
            ),
            format!(
                "INSERT INTO {child} VALUES (50, 2, 3), (51, 2, 3) ON CONFLICT ({key}) DO UPDATE SET {by} = excluded.{by}"
            ),
            format!("DELETE FROM {child} WHERE {key} = 11"),
            format!("DELETE FROM {parent} WHERE {key} = 9"),
            format!("TRUNCATE {child}"),
            format!("INSERT INTO {child} VALUES (1, 2, 5), (2, 3, 1)"),
        ] {
            run(&mut connection, &sql).await;
            base.assert_true(&sql).await;
        }
        let sql = format!(
            "UPDATE {parent} SET {} = 77 WHERE {key} = 2",
            quoted(self.count)
        );
        let refusal = refused(&mut connection, &sql).await;
        assert_eq!(
            (refusal.code.as_str(), refusal.column.as_str()),
            ("42501", self.count)
        );
        assert_eq!(refusal.table, self.parent);
        run(
            &mut connection,
            &format!("ALTER TABLE {child} DISABLE TRIGGER USER; DELETE FROM {child}; ALTER TABLE {child} ENABLE TRIGGER USER"),
        )
        .await;
        assert_eq!(base.drift().await.len(), 4);
        for maintained in pgwright_codegen::triggers::maintained(&base.schema) {
            let repair = maintained.repair_function.unwrap();
            run(
                &mut connection,
                &format!(
                    "SELECT {}.{}()",
                    quoted(repair.schema.as_str()),
                    quoted(repair.name.as_str())
                ),
            )
            .await;
        }
        base.assert_true("a repair").await;
    }
}

const NAMES: &[Names] = &[
    Names {
        parent: "new_rows",
        child: "old_rows",
        key: "key",
        by: "change_1",
        count: "announced",
        sum: "row_count",
        amount: "value_1",
    },
    Names {
        parent: "pgwright",
        child: "p",
        key: "parent_key",
        by: "key",
        count: "found",
        sum: "tg_op",
        amount: "change_2",
    },
    Names {
        parent: "old",
        child: "new",
        key: "id",
        by: "old",
        count: "new",
        sum: "differing_key",
        amount: "id2",
    },
    Names {
        parent: "l",
        child: "u",
        key: "id",
        by: "u",
        count: "d",
        sum: "l",
        amount: "c",
    },
    Names {
        parent: "f1",
        child: "pgwright",
        key: "id",
        by: "outer_announcement",
        count: "e",
        sum: "p",
        amount: "numeric",
    },
    Names {
        parent: "select",
        child: "it's \"q\" %s %I",
        key: "user",
        by: "order",
        count: "table",
        sum: "a-b",
        amount: "x;--",
    },
    Names {
        parent: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        child: "ééééééééééééééééééééééééééééééé",
        key: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        by: "Ünï cödé",
        count: "$$",
        sum: "$1",
        amount: "\\",
    },
    Names {
        parent: "accounts",
        child: "items",
        key: "tg_name",
        by: "tg_table_name",
        count: "sum",
        sum: "count",
        amount: "coalesce",
    },
];

#[tokio::test]
async fn names_that_mean_something_elsewhere_mean_nothing_here() {
    for names in NAMES {
        for more in ["", ", deferrable = \"deferred\""] {
            let base = base(&names.spec(more)).await;
            names.hold(&base).await;
        }
    }
}

/// Keys of every kind, by the parent's primary key or another.
#[tokio::test]
async fn keys_of_every_type_are_counted() {
    for (ty, extension, one, two, other) in [
        ("bigint", "", "1", "2", "3"),
        ("smallint", "", "1", "2", "3"),
        ("text", "", "'a'", "'B'", "'c c'"),
        ("varchar(10)", "", "'a'", "'B'", "'c'"),
        ("char(4)", "", "'a'", "'B'", "'c'"),
        (
            "uuid",
            "",
            "'00000000-0000-0000-0000-000000000001'",
            "'00000000-0000-0000-0000-000000000002'",
            "'00000000-0000-0000-0000-000000000003'",
        ),
        ("Kind", "", "'one'", "'two'", "'it''s'"),
        ("Short", "", "'a'", "'b'", "'c'"),
        ("numeric", "", "1.0", "2", "3"),
        ("date", "", "'2026-01-01'", "'2026-01-02'", "'2026-01-03'"),
        ("citext", "citext", "'a'", "'B'", "'c'"),
    ] {
        let extensions = if extension.is_empty() {
            String::new()
        } else {
            format!("[database]\nextensions = [\"{extension}\"]\n")
        };
        for reference in [
            "references = \"Parent\", on_update = \"cascade\"",
            "references = \"Parent.code\", on_update = \"cascade\", deferrable = \"immediate\"",
            "references = \"Parent.code\", on_delete = \"retain\"",
        ] {
            let spec = format!(
                "version = 1
{extensions}
[enums.Kind]
values = [\"two\", \"one\", \"it's\"]
[domains.Short]
type = \"text\"
checks = [{{ sql = \"length(VALUE) < 3\" }}]
[models.Parent.fields]
id = {{ type = \"{ty}\", primary_key = true }}
code = {{ type = \"{ty}\", unique = true }}
children = {{ type = \"bigint\", default = 0 }}
[models.Child]
table = \"children\"
[models.Child.fields]
id = {{ type = \"integer\", primary_key = true }}
parent = {{ type = \"{ty}?\", {reference} }}
[triggers.children]
kind = \"counter\"
count = \"Child\"
by = \"parent\"
into = \"Parent.children\"
"
            );
            let base = base(&spec).await;
            let mut connection = base.connect().await;
            for sql in [
                format!("INSERT INTO parents (id, code) VALUES ({one}, {one}), ({two}, {two})"),
                format!("INSERT INTO children VALUES (1, {one})"),
                format!(
                    "INSERT INTO children SELECT n, CASE WHEN n % 2 = 0 THEN {one} ELSE {two} END::{} FROM generate_series(2, 9) AS n",
                    sql_type(ty)
                ),
                format!("UPDATE children SET parent = {two} WHERE id = 1"),
                "UPDATE children SET parent = parent".to_owned(),
                format!("UPDATE children SET parent = {one} WHERE id < 5"),
                format!("UPDATE parents SET id = {other}, code = {other} WHERE id = {one}"),
                "DELETE FROM children WHERE id IN (2, 3, 7)".to_owned(),
                "UPDATE children SET parent = NULL WHERE id = 8".to_owned(),
            ] {
                run(&mut connection, &sql).await;
                base.assert_true(&format!("{ty}, {reference}: {sql}")).await;
            }
            if ty == "citext" {
                run(
                    &mut connection,
                    "INSERT INTO children VALUES (20, 'b'), (21, 'B'), (22, NULL)",
                )
                .await;
                base.assert_true("a key in another case").await;
            }
        }
    }
}

/// An extension may have been put in `public` before, when the spec's own schema is another.
#[tokio::test]
async fn a_type_that_was_put_in_public_is_found_by_functions() {
    let schema = compile(
        "version = 1
[database]
schema = \"app\"
extensions = [\"citext\"]
[models.Parent.fields]
id = { type = \"citext\", primary_key = true }
children = { type = \"bigint\", default = 0 }
total = { type = \"bigint\", default = 0 }
[models.Child]
table = \"children\"
[models.Child.fields]
id = { type = \"integer\", primary_key = true }
parent = { type = \"citext?\", references = \"Parent\", on_update = \"cascade\", deferrable = \"deferred\" }
tag = { type = \"citext\", default = \"\" }
[triggers.children]
kind = \"counter\"
count = \"Child\"
by = \"parent\"
into = \"Parent.children\"
[triggers.total]
kind = \"sum\"
sum = \"length(tag::citext)\"
of = \"Child\"
by = \"parent\"
into = \"Parent.total\"
",
    );
    let sql = format!(
        "CREATE EXTENSION citext SCHEMA public;\n{}",
        schema_sql(&schema)
    );
    let base = Base {
        database: testing::database(&sql).await.unwrap(),
        schema,
    };
    let mut connection = base.connect().await;
    run(&mut connection, "SET search_path = ''").await;
    for sql in [
        "INSERT INTO app.children VALUES (1, 'a', 'x')",
        "INSERT INTO app.parents (id) VALUES ('A'), ('b')",
        "INSERT INTO app.children VALUES (2, 'B', 'yy'), (3, 'a', 'z')",
        "UPDATE app.children SET parent = 'A' WHERE id = 2",
        "UPDATE app.parents SET id = 'c' WHERE id::text = 'A'",
        "UPDATE app.parents SET id = 'C' WHERE id::text = 'c'",
        "DELETE FROM app.children WHERE id = 1",
        "DELETE FROM app.parents WHERE id::text = 'b'",
        "SELECT app.parents_repair()",
    ] {
        if sql.starts_with("INSERT INTO app.children VALUES (1") {
            // The parent comes later in the transaction.
            run(&mut connection, "BEGIN").await;
        }
        run(&mut connection, sql).await;
        if sql.contains("app.parents (id)") {
            run(&mut connection, "COMMIT").await;
        }
    }
    base.assert_true("a type in public").await;
    assert_eq!(
        value(
            &mut connection,
            "SELECT id::text, children, total FROM app.parents"
        )
        .await,
        "C 2 3"
    );
}

/// The type as SQL has it.
fn sql_type(ty: &str) -> &str {
    match ty {
        "Kind" => "kind",
        "Short" => "short",
        other => other,
    }
}

/// Two parents of one child, with two and three named triggers, one function for several of them.
const NAMED: &str = include_str!("../cases/trigger_named/schema.toml");

#[tokio::test]
async fn triggers_that_the_author_named_are_there_and_count_once() {
    let base = base(NAMED).await;
    let mut connection = base.connect().await;
    for sql in [
        "INSERT INTO users (id) VALUES (1), (2); INSERT INTO projects (id) VALUES (1), (2)",
        "INSERT INTO items VALUES (1, 1, 1, 7)",
        "INSERT INTO items VALUES (2, 1, 2, 7), (3, 2, 1, 3), (4, NULL, 2, 9), (5, 2, NULL, 9)",
        "UPDATE items SET amount = 8 WHERE id = 3",
        "UPDATE items SET user_id = 2, project_id = 2 WHERE id = 1",
        "UPDATE items SET user_id = 3 - user_id, project_id = 1, amount = amount + 1",
        "DELETE FROM items WHERE id = 1",
        "DELETE FROM projects WHERE id = 1",
        "UPDATE users SET id = 7 WHERE id = 2",
        "DELETE FROM items WHERE id IN (2, 3)",
        "INSERT INTO items VALUES (10, 1, 2, 7), (11, 1, 2, 4)",
        "DELETE FROM users WHERE id = 1",
        "TRUNCATE items",
    ] {
        run(&mut connection, sql).await;
        base.assert_true(sql).await;
    }
    let found = value(
        &mut connection,
        "SELECT string_agg(tgname || '>' || tgfoid::regproc, ' ' ORDER BY tgname COLLATE \"C\")
         FROM pg_trigger WHERE tgrelid = 'items'::regclass AND NOT tgisinternal AND tgname !~ '^trg_'",
    )
    .await;
    for wanted in [
        "a_delete>dec_items",
        "c_insert>inc_items",
        "b_insert>add",
        "b_update>add",
        "b_delete>add",
        "b_truncate>add",
        "a_insert>add",
        "a_update>add",
        "c_delete>large",
        "A_insert>",
        "z_delete>",
    ] {
        assert!(found.contains(wanted), "{wanted} is not in {found}");
    }
    // Each of them does real work: without any one of the writers, what is counted is wrong.
    connection
        .execute(
            "ALTER TABLE items DISABLE TRIGGER c_insert; INSERT INTO items VALUES (1, 7, 2, 1)",
        )
        .await
        .unwrap();
    assert!(!base.drift().await.is_empty());
}
