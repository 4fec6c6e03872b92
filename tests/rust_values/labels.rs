//! Enums: their labels, and those that the code does not know.

use pgwright::serde_json::json;

use crate::database::{case, load};
use crate::types::generated::*;

#[test]
fn an_enum_is_its_labels() {
    assert_eq!(Colour::ALL.len(), 3);
    assert_eq!(Colour::Blue.to_string(), "blue");
    assert_eq!("green".parse::<Colour>(), Ok(Colour::Green));
    let error = "grey".parse::<Colour>().unwrap_err();
    assert_eq!(error.to_string(), "the enum `Colour` has no label `grey`");
    assert_eq!(
        pgwright::serde_json::to_value(Colour::Red).unwrap(),
        json!("red")
    );
    assert_eq!(
        pgwright::serde_json::from_value::<Colour>(json!("red")).unwrap(),
        Colour::Red
    );
    assert!(pgwright::serde_json::from_value::<Colour>(json!("grey")).is_err());
}

#[tokio::test]
async fn a_label_that_the_code_does_not_know_is_an_error_that_names_it() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let row = NewEverything::new().insert(&mut db).await.unwrap();
    sqlx::raw_sql("ALTER TYPE colour ADD VALUE 'ultraviolet'")
        .execute(&mut db)
        .await
        .unwrap();
    sqlx::raw_sql("UPDATE everythings SET a_colour = 'ultraviolet'")
        .execute(&mut db)
        .await
        .unwrap();
    let error = Everything::get(&mut db, row.id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read `Everything`.`a_colour`: the enum `Colour` has no label `ultraviolet`"
    );
}
