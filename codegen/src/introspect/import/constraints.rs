//! Keys, unique constraints, checks, exclusion constraints and references.

use super::super::catalog::Object;
use super::facts::{Facts, ident, qualified, table_of};
use super::text::{self, Entries, Piece, Text};
use super::{Import, cut, indexes, names};
use crate::lower::names as rule;
use crate::sql;
use crate::sql::{Literal, SqlExpr};

/// The constraints of a table, by how they are said.
#[derive(Debug, Default)]
pub(super) struct Keys<'a> {
    primary: Option<&'a Object>,
    /// Whether the table's own primary key is among those carried as SQL.
    raw_primary: bool,
    uniques: Vec<&'a Object>,
    checks: Vec<&'a Object>,
    references: Vec<&'a Object>,
    exclusions: Vec<&'a Object>,
    /// Said in the line of their field.
    of_fields: Vec<&'a Object>,
    raw: Vec<&'a Object>,
    has_parents: bool,
    /// Whether no flag of a field can say the key: it would give a uuid a default, and an inherited column has no line.
    bare_uuid: bool,
}

impl<'a> Keys<'a> {
    fn on<'k>(
        list: &'k [&'a Object],
        of_fields: &[&'a Object],
        column: &str,
    ) -> Option<&'k &'a Object> {
        list.iter().find(|constraint| {
            constraint.texts("_columns") == [column]
                && of_fields.iter().any(|own| own.key == constraint.key)
        })
    }

    /// Whether the column alone is the primary key, with the flag of a field.
    pub(super) fn is_key(&self, column: &str) -> bool {
        !self.bare_uuid
            && self
                .primary
                .is_some_and(|key| key.texts("_columns") == [column])
    }

    pub(super) fn unique(&self, column: &str) -> Option<&'a Object> {
        Self::on(&self.uniques, &self.of_fields, column).copied()
    }

    pub(super) fn check(&self, column: &str) -> Option<&'a Object> {
        Self::on(&self.checks, &self.of_fields, column).copied()
    }

    pub(super) fn reference(&self, column: &str) -> Option<&'a Object> {
        Self::on(&self.references, &self.of_fields, column).copied()
    }

    /// The model's `primary_key`, where no field says it, and its name.
    pub(super) fn primary_key(&self, head: &mut Entries) {
        match self.primary {
            None if !self.has_parents || self.raw_primary => {
                head.set("primary_key", "[]");
            }
            None => {}
            Some(key) => {
                let columns = key.texts("_columns");
                if columns.len() != 1 || self.bare_uuid {
                    head.set("primary_key", text::strings(columns));
                }
                let table = ident(&key.key.on);
                if rule::primary_key(&table).as_str() != key.key.name {
                    head.text("primary_key_name", &key.key.name);
                }
            }
        }
    }
}

