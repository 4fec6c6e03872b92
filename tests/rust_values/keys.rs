//! Keys of every shape, and what the operations do with them.

#[path = "../cases/rust_keys/generated/mod.rs"]
mod generated;

use generated::*;
use pgwright::{Error, RuleKind};

use crate::database::{case, load};

#[tokio::test]
async fn rows_are_found_changed_listed_and_removed_by_keys_of_every_shape() {
    let database = load(&case("rust_keys")).await;
    let pool = database.pool(2).await.unwrap();
    let db = &pool;

    let country = NewCountry::new("it", "Italia").insert(db).await.unwrap();
    assert_eq!(country.code, CountryId::from("it"));
    assert_eq!(Country::get(db, &country.code).await.unwrap(), country);

    let rome = NewCity::new("it").insert(db).await.unwrap();
    assert_eq!(rome.id, CityId(1));
    let milan = NewCity::new("it")
        .id(CityId(40))
        .twin(rome.id)
        .insert(db)
        .await
        .unwrap();
    assert_eq!((milan.id, milan.twin), (CityId(40), Some(rome.id)));
    let next = NewCity::new("it").insert(db).await.unwrap();
    assert_eq!(next.id, CityId(2));

    // A key that is another model's.
    let mayor = NewMayor::new(rome.id).name("Ada").insert(db).await.unwrap();
    assert_eq!(Mayor::find(db, rome.id).await.unwrap(), Some(mayor));
    assert_eq!(Mayor::find(db, milan.id).await.unwrap(), None);

    // Keys of several columns, as tuples.
    for name in ["Via A", "Via B", "Via C"] {
        NewStreet::new(rome.id, name).insert(db).await.unwrap();
    }
    let house = NewHouse::new(rome.id, "Via B".to_owned(), 7)
        .insert(db)
        .await
        .unwrap();
    let key = (rome.id, "Via B".to_owned());
    let street = StreetPatch::new()
        .length(12)
        .update(db, key.clone())
        .await
        .unwrap();
    assert_eq!(street.length, Some(12));
    let street = StreetPatch::new()
        .length(None)
        .update(db, key.clone())
        .await
        .unwrap();
    assert_eq!(street.length, None);
    assert_eq!(
        StreetPatch::new().update(db, key.clone()).await.unwrap(),
        street
    );
    let first = Street::list(db, 2, None).await.unwrap();
    assert_eq!(first.len(), 2);
    let rest = Street::list(db, 2, Some(key.clone().into())).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].name, "Via C");

    let error = Street::delete(db, key.clone()).await.unwrap_err();
    assert!(error.is(House::FK_HOUSES_CITY_ID_STREET), "{error:?}");
    let violation = error.violation().unwrap();
    assert_eq!(violation.kind, RuleKind::ForeignKey);
    assert_eq!(violation.model, Some("House"));
    assert_eq!(violation.columns, ["city_id", "street"]);

    assert!(
        House::delete(db, (house.city_id, house.street, house.number))
            .await
            .unwrap()
    );
    assert!(Street::delete(db, key.clone()).await.unwrap());
    assert!(!Street::delete(db, key.clone()).await.unwrap());
    let error = Street::get(db, key.clone()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"no `Street` with the key StreetId { city_id: CityId(1), name: "Via B" }"#
    );
    let error = StreetPatch::new()
        .length(1)
        .update(db, key)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        Error::NotFound {
            model: "Street",
            ..
        }
    ));

    // No key.
    NewVisit::new(rome.id).note("sun").insert(db).await.unwrap();
    assert_eq!(Visit::list(db, 10, 0).await.unwrap().len(), 1);

    let error = NewCity::new("xx").insert(db).await.unwrap_err();
    assert!(error.is(City::FK_CITIES_COUNTRY), "{error:?}");
}

