//! The body of the purge function.

use std::collections::BTreeMap;

use super::array_type;
use super::graph::{Edge, Node};
use crate::ident::Ident;
use crate::schema::{FieldId, Model, ModelId, Schema, SoftDelete};
use crate::sql;
use crate::sql::{Keyword, Sql};

/// The variables that keep the rows which go: one array for each column.
type Variables = BTreeMap<(ModelId, FieldId), Ident>;

/// What every statement of the body needs.
struct Body<'a> {
    schema: &'a Schema,
    variables: Variables,
    /// `OPERATOR(pg_catalog.=)`, or a plain `=` under a search path.
    equals: Keyword,
}

pub(super) fn body(
    schema: &Schema,
    model: &Model,
    soft: &SoftDelete,
    nodes: &[Node],
    own_types: bool,
) -> Sql {
    let body = Body {
        schema,
        variables: variables(schema, nodes),
        equals: Keyword(if own_types {
            "="
        } else {
            "OPERATOR(pg_catalog.=)"
        }),
    };
    let Some((root, below)) = nodes.split_first() else {
        return Sql::new();
    };
    if root.held.is_empty() {
        return body.without_key(model, soft);
    }
    let declarations = body.variables.iter().map(|((id, field), name)| {
        sql!(
            "    {name} {ty};\n",
            name = name,
            ty = array_type(schema, schema.model(*id), *field)
        )
    });
    let mut text = sql!(
        "#variable_conflict use_variable\nDECLARE\n{arrays}    purged bigint;\nBEGIN\n",
        arrays = Sql::join("", declarations)
    );
    text.push(&body.victims(model, soft, root));
    if root.edges.iter().any(|edge| edge.parent == root.model) {
        text.push_keyword("\n    -- Rows below them in the same table go too.\n");
        text.push(&body.collect(root, true));
    }
    for node in below.iter().filter(|node| !node.held.is_empty()) {
        text.push_keyword("\n").push(&body.collect(node, false));
    }
    if !below.is_empty() {
        text.push_keyword(
            "\n    -- Children first, a statement for each table: cascades would go row by row.\n",
        );
    }
    for node in below.iter().rev() {
        text.push(&body.delete(node));
    }
    text.push(&body.delete(root));
    text.push_keyword("    GET DIAGNOSTICS purged = ROW_COUNT;\n    RETURN purged;\nEND");
    text
}

/// Names of variables, each once and none of the function's own.
fn variables(schema: &Schema, nodes: &[Node]) -> Variables {
    let mut variables = Variables::new();
    let mut taken = vec![
        Ident::derived(&["max_rows"]),
        Ident::derived(&["older_than"]),
        Ident::derived(&["purged"]),
    ];
    for node in nodes {
        let model = schema.model(node.model);
        for &field in &node.held {
            let parts = [model.table.name.as_str(), model.field(field).name.as_str()];
            let mut name = Ident::derived(&parts);
            let mut number = 2_u32;
            while taken.contains(&name) {
                name = Ident::derived(&[parts[0], parts[1], &number.to_string()]);
                number += 1;
            }
            taken.push(name.clone());
            variables.insert((node.model, field), name);
        }
    }
    variables
}

