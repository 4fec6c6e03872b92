//! Pages: nothing is skipped and nothing comes twice, whatever the order and whatever happens between two pages.

use automl_db::prelude::*;
use pgwright::CursorError;
use sqlx::PgPool;

use crate::filters::platform;

/// Datasets of two users: few different times and sizes, many of them the same or NULL.
async fn datasets(db: &PgPool) -> User {
    let user = NewUser::new("ada@example.org").insert(db).await.unwrap();
    let other = NewUser::new("bob@example.org").insert(db).await.unwrap();
    for owner in [user.id, other.id] {
        sqlx::query(
            "INSERT INTO datasets (id, user_id, name, created_at, row_count, parquet_size_bytes, problem_type)
             SELECT gen_random_uuid(), $1, 'd' || n, timestamptz '2026-01-01' + (n % 3) * interval '1 day',
                 nullif(n % 4, 0), nullif(n % 3, 0),
                 CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 'classification' ELSE 'regression' END::problem_type
             FROM generate_series(1, 23) AS n",
        )
        .bind(owner)
        .execute(db)
        .await
        .unwrap();
    }
    user
}

/// Orders of every shape, each with the direction in which the key is added.
fn orders() -> Vec<(Vec<Order<Dataset>>, Order<Dataset>)> {
    use dataset as d;
    let (up, down) = (d::id.asc(), d::id.desc());
    vec![
        (vec![], up.clone()),
        (vec![d::id.desc()], down.clone()),
        (vec![d::created_at.desc()], down.clone()),
        (vec![d::created_at.asc()], up.clone()),
        (vec![d::created_at.desc(), d::name.asc()], up.clone()),
        (vec![d::row_count.asc()], up.clone()),
        (vec![d::row_count.desc()], down.clone()),
        (vec![d::row_count.asc().nulls_first()], up.clone()),
        (vec![d::row_count.desc().nulls_last()], down.clone()),
        (
            vec![
                d::row_count.desc(),
                d::parquet_size_bytes.asc().nulls_first(),
            ],
            up.clone(),
        ),
        (
            vec![
                d::parquet_size_bytes.desc().nulls_last(),
                d::created_at.asc(),
                d::row_count.desc(),
            ],
            down.clone(),
        ),
        (vec![d::problem_type.asc(), d::created_at.desc()], down),
        (vec![d::created_at.asc(), d::created_at.desc()], up),
    ]
}

