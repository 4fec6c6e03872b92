//! Loading for many rows.

use automl_db::prelude::*;
use sqlx::PgConnection;

use crate::platform::{platform, user};

/// How many statements of the crate the connection has run.
async fn statements(connection: &mut PgConnection) -> i64 {
    let sql = "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint FROM pg_prepared_statements \
               WHERE statement LIKE '%public.%' AND statement NOT LIKE '%pg_prepared_statements%'";
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

fn names(datasets: &[Dataset]) -> Vec<&str> {
    datasets
        .iter()
        .map(|dataset| dataset.name.as_str())
        .collect()
}

#[tokio::test]
async fn many_rows_take_one_statement_a_relation() {
    let (_database, db) = platform().await;
    let users = [
        user(&db, "ada@example.org", &["a", "b", "c"]).await,
        user(&db, "bob@example.org", &[]).await,
        user(&db, "eve@example.org", &["d"]).await,
    ];
    for _ in 0..7 {
        NewJob::new(users[1].id).insert(&db).await.unwrap();
    }
    let mut held = db.acquire().await.unwrap();
    let before = statements(&mut held).await;
    let loaded = User::load(&users)
        .datasets_with(|q| q.order_by(dataset::name.desc()))
        .jobs_with(|q| q.limit(5))
        .fetch(&mut held)
        .await
        .unwrap();
    assert_eq!(statements(&mut held).await - before, 2);
    let seen: Vec<_> = loaded
        .iter()
        .map(|(user, datasets, jobs)| (user.email.as_str(), names(datasets), jobs.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("ada@example.org", vec!["c", "b", "a"], 0),
            ("bob@example.org", vec![], 5),
            ("eve@example.org", vec!["d"], 0),
        ]
    );
}

#[tokio::test]
async fn a_limit_and_a_filter_are_those_of_each_row() {
    let (_database, db) = platform().await;
    let users = [
        user(&db, "ada@example.org", &["a", "b", "c", "x"]).await,
        user(&db, "bob@example.org", &["d", "e", "x"]).await,
    ];
    let loaded = User::load(&users)
        .datasets_with(|q| {
            q.filter(dataset::name.ne("x"))
                .order_by(dataset::name.desc())
                .limit(2)
                .offset(1)
        })
        .fetch(&db)
        .await
        .unwrap();
    let seen: Vec<_> = loaded.iter().map(|(_, datasets)| names(datasets)).collect();
    assert_eq!(seen, [vec!["b", "a"], vec!["d"]]);
}

#[tokio::test]
async fn loads_nest_to_any_depth() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &["one", "two"]).await;
    for dataset in ada.datasets().all(&db).await.unwrap() {
        for name in ["x", "y"] {
            let experiment = NewExperiment::new(ada.id, dataset.id, name);
            let experiment = experiment.insert(&db).await.unwrap();
            let run = NewExperimentRun::new(experiment.id).notes(format!("{}{name}", dataset.name));
            run.insert(&db).await.unwrap();
        }
    }
    let mut held = db.acquire().await.unwrap();
    let before = statements(&mut held).await;
    let loaded = User::query()
        .load()
        .datasets_with(|q| {
            q.order_by(dataset::name.asc())
                .load()
                .experiments_with(|q| q.order_by(experiment::name.asc()).load().runs())
                .user()
        })
        .fetch(&mut held)
        .await
        .unwrap();
    // Users, datasets, experiments, runs, and the users of the datasets.
    assert_eq!(statements(&mut held).await - before, 5);
    let mut seen = Vec::new();
    for (user, datasets) in loaded {
        for (dataset, experiments, owner) in datasets {
            assert_eq!(owner.unwrap(), user);
            for (experiment, runs) in experiments {
                let notes: Vec<_> = runs.into_iter().filter_map(|run| run.notes).collect();
                seen.push(format!("{} {} {notes:?}", dataset.name, experiment.name));
            }
        }
    }
    let expected = [
        r#"one x ["onex"]"#,
        r#"one y ["oney"]"#,
        r#"two x ["twox"]"#,
        r#"two y ["twoy"]"#,
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn rows_that_share_what_they_belong_to_each_get_it() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &["a", "b", "c"]).await;
    let bob = user(&db, "bob@example.org", &["d"]).await;
    let datasets = Dataset::query()
        .order_by(dataset::name.asc())
        .all(&db)
        .await
        .unwrap();
    let loaded = Dataset::load(&datasets).user().fetch(&db).await.unwrap();
    let owners: Vec<_> = loaded
        .into_iter()
        .map(|(_, owner)| owner.unwrap().id)
        .collect();
    assert_eq!(owners, [ada.id, ada.id, ada.id, bob.id]);
    // The same row twice.
    let twice = [ada.clone(), ada];
    let loaded = User::load(&twice).datasets().fetch(&db).await.unwrap();
    assert!(loaded.iter().all(|(_, datasets)| datasets.len() == 3));
}

#[tokio::test]
async fn references_that_are_null_load_nothing() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &[]).await;
    let parent = NewModel::new(ada.id).insert(&db).await.unwrap();
    let child = NewModel::new(ada.id)
        .parent_model_id(parent.id)
        .insert(&db)
        .await
        .unwrap();
    let models = [parent, child];
    let loaded = Model::load(&models)
        .parent_model()
        .children()
        .fetch(&db)
        .await
        .unwrap();
    let [(_, none, children), (_, some, no_children)] = loaded.as_slice() else {
        panic!("two rows");
    };
    assert_eq!((none, some), (&None, &Some(models[0].clone())));
    assert_eq!((children.as_slice(), no_children.len()), (&models[1..], 0));
}

#[tokio::test]
async fn no_rows_take_no_statement() {
    let (_database, db) = platform().await;
    let mut held = db.acquire().await.unwrap();
    let before = statements(&mut held).await;
    let loaded = User::load(&[]).datasets().fetch(&mut held).await.unwrap();
    assert!(loaded.is_empty());
    assert_eq!(statements(&mut held).await - before, 0);
}

#[tokio::test]
async fn a_load_can_be_awaited_in_a_task_of_its_own() {
    let (_database, db) = platform().await;
    let ada = user(&db, "ada@example.org", &["a"]).await;
    let task = tokio::spawn(async move {
        let users = [ada];
        let loaded = User::load(&users)
            .datasets_with(|q| q.load().user())
            .fetch(&db)
            .await;
        loaded.unwrap()[0].1.len()
    });
    assert_eq!(task.await.unwrap(), 1);
}
