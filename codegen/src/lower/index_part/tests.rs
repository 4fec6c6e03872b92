use super::*;

const COLUMNS: &[&str] = &[
    "a",
    "name",
    "size_bytes",
    "order",
    "userId",
    "with space",
    "room",
    "data",
    "nulls",
];
const SCOPE: PartScope<'_> = PartScope {
    table: "items",
    columns: COLUMNS,
};

/// A part as one line.
fn shown(text: &str) -> String {
    let part = parse_index_part(text, SCOPE).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let mut line = match part.key {
        IndexKey::Field(field) => COLUMNS[field.0].to_owned(),
        IndexKey::Expression(sql) => format!("({})", sql.as_str()),
    };
    if let Some(collation) = part.collation {
        line.push_str(&format!(
            " collate {:?}.{}",
            collation.schema.map(|s| s.to_string()),
            collation.name
        ));
    }
    if let Some(class) = part.operator_class {
        line.push_str(&format!(
            " class {}{}",
            class.name.name,
            class
                .parameters
                .map_or(String::new(), |p| p.as_str().to_owned())
        ));
    }
    format!(
        "{line}{}{}",
        if part.descending { " desc" } else { "" },
        part.nulls.map_or(String::new(), |n| format!(" {n:?}"))
    )
}

#[test]
fn every_form_that_an_index_takes_is_read() {
    for (text, expected) in [
        ("a", "a"),
        (" A ", "a"),
        ("\"a\" ASC", "a"),
        ("a desc nulls last", "a desc Last"),
        ("a NULLS FIRST", "a First"),
        ("order desc", "order desc"),
        ("userId", "userId"),
        ("userId desc", "userId desc"),
        ("with space", "with space"),
        ("\"with space\" desc", "with space desc"),
        ("nulls nulls first", "nulls First"),
        ("lower(name)", "(lower(name))"),
        (
            "pg_catalog.lower(name) desc",
            "(pg_catalog.lower(name)) desc",
        ),
        ("( a || name )", "(a || name)"),
        ("((a))", "((a))"),
        (
            "(data ->> 'a,)b') text_pattern_ops",
            "(data ->> 'a,)b') class text_pattern_ops",
        ),
        ("name gin_trgm_ops", "name class gin_trgm_ops"),
        ("name public.gin_trgm_ops", "name class gin_trgm_ops"),
        (
            "name gist_trgm_ops(siglen = 32) desc",
            "name class gist_trgm_ops(siglen = 32) desc",
        ),
        (
            "(a || name) COLLATE \"C\" text_pattern_ops(x=1) DESC",
            "(a || name) collate None.C class text_pattern_ops(x=1) desc",
        ),
        (
            "name collate pg_catalog.\"de-x-icu\"",
            "name collate Some(\"pg_catalog\").de-x-icu",
        ),
        ("coalesce(a, 0)", "(coalesce(a, 0))"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_part_is_refused() {
    for text in [
        "",
        "nmae",
        "nmae desc",
        "a b c",
        "a desc asc",
        "a desc desc",
        "a nulls",
        "a nulls last first",
        "a, name",
        "a); DROP TABLE x; --",
        "a; b",
        "a --",
        "(a",
        "a)",
        "lower(nmae)",
        "lower(name",
        "lower(name) + 1",
        "a + 1",
        "data->>'a'",
        "name::text",
        "'a'",
        "1",
        "name ops(1)",
        "name ops(x)",
        "name ops(x=(1))",
        "a collate",
        "a collate 1",
        "a with =",
        "()",
        "(now())",
        "(SELECT 1)",
        "(a, name)",
        "random()",
        "sum(a)",
        "a.b",
        "(a))",
        "name collate \"\"",
        "*",
        "(a]",
        "a[1]",
        "name desk",
        "name acs",
    ] {
        let error = parse_index_part(text, SCOPE).expect_err(text);
        assert!(
            error.range.start <= error.range.end && error.range.end <= text.len(),
            "{text}: {error:?}"
        );
    }
    let error = parse_index_part("size_byte desc", SCOPE).expect_err("no such column");
    assert_eq!(
        (error.range, error.help.as_deref()),
        (0..9, Some("did you mean `size_bytes`?"))
    );
    let error = parse_index_part("data->>'a'", SCOPE).expect_err("parentheses are missing");
    assert_eq!(
        error.help.as_deref(),
        Some("put parentheses around an expression: `(data->>'a')`")
    );
}

#[test]
fn an_exclusion_needs_one_operator() {
    for (text, operator) in [
        ("room with =", "="),
        ("room WITH &&", "&&"),
        (
            "(lower(name)) text_ops with OPERATOR(public.=)",
            "OPERATOR(public.=)",
        ),
        ("lower(name) with OPERATOR(=)", "OPERATOR(=)"),
    ] {
        let (_, found) =
            parse_exclusion_part(text, SCOPE).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(found.as_str(), operator);
    }
    for text in [
        "room",
        "room with",
        "room with x",
        "room with = =",
        "room with OPERATOR(a.b.=)",
        "room with =); x",
    ] {
        assert!(parse_exclusion_part(text, SCOPE).is_err(), "{text}");
    }
}

#[test]
fn partition_keys_and_statistics_take_less() {
    assert!(parse_partition_part("a", SCOPE).is_ok());
    assert!(parse_partition_part("a desc", SCOPE).is_err());
    assert!(parse_key("(a + 1)", SCOPE).is_ok());
    assert!(parse_key("a desc", SCOPE).is_err());
    assert!(parse_key("name text_ops", SCOPE).is_err());
}