#[tokio::test]
async fn every_row_comes_once_and_in_order_in_either_direction() {
    let (_database, db) = platform().await;
    let user = datasets(&db).await;
    for (order, key) in orders() {
        let query = Dataset::query()
            .filter(dataset::user_id.eq(user.id))
            .order_by(order);
        let text = query.sql();
        let expected = query.clone().order_by(key).all(&db).await.unwrap();
        assert_eq!(expected.len(), 23);
        for size in [1, 4, 23, 50] {
            let mut pages = vec![query.clone().page(&db, Page::first(size)).await.unwrap()];
            while let Some(cursor) = pages.last().unwrap().next.clone() {
                let page = Page::after(size, cursor);
                pages.push(query.clone().page(&db, page).await.unwrap());
            }
            let forward: Vec<_> = pages.iter().flat_map(|page| page.items.clone()).collect();
            assert!(forward == expected, "forward by {size}: {text}");
            assert_eq!(pages[0].previous, None);

            let mut page = query.clone().page(&db, Page::last(size)).await.unwrap();
            assert_eq!(page.next, None);
            let mut backward = page.items;
            while let Some(cursor) = page.previous {
                let before = Page::before(size, cursor);
                page = query.clone().page(&db, before).await.unwrap();
                backward.splice(0..0, page.items);
            }
            assert!(backward == expected, "backward by {size}: {text}");

            for pair in pages.windows(2) {
                let cursor = pair[1].previous.clone().unwrap();
                let before = Page::before(size, cursor);
                let page = query.clone().page(&db, before).await.unwrap();
                assert!(page.items == pair[0].items, "back by {size}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn rows_that_come_and_go_move_no_others() {
    let (_database, db) = platform().await;
    let user = datasets(&db).await;
    let query = Dataset::query()
        .filter(dataset::user_id.eq(user.id))
        .order_by(dataset::created_at.desc());
    let expected = query
        .clone()
        .page(&db, Page::first(23))
        .await
        .unwrap()
        .items;
    let first = query.clone().page(&db, Page::first(10)).await.unwrap();
    // The row that the cursor is made of goes, one before it comes.
    Dataset::delete(&db, first.items[9].id).await.unwrap();
    NewDataset::new(user.id, "new").insert(&db).await.unwrap();
    let cursor = first.next.unwrap();
    let second = query.page(&db, Page::after(13, cursor)).await.unwrap();
    assert_eq!(second.items, expected[10..]);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_cursor_is_refused_where_it_does_not_belong() {
    let (_database, db) = platform().await;
    let user = datasets(&db).await;
    let query = Dataset::query()
        .filter(dataset::user_id.eq(user.id).and(dataset::row_count.ge(0)))
        .order_by(dataset::created_at.desc());
    let page = query.clone().page(&db, Page::first(5)).await.unwrap();
    let cursor = page.next.unwrap();
    let refused = async |query: Query<Dataset>| {
        let page = Page::after(5, cursor.clone());
        match query.page(&db, page).await {
            Err(Error::Cursor(error)) => Some(error),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    };
    let base =
        || Dataset::query().filter(dataset::user_id.eq(user.id).and(dataset::row_count.ge(1)));
    let order = dataset::created_at.desc();
    // A bound by size may have moved.
    assert_eq!(refused(base().order_by(order.clone())).await, None);
    let other = Some(CursorError::OtherQuery);
    assert_eq!(refused(base()).await, other);
    assert_eq!(
        refused(base().order_by(dataset::created_at.asc())).await,
        other
    );
    assert_eq!(
        refused(base().order_by([order.clone(), dataset::name.asc()])).await,
        other
    );
    let narrower = base()
        .filter(dataset::name.eq("d1"))
        .order_by(order.clone());
    assert_eq!(refused(narrower).await, other);
    let another = Dataset::query()
        .filter(
            dataset::user_id
                .eq(UserId::new())
                .and(dataset::row_count.ge(0)),
        )
        .order_by(order);
    assert_eq!(refused(another).await, other);
    let users = User::query().order_by(user::created_at.desc());
    let error = users
        .page(&db, Page::after(5, cursor.clone()))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Cursor(CursorError::OtherQuery)));

    let mut text = cursor.to_string();
    let last = text.pop().unwrap();
    text.push(if last == 'A' { 'E' } else { 'A' });
    assert_eq!(text.parse::<Cursor>(), Err(CursorError::Malformed));
    assert_eq!(serde_json::to_value(&cursor).unwrap(), cursor.as_str());
    let read: Cursor = serde_json::from_value(cursor.as_str().into()).unwrap();
    assert_eq!(read, cursor);
    assert!(serde_json::from_value::<Cursor>("x".into()).is_err());
}

/// Not prepared, and with a type that the connection has not seen.
#[tokio::test]
async fn an_order_that_no_index_serves_is_asked_for_in_a_transaction_too() {
    let (_database, db) = platform().await;
    let user = datasets(&db).await;
    db.close().await;
    let db = _database.pool(1).await.unwrap();
    let query = Dataset::query()
        .filter(dataset::user_id.eq(user.id))
        .filter(dataset::problem_type.eq(ProblemType::Regression))
        .order_by(dataset::problem_type.asc());
    let mut tx = db.begin().await.unwrap();
    let page = query.clone().page(&mut tx, Page::first(2)).await.unwrap();
    assert_eq!(page.items.len(), 2);
    let after = Page::after(2, page.next.unwrap());
    let page = query.page(&mut tx, after).await.unwrap();
    assert_eq!(page.items.len(), 2);
}
