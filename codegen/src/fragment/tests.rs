use super::*;

const VALID: &str = include_str!("../../tests/fragments/valid_expressions.sql");
const BODIES: &str = include_str!("../../tests/fragments/valid_bodies.sql");
const INVALID: &str = include_str!("../../tests/fragments/invalid_expressions.sql");

#[test]
fn no_expression_that_postgresql_takes_is_a_syntax_error() {
    let refused: Vec<&str> = VALID
        .lines()
        .filter(|line| !line.contains('$') && parser::expression(line).node().is_none())
        .collect();
    assert_eq!(refused, Vec::<&str>::new());
}

#[test]
fn only_aggregates_and_functions_of_several_rows_are_refused_in_a_policy() {
    let refused: Vec<&str> = VALID
        .lines()
        .filter(|line| !line.contains('$'))
        .filter(|line| check(Kind::Policy, line).is_err())
        .collect();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn no_body_that_postgresql_takes_is_refused() {
    for body in BODIES.split("\n====\n") {
        assert_eq!(check(Kind::Body, body).map(|_| ()), Ok(()), "{body}");
    }
}

#[test]
fn every_expression_that_postgresql_calls_a_syntax_error_is_refused() {
    let passed: Vec<&str> = INVALID
        .lines()
        .filter(|line| check(Kind::Policy, line).is_ok())
        .collect();
    assert_eq!(passed, Vec::<&str>::new());
}

/// The text with the place of the mistake in brackets.
fn marked(kind: Kind, text: &str) -> String {
    match check(kind, text) {
        Ok(_) => "passed".to_owned(),
        Err(error) => format!(
            "{}⟦{}⟧{} {}",
            &text[..error.range.start],
            &text[error.range.clone()],
            &text[error.range.end..],
            error.message
        ),
    }
}

#[test]
fn a_mistake_is_underlined_where_it_is() {
    let lines: Vec<String> = [
        "> 0); DROP TABLE users; --",
        "size + * 2",
        "size >",
        "(size > 0",
        "size > 0 -- note",
        "size > 0; x",
        "a, b",
        "a AS b",
        "SELECT 1",
        "a IS NOT SOMETHING",
        "'abc",
        "a[]",
        "a > $1",
        "a > (SELECT max(a) FROM t)",
        "sum(a) > 0",
        "count(*) > 0",
        "row_number() OVER (ORDER BY a) > 1",
        "",
        "/* nothing */",
    ]
    .into_iter()
    .map(|text| marked(Kind::Check, text))
    .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn each_place_takes_what_postgresql_takes_there() {
    for (kind, text, passes) in [
        (Kind::Policy, "a IN (SELECT b FROM t)", true),
        (
            Kind::Policy,
            "EXISTS (SELECT FROM t WHERE count(*) > 0)",
            true,
        ),
        (Kind::Generated, "lower(name)", true),
        (Kind::Generated, "concat(a, b)", false),
        (Kind::Generated, "to_tsvector('english', a)", true),
        (Kind::Generated, "to_tsvector(a)", false),
        (Kind::Predicate, "created_at > now()", false),
        (Kind::Predicate, "created_at > CURRENT_DATE", false),
        (Kind::Check, "created_at > now()", true),
        (Kind::Default, "now()", true),
        (Kind::Default, "CURRENT_TIMESTAMP", true),
        (Kind::Default, "public.uuid_generate_v4()", true),
        (Kind::Default, "users.name", false),
        (Kind::Default, "other", false),
        (Kind::Default, "'{}'::jsonb", true),
        (Kind::Default, "nextval('a.b'::regclass)", true),
        (Kind::When, "NEW.a IS DISTINCT FROM OLD.a", true),
        (Kind::View, "SELECT 1", true),
        (Kind::View, "SELECT 1;", true),
        (Kind::View, "SELECT 1; SELECT 2", false),
        (Kind::View, "SELECT 1; DROP TABLE x", false),
        (Kind::View, "SELECT FROM WHERE", false),
        (Kind::View, "(SELECT 1) UNION ALL (VALUES (2))", true),
        (
            Kind::View,
            "WITH x AS (SELECT 1 AS a) SELECT a FROM x -- all",
            true,
        ),
        (Kind::View, "TABLE x", true),
        (Kind::View, "SELECT 1 INTO x", false),
        (Kind::View, "DELETE FROM x", false),
        (
            Kind::View,
            "WITH x AS (DELETE FROM y RETURNING 1) DELETE FROM z",
            false,
        ),
        (Kind::View, "VALUES (1), (2)", true),
        (Kind::View, ";", false),
        (
            Kind::PartitionBounds,
            "FROM ('2026-01-01') TO ('2027-01-01')",
            true,
        ),
        (
            Kind::PartitionBounds,
            "FROM (MINVALUE, 1) TO (MAXVALUE, 2)",
            true,
        ),
        (Kind::PartitionBounds, "IN ('a', 'b', NULL)", true),
        (Kind::PartitionBounds, "WITH (modulus 4, remainder 0)", true),
        (Kind::PartitionBounds, "WITH (MODULUS 4, REMAINDER 3)", true),
        (
            Kind::PartitionBounds,
            "FROM ('a') TO ('b') PARTITION BY LIST (c)",
            false,
        ),
        (Kind::PartitionBounds, "FROM ('a')", false),
        (Kind::PartitionBounds, "IN ('a'); DROP TABLE x", false),
        (Kind::PartitionBounds, "DEFAULT", false),
        (
            Kind::Statements,
            "CREATE OPERATOR CLASS a FOR TYPE b USING btree AS OPERATOR 1 <; CREATE TABLE c ();",
            true,
        ),
        (Kind::Statements, "CREATE TRUSTED LANGUAGE a", true),
        (Kind::Statements, "CREATE CREATE TABLE a ()", false),
        (Kind::Statements, "people who use it", false),
        (Kind::Statements, "SELECT 1; queued;", false),
        (Kind::Check, "f(a).b = 1", false),
        (Kind::Check, "(f(a)).b = 1", true),
        (Kind::Check, "a[1].b = 1", true),
        (Kind::Policy, "a IN (SELECT b[] FROM t)", false),
        (Kind::Check, "user.name = 'x'", false),
        (Kind::Check, "a.b.c.d.e = 1", false),
        (Kind::Check, "a.b.c.d = 1", true),
        (Kind::Statements, "CREATE TABLE a (b int", false),
        (Kind::Statements, "CREATE TABLE a b int", false),
        (Kind::Statements, "SELECT 'a", false),
        (
            Kind::Function,
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            true,
        ),
        (
            Kind::Function,
            "CREATE OR REPLACE FUNCTION a.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;",
            true,
        ),
        (
            Kind::Function,
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP TABLE x",
            false,
        ),
        (
            Kind::Function,
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$",
            true,
        ),
        (
            Kind::Function,
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1 + ; END $$",
            false,
        ),
        (
            Kind::Function,
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; $$",
            false,
        ),
        (
            Kind::Function,
            "CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)",
            true,
        ),
        (Kind::Function, "CREATE TABLE x ()", false),
        (Kind::Function, "CREATE FUNCTION f( RETURNS int", false),
        (
            Kind::Function,
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$ return 1 + $$",
            true,
        ),
    ] {
        let result = check(kind, text);
        assert_eq!(result.is_ok(), passes, "{kind:?} {text}: {result:?}");
    }
}

#[test]
fn bodies_are_read_as_far_as_the_parser_is_sure() {
    for (text, passes) in [
        ("BEGIN NEW.name := btrim(NEW.name); RETURN NEW; END;", true),
        ("BEGIN NEW.name = 1; RETURN NEW; END", true),
        (
            "DECLARE x int := 1; y text[]; z public.t%ROWTYPE; BEGIN NULL; END;",
            true,
        ),
        (
            "#variable_conflict use_column\n<<outer>>\nBEGIN RETURN NULL; END outer;",
            true,
        ),
        (
            "BEGIN IF TG_OP = 'INSERT' THEN RETURN NEW; ELSIF NEW.a THEN NULL; ELSE RETURN OLD; END IF; END",
            true,
        ),
        (
            "BEGIN FOR i IN 1..10 LOOP CONTINUE WHEN i = 2; EXIT; END LOOP; RETURN NEW; END",
            true,
        ),
        (
            "BEGIN FOREACH x SLICE 1 IN ARRAY a LOOP NULL; END LOOP; END",
            true,
        ),
        (
            "BEGIN INSERT INTO t (a) VALUES (NEW.a) ON CONFLICT DO NOTHING; GET DIAGNOSTICS n = ROW_COUNT; END",
            true,
        ),
        (
            "BEGIN RAISE EXCEPTION 'a %', NEW.a USING ERRCODE = '23514', COLUMN = 'a'; END",
            true,
        ),
        (
            "BEGIN PERFORM pg_notify('a', NEW.id::text); RETURN NULL; END",
            true,
        ),
        (
            "BEGIN EXECUTE format('SELECT %I', 'a') INTO STRICT x USING NEW.a; END",
            true,
        ),
        (
            "BEGIN BEGIN NULL; EXCEPTION WHEN unique_violation OR SQLSTATE '22012' THEN RAISE; END; END",
            true,
        ),
        (
            "BEGIN CASE x WHEN 1 THEN NULL; ELSE NULL; END CASE; WHILE a LOOP NULL; END LOOP; END",
            true,
        ),
        (
            "BEGIN RETURN QUERY SELECT 1; ASSERT a > 0, 'x'; CALL p(1); END",
            true,
        ),
        (
            "BEGIN SELECT a, b INTO STRICT x, y FROM t WHERE c = NEW.c FOR UPDATE; RETURN NEW; END",
            true,
        ),
        (
            "DECLARE c CURSOR (k int) FOR SELECT 1; r record; BEGIN OPEN c(1); FETCH NEXT FROM c INTO r; CLOSE c; END",
            true,
        ),
        (
            "BEGIN UPDATE t SET a = a + 1 WHERE id = ANY (SELECT id FROM new_rows); RETURN NULL; END -- end",
            true,
        ),
        ("BEGIN -- a comment\n /* another */ RETURN NEW; END;", true),
        ("BEGIN RETURN $$a$$ || $body$b$body$; END;", true),
        (
            "BEGIN MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED THEN INSERT VALUES (1); RETURN NULL; END",
            true,
        ),
        ("BEGIN RETURN NEW", false),
        ("RETURN NEW;", false),
        ("BEGIN NEW.a := 1 + * 2; RETURN NEW; END;", false),
        ("BEGIN IF a THEN RETURN NEW; END;", false),
        ("BEGIN RETURN NEW; END; DROP TABLE x;", false),
        (
            "BEGIN RETURN NEW; END; $$ LANGUAGE plpgsql; DROP TABLE x; --",
            false,
        ),
        ("BEGIN RETURN 'a; END;", false),
        ("BEGIN RETURN NEW END;", false),
        ("BEGIN SELECT (1; RETURN NEW; END;", false),
        ("BEGIN RETRUN NEW; END;", false),
        ("BEGIN; RETURN NEW; END;", false),
        ("BEGIN LOOP; END LOOP; END;", false),
    ] {
        let result = check(Kind::Body, text);
        assert_eq!(result.is_ok(), passes, "{text}: {result:?}");
    }
}

#[test]
fn unknown_columns_are_named_with_the_nearest() {
    let columns = ["size", "name", "data", "user_id"];
    let checked = |kind, text: &str| {
        check_columns(kind, text, "items", &columns)
            .map(|_| ())
            .map_err(|error| format!("{} ({})", error.message, error.help.unwrap_or_default()))
    };
    for text in [
        "size > 0",
        "items.size > 0",
        "items.* IS NOT NULL",
        "items IS NOT NULL",
        "lower(name) = 'x'",
        "data ->> 'key' = current_user",
        "extract(year FROM data)",
        "(data).a = 1",
        "tableoid IS NOT NULL",
        "normalize(name, NFC) = name",
        "\"size\" > 0",
        "SIZE > 0",
        "size IS UNKNOWN",
        "f(size, named => 1)",
        "data::other_type IS NULL",
    ] {
        assert_eq!(checked(Kind::Check, text), Ok(()), "{text}");
    }
    assert_eq!(
        checked(Kind::Check, "siez > 0"),
        Err("`items` has no column `siez` (did you mean `size`?)".to_owned())
    );
    for text in [
        "items.siez > 0",
        "\"Size\" > 0",
        "f(nmae)",
        "NEW.size > 0",
        "other.size > 0",
        "ctid IS NOT NULL",
        "CASE WHEN siez THEN 1 END",
    ] {
        assert!(checked(Kind::Check, text).is_err(), "{text}");
    }
    assert!(
        checked(
            Kind::When,
            "NEW.size > OLD.size AND NEW.* IS DISTINCT FROM OLD.*"
        )
        .is_ok()
    );
    assert!(checked(Kind::When, "NEW IS DISTINCT FROM OLD").is_ok());
    assert!(checked(Kind::When, "NEW.siez > 0").is_err());
    assert!(checked(Kind::When, "size > 0").is_err());
}

#[test]
fn only_what_resolves_no_name_is_independent_of_the_search_path() {
    for (text, independent) in [
        ("a", true),
        ("NEW.a", true),
        ("a IS NULL AND NOT (b IS TRUE OR c IS NOT UNKNOWN)", true),
        ("coalesce(a, b, 0)", true),
        ("greatest(a, least(b, 1.5))", true),
        ("CASE WHEN a THEN b ELSE NULL END", true),
        ("a ISNULL", true),
        ("'text'", true),
        ("current_timestamp", true),
        ("-1", false),
        ("a > 0", false),
        ("a + b", false),
        ("a = b", false),
        ("a IS DISTINCT FROM b", false),
        ("nullif(a, b)", false),
        ("CASE a WHEN 1 THEN 2 END", false),
        ("a::text", false),
        ("date '2026-01-01'", false),
        ("lower(a)", false),
        ("coalesce(lower(a), 'x')", false),
        ("a IN (1)", false),
        ("a BETWEEN 1 AND 2", false),
        ("a LIKE 'x'", false),
        ("a COLLATE \"C\"", false),
        ("a OPERATOR(pg_catalog.>) 0", false),
        ("pg_catalog.lower(a)", false),
        ("NOT a > 0", false),
        ("(a).b.c", false),
        ("a[1]", false),
        ("a +", false),
    ] {
        assert_eq!(
            is_search_path_independent(&SqlExpr::trusted(text)),
            independent,
            "{text}"
        );
    }
}

#[test]
fn the_columns_an_expression_reads_are_never_too_few() {
    let names = ["a", "b", "größe", "Big"];
    for (text, expected) in [
        ("a > 0", vec!["a"]),
        ("A > 0 AND \"Big\" IS NULL", vec!["a", "Big"]),
        ("big IS NULL", names.to_vec()),
        ("größe = a", vec!["a", "größe"]),
        ("items IS NULL", names.to_vec()),
        ("items.* IS NULL", names.to_vec()),
        ("U&\"\\0061\" > 0", names.to_vec()),
        ("a +", names.to_vec()),
        ("'b' = 'x'", vec![]),
        ("f('b')", vec![]),
        ("NEW.b", vec!["b"]),
    ] {
        assert_eq!(
            columns_read(&SqlExpr::trusted(text), &names),
            expected,
            "{text}"
        );
    }
}

#[test]
fn deep_and_long_texts_neither_overflow_nor_hang() {
    for text in [
        "(".repeat(50_000),
        format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{}a", "NOT ".repeat(20_000)),
        format!("{}a", "- ".repeat(20_000)),
        format!("a{}", " + a".repeat(20_000)),
        format!("a{}", "::int".repeat(20_000)),
        format!("a{}", " JOIN b".repeat(20_000)),
        format!(
            "{}1{}",
            "CASE WHEN a THEN ".repeat(5_000),
            " END".repeat(5_000)
        ),
        format!("{}1{}", "ARRAY[".repeat(5_000), "]".repeat(5_000)),
        "/*".repeat(50_000),
        "$a".repeat(5_000),
        "a".repeat(1_000_000),
    ] {
        for kind in [
            Kind::Check,
            Kind::Body,
            Kind::View,
            Kind::Function,
            Kind::Statements,
        ] {
            let _either = check(kind, &text);
        }
        let _any = is_search_path_independent(&SqlExpr::trusted(text));
    }
}

#[test]
fn a_body_that_is_too_deep_is_passed_on_unread() {
    // The parser reads bodies within quotes as well, and is recursive: these would end its stack.
    let deep = format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000));
    for (open, close) in [("$$", "$$"), ("'", "'"), ("$a$ $b$", "$b$ $a$")] {
        let function =
            format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS {open} SELECT {deep} {close}");
        assert!(check(Kind::Function, &function).is_ok(), "{open}");
    }
    let nested = (0..3_000).fold("SELECT 1".to_owned(), |inner, level| {
        format!("$q{level}$ {inner} $q{level}$")
    });
    let function = format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS {nested}");
    assert!(check(Kind::Function, &function).is_ok());
}
