//! What a step may cost.

use crate::ident::QualifiedName;

/// What a step may cost, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// Of which kind it is.
    pub kind: HazardKind,
    /// What it is here.
    pub text: String,
}

impl Hazard {
    /// A hazard.
    pub fn new(kind: HazardKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }
}

/// The kinds of hazards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HazardKind {
    /// Data is gone afterwards. It was named by `--drop`.
    DeletesData,
    /// A table is written anew while nobody can read it.
    Rewrite,
    /// A table is read to its end while nobody can read or write it.
    BlocksReads,
    /// A table is read to its end while nobody can write it.
    BlocksWrites,
    /// It fails where rows are not as it wants them; nothing is changed then.
    MayFail,
    /// Code of the last release breaks, or behaves otherwise.
    BreaksOldCode,
    /// The database does less than before, for a while or for good.
    Weakens,
}

impl HazardKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::DeletesData,
        Self::Rewrite,
        Self::BlocksReads,
        Self::BlocksWrites,
        Self::MayFail,
        Self::BreaksOldCode,
        Self::Weakens,
    ];

    /// The word that `--allow` takes.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::DeletesData => "deletes-data",
            Self::Rewrite => "rewrite",
            Self::BlocksReads => "blocks-reads",
            Self::BlocksWrites => "blocks-writes",
            Self::MayFail => "may-fail",
            Self::BreaksOldCode => "breaks-old-code",
            Self::Weakens => "weakens",
        }
    }

    /// Whether a migration with it is refused unless it is allowed. Others are said, and nothing more: what is deleted
    /// was named already, and a step that may fail leaves everything as it was.
    #[must_use]
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Rewrite | Self::BlocksReads | Self::BlocksWrites)
    }
}

/// What a step locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// PostgreSQL's name of the lock.
    pub mode: &'static str,
    /// The table.
    pub table: QualifiedName,
    /// Whether it is held as long as the table is large.
    pub long: bool,
}

impl Lock {
    /// Nobody reads or writes.
    #[must_use]
    pub fn access_exclusive(table: &QualifiedName) -> Self {
        Self::new("ACCESS EXCLUSIVE", table)
    }

    /// Nobody writes.
    #[must_use]
    pub fn share_row_exclusive(table: &QualifiedName) -> Self {
        Self::new("SHARE ROW EXCLUSIVE", table)
    }

    /// Everybody reads and writes; the table's shape stays.
    #[must_use]
    pub fn share_update_exclusive(table: &QualifiedName) -> Self {
        Self::new("SHARE UPDATE EXCLUSIVE", table)
    }

    /// Nobody writes, while an index is built.
    #[must_use]
    pub fn share(table: &QualifiedName) -> Self {
        Self::new("SHARE", table)
    }

    fn new(mode: &'static str, table: &QualifiedName) -> Self {
        Self {
            mode,
            table: table.clone(),
            long: false,
        }
    }

    /// The same, held as long as the table is large.
    #[must_use]
    pub fn long(mut self) -> Self {
        self.long = true;
        self
    }
}
