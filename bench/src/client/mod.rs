//! `bench client`: the crate beside its peers, on one server.

mod chart;
mod claims;
mod contest;
mod cores;
mod data;
mod peers;
mod report;
mod row;
mod server;
mod sql;

use crate::stats::Spread;
use crate::{ClientOptions, Failure};
use contest::{Amount, Contestant, Runner, Task};
use cores::Cores;
use peers::{diesel, ours, raw, sea_orm, sqlalchemy, sqlx};
pub(crate) use report::Report;
use report::Who;
use server::Server;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// The medians of each round.
type Samples = BTreeMap<(Task, Who), Vec<f64>>;

/// One who takes part, on the platform's schema and on the schema with the indexes of before.
struct Seat {
    who: Who,
    peer: Box<dyn Contestant>,
    before: Option<Box<dyn Contestant>>,
}

/// Measures, and removes what it made, also when somebody presses Ctrl-C.
pub(crate) fn run(options: &ClientOptions) -> Result<Report, Failure> {
    let rt = |error| Failure::Io("start a runtime", error);
    // One thread, on which tokio-postgres is at its best: its protocol runs in a task of its own, which has to be woken on
    // another thread otherwise.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(rt)?;
    runtime.block_on(async {
        let server = Server::new(&options.server)?;
        let measured = tokio::select! {
            measured = measure(&server, options) => measured,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        };
        let cleaned = server.clean().await;
        let report = measured?;
        cleaned?;
        Ok(report)
    })
}

async fn measure(server: &Server, options: &ClientOptions) -> Result<Report, Failure> {
    let mut report = Report::new(options);
    let tasks: Vec<Task> = Task::ALL
        .into_iter()
        .filter(|task| options.wants(task.name()))
        .collect();
    let claims = options.wants("claims");
    if tasks.is_empty() && !claims {
        return Err(Failure::NothingToMeasure(
            options.only.clone().unwrap_or_default(),
        ));
    }
    report.facts.extend(server.facts().await?);
    if !tasks.is_empty() {
        contest(server, options, &tasks, &mut report).await?;
    }
    if claims {
        claims::measure(server, options, &mut report).await?;
    }
    report.finish();
    Ok(report)
}

