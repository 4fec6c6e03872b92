//! `migrate compat` as its users see it: the last release and the new schema on a server.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use pgwright_cli::testing::Cluster;
use serde_json::Value;
use sqlx::ConnectOptions;
use std::fs;
use std::process::Command;

const OLD: &str = r#"version = 1

[enums.Status]
values = ["new", "paid", "lost"]

[models.Customer.fields]
id     = { type = "bigint", identity = "always", primary_key = true }
email  = "text"
nick   = "text?"
visits = { type = "integer", default = 0 }
orders = { type = "bigint", default = 0 }

[models.Order.fields]
id          = { type = "bigint", identity = "always", primary_key = true }
customer_id = { type = "bigint", references = "Customer", on_delete = "cascade" }
status      = { type = "Status", default = "new" }
note        = "text?"

[models.Event.fields]
id   = { type = "uuid", primary_key = true }
name = "text"
"#;

/// What `migrate compat` says of two specs, and its exit code.
async fn compat(old: &str, new: &str) -> (Value, Option<i32>) {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("old.toml"), old).unwrap();
    fs::write(temp.path().join("schema.toml"), new).unwrap();
    let cluster = Cluster::shared().await.unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pgwright"))
        .args(["migrate", "compat", "--from", "old.toml", "--json"])
        .current_dir(temp.path())
        .env("DATABASE_URL", cluster.admin().to_url_lossy().as_str())
        .output()
        .unwrap();
    let said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (said, output.status.code())
}

/// The errors of one list, each once, in the order of their statements.
fn errors(said: &Value, list: &str, name: &str) -> Vec<String> {
    let mut errors: Vec<String> = said[list]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["statement"].as_str().unwrap().contains(name))
        .map(|one| one["error"].as_str().unwrap().to_owned())
        .collect();
    errors.dedup();
    errors
}

const OLD_CODE: &str = "old_code_on_new_schema";
const NEW_CODE: &str = "new_code_on_old_schema";

#[tokio::test]
async fn what_only_comes_breaks_nothing_of_the_last_release_and_is_missing_for_the_new_one() {
    let new = OLD
        .replace(
            "nick   = \"text?\"",
            "nick   = \"text?\"\nage = \"integer?\"",
        )
        .replace("\"lost\"]", "\"lost\", \"found\"]");
    let (said, code) = compat(OLD, &new).await;
    assert_eq!(said[OLD_CODE], Value::Array(Vec::new()), "{said:#}");
    assert_eq!(code, Some(0));
    assert_eq!(
        errors(&said, "old_code_once_new_code_writes", "Status"),
        ["do not know the label `found`"]
    );
    assert!(
        errors(&said, NEW_CODE, "customer").contains(&"column \"age\" does not exist".to_owned()),
        "{said:#}"
    );
    assert_eq!(
        errors(&said, NEW_CODE, "Status"),
        ["may say `found`, which is no label there"]
    );
}

#[tokio::test]
async fn what_goes_or_gets_another_type_or_is_wanted_or_refused_breaks_the_last_release() {
    let new = OLD
        .replace(
            "nick   = \"text?\"",
            "nick   = \"text\"\ncountry = \"text\"",
        )
        .replace(
            "visits = { type = \"integer\"",
            "visits = { type = \"bigint\"",
        )
        .replace("note        = \"text?\"\n", "")
        .replace(", \"lost\"]", "]")
        + r#"
[triggers.orders]
kind  = "counter"
count = "Order"
by    = "customer_id"
into  = "Customer.orders"

[triggers.kept]
kind = "immutable"
deny = ["update"]
on   = "Event"
"#;
    let (said, code) = compat(OLD, &new).await;
    assert_eq!(code, Some(1), "{said:#}");
    let customers = errors(&said, OLD_CODE, "ustomer");
    for expected in [
        "returns `visits` as int8, which the code reads as int4",
        "leave out country, which takes no NULL and has no default",
        "may say NULL for nick, which takes none",
        "may give orders a value, which the database keeps by itself",
    ] {
        assert!(
            customers.iter().any(|error| error == expected),
            "{expected}: {customers:#?}"
        );
    }
    let orders = errors(&said, OLD_CODE, "order");
    assert!(
        orders.contains(&"column \"note\" does not exist".to_owned()),
        "{orders:#?}"
    );
    assert_eq!(
        errors(&said, OLD_CODE, "updates of Event"),
        ["are refused: its rows are immutable"]
    );
    assert_eq!(
        errors(&said, OLD_CODE, "writes of Status"),
        ["may say `lost`, which is no label there"]
    );
}