impl<'a> Import<'a> {
    /// Sorts the constraints of a table by how they can be said.
    pub(super) fn keys(&mut self, table: &'a Object) -> Keys<'a> {
        let mut keys = Keys {
            has_parents: !super::facts::parents(table).is_empty(),
            ..Keys::default()
        };
        for constraint in Facts::on(&self.facts.constraints, table) {
            let local = constraint.facts.get("_local") != Some(&false.into());
            if constraint.facts.get("enabled") == Some(&false.into()) {
                self.refuse(
                    constraint,
                    "somebody disabled the triggers that keep it, and no spec says that; \
                     `ALTER TABLE … ENABLE TRIGGER ALL` on both tables, or drop it",
                );
            }
            if constraint.is("_parent") || !local {
                continue;
            }
            let kind = constraint.text("_type").unwrap_or_default();
            if kind == "n" {
                self.name_of_not_null(table, constraint);
                continue;
            }
            let sayable = self.is_sayable(constraint) && !self.is_demoted(constraint, "");
            match kind {
                "p" if sayable => keys.primary = Some(constraint),
                "u" if sayable => keys.uniques.push(constraint),
                "c" if sayable => keys.checks.push(constraint),
                "f" if sayable => keys.references.push(constraint),
                "x" if sayable => keys.exclusions.push(constraint),
                _ => {
                    keys.raw_primary |= kind == "p";
                    keys.raw.push(constraint);
                }
            }
        }
        let columns = self.facts.columns_of(table);
        for column in &columns {
            // A field that comes from a parent has no line of its own here.
            if column.is("_inherited") && !column.is("_local") {
                continue;
            }
            let name = column.key.name.as_str();
            for list in [&keys.uniques, &keys.checks, &keys.references] {
                let plain = |constraint: &&&Object| {
                    constraint.texts("_columns") == [name] && is_of_field(constraint)
                };
                if let Some(first) = list.iter().find(plain) {
                    keys.of_fields.push(first);
                }
            }
        }
        for constraint in keys.raw.clone() {
            self.raw_constraint(constraint);
        }
        if let Some(key) = keys.primary {
            let bare_uuid = |column: &&&Object| {
                key.texts("_columns") == [column.key.name.as_str()]
                    && column.text("type") == Some("uuid")
                    && column.text("default").is_none()
            };
            let inherited = |column: &&&Object| {
                key.texts("_columns") == [column.key.name.as_str()]
                    && column.is("_inherited")
                    && !column.is("_local")
            };
            if columns
                .iter()
                .any(|column| bare_uuid(&column) || inherited(&column))
            {
                keys.bare_uuid = true;
            }
        }
        for constraint in Facts::on(&self.facts.constraints, table) {
            if let Some(comment) = constraint
                .text("comment")
                .filter(|_| constraint.text("_type") != Some("n"))
            {
                self.comment_on(constraint, comment);
            }
            if let Some(comment) = constraint.text("index_comment") {
                self.comments.push(sql!(
                    "COMMENT ON INDEX {name} IS {comment}",
                    name = qualified(&constraint.key.schema, &constraint.key.name),
                    comment = Literal::text(comment)
                ));
            }
        }
        keys
    }

    /// Whether the language has words for all of a constraint.
    fn is_sayable(&self, constraint: &Object) -> bool {
        let is_enforced = constraint.facts.get("_enforced") != Some(&false.into());
        let definition = constraint.text("definition").unwrap_or_default();
        let deferrable = constraint.is("_deferrable");
        is_enforced
            && match constraint.text("_type") {
                Some("p" | "u") if definition.contains("WITHOUT OVERLAPS") => false,
                Some("p") => !deferrable && constraint.texts("_include").is_empty(),
                Some("u") => true,
                Some("c") => constraint.is("validated") && !constraint.is("_no_inherit"),
                Some("x") => constraint.is("validated"),
                Some("f") => {
                    let target = (
                        constraint.text("_target_schema").unwrap_or_default(),
                        constraint.text("_target").unwrap_or_default(),
                    );
                    constraint.text("_match") == Some("s")
                        && constraint
                            .facts
                            .get("_set_columns")
                            .is_none_or(serde_json::Value::is_null)
                        && !definition.contains("PERIOD ")
                        && self.models.contains_key(&target)
                }
                _ => false,
            }
    }

    pub(super) fn unique_constraints(
        &mut self,
        head: &mut Entries,
        table: &'a Object,
        keys: &Keys<'a>,
    ) {
        let mut list = Vec::new();
        for constraint in rest(&keys.uniques, keys) {
            let columns = constraint.texts("_columns");
            let mut entry = Entries::new();
            let by_rule = rule::on_columns("ux", &ident(&table.key.name), &columns);
            if by_rule.as_str() != constraint.key.name {
                entry.text("name", &constraint.key.name);
            }
            entry.set("on", text::strings(columns));
            let include = constraint.texts("_include");
            if !include.is_empty() {
                entry.set("include", text::strings(include));
            }
            let definition = constraint.text("definition").unwrap_or_default();
            entry.flag(
                "nulls_not_distinct",
                definition.contains("NULLS NOT DISTINCT"),
            );
            deferrable(&mut entry, constraint);
            list.push(entry.inline().marked(Piece::new(&constraint.key, "")));
        }
        if !list.is_empty() {
            head.set("unique", text::list(list));
        }
    }

    pub(super) fn check_constraints(
        &mut self,
        head: &mut Entries,
        table: &'a Object,
        keys: &Keys<'a>,
    ) {
        let mut list = Vec::new();
        for constraint in rest(&keys.checks, keys) {
            let position = (list.len() + 1).to_string();
            let mut entry = Entries::new();
            let by_rule = rule::on_columns("ck", &ident(&table.key.name), &[&position]);
            if by_rule.as_str() != constraint.key.name {
                entry.text("name", &constraint.key.name);
            }
            let definition = constraint.text("definition").unwrap_or_default();
            let condition = cut::condition(cut::after(definition, "check").unwrap_or(definition));
            entry.set("sql", text::string(&condition));
            list.push(entry.inline().marked(Piece::new(&constraint.key, "")));
        }
        if !list.is_empty() {
            head.set("checks", text::list(list));
        }
    }

    pub(super) fn exclusions(&mut self, head: &mut Entries, keys: &Keys<'a>) {
        let mut list = Vec::new();
        for constraint in &keys.exclusions {
            let definition = constraint.text("definition").unwrap_or_default();
            let mut entry = Entries::new();
            entry.text("name", &constraint.key.name);
            let method = definition.split_whitespace().nth(2).unwrap_or_default();
            if method != "btree" {
                entry.text("using", method);
            }
            let parts = cut::parts(definition, "using").map_or_else(Vec::new, |(parts, _)| parts);
            entry.set("on", text::strings(parts));
            let include = constraint.texts("_include");
            if !include.is_empty() {
                entry.set("include", text::strings(include));
            }
            if let Some(condition) = cut::after(definition, "where") {
                entry.set("where", text::string(&cut::condition(condition)));
            }
            deferrable(&mut entry, constraint);
            list.push(entry.inline().marked(Piece::new(&constraint.key, "")));
        }
        if !list.is_empty() {
            head.set("exclude", text::list(list));
        }
    }

    /// References that no field says.
    pub(super) fn foreign_key_lists(
        &mut self,
        head: &mut Entries,
        table: &'a Object,
        keys: &Keys<'a>,
    ) {
        let mut list = Vec::new();
        for constraint in rest(&keys.references, keys) {
            let columns = constraint.texts("_columns");
            let mut entry = Entries::new();
            let by_rule = rule::on_columns("fk", &ident(&table.key.name), &columns);
            if by_rule.as_str() != constraint.key.name {
                entry.text("name", &constraint.key.name);
            }
            entry.set("fields", text::strings(columns));
            let (target, _) = self.target(constraint);
            entry.text("references", &target);
            entry.set("to", text::strings(constraint.texts("_target_columns")));
            actions(&mut entry, constraint);
            list.push(entry.inline().marked(Piece::new(&constraint.key, "")));
        }
        if !list.is_empty() {
            head.set("foreign_keys", text::list(list));
        }
    }

    /// The reference of a field.
    pub(super) fn reference(&mut self, entries: &mut Entries, model: &str, constraint: &'a Object) {
        let (target, key) = self.target(constraint);
        let column = constraint
            .texts("_target_columns")
            .first()
            .copied()
            .unwrap_or_default();
        let references = match key == [column] {
            true => target.clone(),
            false => format!("{target}.{column}"),
        };
        let piece = || Piece::new(&constraint.key, "");
        entries.set(
            "references",
            Text::from(text::string(&references)).marked(piece()),
        );
        let own = constraint
            .texts("_columns")
            .first()
            .copied()
            .unwrap_or_default();
        indexes::name_unless(entries, "references_name", constraint, "fk", &[own]);
        actions(entries, constraint);
        if !self.is_demoted(constraint, "inverse")
            && let Some(inverse) = self.inverse(model, &target, own)
        {
            let value = Text::from(text::string(&inverse));
            entries.set(
                "inverse",
                value.marked(Piece::new(&constraint.key, "inverse")),
            );
        }
    }

    /// The model that a reference names, and the columns of its key.
    fn target(&self, constraint: &Object) -> (String, Vec<String>) {
        let target = (
            constraint.text("_target_schema").unwrap_or_default(),
            constraint.text("_target").unwrap_or_default(),
        );
        let constraints = self.facts.constraints.get(&target).into_iter().flatten();
        let key = constraints.into_iter().find(|constraint| {
            constraint.text("_type") == Some("p")
                && self.is_sayable(constraint)
                && !self.is_demoted(constraint, "")
        });
        let columns = key.map_or_else(Vec::new, |key| key.texts("_columns"));
        (
            self.models.get(&target).cloned().unwrap_or_default(),
            columns.into_iter().map(str::to_owned).collect(),
        )
    }

    /// The name of a relation on the other side: the model in the plural, and the column where that is
    /// taken. Who has a parent is one of its children.
    fn inverse(&mut self, model: &str, target: &str, column: &str) -> Option<String> {
        let many = rule::plural(&rule::snake_case(model));
        let role = column.strip_suffix("_id").unwrap_or(column);
        let role = rule::snake_case(&names::camel(role));
        let children = (model == target && role == "parent").then(|| "children".to_owned());
        children
            .into_iter()
            .chain([many.clone(), format!("{many}_by_{role}")])
            .find(|name| self.inverses.insert((target.to_owned(), name.clone())))
    }

    /// A constraint that is carried as SQL.
    pub(super) fn raw_constraint(&mut self, constraint: &'a Object) {
        let mut sql = sql!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} {definition}",
            table = table_of(constraint),
            name = ident(&constraint.key.name),
            definition = SqlExpr::trusted(constraint.text("definition").unwrap_or_default())
        );
        if !constraint.is("validated") {
            sql.push_keyword(" NOT VALID");
        }
        let drop = sql!(
            "ALTER TABLE {table} DROP CONSTRAINT {name}",
            table = table_of(constraint),
            name = ident(&constraint.key.name)
        );
        let mut after = self.after_table(&constraint.key.schema, &constraint.key.on);
        if let (Some(schema), Some(target)) = (
            constraint.text("_target_schema"),
            constraint.text("_target"),
        ) {
            for table in self.after_table(schema, target) {
                if !after.contains(&table) {
                    after.push(table);
                }
            }
        }
        self.add_raw(constraint, sql, Some(drop), after);
    }

    /// A NOT NULL has a name since PostgreSQL 18.
    fn name_of_not_null(&mut self, table: &'a Object, constraint: &'a Object) {
        let column = constraint
            .texts("_columns")
            .first()
            .copied()
            .unwrap_or_default();
        let by_rule = format!("{}_{column}_not_null", table.key.name);
        if by_rule.len() <= 63 && by_rule != constraint.key.name {
            let sql = sql!(
                "ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}",
                table = table_of(constraint),
                old = ident(&by_rule),
                new = ident(&constraint.key.name)
            );
            self.detail(table, sql);
        }
        let name = ident(&constraint.key.name);
        if constraint.is("_no_inherit") {
            let sql = sql!(
                "ALTER TABLE {table} ALTER CONSTRAINT {name} NO INHERIT",
                table = table_of(constraint),
                name = name
            );
            self.detail(table, sql);
        }
        if !constraint.is("validated") {
            // What a row that is there may hold is said by a constraint alone.
            let sql = sql!(
                "ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;\n\
                 ALTER TABLE {table} ADD CONSTRAINT {name} NOT NULL {column} NOT VALID",
                table = table_of(constraint),
                column = ident(column),
                name = name
            );
            self.detail(table, sql);
        }
        if let Some(comment) = constraint.text("comment") {
            self.comment_on(constraint, comment);
        }
    }
}