async fn contest(
    server: &Server,
    options: &ClientOptions,
    tasks: &[Task],
    report: &mut Report,
) -> Result<(), Failure> {
    crate::progress("loading the data");
    let rows = options.rows();
    let mut db = server.create(server::NOW).await?;
    data::load(&mut db, rows).await?;
    server.copy(server::NOW, server::BEFORE, db).await?;
    let mut before = server.connect(server::BEFORE).await?;
    data::forget_lists(&mut before).await?;
    crate::lab::close(before).await;
    let mut control = server.connect(server::NOW).await?;
    let plan = Rc::new(data::plan(&mut control, rows, rows).await?);

    let (now, before) = (server.address(server::NOW), server.address(server::BEFORE));
    let mut seats = Vec::new();
    /// A peer sits down twice, but for ours: its schema is the generated one.
    macro_rules! seat {
        ($who:ident, $connect:path) => {
            if Who::$who == Who::Raw || options.invites(Who::$who.key()) {
                seats.push(Seat {
                    who: Who::$who,
                    peer: Box::new(Runner::new($connect(&now).await?, &plan)),
                    before: Some(Box::new(Runner::new($connect(&before).await?, &plan))),
                });
            }
        };
    }
    seat!(Raw, raw::Raw::connect);
    seat!(Sqlx, sqlx::Sqlx::connect);
    seat!(Diesel, diesel::Diesel::connect);
    seat!(SeaOrm, sea_orm::SeaOrm::connect);
    if options.invites(Who::Held.key()) {
        seats.push(Seat {
            who: Who::Held,
            peer: Box::new(Runner::new(ours::Ours::held(&now).await?, &plan)),
            before: None,
        });
    }
    if options.invites(Who::Db.key()) {
        seats.push(Seat {
            who: Who::Db,
            peer: Box::new(Runner::new(ours::Ours::through_db(&now).await?, &plan)),
            before: None,
        });
    }
    if options.invites(Who::SqlAlchemy.key()) {
        crate::progress("looking for Python");
        match sqlalchemy::SqlAlchemy::start(&now, &before).await {
            Ok(script) => {
                report.fact("SQLAlchemy", script.versions.clone());
                seats.push(Seat {
                    who: Who::SqlAlchemy,
                    peer: Box::new(script),
                    before: None,
                });
            }
            Err(reason) => {
                crate::progress(&format!("SQLAlchemy takes no part: {reason}"));
                report.not_run(Who::SqlAlchemy, reason);
            }
        }
    }
    let cores = Cores::hold();
    let mut told = false;
    let slice = Duration::from_secs_f64(options.seconds());
    for (number, &task) in tasks.iter().enumerate() {
        let name = task.name();
        crate::progress(&format!(
            "{} of {}: {name}, warming up",
            number + 1,
            tasks.len()
        ));
        take_turns(
            &mut seats,
            task,
            Amount::Runs(task.warm_up()),
            &mut control,
            report,
        )
        .await?;
        let rounds = task.rounds(options.rounds());
        for round in 1..=rounds {
            if let Some(cores) = &cores {
                // A pool may have opened more of them.
                let (held, of) = cores.hold_sessions(&mut control).await;
                if !std::mem::replace(&mut told, true) {
                    report.fact("cores held", placement(held, of));
                }
            }
            crate::progress(&format!(
                "{} of {}: {name}, round {round} of {rounds}",
                number + 1,
                tasks.len()
            ));
            crate::lab::execute(&mut control, "VACUUM users, datasets").await?;
            // Another one begins each time.
            seats.rotate_left(1);
            let amount = Amount::Time(slice);
            for (who, samples) in take_turns(&mut seats, task, amount, &mut control, report).await?
            {
                // Of one turn the median: what else the machine does hits single runs.
                if let Some(spread) = Spread::of(&samples) {
                    let samples = report.samples.entry((task, who)).or_default();
                    samples.push(spread.median);
                }
            }
        }
        report.keep(options)?;
    }
    Ok(())
}

fn placement(held: usize, of: usize) -> String {
    if held == of {
        "this program on one, the server's sessions on another".to_string()
    } else {
        format!("this program on one; of the server's {of} sessions {held} on another")
    }
}

/// Lets one after the other do it. One that fails takes no part any more, unless everything is measured by it.
async fn take_turns(
    seats: &mut Vec<Seat>,
    task: Task,
    amount: Amount,
    control: &mut ::sqlx::PgConnection,
    report: &mut Report,
) -> Result<Vec<(Who, Vec<f64>)>, Failure> {
    let mut all = Vec::new();
    let mut index = 0;
    while let Some(seat) = seats.get_mut(index) {
        match turn(seat, task, amount, control).await {
            Ok(samples) => {
                all.push((seat.who, samples));
                index += 1;
            }
            Err(error) if seat.who.is_guest() => {
                let reason = format!("it failed at `{}`: {error}", task.name());
                crate::progress(&format!(
                    "{} takes no part any more: {reason}",
                    seat.who.name()
                ));
                report.not_run(seat.who, reason);
                seats.remove(index);
                data::clean(control).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// Lets one of them do it, and removes what it inserted.
async fn turn(
    seat: &mut Seat,
    task: Task,
    amount: Amount,
    control: &mut ::sqlx::PgConnection,
) -> Result<Vec<f64>, Failure> {
    let peer = match &mut seat.before {
        Some(before) if task == Task::Page => before,
        _ => &mut seat.peer,
    };
    if !peer.knows(task) {
        return Ok(Vec::new());
    }
    if !task.inserts() {
        return peer.run(task, amount).await;
    }
    let mut samples = Vec::new();
    loop {
        // A bulk insert is cleaned up each time.
        let once = if task.is_bulk() {
            Amount::Runs(1)
        } else {
            amount
        };
        samples.extend(peer.run(task, once).await?);
        data::clean(control).await?;
        let enough = match amount {
            Amount::Runs(runs) => samples.len() >= runs as usize,
            Amount::Time(time) => samples.iter().sum::<f64>() >= time.as_secs_f64(),
        };
        if enough {
            return Ok(samples);
        }
    }
}
