//! Values of every type, there and back, and what the server has of them.

#[path = "../cases/rust_types/generated/mod.rs"]
pub(crate) mod generated;

use std::ops::Bound;

use generated::*;
use pgwright::chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use pgwright::serde_json::json;
use pgwright::types::{Decimal, Interval, Money, Oid, Range, TimeTz, Uuid};
use pgwright::{Error, RuleKind};
use sqlx::{AssertSqlSafe, Row};

use crate::database::{case, load};

fn moment() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 4, 5, 6, 7).unwrap()
}

fn point() -> Point {
    Point {
        x: Some(1.5),
        label: Some("a,\"b\"".to_owned()),
        colour: Some(Colour::Blue),
        email: Some("a@b".into()),
        at: Some(moment()),
        ids: Some(vec![Uuid::nil()]),
        colours: Some(vec![Colour::Red, Colour::Green]),
    }
}

pub(crate) fn full() -> NewEverything {
    let date = NaiveDate::from_ymd_opt(2026, 3, 4).unwrap();
    let time = NaiveTime::from_hms_micro_opt(5, 6, 7, 8).unwrap();
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    let nothing = Point {
        x: None,
        label: None,
        colour: None,
        email: None,
        at: None,
        ids: None,
        colours: None,
    };
    NewEverything::new()
        .a_smallint(-1)
        .an_integer(i32::MAX)
        .a_bigint(i64::MIN)
        .a_numeric(decimal("-12345678901234567890.000123"))
        .a_price(decimal("0.05"))
        .a_real(1.5)
        .a_double(-0.1)
        .a_money(Money(-123))
        .a_text("größe '\\\" 🙂")
        .a_varchar("abc")
        .a_char("ab ")
        .a_name("name")
        .a_bytea(vec![0, 255])
        .a_boolean(true)
        .a_uuid(Uuid::max())
        .a_date(date)
        .a_time(time)
        .a_timetz(TimeTz {
            time,
            offset: FixedOffset::east_opt(3600).unwrap(),
        })
        .a_timestamp(date.and_time(time))
        .a_timestamptz(moment())
        .an_interval(Interval {
            months: 1,
            days: -2,
            microseconds: 3,
        })
        .a_json(json!({"b": 1, "a": [null]}))
        .a_jsonb(json!(null))
        .an_xml("<a>b</a>")
        .an_inet("10.0.0.0/8")
        .a_macaddr("08:00:2b:01:02:03")
        .a_bit("101")
        .a_varbit("10")
        .a_tsvector("'a':1 'b':2")
        .an_oid(Oid(u32::MAX))
        .an_lsn("16/B374D848")
        .an_int4range(3..7)
        .a_numrange(Range::Between(
            Bound::Excluded(decimal("0.5")),
            Bound::Unbounded,
        ))
        .a_daterange(Range::Empty)
        .a_tstzrange(Range::from(..moment()))
        .a_multirange("{[1,3),[5,7)}")
        .a_point("(1,2)")
        .a_one_byte("x")
        .a_citext("AbC")
        .an_hstore("\"a\"=>\"b\"")
        .a_colour(Colour::Green)
        .an_email("a@b")
        .an_address("::1/128")
        .some_tags(Tags(vec!["a".to_owned(), "NULL".to_owned()]))
        .a_document("{\"b\":  1}")
        .a_positive(Positive(3))
        .a_position(point())
        .an_opaque("(10.0.0.1,\"a b\")")
        .texts(vec!["a,b".to_owned(), String::new()])
        .varchars(vec!["abc".to_owned()])
        .numbers(vec![decimal("1.50"), decimal("-3")])
        .times(vec![moment()])
        .documents(vec![json!({"a": 1}), json!(2)])
        .addresses(vec!["10.0.0.1/32".to_owned()])
        .citexts(vec!["A".to_owned(), "a".to_owned()])
        .colours(vec![Colour::Blue, Colour::Blue])
        .emails(vec!["a@b".into(), "c@d".into()])
        .positions(vec![point(), nothing])
        .opaques(vec!["(,x)".into()])
        .ranges(vec![Range::from(1..2), Range::Empty])
        .matrix("{{1,2},{3,4}}")
}

