//! Row level security, policies, grants, owners and comments.

use super::super::catalog::Object;
use super::facts::{Facts, ident, name_of, path, qualified, table_of};
use super::text::{self, Entries, Piece};
use super::{Import, cut};
use crate::pg::RoleSpec;
use crate::sql;
use crate::sql::{Keyword, Literal, Sql, SqlExpr};

/// Rights that a model's `grants` take.
const RIGHTS: [&str; 7] = [
    "select",
    "insert",
    "update",
    "delete",
    "truncate",
    "references",
    "trigger",
];

impl<'a> Import<'a> {
    /// What a model says of who may see and do what.
    pub(super) fn access(&mut self, head: &mut Entries, table: &'a Object) {
        if table.is("row_security") || table.is("force_row_security") {
            let mut rls = Entries::new();
            rls.set(
                "enabled",
                if table.is("row_security") {
                    "true"
                } else {
                    "false"
                },
            );
            rls.flag("force", table.is("force_row_security"));
            head.set("rls", rls.inline());
        }
        let mut list = Vec::new();
        for policy in Facts::on(&self.facts.policies, table) {
            if self.is_demoted(policy, "") {
                self.raw_policy(policy);
                continue;
            }
            let mut entry = Entries::new();
            entry.text("name", &policy.key.name);
            if let Some(command) = policy.text("command").filter(|command| *command != "all") {
                entry.text("for", command);
            }
            if policy.is("restrictive") {
                entry.text("as", "restrictive");
            }
            let roles = policy.texts("roles");
            if roles != ["public"] {
                entry.set("to", text::strings(roles));
            }
            for key in ["using", "check"] {
                if let Some(condition) = policy.text(key) {
                    entry.set(key, text::string(&cut::condition(condition)));
                }
            }
            list.push(entry.inline().marked(Piece::new(&policy.key, "")));
            if let Some(comment) = policy.text("comment") {
                self.comment_on(policy, comment);
            }
        }
        if !list.is_empty() {
            head.set("policies", text::list(list));
        }
        let mut grants = Entries::new();
        for (role, rights) in table.grants() {
            let plain = role != "(owner)" && rights.iter().all(|right| RIGHTS.contains(right));
            if plain && self.brings_rights(table, role, &rights) {
                let sorted = RIGHTS.into_iter().filter(|right| rights.contains(right));
                grants.set(role, text::strings(sorted));
            } else {
                self.grant(table, role, &rights);
            }
        }
        if !grants.is_empty() {
            head.set("grants", grants.inline());
        }
        self.column_grants(table);
    }

    /// A grant of the spec brings the use of the schema and of serial columns' sequences. Whether all of that is there;
    /// if so it is noted.
    fn brings_rights(&mut self, table: &Object, role: &str, rights: &[&str]) -> bool {
        let has = |object: Option<&Object>| {
            object.is_some_and(|object| {
                object
                    .grants()
                    .iter()
                    .any(|(to, rights)| *to == role && rights.contains(&"usage"))
            })
        };
        let columns = self.facts.columns_of(table);
        let mut schemas = vec![table.key.schema.as_str()];
        for column in &columns {
            let ty = (
                column.text("_type_schema").unwrap_or_default(),
                column.text("_type_name").unwrap_or_default(),
            );
            if self.types.contains_key(&ty) {
                schemas.push(ty.0);
            }
        }
        schemas.retain(|schema| *schema != "public");
        let mut sequences = Vec::new();
        if rights.contains(&"insert") {
            for column in columns
                .iter()
                .filter(|column| self.serial(table, column).is_some())
            {
                let path = (
                    table.key.schema.as_str(),
                    table.key.name.as_str(),
                    column.key.name.as_str(),
                );
                sequences.extend(self.facts.sequences.get(&path).copied());
            }
        }
        let schema_named = |name: &str| {
            self.facts
                .of("schema")
                .find(|schema| schema.key.name == name)
        };
        let all = schemas.iter().all(|name| has(schema_named(name)))
            && sequences.iter().all(|sequence| has(Some(sequence)));
        if all {
            for schema in schemas {
                self.implied
                    .insert(("schema", schema.to_owned(), role.to_owned()));
            }
            for sequence in sequences {
                let name = sql!("{name}", name = name_of(sequence)).into_string();
                self.implied.insert(("sequence", name, role.to_owned()));
            }
        }
        all
    }

