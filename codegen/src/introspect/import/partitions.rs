//! Partitions: the lines of their table, those that are tables of their own, and the names of their indexes.

use super::super::catalog::Object;
use super::Import;
use super::facts::{Facts, ident, name_of, parents, qualified, table_of};
use super::models::column_line;
use crate::sql;
use crate::sql::{Literal, Sql, SqlExpr};

/// Facts in which the columns of a partition are as the table brings them.
const BROUGHT: [&str; 6] = [
    "type",
    "default",
    "collation",
    "generated",
    "identity",
    "not_null",
];

impl<'a> Import<'a> {
    /// The columns of a partition beside those of its table, where they have the same names in the same order.
    fn beside_parent(&self, table: &Object) -> Option<Vec<(&'a Object, &'a Object)>> {
        let parent = *self.facts.tables.get(parents(table).first()?)?;
        let (own, above) = (self.facts.columns_of(table), self.facts.columns_of(parent));
        let same = own.len() == above.len()
            && own
                .iter()
                .zip(&above)
                .all(|(own, above)| own.key.name == above.key.name);
        same.then(|| own.into_iter().zip(above).collect())
    }

    /// Whether the columns of a partition are as the table brings them.
    pub(super) fn has_same_columns(&self, table: &Object) -> bool {
        self.beside_parent(table).is_some_and(|columns| {
            columns.iter().all(|(own, above)| {
                BROUGHT
                    .iter()
                    .all(|fact| own.facts.get(*fact) == above.facts.get(*fact))
            })
        })
    }

    /// What makes a partition that is no line of a model, after its name and before what it is partitioned by; and what
    /// makes it a partition, where that is another statement.
    pub(super) fn raw_partition(&self, table: &'a Object, values: &str) -> (Sql, Option<Sql>) {
        let values = SqlExpr::trusted(values);
        let above = parents(table);
        let (schema, name) = above.first().copied().unwrap_or_default();
        let parent = qualified(schema, name);
        if table.key.kind == "foreign table" {
            return (
                sql!(
                    " PARTITION OF {parent} {values}",
                    parent = parent,
                    values = values
                ),
                None,
            );
        }
        if let Some(columns) = self.beside_parent(table) {
            let mut own = Vec::new();
            for (own_column, above) in columns {
                let mut line = sql!("{name}", name = ident(&own_column.key.name));
                if own_column.is("not_null") && !above.is("not_null") {
                    line.push_keyword(" NOT NULL");
                }
                let default = own_column.text("default");
                if default != above.text("default") {
                    let default = SqlExpr::trusted(default.unwrap_or("NULL"));
                    line.push(&sql!(" DEFAULT {default}", default = default));
                }
                if line.as_str() != sql!("{name}", name = ident(&own_column.key.name)).as_str() {
                    own.push(line);
                }
            }
            let own = (!own.is_empty()).then(|| sql!(" ({own})", own = Sql::join(", ", own)));
            let sql = sql!(
                " PARTITION OF {parent}{own} {values}",
                parent = parent,
                own = &own,
                values = values
            );
            return (sql, None);
        }
        // Its columns stand in another order: it was a table of its own once. What it inherits has to be there before.
        let columns = self.facts.columns_of(table);
        let mut lines: Vec<Sql> = columns
            .iter()
            .map(|column| column_line(column, false))
            .collect();
        for check in Facts::on(&self.facts.constraints, table) {
            let inherited = check.facts.get("_local") == Some(&false.into());
            if inherited && check.text("_type") == Some("c") {
                lines.push(sql!(
                    "CONSTRAINT {name} {definition}",
                    name = ident(&check.key.name),
                    definition = SqlExpr::trusted(check.text("definition").unwrap_or_default())
                ));
            }
        }
        (
            sql!(" (\n    {lines}\n)", lines = Sql::join(",\n    ", lines)),
            Some(sql!(
                "ALTER TABLE {parent} ATTACH PARTITION {name} {values}",
                parent = parent,
                name = name_of(table),
                values = values
            )),
        )
    }

    /// The names of indexes that an index of the table brings, where PostgreSQL would choose others.
    pub(super) fn index_names(&self) -> Vec<Sql> {
        let mut levels: Vec<Vec<Sql>> = Vec::new();
        let all = self.facts.of("index").chain(self.facts.of("constraint"));
        for index in all.filter(|index| index.is("_parent")) {
            let [schema, name] = index.texts("_parent_index")[..] else {
                continue;
            };
            if is_chosen(&index.key.name, &index.key.on) {
                continue;
            }
            let mut depth = 0;
            let mut table = self
                .facts
                .tables
                .get(&(index.key.schema.as_str(), index.key.on.as_str()));
            while let Some(above) = table {
                table = parents(above)
                    .first()
                    .and_then(|parent| self.facts.tables.get(parent));
                depth += 1;
            }
            if levels.len() <= depth {
                levels.resize_with(depth + 1, Vec::new);
            }
            let text = |sql: Sql| Literal::text(sql.as_str());
            levels[depth].push(sql!(
                "({parent}, {table}, {name})",
                parent = text(sql!("{name}", name = qualified(schema, name))),
                table = text(sql!("{table}", table = table_of(index))),
                name = Literal::text(&index.key.name)
            ));
        }
        levels.retain(|level| !level.is_empty());
        levels
            .into_iter()
            .map(|level| {
                sql!(
                    "DO $$\nDECLARE\n  one record;\nBEGIN\n  FOR one IN\n    \
                     SELECT i.indexrelid::pg_catalog.regclass AS made, w.name\n    \
                     FROM (VALUES\n      {names}\n    ) AS w (parent, part, name)\n    \
                     JOIN pg_catalog.pg_inherits AS h ON h.inhparent = w.parent::pg_catalog.regclass\n    \
                     JOIN pg_catalog.pg_index AS i ON i.indexrelid = h.inhrelid AND i.indrelid = w.part::pg_catalog.regclass\n    \
                     JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid AND c.relname <> w.name\n  \
                     LOOP\n    EXECUTE pg_catalog.format('ALTER INDEX %s RENAME TO %I', one.made, one.name);\n  END LOOP;\nEND\n$$",
                    names = Sql::join(",\n      ", level)
                )
            })
            .collect()
    }
}

/// Whether a name is as PostgreSQL chooses one: the table, the columns, the kind, and a number where that is taken.
fn is_chosen(name: &str, table: &str) -> bool {
    let kind = name.trim_end_matches(|char: char| char.is_ascii_digit());
    let start: String = table.chars().take(20).collect();
    name.starts_with(&start)
        && ["_idx", "_key", "_pkey", "_excl"]
            .iter()
            .any(|end| kind.ends_with(end))
}
