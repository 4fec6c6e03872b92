//! Owners, rights and comments: what every kind of object has.

use std::collections::{BTreeMap, BTreeSet};

use super::super::import::described;
use super::{
    Aspect, Fixer, Key, Object, Place, definition, ident, keyword, own_name, plain, table_of,
};
use crate::pg::RoleSpec;
use crate::plan::Phase;
use crate::sql;
use crate::sql::{Literal, Sql};

impl Fixer<'_> {
    /// Mends what is the same for every kind of object. Answers whether the aspect was such a one.
    pub(super) fn is_of_rights(&mut self, object: &Object, aspect: &Aspect) -> bool {
        match aspect.what.as_str() {
            "owner" => {
                if let Some(on) = on(object) {
                    self.owned.push(sql!("ALTER {on} OWNER TO", on = on));
                } else {
                    self.leave_aspects(object, &[aspect]);
                }
            }
            "grants" => self.grants(object),
            "comment" => self.comment(object),
            _ => return false,
        }
        true
    }

    /// Owner, rights and comment of an object that was made.
    pub(super) fn finish_object(&mut self, object: &Object) {
        if object.text("owner").is_some()
            && let Some(on) = on(object)
            && object.key.kind != "schema"
        {
            self.owned.push(sql!("ALTER {on} OWNER TO", on = on));
        }
        self.grants(object);
        if object.text("comment").is_some() {
            self.comment(object);
        }
    }

    pub(super) fn comment(&mut self, object: &Object) {
        let Some(on) = commented(object) else {
            self.leave(&object.key, "its comment differs", "set it by `COMMENT ON`");
            return;
        };
        let text = match object.text("comment") {
            Some(text) => sql!("{text}", text = Literal::text(text)),
            None => sql!("NULL"),
        };
        let statement = sql!("COMMENT ON {on} IS {text}", on = on, text = text);
        self.step(
            Phase::Expand,
            Place::Rights,
            &object.key,
            "its comment",
            plain(statement),
        );
    }

    /// Gives what the spec gives and takes what it does not.
    fn grants(&mut self, object: &Object) {
        let rights = |object: Option<&Object>| -> BTreeMap<String, BTreeSet<String>> {
            let grants = object.map(Object::grants).unwrap_or_default();
            grants
                .into_iter()
                .map(|(role, rights)| {
                    let rights = rights.into_iter().map(str::to_owned).collect();
                    (role.to_owned(), rights)
                })
                .collect()
        };
        let have = rights(self.found.get(&object.key).copied());
        let want = rights(Some(object));
        let roles: BTreeSet<&String> = have.keys().chain(want.keys()).collect();
        let nothing = BTreeSet::new();
        for role in roles {
            let (have, want) = (
                have.get(role).unwrap_or(&nothing),
                want.get(role).unwrap_or(&nothing),
            );
            // What is taken from a new object by the one is given back by the other.
            for right in have.difference(want) {
                match right.strip_prefix('-') {
                    Some(taken) => self.right(object, role, taken, true),
                    None => self.right(object, role, right, false),
                }
            }
            for right in want.difference(have) {
                match right.strip_prefix('-') {
                    Some(taken) => self.right(object, role, taken, false),
                    None => self.right(object, role, right, true),
                }
            }
        }
    }

    fn right(&mut self, object: &Object, role: &str, right: &str, give: bool) {
        let (word, with_option) = match right.strip_suffix(" with grant option") {
            Some(word) => (word, true),
            None => (right, false),
        };
        let (Some(word), Some(on)) = (privilege(word), granted(object)) else {
            self.leave(
                &object.key,
                format!("`{role}` has other rights on it"),
                "set them by `GRANT` and `REVOKE`",
            );
            return;
        };
        let columns = if object.key.kind == "column" {
            sql!(" ({column})", column = ident(&object.key.name))
        } else {
            Sql::new()
        };
        let verb = keyword(if give { "GRANT" } else { "REVOKE" });
        let to = keyword(if give { "TO" } else { "FROM" });
        let head = sql!(
            "{verb} {word}{columns} ON {on} {to}",
            verb = verb,
            word = keyword(word),
            columns = columns,
            on = on,
            to = to
        );
        if role == "(owner)" {
            self.owned.push(head);
            return;
        }
        let role_name = ident(role);
        let statement = sql!(
            "{head} {role}{option};",
            head = head,
            role = RoleSpec(&role_name),
            option = keyword(if give && with_option {
                " WITH GRANT OPTION"
            } else {
                ""
            })
        );
        let what = format!("what `{role}` may do");
        if give || role == "public" {
            let statement = plain(statement);
            self.step(Phase::Expand, Place::Rights, &object.key, &what, statement);
            return;
        }
        // The role may be one of this database alone.
        let condition = sql!(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = {role})",
            role = Literal::text(role)
        );
        let statement = self.unless(condition, vec![statement]);
        self.step(Phase::Expand, Place::Rights, &object.key, &what, statement);
    }
}