/// The constraints that no field says.
fn rest<'a>(list: &[&'a Object], keys: &Keys<'a>) -> Vec<&'a Object> {
    let of_field =
        |constraint: &&Object| keys.of_fields.iter().any(|own| own.key == constraint.key);
    list.iter()
        .copied()
        .filter(|constraint| !of_field(constraint))
        .collect()
}

/// Whether a constraint on one column fits into the line of its field.
fn is_of_field(constraint: &Object) -> bool {
    match constraint.text("_type") {
        Some("u") => {
            let definition = constraint.text("definition").unwrap_or_default();
            constraint.texts("_include").is_empty()
                && !constraint.is("_deferrable")
                && !definition.contains("NULLS NOT DISTINCT")
        }
        Some("f") => !constraint
            .texts("_target_columns")
            .iter()
            .any(|column| column.contains('.')),
        _ => true,
    }
}

fn deferrable(entries: &mut Entries, constraint: &Object) {
    if constraint.is("_deferrable") {
        entries.text(
            "deferrable",
            if constraint.is("_deferred") {
                "deferred"
            } else {
                "immediate"
            },
        );
    }
}

fn actions(entries: &mut Entries, constraint: &Object) {
    for (fact, key) in [("_on_delete", "on_delete"), ("_on_update", "on_update")] {
        let action = match constraint.text(fact) {
            Some("r") => "restrict",
            Some("c") => "cascade",
            Some("n") => "set null",
            Some("d") => "set default",
            _ => continue,
        };
        entries.text(key, action);
    }
    deferrable(entries, constraint);
    entries.flag("not_valid", !constraint.is("validated"));
}
