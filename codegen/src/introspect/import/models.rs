//! Tables: those that are models, their partitions, and those that PostgreSQL's own SQL has to make.

use super::super::catalog::Object;
use super::facts::{Facts, ident, name_of, parents, path, qualified};
use super::text::{self, Entries, Piece, Text};
use super::{Import, cut, indexes, types};
use crate::lower::names;
use crate::sql;
use crate::sql::{Keyword, Sql, SqlExpr};

/// Whether the language says the table as a model. A partition is said by its parent.
pub(super) fn is_model(import: &Import<'_>, table: &Object) -> bool {
    !import.is_demoted(table, "")
        && table.key.kind == "table"
        && table.text("partition_values").is_none()
        && table.text("of_type").is_none()
        && table.text("access_method").is_none()
        && !import
            .facts
            .columns_of(table)
            .iter()
            .any(|column| column.is("virtual"))
        && parents(table).iter().all(|parent| {
            import
                .facts
                .tables
                .get(parent)
                .is_some_and(|parent| is_model(import, parent))
        })
}

impl<'a> Import<'a> {
    pub(super) fn write_models(&mut self) -> Text {
        let mut all = Text::new();
        let catalog = self.catalog;
        for table in catalog.of("table").chain(catalog.of("foreign table")) {
            if let Some(name) = self.models.get(&path(table)).cloned() {
                let model = self.model(table, &name);
                all.append(&model);
            } else if self.is_said_partition(table) {
                // Its line is in the parent; what the parent does not say of it follows.
                self.set_options(table);
                self.hangers(table);
            } else {
                self.raw_table(table);
                self.hangers(table);
            }
        }
        all
    }

    /// Whether the table is a line in the `partitions` of its model.
    fn is_said_partition(&self, table: &Object) -> bool {
        table.key.kind == "table"
            && table.text("partition_values").is_some()
            && table.text("partition_by").is_none()
            && !self.is_demoted(table, "")
            && table.text("access_method").is_none()
            && parents(table)
                .first()
                .is_some_and(|parent| self.models.contains_key(parent))
            && self.has_same_columns(table)
    }

    fn model(&mut self, table: &'a Object, name: &str) -> Text {
        let mut head = Entries::new();
        if let Some(comment) = table.text("comment") {
            head.set("doc", types::doc(comment));
        }
        if names::table(name).as_str() != table.key.name {
            head.text("table", &table.key.name);
        }
        self.schema_entry(&mut head, table);
        let keys = self.keys(table);
        keys.primary_key(&mut head);
        head.flag("unlogged", table.is("unlogged"));
        let parents: Vec<String> = parents(table)
            .iter()
            .filter_map(|parent| self.models.get(parent).cloned())
            .collect();
        if !parents.is_empty() {
            head.set(
                "inherits",
                text::strings(parents.iter().map(String::as_str)),
            );
        }
        self.storage(&mut head, table);
        self.partitioning(&mut head, table);
        self.unique_constraints(&mut head, table, &keys);
        self.exclusions(&mut head, &keys);
        self.check_constraints(&mut head, table, &keys);
        self.foreign_key_lists(&mut head, table, &keys);
        self.index_list(&mut head, table);
        self.statistics(&mut head, table);
        self.access(&mut head, table);
        let mut fields = Entries::new();
        let columns = self.facts.columns_of(table);
        for column in columns {
            // What it says otherwise than its parent is among the details: a field would make the column its own.
            if column.is("_inherited") && !column.is("_local") {
                continue;
            }
            let field = self.field(table, name, column, &keys);
            fields.set(&column.key.name, field);
        }
        self.details(table);
        let key = text::bare(name);
        let marked = || Text::from(key.as_str()).marked(Piece::new(&table.key, "name"));
        let mut block = Text::new();
        if !head.is_empty() || fields.is_empty() {
            block
                .push("\n[models.")
                .append(&marked())
                .push("]\n")
                .append(&head.lines());
        }
        if !fields.is_empty() {
            block
                .push("\n[models.")
                .append(&marked())
                .push(".fields]\n")
                .append(&fields.aligned());
        }
        block.marked(Piece::new(&table.key, ""))
    }

