//! What is measured of each peer, and how: one statement (or few) again and again, each run by the clock.

use super::data;
use super::peers::{Cursor, Peer};
use super::row::New;
use crate::Failure;
use futures_util::future::LocalBoxFuture;
use std::rc::Rc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What a peer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    Point,
    Rows,
    Insert,
    Update,
    Page,
    PageIndexed,
    Parents,
    Bulk,
    Copy,
}

impl Task {
    pub(crate) const ALL: [Self; 9] = [
        Self::Point,
        Self::Rows,
        Self::Insert,
        Self::Update,
        Self::Page,
        Self::PageIndexed,
        Self::Parents,
        Self::Bulk,
        Self::Copy,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Rows => "rows",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Page => "page",
            Self::PageIndexed => "page-indexed",
            Self::Parents => "parents",
            Self::Bulk => "bulk",
            Self::Copy => "copy",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Point => "one dataset by its key, 17 columns",
            Self::Rows => "10,000 datasets of a user, 17 columns",
            Self::Insert => "insert one dataset, returning it",
            Self::Update => "update one dataset, returning it",
            Self::Page => "page of 100 of a user's 10,000; the peers on the indexes of before",
            Self::PageIndexed => "the same page; everybody on the generated indexes",
            Self::Parents => "100 users with 10 datasets each, in two queries",
            Self::Bulk => "insert 10,000 datasets; tokio-postgres by COPY, we return them",
            Self::Copy => "copy in 10,000 datasets",
        }
    }

    /// How often it runs before it is measured. A server makes a generic plan after five runs, if it makes one; a page is
    /// measured as it is after a hundred.
    pub(crate) fn warm_up(self) -> u32 {
        match self {
            Self::Point | Self::Insert | Self::Update => 200,
            Self::Page | Self::PageIndexed => 100,
            Self::Rows | Self::Parents => 10,
            Self::Bulk | Self::Copy => 1,
        }
    }

    /// How many rounds it has: those that are long have fewer.
    pub(crate) fn rounds(self, rounds: u32) -> u32 {
        if self.is_bulk() {
            rounds.min(7)
        } else {
            rounds
        }
    }

    /// Whether what it wrote is removed before somebody else's turn.
    pub(crate) fn inserts(self) -> bool {
        matches!(self, Self::Insert) || self.is_bulk()
    }

    /// Whether each run is cleaned up after.
    pub(crate) fn is_bulk(self) -> bool {
        matches!(self, Self::Bulk | Self::Copy)
    }
}

/// How much is measured at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Amount {
    Runs(u32),
    Time(Duration),
}

/// One who takes part: a peer, or a program that was started for it.
pub(crate) trait Contestant {
    /// Whether it can do that at all.
    fn knows(&self, task: Task) -> bool;

    /// Does it again and again, and says how many seconds each run took.
    fn run(&mut self, task: Task, amount: Amount) -> LocalBoxFuture<'_, Result<Vec<f64>, Failure>>;
}

/// What all peers are asked for.
pub(crate) struct Plan {
    /// Where each of the pages of the user with many datasets begins.
    pub(crate) cursors: Vec<Cursor>,
    pub(crate) bulk: u64,
    pub(crate) many: u64,
}

/// A peer with its own chance, the same in every run.
pub(crate) struct Runner<P> {
    peer: P,
    plan: Rc<Plan>,
    random: fastrand::Rng,
}

impl<P> Runner<P> {
    pub(crate) fn new(peer: P, plan: &Rc<Plan>) -> Self {
        Self {
            peer,
            plan: Rc::clone(plan),
            random: fastrand::Rng::with_seed(7),
        }
    }
}

impl<P: Peer> Contestant for Runner<P> {
    fn knows(&self, task: Task) -> bool {
        task != Task::Copy || P::COPIES
    }

    fn run(&mut self, task: Task, amount: Amount) -> LocalBoxFuture<'_, Result<Vec<f64>, Failure>> {
        Box::pin(async move {
            let mut samples = Vec::new();
            let mut total = 0.0;
            while match amount {
                Amount::Runs(runs) => samples.len() < runs as usize,
                Amount::Time(time) => total < time.as_secs_f64(),
            } {
                let seconds = self.once(task).await?;
                total += seconds;
                samples.push(seconds);
            }
            Ok(samples)
        })
    }
}

impl<P: Peer> Runner<P> {
    /// One run, in seconds. What goes in is made before the clock starts.
    async fn once(&mut self, task: Task) -> Result<f64, Failure> {
        let Self { peer, plan, random } = self;
        let (seconds, expected, found) = match task {
            Task::Point => {
                let id = data::dataset(random);
                timed(1, peer.point(id)).await?
            }
            Task::Rows => timed(plan.many, peer.rows(data::MANY.id())).await?,
            Task::Insert => {
                let row = P::new(New::of(data::inserter(random), 1));
                timed(1, peer.insert(row)).await?
            }
            Task::Update => {
                let id = data::dataset(random);
                let text = format!("as of {}", random.u64(..));
                timed(1, peer.update(id, &text)).await?
            }
            Task::Page | Task::PageIndexed => {
                let cursor = &plan.cursors[random.usize(..plan.cursors.len())];
                timed(100, peer.page(data::MANY.id(), cursor)).await?
            }
            Task::Parents => {
                let ids = data::parents(random);
                timed(1_000, peer.parents(&ids)).await?
            }
            Task::Bulk | Task::Copy => {
                let rows =
                    (0..plan.bulk).map(|number| P::new(New::of(data::inserter(random), number)));
                let rows = rows.collect();
                if task == Task::Copy {
                    timed(plan.bulk, peer.copy(rows)).await?
                } else {
                    timed(plan.bulk, peer.bulk(rows)).await?
                }
            }
        };
        if found as u64 == expected {
            Ok(seconds)
        } else {
            let text = format!("{} rows instead of {expected}", found);
            Err(Failure::Peer(task.name(), text))
        }
    }
}

async fn timed(
    expected: u64,
    work: impl Future<Output = Result<usize, Failure>>,
) -> Result<(f64, u64, usize), Failure> {
    let since = Instant::now();
    let found = work.await?;
    Ok((since.elapsed().as_secs_f64(), expected, found))
}

/// The key of a row whose number is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbered(pub(crate) u64);

impl Numbered {
    pub(crate) fn id(self) -> Uuid {
        Uuid::from_u64_pair(0x0000_0000_0000_4000, 0x8000_0000_0000_0000 + self.0)
    }
}
