use super::*;
use crate::schema::EnumId;

fn parse_with(text: &str, extensions: &[&str]) -> Result<ParsedType, TypeError> {
    let extensions: Vec<Ident> = extensions
        .iter()
        .map(|name| Ident::new(*name).expect("a name"))
        .collect();
    let known = [("FileFormat".to_owned(), "file_format".to_owned())];
    parse_type(
        text,
        &TypeScope {
            resolve: &|name| (name == "FileFormat").then_some(BaseType::Enum(EnumId(0))),
            known: &known,
            extensions: &extensions,
            raw: false,
            made: &[],
        },
    )
}

fn parse(text: &str) -> Result<ParsedType, TypeError> {
    parse_with(text, &["pg_trgm"])
}

/// The type as the compiler writes it.
fn canonical(text: &str) -> String {
    let parsed = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let mut sql = match parsed.ty.base {
        BaseType::Builtin(builtin) => {
            let mut sql = crate::sql::Sql::new();
            crate::sql::Render::render(&builtin, &mut sql);
            sql.into_string()
        }
        BaseType::Other(other) => other.as_str().to_owned(),
        other => format!("{other:?}"),
    };
    sql.push_str(&"[]".repeat(usize::from(parsed.ty.dimensions)));
    if parsed.nullable {
        sql.push('?');
    }
    if parsed.sequence.is_some() {
        sql.push_str(" serial");
    }
    sql
}

#[test]
fn every_alias_is_the_type_that_postgresql_makes_of_it() {
    for (text, expected) in [
        ("int", "integer"),
        ("INT4", "integer"),
        ("int8?", "bigint?"),
        ("bool", "boolean"),
        ("float8", "double precision"),
        ("float(24)", "real"),
        ("float(25)", "double precision"),
        ("float", "double precision"),
        ("double  precision ?", "double precision?"),
        ("decimal(10, 2)", "numeric(10,2)"),
        ("dec(5)", "numeric(5)"),
        ("numeric(3,-2)", "numeric(3,-2)"),
        ("character varying(12)", "varchar(12)"),
        ("national character varying", "varchar"),
        ("char varying(3)", "varchar(3)"),
        ("char", "char"),
        ("character(4)", "char(4)"),
        ("bpchar", "bpchar"),
        ("\"char\"", "\"char\""),
        ("timestamp", "timestamp"),
        ("timestamp (3) with time zone", "timestamptz(3)"),
        ("timestamp without time zone[]", "timestamp[]"),
        ("time(0) with time zone", "timetz(0)"),
        ("interval day to second(3)", "interval day to second(3)"),
        ("interval year to month", "interval year to month"),
        ("interval second (2)", "interval second(2)"),
        ("interval(4)", "interval(4)"),
        ("bit varying(8)", "varbit(8)"),
        ("bit(3)", "bit(3)"),
        ("text[][]", "text[][]"),
        ("text[3]", "text[]"),
        ("int ARRAY", "integer[]"),
        ("int array[4]?", "integer[]?"),
        ("bigserial", "bigint serial"),
        ("serial2", "smallint serial"),
        ("tstzmultirange", "tstzmultirange"),
        ("regclass", "regclass"),
        ("jsonpath?", "jsonpath?"),
        ("pg_catalog.int4", "integer"),
        ("citext", "citext"),
        ("vector(3)[]", "vector(3)[]"),
        ("geometry(Point, 4326)?", "geometry(Point, 4326)?"),
        ("geometry(PointZ,-1)", "geometry(PointZ,-1)"),
        ("audit.\"My\"\"Type\"[]", "audit.\"My\"\"Type\"[]"),
        ("public.thing(3)", "public.thing(3)"),
        ("FileFormat[]", "Enum(EnumId(0))[]"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
}

#[test]
fn a_name_near_a_type_is_suggested() {
    for (text, meant) in [
        ("bigit", "bigint"),
        ("Bigit", "bigint"),
        ("txt", "text"),
        ("interger", "integer"),
        ("timestamtz", "timestamptz"),
        ("FileFormt", "FileFormat"),
        ("fileformat", "FileFormat"),
        ("string", "text"),
        ("datetime", "timestamptz"),
        ("uuuid", "uuid"),
        ("jsonbb?", "jsonb"),
        ("file_format", "FileFormat"),
    ] {
        let error = parse(text).expect_err(text);
        let help = error.help.unwrap_or_default();
        assert!(help.contains(&format!("`{meant}`")), "{text}: {help}");
    }
}

#[test]
fn what_is_not_exactly_one_type_is_refused() {
    for text in [
        "",
        "?",
        "text); DROP TABLE x; --",
        "text --",
        "text /* a",
        "text not null",
        "text default 'a'",
        "citext; DROP TABLE x",
        "citext)",
        "vector(3",
        "vector(3))",
        "vector(select)",
        "vector()",
        "a.b.c; d",
        "geometry(Point, 4326) check (true)",
        "geometry('a', (1))",
        "text[",
        "text]",
        "text[a]",
        "text[-1]",
        "text[][][][][][][]",
        "a.",
        ".a",
        "\"\"",
        "\"a",
        "numeric(2000)",
        "numeric(0)",
        "numeric(1,2,3)",
        "numeric(a)",
        "numeric()",
        "numeric(10,2000)",
        "varchar(0)",
        "varchar(10485761)",
        "timestamp(9)",
        "timestamp(-1)",
        "interval(9)",
        "interval day(3)",
        "interval(3) second",
        "interval second to day",
        "bit(0)",
        "float(54)",
        "integer(4)",
        "uuid(3)",
        "serial?",
        "serial[]",
        "bigserial(3)",
        "text??",
        "text?[]",
        "record",
        "trigger",
        "void",
        "Unknown",
        "unknown_thing",
        "select",
        "public.select",
        "double",
        "national text",
        "\u{0}",
        "text\u{0}",
        "'text'",
        "1",
        "text collate \"C\"",
        "FileFormat(3)",
        "U&\"a\"",
        "a_type_with_a_name_that_is_far_longer_than_the_sixty_three_bytes_that_postgresql_keeps.b",
    ] {
        let error = parse(text).expect_err(text);
        assert!(
            error.range.end <= text.len() && error.range.start <= error.range.end,
            "{text}: {error:?}"
        );
    }
}

#[test]
fn an_extension_nobody_knows_may_bring_any_type() {
    assert!(parse_with("thing(3)", &["pg_trgm"]).is_err());
    assert!(parse_with("thing(3)", &["things"]).is_ok());
    assert!(
        parse_with("Thing", &["things"]).is_err(),
        "a capital letter is the spec's own"
    );
}
