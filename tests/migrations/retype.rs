//! Columns that get another type while the last release goes on reading and writing.

use pgwright_cli::migrate::runner;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::beside;
use crate::support::{apply, compile, database, difference, files, history, planned};

const PREV: &str = r#"
version = 1
[models.Item]
indexes = [{ on = ["size"], where = "size > 10" }]
[models.Item.fields]
id = { type = "integer", identity = "always", primary_key = true }
size = { type = "integer", default = 7 }
same = "text?"
[models.Part.fields]
id = { type = "serial", primary_key = true }
item_id = { type = "integer", references = "Item", on_delete = "cascade" }
"#;

fn next() -> String {
    PREV.replace("\"integer\"", "\"bigint\"")
        .replace("\"serial\"", "\"bigserial\"")
}

async fn number(connection: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn what_the_last_release_writes_before_each_step_is_there_after_the_last() {
    let (prev, next) = (compile(PREV), compile(&next()));
    let planned = planned(&prev, &next, &[]).unwrap();
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection
        .execute("INSERT INTO items (size) SELECT i FROM generate_series(1, 100) AS i; INSERT INTO parts (item_id) SELECT id FROM items")
        .await
        .unwrap();
    let files = files(&planned.plan, &next);
    let swap = files.iter().position(|file| file.word == "expand").unwrap();
    assert!(swap > 3, "there are steps before it");
    for (place, file) in files.iter().enumerate() {
        if place <= swap {
            // By name, as the old code does; the rows that are there are changed too.
            connection
                .execute(
                    "WITH item AS (INSERT INTO items (size) VALUES (1000) RETURNING id)
                     INSERT INTO parts (item_id) SELECT id FROM item;
                     INSERT INTO items DEFAULT VALUES;
                     UPDATE items SET size = size + 1 WHERE id % 3 = 0;
                     DELETE FROM items WHERE id = (SELECT min(id) FROM items)",
                )
                .await
                .unwrap();
        }
        let before = number(
            &mut connection,
            "SELECT sum(size)::bigint + sum(id)::bigint FROM items",
        )
        .await;
        apply(&mut connection, std::slice::from_ref(file))
            .await
            .unwrap();
        let after = number(
            &mut connection,
            "SELECT sum(size)::bigint + sum(id)::bigint FROM items",
        )
        .await;
        assert_eq!(before, after, "after {}", file.word);
    }
    let differs = difference(&mut connection, &next).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
    let high = number(&mut connection, "SELECT max(id)::bigint FROM items").await;
    let new = number(
        &mut connection,
        "INSERT INTO items DEFAULT VALUES RETURNING id",
    )
    .await;
    assert_eq!(new, high + 1, "numbers go on where they were");
    connection
        .execute("INSERT INTO items (size) VALUES (3000000000); INSERT INTO parts (item_id) SELECT max(id) FROM items")
        .await
        .unwrap();
}

#[tokio::test]
async fn no_number_that_was_given_out_is_given_out_again() {
    let (prev, next) = (compile(PREV), compile(&next()));
    let planned = planned(&prev, &next, &[]).unwrap();
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection
        .execute(
            "INSERT INTO items (size) SELECT 1 FROM generate_series(1, 50);
             INSERT INTO parts (item_id) SELECT id FROM items;
             DELETE FROM items WHERE id > 10",
        )
        .await
        .unwrap();
    apply(&mut connection, &files(&planned.plan, &next))
        .await
        .unwrap();
    let item = number(
        &mut connection,
        "INSERT INTO items DEFAULT VALUES RETURNING id",
    )
    .await;
    let part = number(
        &mut connection,
        "INSERT INTO parts (item_id) VALUES (1) RETURNING id",
    )
    .await;
    assert_eq!((item, part), (51, 51));
}

#[tokio::test]
async fn a_value_that_the_new_type_has_not_ends_it_before_anything_is_taken() {
    let prev = compile(
        "version = 1\n[models.Item.fields]\nid = { type = \"bigint\", primary_key = true }\ncode = \"text\"\n",
    );
    let next = compile(
        "version = 1\n[models.Item.fields]\nid = { type = \"bigint\", primary_key = true }\ncode = \"integer\"\n",
    );
    let whole = history(files(&planned(&prev, &next, &[]).unwrap().plan, &next));
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection
        .execute("INSERT INTO items SELECT i, i::text FROM generate_series(1, 10) AS i; UPDATE items SET code = 'x' WHERE id = 5")
        .await
        .unwrap();
    let done = runner::run(&mut connection, &whole, &mut |_| {})
        .await
        .unwrap();
    let (file, error) = done.failed.unwrap();
    assert!(
        file.ends_with("copy") && error.contains("\"x\""),
        "{file}: {error}"
    );
    let old = number(
        &mut connection,
        "SELECT count(*) FROM items WHERE code ~ '.'",
    )
    .await;
    assert_eq!(old, 10, "the old column is what it was");
    connection
        .execute("UPDATE items SET code = '55' WHERE id = 5")
        .await
        .unwrap();
    let done = runner::run(&mut connection, &whole, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(done.failed, None);
    assert_eq!(
        number(&mut connection, "SELECT sum(code) FROM items").await,
        50 + 55
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_beside_it_lose_nothing() {
    let (prev, next) = (compile(PREV), compile(&next()));
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    let rows = beside::rows();
    connection
        .execute(AssertSqlSafe(format!(
            "INSERT INTO items (size, same) SELECT i, i::text FROM generate_series(1, {rows}) AS i;
             INSERT INTO parts (item_id) SELECT id FROM items; ANALYZE"
        )))
        .await
        .unwrap();
    let whole = history(files(&planned(&prev, &next, &[]).unwrap().plan, &next));
    eprintln!("{rows} rows get another type, their key and what refers to it too:");
    // `same` says in words what `size` must be, whatever its type.
    beside::migrate(&base, &mut connection, &whole, |round| {
        let row = round % beside::rows() + 1;
        vec![
            format!("INSERT INTO items (size, same) VALUES ({round}, '{round}')"),
            format!("UPDATE items SET size = size + 1, same = (size + 1)::text WHERE id = {row}"),
            format!("DELETE FROM items WHERE id = {row} + 1"),
        ]
    })
    .await;
    let wrong = "SELECT count(*) FROM items WHERE size::text <> same";
    assert_eq!(number(&mut connection, wrong).await, 0);
    let differs = difference(&mut connection, &next).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

#[tokio::test]
async fn sessions_that_are_open_run_their_triggers_with_the_new_type() {
    let spec = PREV.replace(
        "[models.Item.fields]",
        "[models.Item.fields]\nparts = { type = \"bigint\", default = 0 }",
    ) + r#"
[functions.watch]
sql = """CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE row record;
BEGIN
  FOR row IN SELECT size FROM new_rows LOOP PERFORM pg_catalog.to_char(row.size, '9'); END LOOP;
  RETURN NULL;
END $$"""
[triggers.watch]
kind = "sql"
on = "Item"
timing = "after"
events = ["insert"]
level = "statement"
new_table = "new_rows"
function = "watch"
[triggers.small]
kind = "sql"
on = "Item"
timing = "before"
events = ["insert"]
body = "BEGIN IF NEW.size > 100000 THEN RAISE 'too large'; END IF; RETURN NEW; END;"
[triggers.parts]
kind = "counter"
count = "Part"
by = "item_id"
into = "Item.parts"
"#;
    let next = spec
        .replace("type = \"integer\"", "type = \"bigint\"")
        .replace("\"serial\"", "\"bigserial\"");
    let (prev, next) = (compile(&spec), compile(&next));
    let planned = planned(&prev, &next, &[]).unwrap();
    let base = database(&prev).await.unwrap();
    let (mut open, mut other) = (base.connect().await.unwrap(), base.connect().await.unwrap());
    let write = "INSERT INTO items (size) VALUES (1), (2); INSERT INTO parts (item_id) SELECT max(id) FROM items;";
    // More than once: a plan is kept from the first run on.
    for _ in 0..3 {
        open.execute(write).await.unwrap();
    }
    apply(&mut other, &files(&planned.plan, &next))
        .await
        .unwrap();
    open.execute(write).await.unwrap();
    let back = planned.back.unwrap();
    apply(&mut other, &files(&back, &prev)).await.unwrap();
    open.execute(write).await.unwrap();
}

#[tokio::test]
async fn a_writer_who_holds_one_table_and_wants_the_next_goes_before_the_swap() {
    let (prev, next) = (compile(PREV), compile(&next()));
    let planned = planned(&prev, &next, &[]).unwrap();
    let base = database(&prev).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection
        .execute(
            "INSERT INTO items DEFAULT VALUES; INSERT INTO parts (item_id) SELECT id FROM items",
        )
        .await
        .unwrap();
    let files = files(&planned.plan, &next);
    let swap = files.iter().position(|file| file.word == "expand").unwrap();
    apply(&mut connection, &files[..swap]).await.unwrap();
    let mut writer = base.connect().await.unwrap();
    let mut watcher = base.connect().await.unwrap();
    writer
        .execute("BEGIN; UPDATE parts SET item_id = item_id")
        .await
        .unwrap();
    let writes = async {
        // Once the swap has the first table, it waits for the one that the writer holds.
        let held = "SELECT count(*) FROM pg_locks WHERE relation = 'items'::regclass AND mode = 'AccessExclusiveLock' AND granted";
        while number(&mut watcher, held).await == 0 {
            tokio::task::yield_now().await;
        }
        writer
            .execute("UPDATE items SET size = size + 1; COMMIT")
            .await
    };
    let (swapped, written) = tokio::join!(apply(&mut connection, &files[swap..]), writes);
    written.unwrap();
    swapped.unwrap();
    let differs = difference(&mut connection, &next).await;
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}
