//! Which rows a filter takes.

use automl_db::prelude::*;
use pgwright_cli::testing::Database;
use sqlx::PgPool;

use crate::database::{case, load};

pub(crate) async fn platform() -> (Database, PgPool) {
    let database = load(&case("platform")).await;
    let db = database.pool(2).await.unwrap();
    (database, db)
}

/// A user with datasets of these names and sizes.
pub(crate) async fn datasets(db: &PgPool, names: &[(&str, Option<i64>)]) -> User {
    let user = NewUser::new("ada@example.org").insert(db).await.unwrap();
    for (name, size) in names {
        NewDataset::new(user.id, *name)
            .original_size_bytes(*size)
            .insert(db)
            .await
            .unwrap();
    }
    user
}

/// The names that a filter takes, in their order.
pub(crate) async fn names(db: &PgPool, filter: Filter<Dataset>) -> Vec<String> {
    let query = Dataset::query().filter(filter);
    let rows = query.order_by(dataset::name.asc()).all(db).await.unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn comparisons_take_the_rows_they_say() {
    let (_database, db) = platform().await;
    let rows = [("a", Some(1)), ("b", Some(2)), ("c", None), ("d", Some(4))];
    let user = datasets(&db, &rows).await;
    let size = dataset::original_size_bytes;
    for (filter, expected) in [
        (size.eq(2), "b"),
        (size.ne(2), "ad"),
        (size.lt(2), "a"),
        (size.le(2), "ab"),
        (size.gt(2), "d"),
        (size.ge(2), "bd"),
        (size.is_null(), "c"),
        (size.is_not_null(), "abd"),
        (size.is_distinct_from(2), "acd"),
        (size.between(1, 2), "ab"),
        (size.in_([1, 4, 9]), "ad"),
        (size.in_(Vec::<i64>::new()), ""),
        (size.not_in([1]), "bd"),
        (size.not_in(Vec::<i64>::new()), "abcd"),
        (dataset::name.in_(["a", "c"].iter()), "ac"),
        (dataset::name.ge("b").and(size.lt(3)), "b"),
        (size.eq(1).or(size.eq(4)).and(dataset::name.ne("a")), "d"),
        (dataset::name.ne("a").and(size.eq(1).or(size.eq(4))), "d"),
        (!size.eq(1), "bd"),
        (Filter::all(), "abcd"),
        (Filter::none(), ""),
        (!Filter::all(), ""),
        (Filter::all_of([size.ge(1), size.le(2)]), "ab"),
        (Filter::any_of([size.eq(1), size.is_null()]), "ac"),
        (Filter::any_of::<Filter<Dataset>>([]), ""),
        (Filter::all().and(None), "abcd"),
        (Filter::all().and(Some(size.eq(1))), "a"),
        (dataset::user_id.eq(user.id), "abcd"),
        (dataset::original_format.eq(FileFormat::Csv), ""),
    ] {
        let text = format!("{filter:?}");
        assert_eq!(names(&db, filter).await.concat(), expected, "{text}");
    }
}

#[tokio::test]
async fn counts_and_the_one_row() {
    let (_database, db) = platform().await;
    datasets(&db, &[("a", Some(1)), ("b", Some(2))]).await;
    assert_eq!(Dataset::query().count(&db).await.unwrap(), 2);
    assert_eq!(Dataset::query().limit(1).count(&db).await.unwrap(), 1);
    let none = Dataset::query().filter(dataset::name.eq("x"));
    assert!(!none.clone().exists(&db).await.unwrap());
    assert!(Dataset::query().exists(&db).await.unwrap());
    let error = none.clone().one(&db).await.unwrap_err();
    assert_eq!(error.to_string(), "no `Dataset` with the key name = $1");
    assert_eq!(none.optional(&db).await.unwrap(), None);
    let error = Dataset::query().one(&db).await.unwrap_err();
    assert!(matches!(error, Error::TooManyRows { model: "Dataset" }));
    let one = Dataset::query().filter(dataset::name.eq("b"));
    assert_eq!(one.one(&db).await.unwrap().name, "b");
}

#[tokio::test]
async fn what_is_deleted_softly_is_hidden_until_asked_for() {
    let (_database, db) = platform().await;
    let user = NewUser::new("ada@example.org").insert(&db).await.unwrap();
    NewUser::new("bob@example.org").insert(&db).await.unwrap();
    sqlx::query("UPDATE users SET is_deleted = true, deleted_at = now() WHERE id = $1")
        .bind(user.id)
        .execute(&db)
        .await
        .unwrap();
    let emails = async |query: Query<User>| {
        let rows = query.order_by(user::email.asc()).all(&db).await.unwrap();
        let emails: Vec<String> = rows.into_iter().map(|row| row.email).collect();
        emails.join(" ")
    };
    assert_eq!(emails(User::query()).await, "bob@example.org");
    assert_eq!(
        emails(User::query().with_deleted()).await,
        "ada@example.org bob@example.org"
    );
    assert_eq!(
        emails(User::query().only_deleted()).await,
        "ada@example.org"
    );
    assert_eq!(User::query().count(&db).await.unwrap(), 1);
    assert_eq!(Dataset::query().only_deleted().count(&db).await.unwrap(), 0);
}
