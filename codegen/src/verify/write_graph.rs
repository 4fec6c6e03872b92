//! Which trigger writes which model.
//!
//! A counter, sum or ledger on a child writes its parent. From this graph come the order in which rows are locked,
//! and the circles that are refused: a statement would run around them, or two would meet in opposite order.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use crate::fragment;
use crate::schema::{FieldRef, ModelId, Schema, Trigger, TriggerKind};
use crate::sql::SqlExpr;

/// A trigger on one model that writes a column of another, or of the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The model whose rows the trigger watches.
    pub from: ModelId,
    /// The column it writes.
    pub to: FieldRef,
    /// The trigger's place in [`Schema::triggers`].
    pub trigger: usize,
    /// The columns of `from` that decide what is written.
    pub reads: Vec<FieldRef>,
}

/// Every write of a maintained column in another row.
#[must_use]
pub fn edges(schema: &Schema) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (index, trigger) in schema.triggers.iter().enumerate() {
        let Some((from, to)) = writes(trigger) else {
            continue;
        };
        let reads = reads(schema, trigger, from);
        edges.push(Edge {
            from,
            to,
            trigger: index,
            reads,
        });
    }
    edges
}

/// The model that a trigger watches, and the column it writes elsewhere.
fn writes(trigger: &Trigger) -> Option<(ModelId, FieldRef)> {
    match &trigger.kind {
        TriggerKind::Counter(counter) => Some((counter.count, counter.into)),
        TriggerKind::Sum(sum) => Some((sum.of, sum.into)),
        TriggerKind::Ledger(ledger) => Some((ledger.on, ledger.balance)),
        TriggerKind::Touch(_)
        | TriggerKind::Immutable(_)
        | TriggerKind::Transitions(_)
        | TriggerKind::Sql(_) => None,
    }
}

fn reads(schema: &Schema, trigger: &Trigger, model: ModelId) -> Vec<FieldRef> {
    let fields = &schema.model(model).fields;
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let read_by = |expression: Option<&SqlExpr>| {
        expression.map_or_else(Vec::new, |expression| {
            fragment::columns_read(expression, &names)
        })
    };
    let (by, mut columns) = match &trigger.kind {
        TriggerKind::Counter(counter) => (counter.by, read_by(counter.filter.as_ref())),
        TriggerKind::Sum(sum) => {
            let mut columns = read_by(Some(&sum.sum));
            columns.extend(read_by(sum.filter.as_ref()));
            (sum.by, columns)
        }
        TriggerKind::Ledger(ledger) => (
            ledger.account,
            vec![schema.model(model).field(ledger.amount).name.as_str()],
        ),
        _ => return Vec::new(),
    };
    columns.push(schema.model(model).field(by).name.as_str());
    (0..fields.len())
        .filter(|&index| columns.contains(&names[index]))
        .map(|index| FieldRef {
            model,
            field: crate::schema::FieldId(index),
        })
        .collect()
}

/// All models, those that write before those that are written: the order in which a statement and its triggers come to
/// lock their rows. Where the graph has no say, the order of the file.
#[must_use]
pub fn lock_order(schema: &Schema) -> Vec<ModelId> {
    let pairs: BTreeSet<(ModelId, ModelId)> = schema
        .triggers
        .iter()
        .filter_map(writes)
        .map(|(from, to)| (from, to.model))
        .filter(|(from, to)| from != to)
        .collect();
    let mut writers: BTreeMap<ModelId, usize> = BTreeMap::new();
    for (_, to) in &pairs {
        *writers.entry(*to).or_default() += 1;
    }
    let mut left: BTreeSet<ModelId> = schema.models_with_ids().map(|(id, _)| id).collect();
    let mut free: BTreeSet<ModelId> = left
        .iter()
        .filter(|model| !writers.contains_key(model))
        .copied()
        .collect();
    let mut order = Vec::new();
    // In a circle, which is refused, the file decides.
    while let Some(model) = free.pop_first().or_else(|| left.first().copied()) {
        left.remove(&model);
        order.push(model);
        for (_, to) in pairs.range((model, ModelId(0))..=(model, ModelId(usize::MAX))) {
            if let Some(count) = writers.get_mut(to) {
                *count = count.saturating_sub(1);
                if *count == 0 && left.contains(to) {
                    free.insert(*to);
                }
            }
        }
    }
    order
}