    /// Storage parameters, those of the TOAST table with their namespace.
    fn storage(&mut self, head: &mut Entries, table: &'a Object) {
        if self.is_demoted(table, "with") {
            return;
        }
        let mut with = Entries::new();
        options(&mut with, "", &table.texts("options"));
        options(&mut with, "toast.", &table.texts("toast_options"));
        if !with.is_empty() {
            head.set("with", with.inline().marked(Piece::new(&table.key, "with")));
        }
    }

    fn partitioning(&mut self, head: &mut Entries, table: &'a Object) {
        let Some(by) = table.text("partition_by") else {
            return;
        };
        let strategy = by
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let columns = self.facts.columns_of(table);
        let parts = cut::parts(by, "").map_or_else(Vec::new, |(parts, _)| parts);
        let parts: Vec<String> = parts
            .iter()
            .map(|part| indexes::plain(part, &columns))
            .collect();
        let mut partition = Entries::new();
        partition
            .text("by", &strategy)
            .set("on", text::strings(parts.iter().map(String::as_str)));
        head.set("partition", partition.inline());
        let partitions = self
            .facts
            .partitions
            .get(&path(table))
            .cloned()
            .unwrap_or_default();
        let mut lines = Vec::new();
        for partition in partitions {
            if !self.is_said_partition(partition) {
                continue;
            }
            let mut line = Entries::new();
            line.text("name", &partition.key.name);
            self.schemas.insert(&partition.key.schema);
            if partition.key.schema != table.key.schema {
                line.text("schema", &partition.key.schema);
            }
            let values = partition.text("partition_values").unwrap_or_default();
            line.text(
                "values",
                values.strip_prefix("FOR VALUES ").unwrap_or(values),
            );
            lines.push(line.inline().marked(Piece::new(&partition.key, "")));
        }
        if !lines.is_empty() {
            head.set("partitions", text::list(lines));
        }
    }

    /// What hangs on a table that is no model: everything as SQL.
    fn hangers(&mut self, table: &'a Object) {
        for constraint in Facts::on(&self.facts.constraints, table) {
            let is_inherited =
                constraint.is("_parent") || constraint.facts.get("_local") == Some(&false.into());
            if !is_inherited && constraint.text("_type") != Some("n") {
                self.raw_constraint(constraint);
            }
        }
        for index in Facts::on(&self.facts.indexes, table) {
            if !index.is("_parent") {
                self.raw_index(index);
            }
        }
        for statistics in Facts::on(&self.facts.statistics, table) {
            self.raw_statistics(statistics);
        }
        self.raw_access(table);
        self.details(table);
        if let Some(comment) = table.text("comment") {
            self.comment_on(table, comment);
        }
        for column in self.facts.columns_of(table) {
            if let Some(comment) = column.text("comment") {
                self.comment_on(column, comment);
            }
        }
    }

