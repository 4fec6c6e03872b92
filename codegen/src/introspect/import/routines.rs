//! Functions, views and triggers.

use std::collections::BTreeSet;

use super::super::catalog::Object;
use super::access::described;
use super::facts::{Facts, ident, name_of, path, table_of};
use super::readable::readable;
use super::text::{self, Entries, Piece, Text};
use super::{Import, cut, offers, types};
use crate::sql;
use crate::sql::{Sql, SqlExpr};

/// Bits of `pg_trigger.tgtype`.
const ROW: i64 = 1;
const BEFORE: i64 = 2;
const INSERT: i64 = 4;
const DELETE: i64 = 8;
const UPDATE: i64 = 16;
const TRUNCATE: i64 = 32;
const INSTEAD: i64 = 64;

impl<'a> Import<'a> {
    pub(super) fn write_functions(&mut self) -> Text {
        let mut all = Text::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let catalog = self.catalog;
        let routines = catalog.objects.iter();
        let routines = routines.filter(|object| {
            matches!(
                object.key.kind.as_str(),
                "function" | "procedure" | "aggregate"
            )
        });
        // An aggregate comes after the functions it is made of.
        let (aggregates, functions): (Vec<_>, Vec<_>) =
            routines.partition(|object| object.key.kind == "aggregate");
        for object in functions.into_iter().chain(aggregates) {
            let definition = object.text("definition").unwrap_or_default();
            if self.is_demoted(object, "") {
                let drop = sql!("DROP {what}", what = described(object));
                self.add_raw(
                    object,
                    sql!("{text}", text = SqlExpr::trusted(definition)),
                    Some(drop),
                    Vec::new(),
                );
                if let Some(comment) = object.text("comment") {
                    self.comment_on(object, comment);
                }
                continue;
            }
            let name = object.text("_name").unwrap_or_default();
            let mut key = name.to_owned();
            if taken.contains(&key) && object.key.schema != self.default_schema {
                key = format!("{}_{name}", object.key.schema);
            }
            let mut number = 2_usize;
            while taken.contains(&key) || key.len() > 63 {
                let mut end = name.len().min(56);
                while !name.is_char_boundary(end) {
                    end -= 1;
                }
                key = format!("{}_{number}", &name[..end]);
                number += 1;
            }
            taken.insert(key.clone());
            if object.is("_trigger") {
                self.functions
                    .insert((&object.key.schema, name), key.clone());
            }
            self.schemas.insert(&object.key.schema);
            let mut entries = Entries::new();
            if let Some(comment) = object.text("comment") {
                entries.set("doc", types::doc(comment));
            }
            entries.set("sql", text::sql(&self.as_written(object, definition)));
            let mut block = Text::from(format!("\n[functions.{}]\n", text::bare(&key)));
            block.append(&entries.lines());
            all.append(&block.marked(Piece::new(&object.key, "")));
        }
        all
    }

    /// A definition without what the server adds: `OR REPLACE`, and the default schema.
    fn as_written(&self, object: &Object, definition: &str) -> String {
        let word = object.key.kind.to_ascii_uppercase();
        let name = ident(object.text("_name").unwrap_or_default());
        let own = sql!(
            "{schema}.{name}(",
            schema = ident(&object.key.schema),
            name = name
        );
        for start in ["CREATE OR REPLACE ", "CREATE "] {
            let Some(rest) = definition
                .strip_prefix(start)
                .and_then(|rest| rest.strip_prefix(word.as_str()))
            else {
                continue;
            };
            let Some(rest) = rest
                .strip_prefix(' ')
                .and_then(|rest| rest.strip_prefix(own.as_str()))
            else {
                continue;
            };
            let name = types::visible(
                self,
                &object.key.schema,
                object.text("_name").unwrap_or_default(),
            );
            return format!("CREATE {word} {name}({rest}");
        }
        definition.to_owned()
    }

    pub(super) fn write_views(&mut self) -> Text {
        let mut all = Text::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let catalog = self.catalog;
        let is_view =
            |object: &&Object| matches!(object.key.kind.as_str(), "view" | "materialized view");
        for view in catalog.objects.iter().filter(is_view) {
            let materialized = view.key.kind == "materialized view";
            if self.is_demoted(view, "") || view.text("access_method").is_some() {
                self.raw_view(view);
                self.view_details(view);
                continue;
            }
            let mut key = view.key.name.clone();
            if taken.contains(&key) {
                key = format!("{}_{}", view.key.schema, view.key.name);
            }
            taken.insert(key.clone());
            self.views.insert(path(view), key.clone());
            let mut entries = Entries::new();
            if let Some(comment) = view.text("comment") {
                entries.set("doc", types::doc(comment));
            }
            if key != view.key.name {
                entries.text("name", &view.key.name);
            }
            self.schema_entry(&mut entries, view);
            entries.flag("materialized", materialized);
            entries.set(
                "sql",
                text::sql(&readable(view.text("query").unwrap_or_default())),
            );
            let mut block = Text::from(format!("\n[views.{}]\n", text::bare(&key)));
            block.append(&entries.lines());
            if !self.is_demoted(view, "fields") {
                let mut fields = Entries::new();
                for column in self.facts.columns_of(view) {
                    // Whether a view's column can be NULL is not known.
                    fields.text(&column.key.name, &format!("{}?", self.type_of(column)));
                }
                if !fields.is_empty() {
                    let mut typed = Text::from(format!("\n[views.{}.fields]\n", text::bare(&key)));
                    typed.append(&fields.aligned());
                    block.append(&typed.marked(Piece::new(&view.key, "fields")));
                }
            }
            all.append(&block.marked(Piece::new(&view.key, "")));
            self.view_details(view);
        }
        all
    }

