//! A connection that is cut at the moment of a `COMMIT`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use automl_db::prelude::*;
use pgwright_cli::testing::Database;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::support::{database, platform};

const PASS: u8 = 0;
/// The server never hears of it.
const CUT_BEFORE: u8 = 1;
/// The server does it, and nobody hears of that.
const CUT_AFTER: u8 = 2;

/// Hands on what both sides say, and cuts the line at the next `COMMIT`. Its address, and what to do then.
async fn proxy(database: &Database) -> (String, Arc<AtomicU8>) {
    let options = database.options();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!(
        "postgres://{}@{address}/{}?sslmode=disable",
        options.get_username(),
        database.name()
    );
    let mode = Arc::new(AtomicU8::new(PASS));
    let cut = Arc::clone(&mode);
    let (host, port) = (options.get_host().to_owned(), options.get_port());
    let socket = options.get_socket().cloned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let cut = Arc::clone(&cut);
            match &socket {
                Some(folder) => {
                    let file = folder.join(format!(".s.PGSQL.{port}"));
                    let server = UnixStream::connect(file).await.unwrap();
                    tokio::spawn(hand_on(client, server, cut));
                }
                None => {
                    let server = TcpStream::connect((host.as_str(), port)).await.unwrap();
                    tokio::spawn(hand_on(client, server, cut));
                }
            }
        }
    });
    (url, mode)
}

async fn hand_on(
    mut client: TcpStream,
    mut server: impl AsyncRead + AsyncWrite + Unpin,
    mode: Arc<AtomicU8>,
) {
    let (mut asked, mut answered) = ([0; 8192], [0; 8192]);
    let mut cut = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let commits = asked[..count].windows(6).any(|bytes| bytes == b"COMMIT");
                if commits && mode.load(Ordering::SeqCst) == CUT_BEFORE {
                    return;
                }
                cut = commits && mode.load(Ordering::SeqCst) == CUT_AFTER;
                if server.write_all(&asked[..count]).await.is_err() { return }
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                if cut || client.write_all(&answered[..count]).await.is_err() { return }
            }
        }
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_an_error_of_its_own_and_is_not_done_again() {
    let database = database().await;
    let (url, mode) = proxy(&database).await;
    let db = Db::connect(&url).await.unwrap();
    let direct = Db::connect(&database.url()).await.unwrap();
    // Connections are opened again when it is known how many statements there are.
    User::query().count(&db).await.unwrap();
    for (how, kept) in [(CUT_BEFORE, 0), (CUT_AFTER, 1)] {
        let attempts = AtomicU32::new(0);
        mode.store(how, Ordering::SeqCst);
        let done = db
            .transaction(async |tx| {
                attempts.fetch_add(1, Ordering::SeqCst);
                NewUser::new(format!("{how}@x.org")).insert(tx).await
            })
            .await;
        let error = done.unwrap_err();
        assert!(matches!(error, Error::CommitUnknown(_)), "{error:?}");
        assert_eq!(
            (error.kind(), error.problem().status),
            ("commit unknown", 500)
        );
        assert!(error.is_connection() && !error.is_retryable());
        assert_eq!(attempts.load(Ordering::SeqCst), 1);

        // The same of an operation of several statements.
        let rows = [NewUser::new(format!("{how}-copy@x.org"))];
        let error = NewUser::copy_in(&db, rows).await.unwrap_err();
        assert!(matches!(error, Error::CommitUnknown(_)), "{error:?}");
        mode.store(PASS, Ordering::SeqCst);

        let like = format!("{how}%");
        let there = User::query()
            .filter(user::email.like(like))
            .count(&direct)
            .await
            .unwrap();
        assert_eq!(there, 2 * kept);
        // The pool goes on with another connection.
        NewUser::new(format!("after-{how}@x.org"))
            .insert(&db)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_commit_that_the_server_refuses_is_what_the_server_says() {
    let (_database, db) = platform().await;
    sqlx::raw_sql(
        "CREATE TABLE a (id int PRIMARY KEY);
         CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
    )
    .execute(db.pool())
    .await
    .unwrap();
    let done: Result<()> = db
        .transaction(async |tx| {
            sqlx::raw_sql("INSERT INTO b VALUES (1)")
                .execute(&mut *tx.connection().await?)
                .await?;
            Ok(())
        })
        .await;
    assert_eq!(done.unwrap_err().violation().unwrap().sqlstate, "23503");
}
