//! Texts, arrays, JSON, dates and SQL of one's own in filters.

use automl_db::prelude::*;
use pgwright::types::DateTime;
use serde_json::json;
use sqlx::PgPool;

use crate::filters::{names, platform};

fn moment(text: &str) -> DateTime {
    text.parse().unwrap()
}

async fn owner(db: &PgPool) -> User {
    NewUser::new("ada@example.org").insert(db).await.unwrap()
}

#[tokio::test]
async fn what_stands_for_other_letters_in_a_pattern_is_a_letter_in_a_text() {
    let (_database, db) = platform().await;
    let user = owner(&db).await;
    for name in ["50%", "50_", "500", r"a\b", "Abc"] {
        NewDataset::new(user.id, name).insert(&db).await.unwrap();
    }
    let name = dataset::name;
    for (filter, expected) in [
        (name.like("50%"), "50%50050_"),
        (name.like(r"50\%"), "50%"),
        (name.not_like("50%"), r"a\bAbc"),
        (name.ilike("a%"), r"a\bAbc"),
        (name.contains("0%"), "50%"),
        (name.contains("0_"), "50_"),
        (name.contains(r"\"), r"a\b"),
        (name.starts_with("50_"), "50_"),
        (name.ends_with("%"), "50%"),
        (name.icontains("B"), r"a\bAbc"),
        (name.istarts_with("ABC"), "Abc"),
        (name.iends_with("BC"), "Abc"),
        (name.matches("^[0-9]+$"), "500"),
        (name.lower().eq("abc"), "Abc"),
        (name.upper().eq("ABC"), "Abc"),
        (name.length().eq(3).and(name.contains("A")), "Abc"),
    ] {
        let text = format!("{filter:?}");
        let mut expected: Vec<char> = expected.chars().collect();
        let mut found: Vec<char> = names(&db, filter).await.concat().chars().collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
}

#[tokio::test]
async fn arrays_are_asked_for_their_elements() {
    let (_database, db) = platform().await;
    for (title, tags) in [
        ("a", Some(vec!["x", "y"])),
        ("b", Some(vec!["y"])),
        ("c", None),
    ] {
        let tags = tags.map(|tags| tags.into_iter().map(str::to_owned).collect::<Vec<_>>());
        NewTutorial::new(title)
            .tags(tags)
            .insert(&db)
            .await
            .unwrap();
    }
    let tags = tutorial::tags;
    for (filter, expected) in [
        (tags.has("x"), "a"),
        (tags.contains(["x", "y"]), "a"),
        (tags.contains(Vec::<String>::new()), "ab"),
        (tags.contained_in(["y", "z"]), "b"),
        (tags.overlaps(["x", "z"]), "a"),
        (tags.length().eq(1), "b"),
        (tags.eq(vec!["y".to_owned()]), "b"),
        (tags.is_null(), "c"),
    ] {
        let text = format!("{filter:?}");
        let query = Tutorial::query().filter(filter).select(tutorial::title);
        let query = query.order_by(tutorial::title.asc());
        assert_eq!(query.all(&db).await.unwrap().concat(), expected, "{text}");
    }
}

#[tokio::test]
async fn json_is_asked_for_what_it_holds() {
    let (_database, db) = platform().await;
    let user = owner(&db).await;
    for (name, graph) in [
        (
            "a",
            json!({"nodes": [{"kind": "load"}, {"kind": "train"}], "size": 2}),
        ),
        ("b", json!({"nodes": [], "size": 10, "draft": null})),
    ] {
        NewWorkflow::new(user.id, name)
            .graph_json(graph)
            .insert(&db)
            .await
            .unwrap();
    }
    let graph = workflow::graph_json;
    for (filter, expected) in [
        (graph.path(["size"]).eq("10"), "b"),
        (graph.path(["nodes", "1", "kind"]).like("tr%"), "a"),
        (graph.path(["draft"]).is_null(), "ab"),
        (graph.path_json(["size"]).eq(json!(2)), "a"),
        (graph.path_json(["nodes"]).kind().eq("array"), "ab"),
        (graph.contains(json!({"nodes": [{"kind": "train"}]})), "a"),
        (
            graph.contained_in(json!({"nodes": [], "size": 10, "draft": null, "x": 1})),
            "b",
        ),
        (graph.has_key("draft"), "b"),
        (graph.has_any_key(["draft", "size"]), "ab"),
        (graph.has_all_keys(["draft", "size"]), "b"),
        (graph.path_exists("$.nodes[*] ? (@.kind == \"load\")"), "a"),
    ] {
        let text = format!("{filter:?}");
        let query = Workflow::query().filter(filter).select(workflow::name);
        let query = query.order_by(workflow::name.asc());
        assert_eq!(query.all(&db).await.unwrap().concat(), expected, "{text}");
    }
}

#[tokio::test]
async fn times_are_cut_in_the_time_zone_that_is_said() {
    let (_database, db) = platform().await;
    let user = owner(&db).await;
    for (name, at) in [
        ("a", "2026-01-31T23:30:00Z"),
        ("b", "2026-02-01T12:00:00Z"),
        ("c", "2026-02-15T12:00:00Z"),
    ] {
        NewDataset::new(user.id, name)
            .created_at(moment(at))
            .insert(&db)
            .await
            .unwrap();
    }
    let at = dataset::created_at;
    let february = moment("2026-02-01T00:00:00Z");
    let berlin = moment("2026-01-31T23:00:00Z");
    for (filter, expected) in [
        (at.lt(february), "a"),
        (at.trunc_in(DatePart::Month, "UTC").eq(february), "bc"),
        (
            at.trunc_in(DatePart::Month, "Europe/Berlin").eq(berlin),
            "abc",
        ),
        (
            at.date_in("Europe/Berlin")
                .eq("2026-02-01".parse::<pgwright::types::Date>().unwrap()),
            "ab",
        ),
        (at.part(DatePart::Year).eq(2026.0), "abc"),
        (at.trunc(DatePart::Year).le(at_year()), "abc"),
    ] {
        let text = format!("{filter:?}");
        assert_eq!(names(&db, filter).await.concat(), expected, "{text}");
    }
}

fn at_year() -> DateTime {
    moment("2026-01-02T00:00:00Z")
}

#[tokio::test]
async fn columns_are_compared_with_columns_and_sql_is_the_way_out() {
    let (_database, db) = platform().await;
    let user = owner(&db).await;
    for (name, original, parquet) in [("a", 10, 5), ("b", 5, 10), ("c", 7, 7)] {
        NewDataset::new(user.id, name)
            .original_size_bytes(original)
            .parquet_size_bytes(parquet)
            .is_sample_dataset(name == "c")
            .insert(&db)
            .await
            .unwrap();
    }
    let (one, other) = (dataset::original_size_bytes, dataset::parquet_size_bytes);
    let product = || sql("original_size_bytes * parquet_size_bytes").expr::<i64>();
    for (filter, expected) in [
        (one.gt_column(other), "a"),
        (one.le_column(other), "bc"),
        (one.eq_column(other.or_else(0)), "c"),
        (dataset::is_sample_dataset.into(), "c"),
        (!Filter::from(dataset::is_sample_dataset), "ab"),
        (product().eq(49), "c"),
        (
            sql("abs(original_size_bytes - ")
                .bind(6_i64)
                .text(") = ")
                .bind(1_i64)
                .into(),
            "bc",
        ),
        (
            Filter::sql("name = ")
                .bind("a")
                .text(" OR ")
                .column(dataset::name)
                .text(" = 'b'")
                .into(),
            "ab",
        ),
        (
            Filter::from(Filter::sql("name = 'a' OR name = 'b'")).and(dataset::name.ne("a")),
            "b",
        ),
    ] {
        let text = format!("{filter:?}");
        assert_eq!(names(&db, filter).await.concat(), expected, "{text}");
    }
}