#[tokio::test]
async fn everything_that_sqlx_runs_on_will_do() {
    let database = load(&case("rust_keys")).await;
    let pool = database.pool(2).await.unwrap();

    let mut tx = pool.begin().await.unwrap();
    NewCountry::new("fr", "France")
        .insert(&mut tx)
        .await
        .unwrap();
    Country::get(&mut *tx, &"fr".into()).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(Country::find(&pool, &"fr".into()).await.unwrap(), None);

    let mut held = pool.acquire().await.unwrap();
    NewCountry::new("fr", "France")
        .insert(&mut held)
        .await
        .unwrap();
    assert_eq!(Country::list(&mut held, 10, None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_partition_refuses_is_the_rule_of_its_table() {
    let database = load(&case("rust_keys")).await;
    let pool = database.pool(2).await.unwrap();
    let db = &pool;
    NewCountry::new("it", "Italia").insert(db).await.unwrap();
    let (one, other) = (
        NewCity::new("it").insert(db).await.unwrap().id,
        NewCity::new("it").insert(db).await.unwrap().id,
    );
    // The first has a partition of its own, the second goes to the rest.
    for day in ["2026-05-01", "2031-05-01"] {
        let day: pgwright::types::Date = day.parse().unwrap();
        NewReading::new(1, day, one, 5).insert(db).await.unwrap();

        let error = NewReading::new(1, day, other, 5).insert(db).await;
        let error = error.unwrap_err();
        assert!(error.is(Reading::READINGS_PKEY), "{error:?}");
        assert!(!error.is(Reading::UX_READINGS_CITY_ID_DAY), "{error:?}");

        let error = NewReading::new(2, day, one, 5).insert(db).await;
        let error = error.unwrap_err();
        assert!(error.is(Reading::UX_READINGS_CITY_ID_DAY), "{error:?}");

        let error = NewReading::new(3, day, CityId(77), 5).insert(db).await;
        let error = error.unwrap_err();
        assert!(error.is(Reading::FK_READINGS_CITY_ID), "{error:?}");

        let error = NewReading::new(4, day, other, 0).insert(db).await;
        let error = error.unwrap_err();
        assert!(error.is(Reading::CK_READINGS_VALUE), "{error:?}");
        let violation = error.violation().unwrap();
        assert_eq!(violation.model, Some("Reading"));
        assert_eq!(violation.table, "readings");
    }
}

#[tokio::test]
async fn many_rows_have_keys_of_every_shape() {
    let database = load(&case("rust_keys")).await;
    let pool = database.pool(2).await.unwrap();
    let db = &pool;
    NewCountry::new("it", "Italia").insert(db).await.unwrap();

    // Numbers of the client's own beside those of the sequence.
    let rows = [
        NewCity::new("it"),
        NewCity::new("it").id(CityId(40)),
        NewCity::new("it"),
    ];
    let cities = NewCity::insert_many(db, &rows).await.unwrap();
    let ids: Vec<CityId> = cities.iter().map(|city| city.id).collect();
    assert_eq!(ids, [CityId(1), CityId(40), CityId(2)]);
    let rows = [NewCity::new("it"), NewCity::new("it")];
    let cities = NewCity::insert_many(db, &rows).await.unwrap();
    assert_eq!((cities[0].id, cities[1].id), (CityId(3), CityId(4)));
    assert_eq!(NewCity::copy_in(db, rows).await.unwrap(), 2);
    assert_eq!(City::get(db, CityId(6)).await.unwrap().id, CityId(6));

    let streets = ["Via A", "Via B"].map(|name| NewStreet::new(CityId(1), name));
    NewStreet::insert_many(db, &streets).await.unwrap();
    let keys = ["Via B", "Via C", "Via A"].map(|name| (CityId(1), name.to_owned()).into());
    let found = Street::get_many(db, &keys).await.unwrap();
    let names: Vec<&str> = found.iter().map(|street| street.name.as_str()).collect();
    assert_eq!(names, ["Via B", "Via A"]);

    // The key itself is what an upsert goes by.
    let street = NewStreet::new(CityId(1), "Via A").length(9);
    assert_eq!(street.upsert(db).await.unwrap().length, Some(9));
    let again = NewStreet::new(CityId(1), "Via A").upsert(db).await;
    assert_eq!(again.unwrap().length, Some(9));
}