    /// What a table that is no model says of who may see and do what.
    pub(super) fn raw_access(&mut self, table: &'a Object) {
        let name = name_of(table);
        if table.is("row_security") {
            self.detail(
                table,
                sql!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY", name = name),
            );
        }
        if table.is("force_row_security") {
            self.detail(
                table,
                sql!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY", name = name),
            );
        }
        for policy in Facts::on(&self.facts.policies, table) {
            self.raw_policy(policy);
        }
        self.all_grants(table);
        self.column_grants(table);
    }

    fn column_grants(&mut self, table: &'a Object) {
        for column in self.facts.columns_of(table) {
            self.all_grants(column);
        }
    }

    fn raw_policy(&mut self, policy: &'a Object) {
        let mut sql = sql!(
            "CREATE POLICY {name} ON {table}",
            name = ident(&policy.key.name),
            table = table_of(policy)
        );
        if policy.is("restrictive") {
            sql.push_keyword(" AS RESTRICTIVE");
        }
        let command = policy.text("command").unwrap_or("all").to_ascii_uppercase();
        let roles: Vec<_> = policy.texts("roles").into_iter().map(ident).collect();
        sql.push(&sql!(
            " FOR {command} TO {roles}",
            command = SqlExpr::trusted(command),
            roles = Sql::join(", ", roles.iter().map(RoleSpec))
        ));
        if let Some(condition) = policy.text("using") {
            sql.push(&sql!(
                " USING ({condition})",
                condition = SqlExpr::trusted(condition)
            ));
        }
        if let Some(condition) = policy.text("check") {
            sql.push(&sql!(
                " WITH CHECK ({condition})",
                condition = SqlExpr::trusted(condition)
            ));
        }
        let drop = sql!(
            "DROP POLICY {name} ON {table}",
            name = ident(&policy.key.name),
            table = table_of(policy)
        );
        let after = self.after_table(&policy.key.schema, &policy.key.on);
        self.add_raw(policy, sql, Some(drop), after);
        if let Some(comment) = policy.text("comment") {
            self.comment_on(policy, comment);
        }
    }

    /// Every right on an object, as SQL.
    pub(super) fn all_grants(&mut self, object: &'a Object) {
        for (role, rights) in object.grants() {
            self.grant(object, role, &rights);
        }
    }

    /// Rights of one role on an object, as SQL.
    fn grant(&mut self, object: &'a Object, role: &str, rights: &[&str]) {
        let on = target(object);
        let role = match role {
            // Whoever loads the spec owns what is made.
            "(owner)" => sql!("CURRENT_USER"),
            role => sql!("{role}", role = RoleSpec(&ident(role))),
        };
        let column = (object.key.kind == "column")
            .then(|| sql!(" ({name})", name = ident(&object.key.name)));
        let list = |rights: &[&str]| {
            let words = rights.iter().map(|right| {
                let word = SqlExpr::trusted(right.to_ascii_uppercase());
                sql!("{word}{column}", word = word, column = &column)
            });
            Sql::join(", ", words)
        };
        let lost: Vec<&str> = rights
            .iter()
            .filter_map(|right| right.strip_prefix('-'))
            .collect();
        let lost: Vec<&str> = lost
            .into_iter()
            .filter(|right| !right.ends_with("with grant option"))
            .collect();
        if !lost.is_empty() {
            let sql = sql!(
                "REVOKE {rights} ON {on} FROM {role}",
                rights = list(&lost),
                on = on,
                role = role
            );
            self.grants.push(sql);
        }
        let held = rights.iter().filter(|right| !right.starts_with('-'));
        let (with_option, plain): (Vec<&str>, Vec<&str>) =
            held.partition(|right| right.ends_with(" with grant option"));
        if !plain.is_empty() {
            self.grants.push(sql!(
                "GRANT {rights} ON {on} TO {role}",
                rights = list(&plain),
                on = on,
                role = role
            ));
        }
        let with_option: Vec<&str> = with_option
            .iter()
            .map(|right| right.trim_end_matches(" with grant option"))
            .collect();
        if !with_option.is_empty() {
            let rights = list(&with_option);
            self.grants.push(sql!(
                "GRANT {rights} ON {on} TO {role} WITH GRANT OPTION",
                rights = rights,
                on = on,
                role = role
            ));
        }
    }

