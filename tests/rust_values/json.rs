//! JSON as the author's own types.

use crate::Settings;
use crate::database::{case, load};
use crate::types::generated::*;

#[tokio::test]
async fn json_is_read_and_written_as_the_author_s_own_type() {
    let database = load(&case("rust_types")).await;
    let mut db = database.connect().await.unwrap();
    let size = |size| Settings { size };
    let row = NewOwn::new(size(1)).insert(&mut db).await.unwrap();
    assert_eq!((row.needed.size, row.late.size), (1, 4));
    assert!(row.maybe.is_none());
    assert_eq!(row.said.map(|said| said.size), Some(3));
    let row = NewOwn::new(size(1))
        .maybe(size(5))
        .said(None)
        .late(size(6))
        .insert(&mut db)
        .await
        .unwrap();
    assert_eq!((row.maybe.unwrap().size, row.late.size), (5, 6));
    assert!(row.said.is_none());
    let row = OwnPatch::new()
        .needed(size(7))
        .maybe(None)
        .said(size(8))
        .update(&mut db, row.id)
        .await
        .unwrap();
    assert_eq!((row.needed.size, row.said.unwrap().size), (7, 8));
    assert!(row.maybe.is_none());
    sqlx::raw_sql("UPDATE owns SET needed = '[]'")
        .execute(&mut db)
        .await
        .unwrap();
    let error = Own::get(&mut db, row.id).await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("cannot read `Own`.`needed`: "), "{text}");
}
