//! The steps of a migration: what runs, in which order, what it locks, and what it may cost.

mod data;
mod files;
mod hazard;

pub use data::{Data, data_of, wrong_data};
pub use files::{File, files, normalized};
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

/// What the triggers of a table do while a migration writes rows that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Triggers {
    /// They run, as for any statement.
    #[default]
    Run,
    /// Those of the spec are disabled by their names, within each transaction that writes such rows and for nobody else:
    /// whoever else writes the table waits for its end.
    Skip,
    /// The same, and then what they keep true is repaired.
    Recompute,
}

impl Triggers {
    /// The word that says so.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Skip => "skip",
            Self::Recompute => "recompute",
        }
    }

    /// What a word says.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Run, Self::Skip, Self::Recompute]
            .into_iter()
            .find(|one| one.code() == word)
    }
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
    pub locks: Vec<Lock>,
    /// What it may cost.
    pub hazards: Vec<Hazard>,
}

/// The parts of a migration, each in a transaction of its own. What must not share one with others says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// New labels of enums: PostgreSQL lets nobody use one before it is committed.
    Labels,
    /// Columns of a new type beside those of the old one, which follow what is written to those.
    Shadow,
    /// The values of rows that are there, for those columns, each statement outside of a transaction.
    Copy,
    /// Indexes over those columns, each alone and outside of a transaction.
    ShadowIndex,
    /// Proofs that those columns hold what they must.
    ShadowProof,
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
        matches!(
            self,
            Self::Concurrent | Self::Backfill | Self::Copy | Self::ShadowIndex
        )
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
                let said = (step.change.as_str(), hazard);
                if !found.contains(&said) {
                    found.push(said);
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
