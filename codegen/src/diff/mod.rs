//! From two schemas to the steps that lead from one to the other.
//!
//! Both are rendered to the statements that make them. The old one is first read under its new names (`rename`), so that
//! what only changed its name is the same; then each object that is in one alone, or differs, becomes steps, and with it
//! what hangs on it and stands in its way (`depend`). What differs is compared as PostgreSQL is told it, never as text of
//! the spec, so that two ways to write one thing are one.

mod backfill;
mod breaks;
mod columns;
mod depend;
mod locks;
mod matching;
mod objects;
mod rename;
mod tables;
mod types;
mod units;

pub use matching::Matching;
pub(crate) use objects::fed_by;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::ident::QualifiedName;
use crate::pg::{Statement, TableAction};
use crate::plan::{Hazard, Lock, Phase, Plan, Step, Triggers};
use crate::schema::Schema;
use crate::sql::Sql;
use columns::Aside;
use depend::Touched;
use units::{Key, Units};

/// Something that only the author can answer, or that cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub text: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    fn new(text: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            help: help.into(),
        }
    }
}

/// How a migration is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What may go with its data: `Model`, `Model.field`, `Model.partition`, `Enum.label`, `raw.name`.
    pub drop: BTreeSet<String>,
    /// What may go too, and need not be gone: it was named when the migration was first written.
    pub may_drop: BTreeSet<String>,
    /// Whether a column of another type may be written anew under a lock, in place of a new column beside it.
    pub rewrite: bool,
    /// What triggers do while rows that are there get values.
    pub triggers: Triggers,
}

impl Options {
    /// Whether something may go with its data.
    fn may_go(&self, name: &str) -> bool {
        self.drop.contains(name) || self.may_drop.contains(name)
    }
}

/// The way from one schema to another, and the way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The way there, beside a running application.
    pub plan: Plan,
    /// The way back, in one transaction; nothing where there is none.
    pub back: Option<Plan>,
}

/// Plans the way from one schema to another.
///
/// # Errors
/// Everything that only the author can answer, and every change that cannot be made.
pub fn plan(prev: &Schema, next: &Schema, options: &Options) -> Result<Planned, Vec<Problem>> {
    let mut problems = Vec::new();
    let matching = matching::matching(prev, next, options, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    // Both ways begin with the statements of both schemas.
    let (old, new) = (Units::of(prev), Units::of(next));
    let (plan, back) = std::thread::scope(|scope| {
        let back = scope.spawn(|| {
            let matching = matching.reversed();
            let (from, to) = ((next, &new), (prev, &old));
            let options = Options {
                drop: everything(next),
                ..Options::default()
            };
            one_way(from, to, &matching, false, &options).ok()
        });
        let (from, to) = ((prev, &old), (next, &new));
        let plan = one_way(from, to, &matching, true, options);
        match back.join() {
            Ok(back) => (plan, back),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    let plan = plan?;
    // What is deleted does not come back.
    let deletes = plan.steps.iter().any(|step| {
        let mut hazards = step.hazards.iter();
        hazards.any(|hazard| hazard.kind == crate::plan::HazardKind::DeletesData)
    });
    let back = back.filter(|_| !deletes);
    Ok(Planned { plan, back })
}

/// The way to the first schema of a database: its `schema.sql`, without the transaction around it.
#[must_use]
pub fn first(next: &Schema) -> Plan {
    objects::first(next)
}

/// On the way back everything that came may go.
fn everything(schema: &Schema) -> BTreeSet<String> {
    schema
        .raw
        .iter()
        .map(|raw| format!("raw.{}", raw.name))
        .collect()
}

fn one_way(
    (prev, before): (&Schema, &Units),
    (next, new): (&Schema, &Units),
    matching: &Matching,
    online: bool,
    options: &Options,
) -> Result<Plan, Vec<Problem>> {
    let named = rename::renamed(prev, next, matching);
    let mut diff = Diff {
        prev,
        next,
        matching,
        online,
        options,
        old: Units::of(&named),
        new,
        before: Cow::Borrowed(before),
        named,
        touched: Touched::default(),
        new_tables: BTreeSet::new(),
        asides: Vec::new(),
        early_types: BTreeSet::new(),
        enums_aside: BTreeSet::new(),
        anew: BTreeSet::new(),
        rebuilt: Vec::new(),
        steps: Vec::new(),
        problems: Vec::new(),
        counter: 0,
    };
    diff.run();
    if diff.problems.is_empty() {
        diff.say_locks();
        diff.lock_for_swap();
        diff.steps.sort_by_key(|(order, _)| *order);
        diff.say_breaks();
        Ok(Plan {
            steps: diff.steps.into_iter().map(|(_, step)| step).collect(),
            old_schemas: prev
                .schemas
                .iter()
                .filter(|name| !next.schemas.contains(name))
                .cloned()
                .collect(),
        })
    } else {
        diff.problems.dedup();
        Err(diff.problems)
    }
}

/// Where a step stands: its phase, its stage in the phase, its place in `schema.sql`, and when it was found.
type Order = (Phase, Stage, i64, usize);

/// The stages of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// New names.
    Rename,
    /// What stands in the way, the last first.
    Remove,
    /// What comes and what changes, in the order of `schema.sql`.
    Make,
    /// What goes, the last first.
    Leave,
}

/// A diff that is being made.
struct Diff<'a> {
    prev: &'a Schema,
    next: &'a Schema,
    matching: &'a Matching,
    online: bool,
    options: &'a Options,
    /// The old schema under its new names.
    named: Schema,
    /// Its statements.
    old: Units,
    /// The statements of the new schema.
    new: &'a Units,
    /// The statements of the old schema under its old names: functions and triggers keep theirs.
    before: Cow<'a, Units>,
    /// What changes so that others are in its way.
    touched: Touched,
    new_tables: BTreeSet<QualifiedName>,
    /// Columns of a new type beside those of the old one.
    asides: Vec<Aside>,
    /// New types that those columns are of.
    early_types: BTreeSet<Key>,
    /// Old enums whose new ones are there beside them, for those columns.
    enums_aside: BTreeSet<usize>,
    /// Tables that are made again, with their rows.
    rebuilt: Vec<tables::Rebuilt>,
    /// Tables with columns that count anew.
    anew: BTreeSet<QualifiedName>,
    steps: Vec<(Order, Step)>,
    problems: Vec<Problem>,
    counter: usize,
}

impl Diff<'_> {
    fn run(&mut self) {
        self.rebuild_tables();
        let new_tables: Vec<_> = self
            .new
            .tables()
            .filter(|(name, ..)| self.old.table(name).is_none())
            .map(|(name, ..)| name.clone())
            .collect();
        self.new_tables.extend(new_tables);
        self.foundations();
        self.renames();
        let types = self.type_changes();
        let mut columns = self.column_changes(&types);
        self.find_dependents(&types, &columns);
        self.set_aside(&types, &mut columns);
        if !self.touched.constraints.is_empty() {
            self.anew = self.counting_anew();
        }
        self.make_types(&types);
        self.make_tables(&columns);
        self.make_constraints();
        self.make_objects();
    }

    /// Adds a step, and what it costs.
    fn step(
        &mut self,
        phase: Phase,
        stage: Stage,
        place: usize,
        change: impl Into<String>,
        statement: impl Into<Statement>,
    ) -> &mut Step {
        // Without an application beside it, everything runs in one transaction.
        let phase = match phase {
            phase if self.online => phase,
            Phase::Contract => Phase::Contract,
            _ => Phase::Expand,
        };
        let statement: Statement = statement.into();
        // A column that is taken away takes constraints along: those go by themselves before it.
        let is_constraint = matches!(&statement, Statement::AlterTable(alter)
            if matches!(alter.actions.as_slice(), [TableAction::DropConstraint(_)]));
        let place = place.saturating_mul(2) + usize::from(stage == Stage::Remove && is_constraint);
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let place = match stage {
            Stage::Remove | Stage::Leave => -place,
            Stage::Rename | Stage::Make => place,
        };
        self.counter += 1;
        let order = (phase, stage, place, self.counter);
        self.steps.push((
            order,
            Step {
                phase,
                statement,
                change: change.into(),
                locks: Vec::new(),
                hazards: Vec::new(),
            },
        ));
        let last = self.steps.len() - 1;
        &mut self.steps[last].1
    }

    fn problem(&mut self, text: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::new(text, help));
    }

    fn is_new(&self, table: &QualifiedName) -> bool {
        self.new_tables.contains(table)
    }

    /// Whether the table is in both schemas.
    fn is_kept(&self, table: &QualifiedName) -> bool {
        self.new.table(table).is_some() && !self.is_new(table)
    }

    /// What a table of the new schema was called.
    fn table_before(&self, table: &QualifiedName) -> QualifiedName {
        let mut models = self.matching.models.iter();
        models
            .find(|(new, _)| self.next.model(**new).table == *table)
            .map_or_else(
                || table.clone(),
                |(_, &old)| self.prev.model(old).table.clone(),
            )
    }

    fn is_partitioned(&self, table: &QualifiedName) -> bool {
        self.next
            .models
            .iter()
            .any(|model| model.table == *table && model.partition_by.is_some())
    }
}

