//! Domains: what PostgreSQL hands on from one to the domain that is made of it, and what it refuses.

use pgwright::Page;

use crate::database::{case, load};
use crate::types::generated::*;

#[tokio::test]
async fn what_is_left_out_is_the_default_of_a_domain_that_takes_no_null() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let row = NewDomained::new().insert(&mut db).await.unwrap();
    assert_eq!(
        (row.filled.0, row.more),
        (vec![0], MorePositive(Positive(7)))
    );
    let rows = [NewDomained::new(), NewDomained::new().filled(vec![1, 2])];
    let rows = NewDomained::insert_many(&mut db, &rows).await.unwrap();
    assert_eq!(rows[0].filled.0, [0]);
    assert_eq!(rows[1].filled.0, [1, 2]);
    let rows = [NewDomained::new(), NewDomained::new().filled(vec![3])];
    assert_eq!(NewDomained::copy_in(&mut db, rows).await.unwrap(), 2);
    let third = Domained::query().filter(domained::filled.eq(vec![3]));
    assert_eq!(third.count(&mut db).await.unwrap(), 1);
}

#[tokio::test]
async fn a_domain_over_an_enum_is_compared_and_ordered_as_the_enum() {
    let database = load(&case("rust_types")).await;
    let pool = database.pool(1).await.unwrap();
    let db = &pool;
    for colour in [Colour::Blue, Colour::Red, Colour::Green] {
        let new = NewDomained::new()
            .choice(Choice(colour))
            .chosen(Choice(colour));
        new.insert(db).await.unwrap();
    }
    let least = Domained::query().filter(domained::choice.lt(Choice(Colour::Blue)));
    assert_eq!(least.count(db).await.unwrap(), 2);
    let some = domained::choice.in_([Choice(Colour::Blue), Choice(Colour::Red)]);
    let query = || Domained::query().filter(some.clone());
    let first = query().order_by(domained::choice.desc());
    let page = first.clone().page(db, Page::first(1)).await.unwrap();
    assert_eq!(page.items[0].choice, Choice(Colour::Blue));
    let page = first.page(db, Page::after(1, page.next.unwrap())).await;
    assert_eq!(page.unwrap().items[0].choice, Choice(Colour::Red));
    let found = Domained::find_by_chosen(db, Choice(Colour::Green)).await;
    assert!(found.unwrap().is_some());
    let highest = Domained::query().select((domained::choice.max(),)).one(db);
    assert_eq!(highest.await.unwrap(), (Some(Choice(Colour::Blue)),));
}

#[tokio::test]
async fn a_check_of_a_domain_is_known_from_the_domain_that_is_made_of_it() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let new = NewDomained::new().work("nobody");
    let error = new.insert(&mut db).await.unwrap_err();
    assert!(error.is(Email::HAS_AT), "{error}");
    assert_eq!(error.problem().model, Some("Email"));
}
