//! Rows by keys.

use automl_db::prelude::*;

use crate::{platform, user};

#[tokio::test]
async fn many_rows_come_in_the_order_asked() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(user(&db, name).await.id);
    }
    let asked = [ids[3], ids[0], UserId::new(), ids[3], ids[1]];
    let found = User::get_many(&db, &asked).await.unwrap();
    let found: Vec<UserId> = found.iter().map(|user| user.id).collect();
    assert_eq!(
        found,
        [ids[3], ids[0], ids[3], ids[1]],
        "twice is twice, and what is not there is passed over"
    );
    assert_eq!(User::get_many(&db, &[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_row_is_found_by_each_unique_key() {
    let database = platform().await;
    let db = database.pool(2).await.unwrap();
    let ada = user(&db, "ada").await;
    let found = User::find_by_email(&db, "ADA@X.org").await.unwrap();
    assert_eq!(found, Some(ada.clone()), "in any case");
    assert_eq!(User::find_by_email(&db, "ada").await.unwrap(), None);

    let sales = NewDataset::new(ada.id, "sales").insert(&db).await.unwrap();
    let found = Dataset::find_by_user_id_and_name(&db, ada.id, "sales").await;
    assert_eq!(found.unwrap(), Some(sales.clone()));
    let found = Dataset::find_by_user_id_and_name(&db, ada.id, "Sales").await;
    assert_eq!(found.unwrap(), None);

    let costs = NewDataset::new(ada.id, "costs").insert(&db).await.unwrap();
    let all = Dataset::find_by_user_id(&db, ada.id).await.unwrap();
    assert_eq!(
        all,
        [sales, costs],
        "by a reference, in the order of the key"
    );
}

#[tokio::test]
async fn every_finder_of_the_platform_is_served_by_an_index() {
    let database = platform().await;
    let mut db = database.connect().await.unwrap();
    // With nothing in the tables the planner would read them as a whole.
    sqlx::query("SET enable_seqscan = off")
        .execute(&mut db)
        .await
        .unwrap();
    let mut seen = 0;
    for (name, sql) in automl_db::STATEMENTS {
        if !name.contains("::FIND_BY_") && !name.ends_with("::FIND") {
            continue;
        }
        let parameters = (1..10)
            .take_while(|n| sql.contains(&format!("${n}")))
            .count();
        let nulls = vec!["NULL"; parameters].join(", ");
        let sql = format!(
            "SET plan_cache_mode = force_generic_plan; PREPARE s AS {sql}; EXPLAIN EXECUTE s ({nulls})"
        );
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut db)
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| sqlx::Row::get(row, 0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("Index"), "{name}:\n{plan}");
        sqlx::query("DEALLOCATE s").execute(&mut db).await.unwrap();
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}