    /// A table that is carried as SQL.
    fn raw_table(&mut self, table: &'a Object) {
        let name = name_of(table);
        let foreign = table.key.kind == "foreign table";
        let mut sql = Sql::new();
        sql.push_keyword("CREATE ")
            .push_keyword(match (foreign, table.is("unlogged")) {
                (true, _) => "FOREIGN TABLE ",
                (false, true) => "UNLOGGED TABLE ",
                (false, false) => "TABLE ",
            });
        sql.push(&name);
        let mut after = Vec::new();
        let above = parents(table);
        for (schema, parent) in &above {
            after.extend(self.after_table(schema, parent));
        }
        let mut attach = None;
        if let Some(values) = table.text("partition_values").filter(|_| !above.is_empty()) {
            let (made, attached) = self.raw_partition(table, values);
            sql.push(&made);
            attach = attached;
        } else {
            let columns = self.facts.columns_of(table);
            let own = columns
                .iter()
                .filter(|column| column.is("_local") || above.is_empty());
            let mut lines: Vec<Sql> = own.map(|column| column_line(column, foreign)).collect();
            // PostgreSQL puts checks on foreign tables and inherited ones in their place by itself.
            sql.push_keyword(" (");
            for (index, line) in lines.drain(..).enumerate() {
                sql.push_keyword(if index > 0 { ",\n    " } else { "\n    " })
                    .push(&line);
            }
            sql.push_keyword("\n)");
            if !above.is_empty() {
                let names = above
                    .iter()
                    .map(|(schema, parent)| qualified(schema, parent));
                sql.push(&sql!(" INHERITS ({names})", names = Sql::join(", ", names)));
            }
        }
        if let Some(by) = table.text("partition_by") {
            sql.push(&sql!(" PARTITION BY {by}", by = SqlExpr::trusted(by)));
        }
        if let Some(method) = table.text("access_method") {
            sql.push(&sql!(" USING {method}", method = ident(method)));
        }
        if let Some(server) = table.text("server") {
            sql.push(&sql!(" SERVER {server}", server = ident(server)));
            sql.push(&server_options(&table.texts("server_options")));
        }
        if let Some(ty) = table.text("of_type") {
            // The same as `CREATE TABLE … OF`, which can say less of its columns.
            sql.push(&sql!(
                ";\nALTER TABLE {name} OF {ty}",
                name = name,
                ty = SqlExpr::trusted(ty)
            ));
        }
        if let Some(attach) = attach {
            sql.push_keyword(";\n").push(&attach);
        }
        let drop = sql!(
            "DROP {word} {name}",
            word = Keyword(if foreign { "FOREIGN TABLE" } else { "TABLE" }),
            name = name
        );
        self.add_raw(table, sql, Some(drop), after);
        // Those of a model are in its `with`.
        self.set_options(table);
        self.owned_sequences(table);
    }
}

pub(super) fn column_line(column: &Object, foreign: bool) -> Sql {
    let mut sql = sql!(
        "{name} {ty}",
        name = ident(&column.key.name),
        ty = SqlExpr::trusted(column.text("type").unwrap_or_default())
    );
    if foreign {
        sql.push(&server_options(&column.texts("server_options")));
    }
    if let Some(collation) = column.text("collation") {
        sql.push(&sql!(" COLLATE {name}", name = SqlExpr::trusted(collation)));
    }
    if let Some(expression) = column.text("generated") {
        let word = if column.is("virtual") {
            ") VIRTUAL"
        } else {
            ") STORED"
        };
        sql.push_keyword(" GENERATED ALWAYS AS (")
            .push(&SqlExpr::trusted(expression))
            .push_keyword(word);
    }
    if let Some(default) = column.text("default") {
        sql.push(&sql!(
            " DEFAULT {default}",
            default = SqlExpr::trusted(default)
        ));
    }
    match column.text("identity") {
        Some("always") => {
            sql.push_keyword(" GENERATED ALWAYS AS IDENTITY");
        }
        Some(_) => {
            sql.push_keyword(" GENERATED BY DEFAULT AS IDENTITY");
        }
        None => {}
    }
    if column.is("not_null") {
        sql.push_keyword(" NOT NULL");
    }
    sql
}

fn server_options(options: &[&str]) -> Sql {
    let options = options.iter().filter_map(|option| option.split_once('='));
    let parts: Vec<Sql> = options
        .map(|(name, value)| {
            sql!(
                "{name} {value}",
                name = ident(name),
                value = crate::sql::Literal::text(value)
            )
        })
        .collect();
    if parts.is_empty() {
        Sql::new()
    } else {
        sql!(" OPTIONS ({parts})", parts = Sql::join(", ", parts))
    }
}

/// Storage parameters from the catalog's `name=value`.
pub(super) fn options(entries: &mut Entries, namespace: &str, options: &[&str]) {
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let plain_integer = value
            .parse::<i64>()
            .is_ok_and(|number| number.to_string() == *value);
        let value = if plain_integer || matches!(value, "true" | "false") {
            value.to_owned()
        } else {
            text::string(value)
        };
        entries.set(&format!("{namespace}{name}"), value);
    }
}
