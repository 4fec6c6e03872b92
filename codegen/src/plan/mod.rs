//! The steps of a migration: what runs, in which order, what it locks, and what it may cost.

mod files;
mod hazard;

pub use files::{Data, File, data_of, files, normalized};
pub use hazard::{Hazard, HazardKind, Lock};

use crate::ident::Ident;
use crate::pg::Statement;

/// A migration from one schema to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in the order in which they run.
    pub steps: Vec<Step>,
    /// Schemas of PostgreSQL that the old spec names and the new one does not: what goes is found there.
    pub old_schemas: Vec<Ident>,
}

/// A statement of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When it runs.
    pub phase: Phase,
    /// What runs.
    pub statement: Statement,
    /// Which change of the spec asks for it.
    pub change: String,
    /// What it locks.
    pub lock: Option<Lock>,
    /// What it may cost.
    pub hazards: Vec<Hazard>,
}

/// The parts of a migration, each in a transaction of its own. What must not share one with others says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// New labels of enums: PostgreSQL lets nobody use one before it is committed.
    Labels,
    /// What is new beside what is there.
    Expand,
    /// Indexes, each alone and outside of a transaction.
    Concurrent,
    /// Values for rows that are there, each statement outside of a transaction: it commits as it goes.
    Backfill,
    /// Constraints of the indexes that were built, and those that wait for the backfill.
    Attach,
    /// Proofs over rows that are there, beside writers.
    Validate,
    /// What is not needed any more.
    Contract,
}

impl Phase {
    /// Whether each of its statements runs alone, outside of a transaction.
    #[must_use]
    pub fn runs_alone(self) -> bool {
        matches!(self, Self::Concurrent | Self::Backfill)
    }
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Every hazard with the change that brings it, each once.
    #[must_use]
    pub fn hazards(&self) -> Vec<(&str, &Hazard)> {
        let mut found: Vec<(&str, &Hazard)> = Vec::new();
        for step in &self.steps {
            for hazard in &step.hazards {
                if !found.iter().any(|(_, other)| *other == hazard) {
                    found.push((&step.change, hazard));
                }
            }
        }
        found
    }

    /// The hazards that are refused unless one of these words allows them.
    #[must_use]
    pub fn refused(&self, allow: &[String]) -> Vec<(&str, &Hazard)> {
        self.hazards()
            .into_iter()
            .filter(|(_, hazard)| {
                hazard.kind.is_refused()
                    && !allow
                        .iter()
                        .any(|word| word == "all" || word == hazard.kind.code())
            })
            .collect()
    }
}
