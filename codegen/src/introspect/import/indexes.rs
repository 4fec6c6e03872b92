//! Indexes and extended statistics.

use super::super::catalog::Object;
use super::facts::{Facts, ident, name_of, qualified};
use super::text::{self, Entries, Piece};
use super::{Import, cut, models};
use crate::lower::index_part::{PartScope, parse_index_part};
use crate::lower::names as rule;
use crate::schema::IndexKey;
use crate::sql;
use crate::sql::SqlExpr;

/// The name of a constraint, unless the rule gives it.
pub(super) fn name_unless(
    entries: &mut Entries,
    key: &str,
    object: &Object,
    prefix: &str,
    columns: &[&str],
) {
    if rule::on_columns(prefix, &ident(&object.key.on), columns).as_str() != object.key.name {
        entries.text(key, &object.key.name);
    }
}

/// A part of an index or partition key as people write it: a column without its quotes.
pub(super) fn plain(part: &str, columns: &[&Object]) -> String {
    let name = |column: &&&Object| sql!("{name}", name = ident(&column.key.name)).as_str() == part;
    match columns.iter().find(name) {
        Some(column) => column.key.name.clone(),
        None => part.to_owned(),
    }
}

/// Whether an index is what a command that failed left behind. That of a partitioned table may be meant to be so.
pub(in crate::introspect) fn is_left_behind(index: &Object) -> bool {
    let definition = index.text("definition").unwrap_or_default();
    index.key.kind == "index" && !index.is("valid") && !definition.contains(" ON ONLY ")
}

impl<'a> Import<'a> {
    pub(super) fn index_list(&mut self, head: &mut Entries, table: &'a Object) {
        let columns = self.facts.columns_of(table);
        let names: Vec<&str> = columns
            .iter()
            .map(|column| column.key.name.as_str())
            .collect();
        let mut list = Vec::new();
        for index in Facts::on(&self.facts.indexes, table) {
            let definition = index.text("definition").unwrap_or_default();
            let parts = cut::parts(definition, "using");
            let sayable = index.is("valid")
                && index.text("tablespace").is_none()
                && !self.is_demoted(index, "");
            let Some((parts, _)) = parts.filter(|_| sayable && !index.is("_parent")) else {
                self.raw_index(index);
                continue;
            };
            let parts: Vec<String> = parts.iter().map(|part| plain(part, &columns)).collect();
            let unique = index.is("_unique");
            let scope = PartScope {
                table: &table.key.name,
                columns: &names,
            };
            let keys: Option<Vec<String>> = parts
                .iter()
                .map(|part| match parse_index_part(part, scope).ok()?.key {
                    IndexKey::Field(field) => names.get(field.0).map(|name| (*name).to_owned()),
                    IndexKey::Expression(sql) => Some(rule::of_expression(sql.as_str())),
                })
                .collect();
            let by_rule = keys.map(|keys| {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                rule::on_columns(
                    if unique { "ux" } else { "idx" },
                    &ident(&table.key.name),
                    &keys,
                )
            });
            let mut entry = Entries::new();
            if by_rule.is_none_or(|name| name.as_str() != index.key.name) {
                entry.text("name", &index.key.name);
            }
            entry.set("on", text::strings(parts.iter().map(String::as_str)));
            entry.flag("unique", unique);
            if let Some(method) = index.text("_method").filter(|method| *method != "btree") {
                entry.text("using", method);
            }
            let include = index.texts("_include");
            if !include.is_empty() {
                entry.set("include", text::strings(include));
            }
            if let Some(condition) = index.text("_predicate") {
                entry.set("where", text::string(&cut::condition(condition)));
            }
            entry.flag("nulls_not_distinct", index.is("_nulls_not_distinct"));
            let mut with = Entries::new();
            models::options(&mut with, "", &index.texts("_options"));
            if !with.is_empty() {
                entry.set("with", with.inline());
            }
            list.push(entry.inline().marked(Piece::new(&index.key, "")));
            if let Some(comment) = index.text("comment") {
                self.comment_on(index, comment);
            }
        }
        if !list.is_empty() {
            head.set("indexes", text::list(list));
        }
    }

    /// An index that is carried as SQL.
    pub(super) fn raw_index(&mut self, index: &'a Object) {
        if index.is("_parent") {
            return;
        }
        if is_left_behind(index) {
            // No statement makes one that is not valid, and pg_dump leaves it out too.
            self.left_out.push(format!(
                "{}: it is not valid, what a `CREATE INDEX CONCURRENTLY` that failed leaves behind; `REINDEX` or drop it",
                index.key
            ));
            return;
        }
        let mut sql = sql!(
            "{definition}",
            definition = SqlExpr::trusted(index.text("definition").unwrap_or_default())
        );
        if let Some(space) = index.text("tablespace") {
            // It stands before WHERE.
            let whole = sql.as_str();
            let at = match index
                .text("_predicate")
                .map(|condition| format!(" WHERE {condition}"))
            {
                Some(tail) if whole.ends_with(&tail) => whole.len() - tail.len(),
                _ => whole.len(),
            };
            let (head, tail) = whole.split_at(at);
            sql = sql!(
                "{head} TABLESPACE {space}{tail}",
                head = SqlExpr::trusted(head),
                space = ident(space),
                tail = SqlExpr::trusted(tail)
            );
        }
        let name = qualified(&index.key.schema, &index.key.name);
        let after = self.after_table(&index.key.schema, &index.key.on);
        if index.is("valid") {
            let drop = sql!("DROP INDEX {name}", name = name);
            self.add_raw(index, sql, Some(drop), after);
        } else {
            // On the partitioned table alone: partitions that come after it would bring theirs.
            self.late.push((0, index, sql));
        }
        if let Some(comment) = index.text("comment") {
            self.comment_on(index, comment);
        }
    }

    pub(super) fn statistics(&mut self, head: &mut Entries, table: &'a Object) {
        let columns = self.facts.columns_of(table);
        let mut list = Vec::new();
        for statistics in Facts::on(&self.facts.statistics, table) {
            let definition = statistics.text("definition").unwrap_or_default();
            let on = cut::between(definition, "on", "from");
            let same_schema = statistics.key.schema == table.key.schema;
            let Some(on) = on.filter(|_| same_schema && !self.is_demoted(statistics, "")) else {
                self.raw_statistics(statistics);
                continue;
            };
            let mut entry = Entries::new();
            entry.text("name", &statistics.key.name);
            let kinds = definition
                .split(" ON ")
                .next()
                .and_then(|start| cut::parts(start, ""));
            if let Some((kinds, _)) = kinds {
                entry.set("kinds", text::strings(kinds));
            }
            let on: Vec<String> = on.iter().map(|part| plain(part, &columns)).collect();
            entry.set("on", text::strings(on.iter().map(String::as_str)));
            list.push(entry.inline().marked(Piece::new(&statistics.key, "")));
            self.statistics_details(statistics);
        }
        if !list.is_empty() {
            head.set("statistics", text::list(list));
        }
    }

    pub(super) fn raw_statistics(&mut self, statistics: &'a Object) {
        let sql = sql!(
            "{definition}",
            definition = SqlExpr::trusted(statistics.text("definition").unwrap_or_default())
        );
        let drop = sql!("DROP STATISTICS {name}", name = name_of(statistics));
        let schema = statistics.text("_table_schema").unwrap_or_default();
        let after = self.after_table(schema, &statistics.key.on);
        self.add_raw(statistics, sql, Some(drop), after);
        self.statistics_details(statistics);
    }
}