#[tokio::test]
async fn a_value_of_every_type_comes_back_as_it_was() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let row = full().insert(&mut db).await.unwrap();
    assert_eq!(Everything::get(&mut db, row.id).await.unwrap(), row);

    assert_eq!(row.a_smallint, Some(-1));
    assert_eq!(row.an_integer, Some(i32::MAX));
    assert_eq!(row.a_bigint, Some(i64::MIN));
    assert_eq!(
        row.a_numeric.unwrap().to_string(),
        "-12345678901234567890.000123"
    );
    assert_eq!(row.a_price.unwrap().to_string(), "0.05");
    assert_eq!((row.a_real, row.a_double), (Some(1.5), Some(-0.1)));
    assert_eq!(row.a_money, Some(Money(-123)));
    assert_eq!(row.a_text.as_deref(), Some("größe '\\\" 🙂"));
    assert_eq!(row.a_char.as_deref(), Some("ab "));
    assert_eq!(row.a_bytea, Some(vec![0, 255]));
    assert_eq!(row.a_uuid, Some(Uuid::max()));
    assert_eq!(row.a_timestamptz, Some(moment()));
    assert_eq!(row.a_jsonb, Some(json!(null)));
    assert_eq!(row.an_oid, Some(Oid(u32::MAX)));
    assert_eq!(row.an_int4range, Some(Range::from(3..7)));
    assert_eq!(row.a_daterange, Some(Range::Empty));
    assert_eq!(row.a_tstzrange, Some((..moment()).into()));
    assert_eq!(row.a_bit.as_deref(), Some("101"));
    assert_eq!(row.a_colour, Some(Colour::Green));
    assert_eq!(row.an_email.as_ref().unwrap().as_str(), "a@b");
    assert_eq!(row.a_position, Some(point()));
    assert_eq!(row.an_opaque, Some(Opaque("(10.0.0.1,\"a b\")".to_owned())));
    assert_eq!(row.positions.as_ref().unwrap().len(), 2);
    assert_eq!(row.ranges, Some(vec![Range::from(1..2), Range::Empty]));
    assert_eq!(row.matrix.as_deref(), Some("{{1,2},{3,4}}"));
    assert_eq!(row.colours, Some(vec![Colour::Blue, Colour::Blue]));

    // What the server says of the same row.
    let text = "SELECT a_numeric::text, a_price::text, a_json::text, an_interval::text, a_timetz::text,
        (a_numrange, a_daterange)::text, a_position::text, emails::text, a_document::text, a_char || '|',
        colours::text, numbers::text, some_tags::text, an_address::text FROM everythings";
    let server = sqlx::query(text).fetch_one(&mut db).await.unwrap();
    let server: Vec<String> = (0..server.len()).map(|index| server.get(index)).collect();
    assert_eq!(
        server,
        [
            "-12345678901234567890.000123",
            "0.05",
            r#"{"b":1,"a":[null]}"#,
            "1 mon -2 days +00:00:00.000003",
            "05:06:07.000008+01",
            r#"("(0.5,)",empty)"#,
            r#"(1.5,"a,""b""",blue,a@b,"2026-03-04 05:06:07+00",{00000000-0000-0000-0000-000000000000},"{red,green}")"#,
            "{a@b,c@d}",
            r#"{"b":  1}"#,
            "ab|",
            "{blue,blue}",
            "{1.50,-3}",
            r#"{a,"NULL"}"#,
            "::1/128",
        ]
    );
}

#[tokio::test]
async fn null_and_absent_and_a_value_are_kept_apart() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let empty = NewEverything::new().insert(&mut db).await.unwrap();
    assert_eq!(empty.a_text, None);
    assert_eq!(empty.a_positive, Some(Positive(7)), "the domain's default");
    let said = NewEverything::new()
        .a_positive(None)
        .insert(&mut db)
        .await
        .unwrap();
    assert_eq!(said.a_positive, None);

    let row = full().insert(&mut db).await.unwrap();
    let patched = EverythingPatch::new()
        .a_text("new")
        .a_json(json!({"z": 1}))
        .an_inet(None)
        .colours(None)
        .a_position(Point { x: None, ..point() })
        .emails(vec!["x@y".into()])
        .matrix("{{9}}")
        .update(&mut db, row.id)
        .await
        .unwrap();
    let expected = Everything {
        a_text: Some("new".to_owned()),
        a_json: Some(json!({"z": 1})),
        an_inet: None,
        colours: None,
        a_position: Some(Point { x: None, ..point() }),
        emails: Some(vec!["x@y".into()]),
        matrix: Some("{{9}}".to_owned()),
        ..row
    };
    assert_eq!(patched, expected);
}

