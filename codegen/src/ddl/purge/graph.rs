//! Which tables go with a purged row, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{Action, FieldId, ForeignKey, Links, Model, ModelId, Schema};

/// A table whose rows go with the root's.
pub(super) struct Node {
    pub(super) model: ModelId,
    /// The cascading references that lead here from tables that are walked before it.
    pub(super) edges: Vec<Edge>,
    /// Columns whose values are kept for the rows that go: its primary key, and what further tables refer to. Empty
    /// where nothing is walked below it, or its rows cannot be named by a key.
    pub(super) held: Vec<FieldId>,
}

/// A cascading reference.
#[derive(Clone)]
pub(super) struct Edge {
    pub(super) parent: ModelId,
    /// Columns of the child.
    pub(super) fields: Vec<FieldId>,
    /// Columns of the parent.
    pub(super) to: Vec<FieldId>,
}

/// The walk from the root: the root first, each table after one that leads to it. References that would close a
/// circle are left to the constraints; those of a table to itself are followed.
pub(super) fn walk(schema: &Schema, links: &Links<'_>, root: ModelId) -> Vec<Node> {
    let order = parents_first(schema, links, root);
    let mut before: BTreeSet<ModelId> = BTreeSet::new();
    let mut nodes: Vec<Node> = Vec::new();
    for model in order {
        before.insert(model);
        let edges = cascades(schema.model(model))
            .filter(|key| before.contains(&key.target))
            .map(|key| Edge {
                parent: key.target,
                fields: key.fields.clone(),
                to: key.to.clone(),
            })
            .collect();
        nodes.push(Node {
            model,
            edges,
            held: Vec::new(),
        });
    }
    hold(schema, &mut nodes, 0);
    drop_unreachable(schema, &mut nodes);
    nodes
}

/// Says of each table, from the one at `first` on, what is kept of it.
fn hold(schema: &Schema, nodes: &mut [Node], first: usize) {
    let mut referred: BTreeMap<ModelId, Vec<FieldId>> = BTreeMap::new();
    for edge in nodes.iter().flat_map(|node| &node.edges) {
        referred.entry(edge.parent).or_default().extend(&edge.to);
    }
    for (index, node) in nodes.iter_mut().enumerate().skip(first) {
        let referred = referred.remove(&node.model).unwrap_or_default();
        node.held = held(schema, node.model, referred, index);
    }
}

/// The columns to keep of a table: none for a leaf.
fn held(schema: &Schema, model: ModelId, referred: Vec<FieldId>, index: usize) -> Vec<FieldId> {
    let Some(key) = &schema.model(model).primary_key else {
        return Vec::new();
    };
    if referred.is_empty() && index > 0 {
        return Vec::new();
    }
    let mut fields = key.fields.clone();
    for field in referred {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    let of_arrays = |&field: &FieldId| schema.model(model).field(field).ty.dimensions > 0;
    if fields.iter().any(of_arrays) {
        // An array of arrays loses its elements' bounds.
        return Vec::new();
    }
    fields
}

/// Where a table's rows cannot be kept by a key, the walk ends: what hangs below is the constraints' work.
fn drop_unreachable(schema: &Schema, nodes: &mut Vec<Node>) {
    loop {
        let keyless: BTreeSet<ModelId> = nodes
            .iter()
            .filter(|node| node.held.is_empty())
            .map(|node| node.model)
            .collect();
        for node in nodes.iter_mut() {
            node.edges.retain(|edge| !keyless.contains(&edge.parent));
        }
        let before = nodes.len();
        let mut first = true;
        nodes.retain(|node| std::mem::take(&mut first) || !only_own(node));
        if nodes.len() == before {
            break;
        }
    }
    hold(schema, nodes, 1);
}

/// Whether nothing but the table itself leads to it.
fn only_own(node: &Node) -> bool {
    node.edges.iter().all(|edge| edge.parent == node.model)
}

fn cascades(model: &Model) -> impl Iterator<Item = &ForeignKey> {
    model
        .foreign_keys
        .iter()
        .filter(|key| key.on_delete == Action::Cascade)
}

/// The tables that cascades reach, each after every table that it refers to as far as there is no circle: whichever
/// way the reference acts, its rows must go first.
fn parents_first(schema: &Schema, links: &Links<'_>, root: ModelId) -> Vec<ModelId> {
    let mut rest = BTreeSet::from([root]);
    let mut ways = vec![root];
    while let Some(model) = ways.pop() {
        for &(child, key) in links.references(model) {
            if key.on_delete == Action::Cascade && rest.insert(child) {
                ways.push(child);
            }
        }
    }
    rest.remove(&root);
    let mut placed = BTreeSet::from([root]);
    let mut order = vec![root];
    let mut ready = Ready::default();
    for &id in &rest {
        ready.look_at(schema, id, &placed, &rest);
    }
    while let Some(next) = ready.first().or_else(|| rest.first().copied()) {
        rest.remove(&next);
        placed.insert(next);
        ready.remove(next);
        order.push(next);
        for &(child, _) in links.references(next) {
            if rest.contains(&child) {
                ready.look_at(schema, child, &placed, &rest);
            }
        }
    }
    order
}

/// Tables that one which is placed leads to.
#[derive(Default)]
struct Ready {
    /// Those that refer to none that is not placed.
    free: BTreeSet<ModelId>,
    /// Those that cascade from none that is not placed.
    cascades_placed: BTreeSet<ModelId>,
    led_to: BTreeSet<ModelId>,
}

impl Ready {
    /// The best of them; in the order of the file where several are.
    fn first(&self) -> Option<ModelId> {
        let sets = [&self.free, &self.cascades_placed, &self.led_to];
        sets.into_iter().find_map(|set| set.first().copied())
    }

    fn look_at(
        &mut self,
        schema: &Schema,
        id: ModelId,
        placed: &BTreeSet<ModelId>,
        rest: &BTreeSet<ModelId>,
    ) {
        let model = schema.model(id);
        if !cascades(model).any(|key| key.target != id && placed.contains(&key.target)) {
            return;
        }
        self.led_to.insert(id);
        let waits =
            |key: &ForeignKey| !key.is_retained() && key.target != id && rest.contains(&key.target);
        if !cascades(model).any(waits) {
            self.cascades_placed.insert(id);
        }
        if !model.foreign_keys.iter().any(waits) {
            self.free.insert(id);
        }
    }

    fn remove(&mut self, id: ModelId) {
        for set in [&mut self.free, &mut self.cascades_placed, &mut self.led_to] {
            set.remove(&id);
        }
    }
}
