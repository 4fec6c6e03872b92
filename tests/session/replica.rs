//! Replicas that stream from a primary.

use std::collections::BTreeSet;
use std::time::Duration;

use automl_db::prelude::*;

use crate::server::{Folder, Server};

/// The port of the server that answers.
async fn port(db: &Db) -> String {
    sqlx::query_scalar("SHOW port")
        .fetch_one(db.pool())
        .await
        .unwrap()
}

/// Waits until a replica has everything that the primary has.
async fn caught_up(primary: &Server, replica: &Server) {
    let ask = async |server: &Server, sql: &str| -> Option<String> {
        let db = Db::connect(&server.url("postgres")).await.unwrap();
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::query_scalar(sql).fetch_one(db.pool()).await.unwrap()
    };
    let end = ask(primary, "SELECT pg_current_wal_lsn()::text")
        .await
        .unwrap();
    let sql = format!("SELECT (pg_last_wal_replay_lsn() >= '{end}')::text");
    for _ in 0..2_000 {
        if ask(replica, &sql).await.as_deref() == Some("true") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the replica stays behind");
}

async fn replica_of(primary: &Server, name: &str) -> Option<Server> {
    let folder = Folder::new(name, "pg_basebackup").await?;
    let (data, port) = (folder.path.join("data"), primary.port.to_string());
    folder.run(
        "pg_basebackup",
        &[
            &"-D",
            &data,
            &"-h",
            &primary.folder.path,
            &"-p",
            &port,
            &"-U",
            &"postgres",
            &"-R",
            &"-c",
            &"fast",
        ],
    );
    Some(Server::on_data(folder, &["hot_standby=on"]).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_go_to_replicas_in_turn_and_to_the_primary_when_they_are_gone() {
    let Some(folder) = Folder::new("primary", "pg_basebackup").await else {
        return;
    };
    let primary = Server::new(folder, &["wal_level=replica"]).await;
    let db = Db::connect(&primary.url("postgres")).await.unwrap();
    sqlx::raw_sql(include_str!("../../generated/schema.sql"))
        .execute(db.pool())
        .await
        .unwrap();
    let mut one = replica_of(&primary, "one").await.unwrap();
    let mut two = replica_of(&primary, "two").await.unwrap();
    let db = Db::builder()
        .replica(one.url("postgres"))
        .replica(two.url("postgres"))
        .connect(&primary.url("postgres"))
        .await
        .unwrap();
    let user = NewUser::new("a@x.org").insert(&db).await.unwrap();
    caught_up(&primary, &one).await;
    caught_up(&primary, &two).await;

    let mut ports = BTreeSet::new();
    for _ in 0..4 {
        let replica = db.read();
        assert_eq!(User::get(replica, user.id).await.unwrap(), user);
        ports.insert(port(replica).await);
    }
    assert_eq!(
        ports,
        BTreeSet::from([one.port.to_string(), two.port.to_string()])
    );
    assert_eq!(port(&db).await, primary.port.to_string());

    // Writes are refused, and nothing else changes by it.
    let written = [
        NewUser::new("b@x.org").insert(db.read()).await.map(drop),
        UserPatch::new()
            .full_name("B")
            .update(db.read(), user.id)
            .await
            .map(drop),
        NewUser::copy_in(db.read(), [NewUser::new("c@x.org")])
            .await
            .map(drop),
        db.read()
            .transaction(async |tx| User::soft_delete(tx, user.id).await)
            .await
            .map(drop),
    ];
    for written in written {
        assert!(matches!(written, Err(Error::ReadOnly(_))), "{written:?}");
    }
    let seen = db
        .read()
        .transaction(async |tx| User::query().count(tx).await)
        .await;
    assert_eq!(seen.unwrap(), 1);

    // One of them goes, with connections that are open: nobody sees an error.
    one.stop();
    for _ in 0..6 {
        assert_eq!(User::get(db.read(), user.id).await.unwrap(), user);
    }
    assert_eq!(port(db.read()).await, two.port.to_string());
    // Both are gone: the primary answers.
    two.stop();
    for _ in 0..6 {
        assert_eq!(User::get(db.read(), user.id).await.unwrap(), user);
    }
    assert_eq!(port(db.read()).await, primary.port.to_string());
    // One comes back, and is asked again.
    two.start(&["hot_standby=on"]).await;
    for _ in 0..1_000 {
        if port(db.read()).await == two.port.to_string() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a replica that answers again is not asked");
}