    /// What the language says nothing about: options and defaults of views, indexes of materialized ones.
    fn view_details(&mut self, view: &'a Object) {
        let name = name_of(view);
        let options: Vec<Sql> = view
            .texts("options")
            .iter()
            .filter_map(|option| option.split_once('='))
            .map(|(key, value)| {
                sql!(
                    "{key} = {value}",
                    key = ident(key),
                    value = crate::sql::Literal::text(value)
                )
            })
            .collect();
        if !options.is_empty() {
            let options = Sql::join(", ", options);
            self.detail(
                view,
                sql!(
                    "ALTER {what} SET ({options})",
                    what = described(view),
                    options = options
                ),
            );
        }
        if let Some(space) = view.text("tablespace") {
            self.detail(
                view,
                sql!(
                    "ALTER {what} SET TABLESPACE {space}",
                    what = described(view),
                    space = ident(space)
                ),
            );
        }
        for column in self.facts.columns_of(view) {
            if let Some(default) = column.text("default") {
                let sql = sql!(
                    "ALTER VIEW {name} ALTER COLUMN {column} SET DEFAULT {default}",
                    name = name,
                    column = ident(&column.key.name),
                    default = SqlExpr::trusted(default)
                );
                self.detail(view, sql);
            }
        }
        if view.key.kind == "materialized view" {
            for column in self.facts.columns_of(view) {
                self.column_details(view, column);
            }
        }
        for index in Facts::on(&self.facts.indexes, view) {
            self.raw_index(index);
        }
        for statistics in Facts::on(&self.facts.statistics, view) {
            self.raw_statistics(statistics);
        }
    }

    fn raw_view(&mut self, view: &'a Object) {
        let word = if view.key.kind == "view" {
            "CREATE VIEW "
        } else {
            "CREATE MATERIALIZED VIEW "
        };
        let mut sql = Sql::new();
        sql.push_keyword(word).push(&name_of(view));
        if let Some(method) = view.text("access_method") {
            sql.push(&sql!(" USING {method}", method = ident(method)));
        }
        sql.push_keyword(" AS\n").push(&SqlExpr::trusted(readable(
            view.text("query").unwrap_or_default(),
        )));
        self.add_raw(
            view,
            sql,
            Some(sql!("DROP {what}", what = described(view))),
            Vec::new(),
        );
        if let Some(comment) = view.text("comment") {
            self.comment_on(view, comment);
        }
    }

    pub(super) fn write_triggers(&mut self) -> Text {
        let mut all = Text::new();
        let catalog = self.catalog;
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for trigger in catalog
            .of("trigger")
            .filter(|trigger| !trigger.is("_parent"))
        {
            let on = (trigger.key.schema.as_str(), trigger.key.on.as_str());
            let view = self.views.get(&on).cloned();
            let model = self.models.get(&on).cloned().or(view);
            if let Some(comment) = trigger.text("comment") {
                self.comment_on(trigger, comment);
            }
            let entries = model.and_then(|model| self.trigger(trigger, &model));
            let Some(mut entries) = entries.filter(|_| !self.is_demoted(trigger, "")) else {
                self.raw_trigger(trigger);
                continue;
            };
            let name = trigger.key.name.as_str();
            let mut key = name
                .strip_prefix("trg_")
                .filter(|rest| !rest.is_empty())
                .unwrap_or(name)
                .to_owned();
            if taken.contains(&key) {
                key = format!("{key}_{}", trigger.key.on);
            }
            let mut number = 2_usize;
            let base = key.clone();
            while taken.contains(&key) {
                key = format!("{base}_{number}");
                number += 1;
            }
            taken.insert(key.clone());
            if crate::ident::Ident::derived(&["trg", &key]).as_str() != name {
                let event = first_event(trigger.number("_type").unwrap_or_default());
                let mut names = Entries::new();
                names.text(event, name);
                entries.set("names", names.inline());
            }
            let mut block = Text::new();
            if let Some(offer) = offers::offer(self, trigger, &key) {
                block.push("\n").push(&text::comment(&offer));
                self.offers += 1;
            } else {
                block.push("\n");
            }
            block
                .push(&format!("[triggers.{}]\n", text::bare(&key)))
                .append(&entries.lines());
            all.append(&block.marked(Piece::new(&trigger.key, "")));
            self.triggers.insert(trigger.key.clone(), key);
        }
        all
    }

