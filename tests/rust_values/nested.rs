//! Types that are made of others: domains, composites, arrays and ranges of them.

use pgwright::chrono::NaiveDate;
use pgwright::types::Range;
use sqlx::Row;

use crate::database::{case, load};
use crate::types::generated::*;

#[tokio::test]
async fn types_of_types_of_types_come_back_as_they_were() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let pair = |a| Pair {
        a: Some(a),
        b: Some(Colour::Red),
    };
    let nest = Nest {
        pair: Some(pair(1)),
        pairs: Some(vec![pair(2), Pair { a: None, b: None }]),
        choice: Some(Choice(Colour::Green)),
        day: NaiveDate::from_ymd_opt(2026, 1, 2),
        spot: Some(Spot(pair(3))),
    };
    let key = NestedId(Email::from("a@b"));
    let row = NewNested::new(key.clone())
        .work("w@b")
        .works(vec![WorkEmail::from("x@b")])
        .choices(vec![Choice(Colour::Blue)])
        .span(Span(Range::from(1..5)))
        .spans(vec![Span(Range::Empty)])
        .spot(Spot(pair(4)))
        .spots(vec![Spot(pair(5))])
        .nest(nest.clone())
        .nests(vec![nest.clone(), nest.clone()])
        .tags("{\"{a,b}\",\"{c}\"}")
        .insert(&mut db)
        .await
        .unwrap();
    assert_eq!(row.id, key);
    assert_eq!(row.works, Some(vec![WorkEmail::from("x@b")]));
    assert_eq!(row.choices, [Choice(Colour::Blue)]);
    assert_eq!(row.spans, Some(vec![Span(Range::Empty)]));
    assert_eq!(row.spots, Some(vec![Spot(pair(5))]));
    assert_eq!(row.nests, Some(vec![nest.clone(), nest]));
    let server: String = sqlx::query("SELECT (nest, spots, choices, works)::text FROM nesteds")
        .fetch_one(&mut db)
        .await
        .unwrap()
        .get(0);
    assert_eq!(
        server,
        r#"("(""(1,red)"",""{""""(2,red)"""",""""(,)""""}"",green,2026-01-02,""(3,red)"")","{""(5,red)""}",{blue},{x@b})"#
    );
    let patched = NestedPatch::new()
        .other(key.clone())
        .choices(vec![])
        .spots(None)
        .update(&mut db, &key)
        .await
        .unwrap();
    assert_eq!((patched.other, patched.spots), (Some(key.clone()), None));
    assert_eq!(patched.choices, []);
    assert_eq!(Nested::list(&mut db, 5, Some(key)).await.unwrap(), []);
}