    /// Rights on a schema or a sequence that no grant of a model brings.
    pub(super) fn other_grants(&mut self, object: &'a Object) {
        let (kind, name) = match object.key.kind.as_str() {
            "schema" => ("schema", object.key.name.clone()),
            _ => (
                "sequence",
                sql!("{name}", name = name_of(object)).into_string(),
            ),
        };
        // What everybody may with `public` in a new database.
        let usual: &[&str] = if self.catalog.version >= 150_000 {
            &["usage"]
        } else {
            &["create", "usage"]
        };
        let of_everybody = object.grants().iter().any(|(role, _)| *role == "public");
        if kind == "schema" && name == "public" && !of_everybody {
            self.grants
                .push(sql!("REVOKE ALL ON SCHEMA public FROM PUBLIC"));
        }
        for (role, rights) in object.grants() {
            if kind == "schema" && name == "public" && role == "public" && rights == usual {
                continue;
            }
            let implied = self
                .implied
                .contains(&(kind, name.clone(), role.to_owned()));
            let rights: Vec<&str> = rights
                .into_iter()
                .filter(|right| !(implied && *right == "usage"))
                .collect();
            self.grant(object, role, &rights);
        }
    }

    /// A comment that is no documentation of the spec's.
    pub(super) fn comment_on(&mut self, object: &Object, text: &str) {
        let sql = sql!(
            "COMMENT ON {what} IS {text}",
            what = described(object),
            text = Literal::text(text)
        );
        self.comments.push(sql);
    }

    /// Objects that belong to somebody else than most do.
    pub(super) fn owners(&mut self) {
        let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        let catalog = self.catalog;
        let owned = |object: &&Object| match object.key.kind.as_str() {
            _ if object.is("_brought") => false,
            // It belongs to the server's own idea of an owner.
            "schema" => object.key.name != "public",
            // It belongs to whoever owns its table.
            "sequence" => super::facts::owned_by(object).is_none(),
            _ => true,
        };
        for object in catalog.objects.iter().filter(owned) {
            if let Some(owner) = object.text("owner") {
                *counts.entry(owner).or_default() += 1;
            }
        }
        let Some(main) = counts
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .map(|(owner, _)| owner)
        else {
            return;
        };
        for object in catalog.objects.iter().filter(owned) {
            if let Some(owner) = object.text("owner").filter(|owner| *owner != main) {
                let what = described(object);
                self.owner_changes.push(sql!(
                    "ALTER {what} OWNER TO {owner}",
                    what = what,
                    owner = ident(owner)
                ));
            }
        }
    }

    /// Whether an object is a model.
    pub(super) fn is_said(&self, table: &Object) -> bool {
        self.models.contains_key(&path(table))
    }
}

/// What stands after `GRANT … ON`.
fn target(object: &Object) -> Sql {
    let name = name_of(object);
    match object.key.kind.as_str() {
        "column" => sql!("TABLE {table}", table = table_of(object)),
        "sequence" => sql!("SEQUENCE {name}", name = name),
        "schema" => sql!("SCHEMA {name}", name = ident(&object.key.name)),
        "language" => sql!("LANGUAGE {name}", name = ident(&object.key.name)),
        "server" => sql!("FOREIGN SERVER {name}", name = ident(&object.key.name)),
        "foreign data wrapper" => {
            sql!(
                "FOREIGN DATA WRAPPER {name}",
                name = ident(&object.key.name)
            )
        }
        "function" | "procedure" | "aggregate" => sql!("ROUTINE {name}", name = routine(object)),
        "domain" => sql!("DOMAIN {name}", name = name),
        "enum" | "composite type" | "range type" | "base type" => sql!("TYPE {name}", name = name),
        _ => sql!("TABLE {name}", name = name),
    }
}

