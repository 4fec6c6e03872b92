//! Keys of every kind: texts, several columns, references that are keys themselves.

#[allow(missing_docs, unreachable_pub, reason = "generated code of a test")]
#[path = "../cases/rust_keys/generated/mod.rs"]
mod generated;

use generated::*;
use pgwright_cli::testing::Database;
use sqlx::PgPool;

use crate::database::{case, load};

async fn towns() -> (Database, PgPool) {
    let database = load(&case("rust_keys")).await;
    let db = database.pool(2).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France');
         INSERT INTO cities (id, country, twin) OVERRIDING SYSTEM VALUE VALUES (1, 'de', NULL), (2, 'de', 1), (3, 'fr', 1);
         INSERT INTO mayors VALUES (1, 'Ada');
         INSERT INTO streets VALUES (1, 'Main', 5), (1, 'High', 6), (2, 'Main', 7);
         INSERT INTO houses VALUES (1, 'Main', 1), (1, 'Main', 2), (2, 'Main', 9);
         INSERT INTO visits VALUES (1, 'x'), (1, 'y');",
    )
    .execute(&db)
    .await
    .unwrap();
    (database, db)
}

#[tokio::test]
async fn keys_of_several_columns_lead_both_ways() {
    let (_database, db) = towns().await;
    let street = Street::query()
        .filter(street::city_id.eq(CityId(1)).and(street::name.eq("Main")))
        .one(&db)
        .await
        .unwrap();
    let houses = street
        .houses()
        .order_by(house::number.asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(
        houses.iter().map(|house| house.number).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(houses[1].street_2().one(&db).await.unwrap(), street);
    let streets = Street::query().order_by((street::city_id.asc(), street::name.asc()));
    let loaded = streets.load().houses().city().fetch(&db).await.unwrap();
    let seen: Vec<_> = loaded
        .iter()
        .map(|(street, houses, city)| {
            (
                street.name.as_str(),
                houses.len(),
                city.as_ref().unwrap().id.0,
            )
        })
        .collect();
    assert_eq!(seen, [("High", 0, 1), ("Main", 2, 1), ("Main", 1, 2)]);
    let with = Street::query().filter(street::houses.any(house::number.eq(9)));
    assert_eq!(with.one(&db).await.unwrap().city_id, CityId(2));
}

#[tokio::test]
async fn a_key_that_is_a_reference_leads_to_one_row() {
    let (_database, db) = towns().await;
    let cities = City::query()
        .order_by(city::id.asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(
        cities[0].mayor().one(&db).await.unwrap().name.as_deref(),
        Some("Ada")
    );
    assert!(cities[1].mayor().optional(&db).await.unwrap().is_none());
    let loaded = City::load(&cities)
        .mayor()
        .country_country()
        .twin_city()
        .cities()
        .visits();
    let loaded = loaded.fetch(&db).await.unwrap();
    let seen: Vec<_> = loaded
        .iter()
        .map(|(city, mayor, country, twin, cities, visits)| {
            let country = country.as_ref().unwrap().name.as_str();
            (
                city.id.0,
                mayor.is_some(),
                country,
                twin.is_some(),
                cities.len(),
                visits.len(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (1, true, "Germany", false, 2, 2),
            (2, false, "Germany", true, 0, 0),
            (3, false, "France", true, 0, 0),
        ]
    );
}

#[tokio::test]
async fn pages_of_a_model_without_a_key_lose_no_row() {
    use pgwright::Page;
    let (_database, db) = towns().await;
    let by_city = Visit::query().order_by(visit::city_id.asc());
    let refused = by_city.clone().page(&db, Page::first(1)).await.unwrap_err();
    assert!(refused.to_string().contains("further columns"), "{refused}");
    let both = by_city.page(&db, Page::first(2)).await.unwrap();
    assert!(both.items.len() == 2 && both.next.is_none());
    let told_apart = Visit::query().order_by((visit::city_id.asc(), visit::note.asc()));
    let first = told_apart.clone().page(&db, Page::first(1)).await.unwrap();
    let page = Page::after(1, first.next.unwrap());
    let second = told_apart.page(&db, page).await.unwrap();
    assert_eq!(second.items[0].note.as_deref(), Some("y"));
}
