//! What a row leads to, over the platform.

use automl_db::prelude::*;
use pgwright_cli::testing::Database;
use sqlx::PgPool;

use crate::database::{case, load};

pub(crate) async fn platform() -> (Database, PgPool) {
    let database = load(&case("platform")).await;
    let db = database.pool(2).await.unwrap();
    (database, db)
}

pub(crate) async fn user(db: &PgPool, email: &str, datasets: &[&str]) -> User {
    let user = NewUser::new(email).insert(db).await.unwrap();
    for &name in datasets {
        NewDataset::new(user.id, name).insert(db).await.unwrap();
    }
    user
}

fn names(datasets: Vec<Dataset>) -> Vec<String> {
    datasets.into_iter().map(|dataset| dataset.name).collect()
}

async fn emails(db: &PgPool, filter: Filter<User>) -> Vec<String> {
    let users = User::query().filter(filter).order_by(user::email.asc());
    let users = users.all(db).await.unwrap();
    users.into_iter().map(|user| user.email).collect()
}

#[tokio::test]
async fn a_row_leads_to_its_own_rows_and_back() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &["b", "a"]).await;
    user(&db, "bob@example.org", &["c"]).await;
    let found = ada.datasets().order_by(dataset::name.asc()).all(&db).await;
    let found = found.unwrap();
    assert_eq!(found[0].user().one(&db).await.unwrap().id, ada.id);
    assert_eq!(names(found), ["a", "b"]);
    assert_eq!(
        ada.datasets()
            .filter(dataset::name.eq("b"))
            .count(&db)
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_reference_that_is_null_leads_nowhere() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &[]).await;
    let model = NewModel::new(ada.id).insert(&db).await.unwrap();
    // A model without a parent is there: NULL must not find what has NULL.
    assert!(model.parent_model().optional(&db).await.unwrap().is_none());
    let child = NewModel::new(ada.id)
        .parent_model_id(model.id)
        .insert(&db)
        .await
        .unwrap();
    assert_eq!(child.parent_model().one(&db).await.unwrap(), model);
    assert_eq!(model.children().all(&db).await.unwrap(), [child]);
}

#[tokio::test]
async fn a_retained_reference_leads_to_its_row_while_there_is_one() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &[]).await;
    let entry = NewCreditTransaction::new(ada.id, 5, TransactionType::Purchase);
    let entry = entry.insert(&db).await.unwrap();
    assert_eq!(entry.user().one(&db).await.unwrap().id, ada.id);
    User::delete(&db, ada.id).await.unwrap();
    assert!(entry.user().optional(&db).await.unwrap().is_none());
    assert_eq!(ada.credit_transactions().count(&db).await.unwrap(), 1);
}

#[tokio::test]
async fn filters_ask_for_rows_of_others() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &["sales", "stock"]).await;
    user(&db, "bob@example.org", &["sales"]).await;
    user(&db, "eve@example.org", &[]).await;
    let ask = async |filter| emails(&db, filter).await.join(" ");
    let sales = user::datasets.any(dataset::name.eq("sales"));
    assert_eq!(ask(sales).await, "ada@example.org bob@example.org");
    let stock = user::datasets.any(dataset::name.eq("stock"));
    assert_eq!(ask(stock.clone()).await, "ada@example.org");
    assert_eq!(ask(stock.not()).await, "bob@example.org eve@example.org");
    assert_eq!(
        ask(user::datasets.none(dataset::name.eq("stock"))).await,
        "bob@example.org eve@example.org"
    );
    assert_eq!(ask(user::datasets.is_empty()).await, "eve@example.org");
    assert_eq!(
        ask(user::datasets.exists()).await,
        "ada@example.org bob@example.org"
    );
    // Of others of others: those whose user has another dataset called so.
    let rows = Dataset::query()
        .filter(dataset::user.any(user::datasets.any(dataset::name.eq("stock"))))
        .order_by(dataset::name.asc());
    assert_eq!(names(rows.all(&db).await.unwrap()), ["sales", "stock"]);
    // A model of its own parents.
    let parent = NewModel::new(ada.id)
        .name("parent")
        .insert(&db)
        .await
        .unwrap();
    let child = NewModel::new(ada.id)
        .name("child")
        .parent_model_id(parent.id);
    let child = child.insert(&db).await.unwrap();
    let of = async |filter| Model::query().filter(filter).all(&db).await.unwrap();
    assert_eq!(
        of(model::parent_model.any(model::name.eq("parent"))).await,
        [child]
    );
    assert_eq!(
        of(model::children.any(model::name.eq("child"))).await,
        [parent]
    );
}

#[tokio::test]
async fn a_way_through_others_finds_each_row_once() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &["one", "two"]).await;
    let datasets = ada.datasets().all(&db).await.unwrap();
    for dataset in &datasets {
        for name in ["a", "b"] {
            NewExperiment::new(ada.id, dataset.id, name)
                .insert(&db)
                .await
                .unwrap();
        }
    }
    user(&db, "bob@example.org", &["three"]).await;
    let experiments = ada.datasets().related(dataset::experiments);
    assert_eq!(experiments.clone().count(&db).await.unwrap(), 4);
    // Four experiments, two datasets, one user.
    let back = experiments.related(experiment::dataset);
    let back = back.order_by(dataset::name.asc()).all(&db).await.unwrap();
    assert_eq!(names(back), ["one", "two"]);
    let users = Experiment::query()
        .related(experiment::dataset)
        .related(dataset::user);
    assert_eq!(users.all(&db).await.unwrap().len(), 1);
    // A limit of the way counts, in its order.
    let first = ada.datasets().order_by(dataset::name.desc()).limit(1);
    let of_first = first.related(dataset::experiments).all(&db).await.unwrap();
    let two = datasets
        .iter()
        .find(|dataset| dataset.name == "two")
        .unwrap();
    assert!(of_first.len() == 2 && of_first.iter().all(|row| row.dataset_id == two.id));
}

#[tokio::test]
async fn rows_that_are_deleted_softly_are_hidden_unless_asked_for() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &["one"]).await;
    sqlx::query("UPDATE users SET is_deleted = true, deleted_at = now()")
        .execute(&db)
        .await
        .unwrap();
    let dataset = ada.datasets().one(&db).await.unwrap();
    assert!(dataset.user().optional(&db).await.unwrap().is_none());
    assert_eq!(
        dataset.user().with_deleted().one(&db).await.unwrap().id,
        ada.id
    );
    let of = async |filter| Dataset::query().filter(filter).count(&db).await.unwrap();
    assert_eq!(of(dataset::user.exists()).await, 0);
    assert_eq!(of(dataset::user.with_deleted().exists()).await, 1);
    let datasets = [dataset];
    let loaded = Dataset::load(&datasets).user().fetch(&db).await.unwrap();
    assert_eq!(loaded, [(&datasets[0], None)]);
    let loaded = Dataset::load(&datasets).user_with(Query::with_deleted);
    let loaded = loaded.fetch(&db).await.unwrap();
    assert_eq!(loaded[0].1.as_ref().unwrap().id, ada.id);
}