/// The object after `ALTER`.
fn on(object: &Object) -> Option<Sql> {
    let key = &object.key;
    let name = own_name(key);
    Some(match key.kind.as_str() {
        "table" => sql!("TABLE {name}", name = name),
        "foreign table" => sql!("FOREIGN TABLE {name}", name = name),
        "view" => sql!("VIEW {name}", name = name),
        "materialized view" => sql!("MATERIALIZED VIEW {name}", name = name),
        "sequence" => sql!("SEQUENCE {name}", name = name),
        "schema" => sql!("SCHEMA {name}", name = ident(&key.name)),
        "enum" | "composite type" | "range type" | "base type" => sql!("TYPE {name}", name = name),
        "domain" => sql!("DOMAIN {name}", name = name),
        "function" | "procedure" | "aggregate" => routine(object)?,
        "statistics" => sql!("STATISTICS {name}", name = name),
        "collation"
        | "conversion"
        | "event trigger"
        | "foreign data wrapper"
        | "language"
        | "operator"
        | "operator class"
        | "operator family"
        | "publication"
        | "server"
        | "text search configuration"
        | "text search dictionary" => described(object),
        _ => return None,
    })
}

/// A function, procedure or aggregate with its arguments.
pub(super) fn routine(object: &Object) -> Option<Sql> {
    let arguments = object.text("_arguments")?;
    let arguments = if object.key.kind == "aggregate" && arguments.is_empty() {
        "*"
    } else {
        arguments
    };
    Some(sql!(
        "{kind} {schema}.{name}({arguments})",
        kind = keyword(match object.key.kind.as_str() {
            "procedure" => "PROCEDURE",
            "aggregate" => "AGGREGATE",
            _ => "FUNCTION",
        }),
        schema = ident(&object.key.schema),
        name = ident(object.text("_name")?),
        arguments = definition(arguments)
    ))
}

/// The object after `COMMENT ON`.
fn commented(object: &Object) -> Option<Sql> {
    let key = &object.key;
    let name = ident(&key.name);
    let table = || table_of(key);
    Some(match key.kind.as_str() {
        "column" => sql!("COLUMN {table}.{name}", table = table(), name = name),
        "constraint" => sql!("CONSTRAINT {name} ON {table}", name = name, table = table()),
        "trigger" => sql!("TRIGGER {name} ON {table}", name = name, table = table()),
        "policy" => sql!("POLICY {name} ON {table}", name = name, table = table()),
        "rule" => sql!("RULE {name} ON {table}", name = name, table = table()),
        "index" => sql!("INDEX {name}", name = own_name(key)),
        "cast"
        | "extension"
        | "transform"
        | "text search parser"
        | "text search template"
        | "access method"
        | "shell type" => described(object),
        _ => on(object)?,
    })
}

/// The object after `GRANT … ON`.
fn granted(object: &Object) -> Option<Sql> {
    let key = &object.key;
    let name = own_name(key);
    Some(match key.kind.as_str() {
        "table" | "view" | "materialized view" | "foreign table" => {
            sql!("TABLE {name}", name = name)
        }
        "column" => sql!("TABLE {table}", table = table_of(key)),
        "server" => sql!("FOREIGN SERVER {name}", name = ident(&key.name)),
        "enum" | "composite type" | "range type" | "base type" => sql!("TYPE {name}", name = name),
        _ => on(object)?,
    })
}

/// PostgreSQL's word for a right.
fn privilege(word: &str) -> Option<&'static str> {
    const WORDS: [&str; 14] = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "TRUNCATE",
        "REFERENCES",
        "TRIGGER",
        "USAGE",
        "CREATE",
        "EXECUTE",
        "CONNECT",
        "TEMPORARY",
        "MAINTAIN",
        "SET",
    ];
    WORDS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(word))
}

/// Whether two keys are of one table.
pub(super) fn is_on(key: &Key, schema: &str, table: &str) -> bool {
    key.schema == schema && key.on == table
}