/// A routine with its arguments.
pub(super) fn routine(object: &Object) -> Sql {
    sql!(
        "{schema}.{name}({arguments})",
        schema = ident(&object.key.schema),
        name = ident(object.text("_name").unwrap_or_default()),
        arguments = SqlExpr::trusted(object.text("_arguments").unwrap_or_default())
    )
}

/// An object in the words of `COMMENT ON` and `ALTER`.
pub(in crate::introspect) fn described(object: &Object) -> Sql {
    let name = name_of(object);
    let (own, table) = (ident(&object.key.name), table_of(object));
    let word = match object.key.kind.as_str() {
        "column" => return sql!("COLUMN {table}.{own}", table = table, own = own),
        "constraint" => return sql!("CONSTRAINT {own} ON {table}", own = own, table = table),
        "trigger" => return sql!("TRIGGER {own} ON {table}", own = own, table = table),
        "policy" => return sql!("POLICY {own} ON {table}", own = own, table = table),
        "rule" => return sql!("RULE {own} ON {table}", own = own, table = table),
        "schema" => return sql!("SCHEMA {own}", own = own),
        "event trigger" => return sql!("EVENT TRIGGER {own}", own = own),
        "server" => return sql!("SERVER {own}", own = own),
        "publication" => return sql!("PUBLICATION {own}", own = own),
        "extension" => return sql!("EXTENSION {own}", own = own),
        "language" => return sql!("LANGUAGE {own}", own = own),
        "access method" => return sql!("ACCESS METHOD {own}", own = own),
        "foreign data wrapper" => return sql!("FOREIGN DATA WRAPPER {own}", own = own),
        "transform" => {
            let (ty, language) = object.key.name.rsplit_once(" for ").unwrap_or_default();
            return sql!(
                "TRANSFORM FOR {ty} LANGUAGE {language}",
                ty = SqlExpr::trusted(ty),
                language = ident(language)
            );
        }
        kind @ ("operator family" | "operator class") => {
            let (name, method) = object.key.name.rsplit_once(" using ").unwrap_or_default();
            return sql!(
                "{word} {name} USING {method}",
                word = Keyword(if kind == "operator class" {
                    "OPERATOR CLASS"
                } else {
                    "OPERATOR FAMILY"
                }),
                name = qualified(&object.key.schema, name),
                method = ident(method)
            );
        }
        "cast" => {
            return sql!(
                "CAST ({own})",
                own = SqlExpr::trusted(object.key.name.replace(" as ", " AS "))
            );
        }
        "operator" => {
            return sql!("OPERATOR {own}", own = SqlExpr::trusted(&*object.key.name));
        }
        "function" => return sql!("FUNCTION {name}", name = routine(object)),
        "procedure" => return sql!("PROCEDURE {name}", name = routine(object)),
        "aggregate" if object.text("_arguments") == Some("") => {
            let own = ident(object.text("_name").unwrap_or_default());
            return sql!(
                "AGGREGATE {schema}.{own}(*)",
                schema = ident(&object.key.schema),
                own = own
            );
        }
        "aggregate" => return sql!("AGGREGATE {name}", name = routine(object)),
        "view" => "VIEW",
        "materialized view" => "MATERIALIZED VIEW",
        "foreign table" => "FOREIGN TABLE",
        "sequence" => "SEQUENCE",
        "index" => "INDEX",
        "statistics" => "STATISTICS",
        "domain" => "DOMAIN",
        "enum" | "composite type" | "range type" | "base type" | "shell type" => "TYPE",
        "collation" => "COLLATION",
        "conversion" => "CONVERSION",
        "text search parser" => "TEXT SEARCH PARSER",
        "text search template" => "TEXT SEARCH TEMPLATE",
        "text search dictionary" => "TEXT SEARCH DICTIONARY",
        "text search configuration" => "TEXT SEARCH CONFIGURATION",
        _ => "TABLE",
    };
    sql!("{word} {name}", word = Keyword(word), name = name)
}