    /// The keys of a trigger; nothing where the language has no words for all of it.
    fn trigger(&self, trigger: &'a Object, model: &str) -> Option<Entries> {
        let definition = trigger.text("definition")?;
        let bits = trigger.number("_type")?;
        if trigger.is("_from") {
            return None;
        }
        let mut entries = Entries::new();
        entries.text("kind", "sql").text("on", model);
        entries.text(
            "timing",
            match bits {
                bits if bits & INSTEAD != 0 => "instead of",
                bits if bits & BEFORE != 0 => "before",
                _ => "after",
            },
        );
        let events = EVENTS
            .iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, word)| *word);
        entries.set("events", text::strings(events));
        let columns = trigger.texts("_columns");
        if !columns.is_empty() {
            entries.set("update_of", text::strings(columns));
        }
        let row = bits & ROW != 0;
        let tables = [trigger.text("_old_table"), trigger.text("_new_table")];
        let usually_row = tables == [None, None] && bits & TRUNCATE == 0;
        if row != usually_row {
            entries.text("level", if row { "row" } else { "statement" });
        }
        for (key, table) in ["old_table", "new_table"].into_iter().zip(tables) {
            if let Some(table) = table {
                entries.text(key, table);
            }
        }
        if trigger.is("_constraint") {
            let time = match (trigger.is("_deferrable"), trigger.is("_deferred")) {
                (true, true) => "deferred",
                (true, false) => "deferrable",
                _ => "immediate",
            };
            entries.text("constraint", time);
        }
        if trigger.is("_when") {
            entries.set(
                "when",
                text::sql(&cut::condition(cut::after(definition, "when")?)),
            );
        }
        let function = (
            trigger.text("_function_schema")?,
            trigger.text("_function")?,
        );
        match self.functions.get(&function) {
            Some(key) => entries.text("function", key),
            None => {
                let quoted = |name: &str| {
                    if name.contains(['.', '"']) {
                        format!("\"{}\"", name.replace('"', "\"\""))
                    } else {
                        name.to_owned()
                    }
                };
                entries.text(
                    "function",
                    &format!("{}.{}", quoted(function.0), quoted(function.1)),
                )
            }
        };
        if let Some(hex) = trigger.text("_arguments") {
            let args = arguments(hex)?;
            entries.set("args", text::strings(args.iter().map(String::as_str)));
        }
        Some(entries)
    }

    fn raw_trigger(&mut self, trigger: &'a Object) {
        let definition = trigger.text("definition").unwrap_or_default();
        let drop = sql!(
            "DROP TRIGGER {name} ON {table}",
            name = ident(&trigger.key.name),
            table = table_of(trigger)
        );
        let after = self.after_table(&trigger.key.schema, &trigger.key.on);
        self.add_raw(
            trigger,
            sql!("{text}", text = SqlExpr::trusted(definition)),
            Some(drop),
            after,
        );
    }

    /// The function of a trigger.
    pub(super) fn function_of(&self, trigger: &Object) -> Option<&'a Object> {
        let (schema, name) = (
            trigger.text("_function_schema")?,
            trigger.text("_function")?,
        );
        self.facts.of("function").find(|function| {
            function.key.schema == schema
                && function.text("_name") == Some(name)
                && function.is("_trigger")
        })
    }

    /// What statistics say beyond their columns.
    pub(super) fn statistics_details(&mut self, statistics: &'a Object) {
        if let Some(target) = statistics.number("target") {
            let sql = sql!(
                "ALTER STATISTICS {name} SET STATISTICS {target}",
                name = name_of(statistics),
                target = crate::sql::Literal::Integer(target)
            );
            self.late.push((0, statistics, sql));
        }
        if let Some(comment) = statistics.text("comment") {
            self.comment_on(statistics, comment);
        }
    }
}

const EVENTS: [(i64, &str); 4] = [
    (INSERT, "insert"),
    (UPDATE, "update"),
    (DELETE, "delete"),
    (TRUNCATE, "truncate"),
];

fn first_event(bits: i64) -> &'static str {
    EVENTS
        .iter()
        .find(|(bit, _)| bits & bit != 0)
        .map_or("insert", |(_, word)| word)
}

/// Whether a trigger fires before, for each row, on exactly these events.
pub(super) fn fires(trigger: &Object, before: bool, row: bool) -> Option<Vec<&'static str>> {
    let bits = trigger.number("_type")?;
    let fits = (bits & BEFORE != 0) == before && (bits & ROW != 0) == row && bits & INSTEAD == 0;
    fits.then(|| {
        EVENTS
            .iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, word)| *word)
            .collect()
    })
}

/// Arguments as the catalog has them: each ended by a zero byte.
fn arguments(hex: &str) -> Option<Vec<String>> {
    let digits: Vec<u32> = hex
        .chars()
        .map(|char| char.to_digit(16))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect();
    let text = String::from_utf8(bytes).ok()?;
    let mut parts: Vec<String> = text.split('\0').map(str::to_owned).collect();
    parts.pop();
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn arguments_end_at_zero_bytes() {
        assert_eq!(
            arguments("61006200"),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(arguments("00"), Some(vec![String::new()]));
        assert_eq!(arguments("zz"), None);
        assert_eq!(arguments("ff00"), None);
    }
}