impl Step {
    fn locks(&mut self, lock: Lock) -> &mut Self {
        self.locks.retain(|said| said.table != lock.table);
        self.locks.push(lock);
        self
    }

    fn costs(&mut self, kind: crate::plan::HazardKind, text: impl Into<String>) -> &mut Self {
        self.hazards.push(Hazard::new(kind, text));
        self
    }
}

/// Whether two statements tell PostgreSQL the same.
fn is_same(one: &Statement, other: &Statement) -> bool {
    one == other || rename::is_same_sql(rendered(one).as_str(), rendered(other).as_str())
}

fn rendered(part: &(impl crate::sql::Render + ?Sized)) -> Sql {
    let mut sql = Sql::new();
    sql.push(part);
    sql
}

/// Takes a unit's key apart, for the name that people read.
fn described(key: &Key) -> String {
    match key {
        Key::Roles => "roles".to_owned(),
        Key::Schema(name) => format!("schema {name}"),
        Key::Extension(name) => format!("extension {name}"),
        Key::Enum(name) | Key::Domain(name) | Key::Composite(name) => format!("type {name}"),
        Key::Function(name, _) | Key::Routine(name, _) => format!("function {name}"),
        Key::Table(name) => format!("table {name}"),
        Key::Partition(name) => format!("partition {name}"),
        Key::Reference(table, name) => format!("foreign key {name} of {table}"),
        Key::Index(name) => format!("index {name}"),
        Key::Statistics(name) => format!("statistics {name}"),
        Key::View(name) => format!("view {name}"),
        Key::Trigger(table, name) => format!("trigger {name} on {table}"),
        Key::RowSecurity(table, _) => format!("row security of {table}"),
        Key::Policy(table, name) => format!("policy {name} on {table}"),
        Key::Grant(on, role) => format!("grant{on} to {role}"),
        Key::Comment(on) => format!("comment on {on}"),
        Key::Raw(name) => format!("raw.{name}"),
    }
}
