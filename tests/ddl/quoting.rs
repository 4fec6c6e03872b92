//! Names and constants against the server's own `quote_ident` and `quote_literal`.

use pgwright_cli::testing;
use pgwright_codegen::ident::Ident;
use pgwright_codegen::sql::{Literal, Render, Sql};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sqlx::{AssertSqlSafe, Row};

fn rendered(part: &impl Render) -> String {
    let mut sql = Sql::new();
    part.render(&mut sql);
    sql.into_string()
}

/// Texts with everything that can break out of quotes more often than chance has it.
fn texts(count: usize) -> Vec<String> {
    let strategy = proptest::collection::vec(
        proptest::prop_oneof![
            proptest::char::range('a', 'e').prop_map(String::from),
            proptest::sample::select(vec![
                "'", "\"", "\\", "$", "$$", "--", "/*", "*/", ";", "\n", "\r", "\t", " ", "_", "1",
                "E'", "\u{1}", "\u{7f}", "\u{a0}", "ü", "名", "😀", "\u{feff}", "{", "}", "%",
                "select", "A", "Z",
            ])
            .prop_map(str::to_owned),
            proptest::char::any()
                .prop_filter("no text of PostgreSQL holds it", |char| *char != '\0')
                .prop_map(String::from),
        ],
        0..12,
    )
    .prop_map(|parts| parts.concat());
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// Sends texts as parameters, so that nothing is quoted on their way.
async fn quoted_by_server(function: &'static str, texts: &[String]) -> Vec<String> {
    let database = testing::database("").await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let sql = format!(
        "SELECT pg_catalog.{function}(t.value) FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS t (value, place) ORDER BY place"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(texts)
        .fetch_all(&mut connection)
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect()
}

#[tokio::test]
async fn literals_are_what_quote_literal_makes() {
    let texts = texts(5_000);
    let server = quoted_by_server("quote_literal", &texts).await;
    for (text, expected) in texts.iter().zip(server) {
        assert_eq!(rendered(&Literal::text(text.as_str())), expected);
    }
}

/// A newer server may quote fewer or more words: what must hold is that the server reads our text as the name.
#[tokio::test]
async fn names_are_read_as_they_are_and_quoted_where_the_server_quotes() {
    let database = testing::database("").await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let words: Vec<String> =
        sqlx::query_scalar("SELECT word::text FROM pg_catalog.pg_get_keywords()")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let names: Vec<Ident> = texts(5_000)
        .into_iter()
        .chain(words)
        .filter_map(|text| Ident::new(text).ok())
        .collect();
    let bare: Vec<String> = names.iter().map(|name| name.as_str().to_owned()).collect();
    let server = quoted_by_server("quote_ident", &bare).await;
    for (name, expected) in names.iter().zip(server) {
        let ours = rendered(name);
        if expected.starts_with('"') {
            assert_eq!(ours, expected);
        }
    }
    // As labels of columns, a few hundred a query.
    for chunk in names.chunks(500) {
        let columns: Vec<String> = chunk
            .iter()
            .map(|name| format!("1 AS {}", rendered(name)))
            .collect();
        let row = sqlx::raw_sql(AssertSqlSafe(format!("SELECT {}", columns.join(", "))))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        for (index, name) in chunk.iter().enumerate() {
            assert_eq!(sqlx::Column::name(row.column(index)), name.as_str());
        }
    }
    // Bare where a column's name stands: there a reserved word would not do.
    for word in names
        .iter()
        .filter(|name| rendered(*name) == name.as_str())
        .take(2_000)
    {
        let sql = format!(
            "SELECT t.{0}, {0} FROM (SELECT 1) AS t ({0})",
            rendered(word)
        );
        sqlx::raw_sql(AssertSqlSafe(sql))
            .fetch_one(&mut connection)
            .await
            .unwrap();
    }
}
