//! Which tables go with a purged row, and in which order.

use std::collections::BTreeSet;

use crate::schema::{Action, FieldId, ForeignKey, Model, ModelId, Schema};

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
pub(super) fn walk(schema: &Schema, root: ModelId) -> Vec<Node> {
    let order = parents_first(schema, root);
    let mut nodes: Vec<Node> = Vec::new();
    for (index, &model) in order.iter().enumerate() {
        let before: BTreeSet<ModelId> = order[..=index].iter().copied().collect();
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
    for index in 0..nodes.len() {
        nodes[index].held = held(schema, &nodes, index);
    }
    drop_unreachable(schema, &mut nodes);
    nodes
}

/// The columns to keep of a table: none for a leaf.
fn held(schema: &Schema, nodes: &[Node], index: usize) -> Vec<FieldId> {
    let model = nodes[index].model;
    let referred: Vec<FieldId> = nodes
        .iter()
        .flat_map(|node| &node.edges)
        .filter(|edge| edge.parent == model)
        .flat_map(|edge| edge.to.iter().copied())
        .collect();
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
        let keyless: Vec<ModelId> = nodes
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
    for index in 1..nodes.len() {
        nodes[index].held = held(schema, nodes, index);
    }
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
fn parents_first(schema: &Schema, root: ModelId) -> Vec<ModelId> {
    let mut reached = BTreeSet::from([root]);
    loop {
        let next = schema.models_with_ids().find(|(id, model)| {
            !reached.contains(id) && cascades(model).any(|key| reached.contains(&key.target))
        });
        let Some((id, _)) = next else { break };
        reached.insert(id);
    }
    let mut order = vec![root];
    let mut rest: Vec<ModelId> = reached.into_iter().filter(|&id| id != root).collect();
    while !rest.is_empty() {
        let waits = |id: ModelId, cascading_only: bool| {
            schema.model(id).foreign_keys.iter().any(|key| {
                !key.is_retained()
                    && key.target != id
                    && rest.contains(&key.target)
                    && (!cascading_only || key.on_delete == Action::Cascade)
            })
        };
        let led_to = |id: ModelId| {
            cascades(schema.model(id)).any(|key| key.target != id && order.contains(&key.target))
        };
        let next = rest
            .iter()
            .position(|&id| led_to(id) && !waits(id, false))
            .or_else(|| rest.iter().position(|&id| led_to(id) && !waits(id, true)))
            .or_else(|| rest.iter().position(|&id| led_to(id)))
            .unwrap_or(0);
        order.push(rest.remove(next));
    }
    order
}
