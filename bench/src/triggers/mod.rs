//! `bench triggers`: what the generated triggers cost, against none at all and against the platform's old ones.

mod bulk;
mod crowd;
mod single;

use crate::lab::Lab;
use crate::load::Driver;
use crate::report::{Report, Row};
use crate::{Failure, Options, progress};

/// What every measurement gets.
struct Bench<'a> {
    lab: &'a Lab,
    driver: Driver,
    options: &'a Options,
    round: u32,
}

/// Rows by their names; each round adds a sample to each.
type Rows = Vec<Row>;

/// Measures, and removes what it made, also when somebody presses Ctrl-C.
pub(crate) async fn run(options: &Options) -> Result<Report, Failure> {
    progress("loading the schema in three variants");
    let lab = Lab::new(&options.server).await?;
    let measured = tokio::select! {
        measured = measure(&lab, options) => measured,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    let cleaned = lab.clean().await;
    let report = measured?;
    cleaned?;
    Ok(report)
}

async fn measure(lab: &Lab, options: &Options) -> Result<Report, Failure> {
    let driver = Driver::find().await;
    let mut rows: Rows = Vec::new();
    rows.extend(bulk::rows(options));
    rows.extend(single::rows(options));
    rows.extend(crowd::rows(options));
    if rows.is_empty() {
        return Err(Failure::NothingToMeasure(
            options.only.clone().unwrap_or_default(),
        ));
    }
    for round in 0..options.rounds() {
        lab.reset().await?;
        let bench = Bench {
            lab,
            driver,
            options,
            round,
        };
        bulk::measure(&bench, &mut rows).await?;
        single::measure(&bench, &mut rows).await?;
        crowd::measure(&bench, &mut rows).await?;
    }
    bulk::compare(&mut rows);
    single::compare(&mut rows);
    crowd::compare(&mut rows);
    Ok(Report {
        rows,
        facts: facts(lab, driver, options).await?,
        quick: options.quick,
        command: options.command(),
    })
}

async fn facts(
    lab: &Lab,
    driver: Driver,
    options: &Options,
) -> Result<Vec<(String, String)>, Failure> {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut facts = vec![
        ("cores".to_string(), cores.to_string()),
        (
            "system".to_string(),
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        ),
        (
            "single statements by".to_string(),
            driver.name().to_string(),
        ),
        (
            "rounds".to_string(),
            format!(
                "{}, loads of {} s each",
                options.rounds(),
                options.seconds()
            ),
        ),
    ];
    facts.extend(lab.facts().await?);
    Ok(facts)
}

impl Bench<'_> {
    fn progress(&self, what: &str) {
        progress(&format!(
            "round {} of {}: {what}",
            self.round + 1,
            self.options.rounds()
        ));
    }

    /// The variants in turn, each round the other way around.
    fn turns<T: Copy>(&self, variants: &[T]) -> Vec<T> {
        let mut turns = variants.to_vec();
        if self.round % 2 == 1 {
            turns.reverse();
        }
        turns
    }
}

/// The row of a name, if it is wanted.
fn row<'r>(rows: &'r mut Rows, name: &str) -> Option<&'r mut Row> {
    rows.iter_mut().find(|row| row.name == name)
}

/// The SQL of the id of user `number`, which is SQL too. Numbers have eleven digits behind a 1.
fn user(number: &str) -> String {
    format!("('00000000-0000-4000-8000-' || {number})::uuid")
}

/// The first and the last of the users who take part in loads.
const USERS: (u64, u64) = (100_000_000_001, 100_000_001_000);
