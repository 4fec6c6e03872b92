//! What the database keeps true by itself: a file for each kind.
//!
//! Counters, sums and a ledger's balances are columns of a parent that a child's rows add up to (`feed`). One statement on
//! a child becomes one `UPDATE` of each parent table (`maintain`, `delta`), which the parent's guard knows by its
//! announcement (`announce`, `guard`). Sessions that insert for one parent take turns (`turn`). `parent` keeps them true when the parent's key changes or the parent comes last;
//! `drift` says what they must be, and repairs.

mod announce;
mod author;
mod delta;
mod drift;
mod feed;
mod guard;
mod immutable;
mod ledger;
mod maintain;
mod orphans;
mod parent;
mod queue;
mod raise;
mod retain;
mod scope;
mod touch;
mod transitions;
mod turn;
mod write;

pub use drift::Maintained;
pub use raise::Rule;

use crate::pg::Statement;
use crate::schema::{Schema, TriggerKind};
use scope::Scope;

/// Functions and triggers, in an order that loads.
#[must_use]
pub fn statements(schema: &Schema) -> Vec<Statement> {
    let scope = Scope::of(schema);
    let feeds = feed::feeds(scope);
    // A partition's TRUNCATE calls the repair, so that its functions come first.
    let mut statements = drift::statements(scope, &feeds);
    for trigger in &schema.triggers {
        statements.extend(match &trigger.kind {
            TriggerKind::Touch(touch) => touch::statements(scope, trigger, touch),
            TriggerKind::Ledger(ledger) => ledger::statements(scope, trigger, ledger),
            TriggerKind::Immutable(immutable) => immutable::statements(scope, trigger, immutable),
            TriggerKind::Transitions(transitions) => {
                transitions::statements(scope, trigger, transitions)
            }
            TriggerKind::Sql(own) => author::statements(scope, trigger, own),
            // These are written by parent and child below, several at once.
            TriggerKind::Counter(_) | TriggerKind::Sum(_) => Vec::new(),
        });
    }
    statements.extend(retain::statements(scope));
    statements.extend(queue::statements(scope));
    statements.extend(maintain::statements(scope, &feeds));
    statements.extend(turn::statements(scope, &feeds));
    statements.extend(parent::statements(scope, &feeds));
    statements.extend(guard::statements(scope, &feeds));
    statements
}

/// For each model with maintained columns, the query that finds what is wrong and the function that repairs it.
#[must_use]
pub fn maintained(schema: &Schema) -> Vec<Maintained> {
    let scope = Scope::of(schema);
    drift::maintained(scope, &feed::feeds(scope))
}