#[tokio::test]
async fn an_insert_that_says_nothing_gets_the_database_s_defaults() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let row = NewDefaults::new().insert(&mut db).await.unwrap();
    let plain = "INSERT INTO defaults DEFAULT VALUES RETURNING *";
    sqlx::raw_sql(plain).execute(&mut db).await.unwrap();
    let other = Defaults::get(&mut db, DefaultsId(2)).await.unwrap();
    let expected = Defaults {
        id: other.id,
        number: other.number,
        said: other.said.clone(),
        ..row.clone()
    };
    assert_eq!(other, expected);
    assert_eq!((row.id, row.number), (DefaultsId(1), 1));
    assert_eq!(row.below, -1);
    assert_eq!(row.maybe.unwrap().to_string(), "2.50");
    assert_eq!(row.colours, [Colour::Red, Colour::Blue]);
    assert_eq!(row.bits, "101");
    assert_eq!(row.state, json!({"a": 1}));
    assert_eq!(row.upper, "ABC");
    assert_eq!(row.positive, Positive(7));

    let row = NewDefaults::new()
        .id(DefaultsId(70))
        .flag(false)
        .maybe(None)
        .colours(vec![])
        .bits("111")
        .short("x")
        .plain(json!({"b": 1, "a": 2}))
        .insert(&mut db)
        .await
        .unwrap();
    assert_eq!((row.id, row.number), (DefaultsId(70), 3));
    assert!(!row.flag);
    assert_eq!(row.maybe, None);
    assert_eq!(row.colours, []);
    assert_eq!(row.plain, Some(json!({"b": 1, "a": 2})));
    assert_eq!(row.upper, "X");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_not_cut() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    for new in [
        NewEverything::new().a_varchar("abcd"),
        NewEverything::new().varchars(vec!["abcd".to_owned()]),
        NewEverything::new().a_varbit("1010"),
    ] {
        let error = new.insert(&mut db).await.unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }
    for new in [
        NewDefaults::new().short("abcd"),
        NewDefaults::new().bits("1111"),
        NewDefaults::new().bits("1"),
    ] {
        new.insert(&mut db).await.unwrap_err();
    }
    let error = NewEverything::new()
        .an_email("nobody")
        .insert(&mut db)
        .await
        .unwrap_err();
    let violation = error.violation().unwrap();
    assert_eq!(violation.kind, RuleKind::Check);
    assert_eq!(violation.constraint, "has_at");
    assert!(error.is(Email::HAS_AT), "{error:?}");
}

#[tokio::test]
async fn a_value_that_rust_cannot_hold_is_an_error_that_names_its_place() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let row = NewEverything::new().insert(&mut db).await.unwrap();
    for (column, value) in [
        ("a_timestamptz", "'infinity'"),
        ("a_timestamp", "'-infinity'"),
        ("a_date", "'infinity'"),
        ("a_timestamptz", "'294276-12-31'"),
        ("a_time", "'24:00'"),
        ("a_numeric", "'NaN'"),
        ("a_numeric", "repeat('9', 40)::numeric"),
        ("times", "'{infinity}'"),
        ("texts", "'{a,NULL}'"),
        ("numbers", "'{{1},{2}}'"),
    ] {
        let sql = format!("UPDATE everythings SET {column} = {value}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut db)
            .await
            .unwrap();
        let error = Everything::get(&mut db, row.id).await.unwrap_err();
        let Error::Decode {
            model: "Everything",
            column: found,
            ..
        } = &error
        else {
            panic!("{column} = {value}: {error:?}");
        };
        assert_eq!(found, column, "{error}");
        let sql = format!("UPDATE everythings SET {column} = NULL");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut db)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_column_of_another_type_is_an_error_that_names_both() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let row = NewEverything::new()
        .a_double(1.0)
        .insert(&mut db)
        .await
        .unwrap();
    sqlx::raw_sql("ALTER TABLE everythings ALTER a_double TYPE text")
        .execute(&mut db)
        .await
        .unwrap();
    let error = Everything::get(&mut db, row.id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read `Everything`.`a_double`: the column is of the type TEXT, which is not read as \
         core::option::Option<f64>"
    );
}

#[tokio::test]
async fn values_of_generated_types_work_in_raw_queries() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let row = full().insert(&mut db).await.unwrap();
    let found: (EverythingId, Colour, Email, Vec<Colour>, Point) = {
        let row = sqlx::query(
            "SELECT id, a_colour, an_email, colours, a_position FROM everythings
             WHERE id = $1 AND a_colour = $2 AND colours = $3 AND an_email = $4",
        )
        .bind(row.id)
        .bind(Colour::Green)
        .bind(vec![Colour::Blue, Colour::Blue])
        .bind(Email::from("a@b"))
        .fetch_one(&mut db)
        .await
        .unwrap();
        (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))
    };
    assert_eq!(found.0, row.id);
    assert_eq!(found.1, Colour::Green);
    assert_eq!(found.3, [Colour::Blue, Colour::Blue]);
    assert_eq!(found.4, point());
}

#[test]
fn an_id_is_its_uuid() {
    let id = EverythingId::new();
    assert_eq!(id.into_inner().get_version_num(), 7);
    assert_eq!(id.to_string().parse::<EverythingId>(), Ok(id));
    assert_eq!(
        pgwright::serde_json::to_value(id).unwrap(),
        json!(id.to_string())
    );
}
