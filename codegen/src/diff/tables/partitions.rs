//! Partitions that hold other rows than before, or hold them otherwise.

use crate::diff::{Diff, Stage};
use crate::ident::QualifiedName;
use crate::pg::{AlterTable, AttachPartition, CreatePartition, Statement, TableAction};
use crate::plan::{HazardKind, Lock, Phase};

impl Diff<'_> {
    /// A partition that comes. The default partition, if there is one, must have none of its rows: PostgreSQL looks.
    pub(super) fn new_partition(&mut self, place: usize, text: String, statement: Statement) {
        let default = match &statement {
            Statement::CreatePartition(create) if self.is_kept(&create.of) => {
                self.default_of(&create.of)
            }
            _ => None,
        };
        let step = self.step(Phase::Expand, Stage::Make, place, text, statement);
        if let Some(default) = default {
            step.locks(Lock::access_exclusive(&default).long())
                .costs(
                    HazardKind::BlocksReads,
                    format!("{default} is read to its end while nobody reads or writes it or its table"),
                )
                .costs(
                    HazardKind::MayFail,
                    format!("it fails if {default} has rows that belong here: move them in a migration before this one"),
                );
        }
    }

    /// A partition with other bounds is taken out of its table and put in again, in one transaction.
    pub(super) fn change_partition(
        &mut self,
        name: &QualifiedName,
        place: usize,
        prev: &CreatePartition,
        next: &CreatePartition,
    ) {
        let text = format!("partition {name}: holds other rows");
        if prev.values != next.values || prev.of != next.of {
            // All that change are out before the first is put in again: one may take over what was another's.
            self.step(
                Phase::Expand,
                Stage::Remove,
                place,
                &text,
                AlterTable::one(prev.of.clone(), TableAction::DetachPartition(name.clone())),
            )
            .locks(Lock::access_exclusive(&prev.of))
            .costs(
                HazardKind::MayFail,
                format!("it fails if other tables refer to rows of {name}"),
            );
            self.step(
                Phase::Expand,
                Stage::Make,
                place,
                &text,
                AttachPartition {
                    table: next.of.clone(),
                    partition: name.clone(),
                    values: next.values.clone(),
                },
            )
            .locks(Lock::access_exclusive(&next.of).long())
            .costs(
                HazardKind::BlocksReads,
                format!(
                    "{name}, and the default partition of {}, are read to their ends while nobody reads or writes them",
                    next.of
                ),
            )
            .costs(
                HazardKind::MayFail,
                format!(
                    "it fails if {name} has rows that it is to hold no more: move them in a migration before this one"
                ),
            );
        }
        let text = format!("partition {name}: storage");
        self.store(
            name,
            place,
            &text,
            (prev.unlogged, next.unlogged),
            (&prev.with, &next.with),
        );
    }
}
