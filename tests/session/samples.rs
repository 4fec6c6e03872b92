//! Help for tests: a database of its own, and rows of every model.

use automl_db::pgwright::test::{self, Make, Sample};
use automl_db::prelude::*;
use sqlx::ConnectOptions as _;

use crate::support::platform;

async fn one<N: Sample>(make: &mut Make) -> N::Row {
    make.one::<N>().await.unwrap()
}

#[tokio::test]
async fn a_row_of_every_model_can_be_made_up_again_and_again() {
    let (_database, db) = platform().await;
    let mut make = Make::new(&db, 1);
    for _ in 0..3 {
        one::<NewUser>(&mut make).await;
        one::<NewDataset>(&mut make).await;
        one::<NewWorkflow>(&mut make).await;
        one::<NewWorkflowSnapshot>(&mut make).await;
        one::<NewJob>(&mut make).await;
        one::<NewJobNode>(&mut make).await;
        one::<NewModel>(&mut make).await;
        one::<NewCreditTransaction>(&mut make).await;
        one::<NewCreditPackage>(&mut make).await;
        one::<NewExperiment>(&mut make).await;
        one::<NewExperimentRun>(&mut make).await;
        one::<NewTutorial>(&mut make).await;
        one::<NewUserTutorialProgress>(&mut make).await;
    }
}

#[tokio::test]
async fn what_a_row_refers_to_belongs_together_and_can_be_given() {
    let (_database, db) = platform().await;
    let mut make = Make::new(&db, 2);
    let experiment = one::<NewExperiment>(&mut make).await;
    let dataset = Dataset::get(&db, experiment.dataset_id).await.unwrap();
    assert_eq!(dataset.user_id, experiment.user_id);

    let user = one::<NewUser>(&mut make).await;
    make.using(&user);
    for dataset in make.many::<NewDataset>(3).await.unwrap() {
        assert_eq!(dataset.user_id, user.id);
    }
    let named = make
        .one_with(|dataset: NewDataset| dataset.description("of my own"))
        .await
        .unwrap();
    assert_eq!(named.description.as_deref(), Some("of my own"));
    assert_eq!(User::get(&db, user.id).await.unwrap().dataset_count, 4);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_rows() {
    let mut emails = Vec::new();
    for seed in [7, 7, 8] {
        let (_database, db) = platform().await;
        let users = Make::new(&db, seed).many::<NewUser>(3).await.unwrap();
        emails.push(users.into_iter().map(|user| user.email).collect::<Vec<_>>());
    }
    assert_eq!(emails[0], emails[1]);
    assert_ne!(emails[0], emails[2]);
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    // It needs a server that others name; `cargo xtask test` does.
    if std::env::var_os("DATABASE_URL").is_none() {
        eprintln!("skipped: DATABASE_URL names no server");
        return;
    }
    let schema = include_str!("../../generated/schema.sql");
    let (one, two) = tokio::join!(test::database(schema), test::database(schema));
    let (one, two) = (one.unwrap(), two.unwrap());
    NewUser::new("a@x.org").insert(one.db()).await.unwrap();
    assert_eq!(User::query().count(one.db()).await.unwrap(), 1);
    assert_eq!(User::query().count(two.db()).await.unwrap(), 0);
    let options = one.options();
    drop(one);
    let gone = <sqlx::PgConnection as sqlx::Connection>::connect_with(&options).await;
    assert!(gone.is_err());
}

/// Whether this process is the one of the test below that makes a database, and is killed or not.
const CHILD: &str = "PGWRIGHT_TEST_CHILD";

#[tokio::test]
async fn a_process_that_is_told_to_makes_a_database_and_is_killed() {
    let Ok(told) = std::env::var(CHILD) else {
        return;
    };
    let database = test::database("CREATE TABLE notes (text text)").await;
    let options = database.as_ref().unwrap().options();
    println!("name={}", options.get_database().unwrap());
    if told == "killed" {
        std::process::abort();
    }
}

#[tokio::test]
async fn databases_of_a_process_that_was_killed_go_with_the_next_one() {
    let server = crate::support::database().await;
    let mut admin = crate::support::admin(&server).await;
    // A database of the server's own that both processes name.
    let url = pgwright_cli::testing::Cluster::shared()
        .await
        .unwrap()
        .admin()
        .to_url_lossy();
    let process = |aborts: bool| {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args([
            "samples::a_process_that_is_told_to_makes_a_database_and_is_killed",
            "--exact",
        ]);
        command.arg("--nocapture").env("DATABASE_URL", url.as_str());
        command.env(CHILD, if aborts { "killed" } else { "lives" });
        let output = command.output().unwrap();
        assert_eq!(output.status.success(), !aborts, "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let name = text
            .lines()
            .find_map(|line| line.split_once("name="))
            .unwrap()
            .1;
        name.to_owned()
    };
    let mut is_there = async |name: &str| -> bool {
        let sql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
        sqlx::query_scalar(sql)
            .bind(name)
            .fetch_one(&mut admin)
            .await
            .unwrap()
    };
    let left = process(true);
    assert!(is_there(&left).await);
    let next = process(false);
    assert!(!is_there(&left).await && !is_there(&next).await);
}