/// Refuses circles.
pub(super) fn check(report: &mut Report<'_>) {
    let edges = edges(report.schema);
    let between: Vec<&Edge> = edges
        .iter()
        .filter(|edge| edge.from != edge.to.model)
        .collect();
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for edge in &between {
        if told.contains(&edge.trigger) {
            continue;
        }
        if let Some(circle) = circle(&between, edge) {
            told.extend(circle.iter().map(|edge| edge.trigger));
            refuse(report, &circle);
        }
    }
    // A trigger that writes into its own table is fine as long as nothing it reads comes from what it writes.
    let within: Vec<&Edge> = edges
        .iter()
        .filter(|edge| edge.from == edge.to.model)
        .collect();
    for edge in &within {
        if told.contains(&edge.trigger) {
            continue;
        }
        if let Some(circle) = column_circle(&within, edge) {
            told.extend(circle.iter().map(|edge| edge.trigger));
            refuse_columns(report, &circle);
        }
    }
}

/// The shortest way along edges that begins with `first` and comes back to where it begins.
fn circle<'a>(edges: &[&'a Edge], first: &'a Edge) -> Option<Vec<&'a Edge>> {
    shortest(
        edges,
        first,
        |before, next| before.to.model == next.from,
        |last| last.to.model == first.from,
    )
}

fn column_circle<'a>(edges: &[&'a Edge], first: &'a Edge) -> Option<Vec<&'a Edge>> {
    shortest(
        edges,
        first,
        |before, next| next.reads.contains(&before.to),
        |last| first.reads.contains(&last.to),
    )
}

fn shortest<'a>(
    edges: &[&'a Edge],
    first: &'a Edge,
    follows: impl Fn(&Edge, &Edge) -> bool,
    closes: impl Fn(&Edge) -> bool,
) -> Option<Vec<&'a Edge>> {
    let mut seen = BTreeSet::from([first.trigger]);
    let mut ways = vec![vec![first]];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let Some(last) = way.last() else { continue };
            if closes(last) {
                return Some(way);
            }
            for next in edges {
                if follows(last, next) && seen.insert(next.trigger) {
                    let mut way = way.clone();
                    way.push(next);
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

fn refuse(report: &mut Report<'_>, circle: &[&Edge]) {
    let schema = report.schema;
    let Some(first) = circle.first() else { return };
    let mut way = format!("`{}`", schema.model(first.from).name);
    for edge in circle {
        way.push_str(&format!(
            " → `{}` (by `{}`)",
            schema.model(edge.to.model).name,
            schema.triggers[edge.trigger].name
        ));
    }
    let mut diagnostic = report
        .error(
            "write-circle",
            format!("the triggers write around in a circle: {way}"),
            &["triggers", &schema.triggers[first.trigger].name],
        )
        .label("this one closes the circle")
        .help("count or add up in one direction only; compute the other side when it is read");
    for edge in &circle[1..] {
        let span = report
            .spans
            .at(&["triggers", &schema.triggers[edge.trigger].name]);
        diagnostic = diagnostic.also(span, "and this one is part of it");
    }
    report.push(diagnostic);
}

fn refuse_columns(report: &mut Report<'_>, circle: &[&Edge]) {
    let schema = report.schema;
    let Some(first) = circle.first() else { return };
    let trigger = &schema.triggers[first.trigger].name;
    let column = &schema.field(first.to).name;
    let message = match circle {
        [_] => format!("`{trigger}` writes `{column}`, and reads it in the same table"),
        _ => format!(
            "`{trigger}` writes `{column}`, from which other triggers of the same table make what it reads"
        ),
    };
    let mut diagnostic = report
        .error("write-circle", message, &["triggers", trigger])
        .label("each write would fire it again")
        .help("leave the column out of the expression and of `where`");
    for edge in &circle[1..] {
        let span = report
            .spans
            .at(&["triggers", &schema.triggers[edge.trigger].name]);
        diagnostic = diagnostic.also(span, "this one is part of the circle");
    }
    report.push(diagnostic);
}
