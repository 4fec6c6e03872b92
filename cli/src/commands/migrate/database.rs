//! `migrate status`, `run`, `down` and `baseline`: a database and the history.

use super::super::{Failure, Outcome};
use super::{folder, server_at_hand, show_wrong};
use crate::args::{MigrateDatabase, MigrateDown, MigrateStatus};
use crate::migrate::history::History;
use crate::migrate::runner::{self, Run};
use crate::migrate::snapshot;
use crate::ui::{BAD, DIM, GOOD, own_name};
use pgwright_codegen::ddl::schema_sql;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use std::str::FromStr;

async fn connect(url: Option<&String>) -> Result<PgConnection, Failure> {
    let Some(url) = url else {
        return Err(Failure::from(
            "which database?\nhelp: name it with `--url postgres://user@host/database` or DATABASE_URL",
        ));
    };
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        Failure::from(format!(
            "`--url` is not an address of PostgreSQL: {error}\nhelp: `postgres://user:password@host:port/database`"
        ))
    })?;
    options
        .disable_statement_logging()
        .connect()
        .await
        .map_err(|error| Failure::from(format!("cannot connect to the database: {error}")))
}

pub(super) async fn status(args: &MigrateStatus) -> Result<Outcome, Failure> {
    let history =
        History::read_unproven(&folder(args.database.out.as_ref(), &args.database.place)?)?;
    let wrong = history.wrong()?;
    let applied = match &args.database.url {
        Some(_) => {
            let mut connection = connect(args.database.url.as_ref()).await?;
            Some(runner::applied(&mut connection).await?)
        }
        None => None,
    };
    for part in history.parts() {
        match &applied {
            None => println!("{}", part.stem),
            Some(applied) if applied.contains_key(&part.version) => {
                anstream::println!("{GOOD}applied{GOOD:#} {}", part.stem);
            }
            Some(_) => anstream::println!("waiting {}", part.stem),
        }
    }
    if history.entries.is_empty() {
        anstream::println!(
            "{DIM}there are no migrations yet: `{} migrate new NAME`{DIM:#}",
            own_name()
        );
    }
    let mut good = true;
    for error in &wrong {
        anstream::eprintln!("{BAD}error{BAD:#}: {error}");
        good = false;
    }
    let mut waits = false;
    if let Some(applied) = &applied {
        for text in runner::strangers(&history, applied) {
            anstream::eprintln!("{BAD}error{BAD:#}: {text}");
            good = false;
        }
        waits = history
            .parts()
            .any(|part| !applied.contains_key(&part.version));
    }
    Ok(if good && !waits {
        Outcome::Good
    } else {
        Outcome::Bad
    })
}

pub(super) async fn run(args: &MigrateDatabase) -> Result<Outcome, Failure> {
    let history = History::read(&folder(args.out.as_ref(), &args.place)?)?;
    let mut connection = connect(args.url.as_ref()).await?;
    let done = runner::run(&mut connection, &history, &mut |text| {
        anstream::eprintln!("{DIM}{text} …{DIM:#}");
    })
    .await?;
    Ok(show(&done, "applied", "up to date: nothing to apply"))
}

pub(super) async fn down(args: &MigrateDown) -> Result<Outcome, Failure> {
    let history = History::read(&folder(args.database.out.as_ref(), &args.database.place)?)?;
    let mut connection = connect(args.database.url.as_ref()).await?;
    let done = runner::down(&mut connection, &history, args.to, &mut |text| {
        anstream::eprintln!("{DIM}{text} …{DIM:#}");
    })
    .await?;
    Ok(show(&done, "taken back", "nothing to take back"))
}

fn show(done: &Run, word: &str, nothing: &str) -> Outcome {
    for (file, time) in &done.applied {
        anstream::println!(
            "{GOOD}{word}{GOOD:#} {file} {DIM}({} ms){DIM:#}",
            time.as_millis()
        );
    }
    let Some((file, error)) = &done.failed else {
        if done.applied.is_empty() {
            anstream::println!("{DIM}{nothing}{DIM:#}");
        }
        return Outcome::Good;
    };
    anstream::eprintln!("{BAD}error{BAD:#}: {file}: {error}");
    anstream::eprintln!(
        "What stands: {} files before it are applied and stay; nothing of this one is, unless it runs outside of a transaction, and then it may be run again.",
        done.applied.len()
    );
    for left in &done.left {
        anstream::eprintln!("  waiting {left}");
    }
    anstream::eprintln!("help: mend the cause and run the command again: it goes on with {file}");
    Outcome::Bad
}

/// Adopts a database that is what the history leads to already.
pub(super) async fn baseline(args: &MigrateDatabase) -> Result<Outcome, Failure> {
    let history = History::read(&folder(args.out.as_ref(), &args.place)?)?;
    let Some(last) = history.entries.last() else {
        return Err(Failure::from(format!(
            "there are no migrations to adopt the database with\nhelp: `{} migrate new init` writes the first",
            own_name()
        )));
    };
    let schema = super::new::state(&history, last)?;
    let mut connection = connect(args.url.as_ref()).await?;
    let Some(cluster) = server_at_hand(true).await? else {
        return Err(Failure::from("no PostgreSQL to compare with"));
    };
    for role in crate::inspect::roles(&schema) {
        cluster.ensure_role(&role).await?;
    }
    let fresh = cluster.database(&schema_sql(&schema)).await?;
    let mut reference = fresh.connect().await?;
    let differs = snapshot::difference(
        &snapshot::read(&mut connection).await?,
        &snapshot::read(&mut reference).await?,
    );
    if !differs.is_empty() {
        anstream::eprintln!(
            "{BAD}error{BAD:#}: the database is not what the migrations lead to (`-` only it has, `+` only they)"
        );
        show_wrong(&differs);
        anstream::eprintln!(
            "help: bring the two together first, or write the difference as a migration"
        );
        return Ok(Outcome::Bad);
    }
    runner::adopt(&mut connection, &history).await?;
    anstream::println!(
        "{GOOD}adopted{GOOD:#}: the database has every migration up to {}",
        last.name
    );
    Ok(Outcome::Good)
}