impl Body<'_> {
    fn condition(&self, model: &Model, soft: &SoftDelete) -> Sql {
        sql!(
            "t.{flag} AND t.{at} OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) older_than)",
            flag = model.field(soft.flag).name,
            at = model.field(soft.at).name
        )
    }

    /// The rows to remove, locked.
    fn victims(&self, model: &Model, soft: &SoftDelete, root: &Node) -> Sql {
        let key = model.primary_key.iter().flat_map(|key| &key.fields);
        let order = std::iter::once(&soft.at).chain(key);
        let order = order.map(|&field| sql!("t.{name}", name = model.field(field).name));
        sql!(
            "    -- The oldest first; rows that another session holds are left for the next call.
    SELECT {aggregates}
      INTO {into}
      FROM (SELECT {columns}
              FROM {table} AS t
             WHERE {condition}
             ORDER BY {order}
             LIMIT max_rows
               FOR UPDATE SKIP LOCKED) AS v;
    IF {first} IS NULL THEN
        RETURN 0;
    END IF;
",
            aggregates = self.aggregates(root),
            into = self.into(root),
            columns = self.columns(root, "t."),
            table = model.table,
            condition = self.condition(model, soft),
            order = Sql::join(", ", order),
            first = root
                .held
                .first()
                .map(|&field| &self.variables[&(root.model, field)])
        )
    }

    /// Keeps the rows of a table that go with those that are kept already; with `again`, further rows of a table that
    /// refers to itself.
    fn collect(&self, node: &Node, again: bool) -> Sql {
        let model = self.schema.model(node.model);
        let (own, others): (Vec<&Edge>, Vec<&Edge>) = node
            .edges
            .iter()
            .partition(|edge| edge.parent == node.model);
        let select = |edge: &Edge| {
            sql!(
                "SELECT {columns}\n              FROM {table} AS t\n             WHERE {condition}",
                columns = self.columns(node, "t."),
                table = model.table,
                condition = self.matches(model, edge)
            )
        };
        let start = if again {
            vec![sql!(
                "SELECT {columns}\n              FROM ROWS FROM ({arrays}) AS v ({columns_of})",
                columns = self.columns(node, "v."),
                arrays = self.unnested(node.model, &node.held),
                columns_of = self.columns(node, "")
            )]
        } else {
            others.iter().map(|edge| select(edge)).collect()
        };
        let union = "\n             UNION\n            ";
        if own.is_empty() {
            return sql!(
                "    SELECT {aggregates}\n      INTO {into}\n      FROM ({rows}) AS v;\n",
                aggregates = self.aggregates(node),
                into = self.into(node),
                rows = Sql::join(union, start)
            );
        }
        // A recursive query may name itself once: all references of the table to itself are one condition.
        let conditions = own.iter().map(|edge| {
            let pairs = edge.fields.iter().zip(&edge.to).map(|(&field, &to)| {
                sql!(
                    "t.{field} {equals} r.{to}",
                    field = model.field(field).name,
                    equals = self.equals,
                    to = model.field(to).name
                )
            });
            sql!("({pairs})", pairs = Sql::join(" AND ", pairs))
        });
        sql!(
            "    WITH RECURSIVE r ({names}) AS (
            ({start})
             UNION
            SELECT {columns}
              FROM {table} AS t
              JOIN r ON {conditions}
    )
    SELECT {aggregates}
      INTO {into}
      FROM r AS v;
",
            names = self.columns(node, ""),
            start = Sql::join(union, start),
            columns = self.columns(node, "t."),
            table = model.table,
            conditions = Sql::join(" OR ", conditions),
            aggregates = self.aggregates(node),
            into = self.into(node)
        )
    }

    /// Removes the rows of a table that go.
    fn delete(&self, node: &Node) -> Sql {
        let model = self.schema.model(node.model);
        if node.held.is_empty() {
            let deletes = node.edges.iter().filter(|edge| edge.parent != node.model);
            let deletes = deletes.map(|edge| {
                sql!(
                    "    DELETE FROM {table} AS t\n     WHERE {condition};\n",
                    table = model.table,
                    condition = self.matches(model, edge)
                )
            });
            return Sql::join("", deletes);
        }
        let key: Vec<FieldId> = model
            .primary_key
            .iter()
            .flat_map(|key| key.fields.iter().copied())
            .collect();
        let edge = Edge {
            parent: node.model,
            fields: key.clone(),
            to: key,
        };
        sql!(
            "    DELETE FROM {table} AS t\n     WHERE {condition};\n",
            table = model.table,
            condition = self.matches(model, &edge)
        )
    }

    /// Whether a row `t` refers to one of the kept rows of the edge's parent.
    fn matches(&self, model: &Model, edge: &Edge) -> Sql {
        if let ([field], [to]) = (edge.fields.as_slice(), edge.to.as_slice()) {
            return sql!(
                "t.{field} {equals} ANY ({values})",
                field = model.field(*field).name,
                equals = self.equals,
                values = self.variables[&(edge.parent, *to)]
            );
        }
        let parent = self.schema.model(edge.parent);
        let names = edge.to.iter().map(|&to| &parent.field(to).name);
        let pairs = edge.fields.iter().zip(&edge.to).map(|(&field, &to)| {
            sql!(
                "t.{field} {equals} p.{to}",
                field = model.field(field).name,
                equals = self.equals,
                to = parent.field(to).name
            )
        });
        sql!(
            "EXISTS (
                   SELECT FROM ROWS FROM ({arrays}) AS p ({names})
                    WHERE {pairs})",
            arrays = self.unnested(edge.parent, &edge.to),
            names = Sql::join(", ", names),
            pairs = Sql::join(" AND ", pairs)
        )
    }

    /// A table without a key: its rows are named by their place, which no one can move while they are locked.
    fn without_key(&self, model: &Model, soft: &SoftDelete) -> Sql {
        sql!(
            "#variable_conflict use_variable
DECLARE
    purged bigint;
BEGIN
    -- The oldest first; rows that another session holds are left for the next call.
    WITH victims AS MATERIALIZED (
        SELECT t.tableoid, t.ctid
          FROM {table} AS t
         WHERE {condition}
         ORDER BY t.{at}
         LIMIT max_rows
           FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {table} AS t
     USING victims AS v
     WHERE t.tableoid OPERATOR(pg_catalog.=) v.tableoid AND t.ctid OPERATOR(pg_catalog.=) v.ctid;
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN purged;
END",
            table = model.table,
            condition = self.condition(model, soft),
            at = model.field(soft.at).name
        )
    }

    fn columns(&self, node: &Node, prefix: &'static str) -> Sql {
        let model = self.schema.model(node.model);
        let columns = node.held.iter().map(|&field| {
            sql!(
                "{prefix}{name}",
                prefix = Keyword(prefix),
                name = model.field(field).name
            )
        });
        Sql::join(", ", columns)
    }

    fn aggregates(&self, node: &Node) -> Sql {
        let model = self.schema.model(node.model);
        let aggregates = node.held.iter().map(|&field| {
            sql!(
                "pg_catalog.array_agg(v.{name})",
                name = model.field(field).name
            )
        });
        Sql::join(", ", aggregates)
    }

    fn into(&self, node: &Node) -> Sql {
        let held = node.held.iter();
        Sql::join(
            ", ",
            held.map(|&field| &self.variables[&(node.model, field)]),
        )
    }

    fn unnested(&self, model: ModelId, fields: &[FieldId]) -> Sql {
        let arrays = fields.iter().map(|&field| {
            sql!(
                "pg_catalog.unnest({array})",
                array = self.variables[&(model, field)]
            )
        });
        Sql::join(", ", arrays)
    }
}
