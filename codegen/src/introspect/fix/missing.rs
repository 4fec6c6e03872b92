//! What should be there and is not.

use super::{Fixer, Object, Place, definition, ident, keyword, own_name, plain, regclass};
use crate::fragment::created;
use crate::pg::Statement;
use crate::plan::Phase;
use crate::sql;
use crate::sql::{Literal, Sql};

impl Fixer<'_> {
    pub(super) fn missing(&mut self, object: &Object) {
        let key = &object.key;
        let what = "it is missing";
        match key.kind.as_str() {
            "schema" => {
                let create = sql!(
                    "CREATE SCHEMA IF NOT EXISTS {name}",
                    name = ident(&key.name)
                );
                self.step(Phase::Expand, Place::Foundation, key, what, plain(create));
            }
            "extension" => {
                let create = sql!(
                    "CREATE EXTENSION IF NOT EXISTS {name}",
                    name = ident(&key.name)
                );
                self.step(Phase::Expand, Place::Foundation, key, what, plain(create));
                return;
            }
            "enum" => {
                let labels = object.texts("labels").into_iter().map(Literal::text);
                let create = sql!(
                    "CREATE TYPE {name} AS ENUM ({labels});",
                    name = own_name(key),
                    labels = Sql::join(", ", labels)
                );
                let statement = self.unless_there(create);
                self.step(Phase::Expand, Place::Type, key, what, statement);
            }
            "table" => return self.add_table(object),
            "column" => {
                self.add_column(object);
                if object.is("_local") || !object.is("_inherited") {
                    self.finish_object(object);
                }
                return;
            }
            "sequence" => {
                self.add_sequence(object);
                if object.is("identity") {
                    return;
                }
            }
            "constraint" => self.add_constraint(object, false),
            "index" => self.add_index(object),
            "function" | "procedure" | "aggregate" => {
                let text = sql!(
                    "{text}",
                    text = definition(object.text("definition").unwrap_or_default())
                );
                let statement = plain(text);
                if key.kind == "aggregate" {
                    let statement = self.unless_there(sql!("{statement}", statement = statement));
                    self.step(Phase::Expand, Place::View, key, what, statement);
                } else {
                    self.step(Phase::Expand, Place::Function, key, what, statement);
                }
                self.weaken_callers(object);
            }
            "view" | "materialized view" => self.add_view(object),
            "trigger" => self.add_trigger(object),
            "policy" => self.policy(object),
            "rule" => self.rule(object, &[]),
            "statistics" => self.statistics(object),
            _ => {
                self.add_by_spec(object);
                return;
            }
        }
        if !matches!(key.kind.as_str(), "view" | "materialized view")
            || self.found.contains_key(key)
        {
            self.finish_object(object);
        }
        if matches!(key.kind.as_str(), "view" | "materialized view") {
            self.on(object, false);
        }
    }

    fn add_table(&mut self, object: &Object) {
        let key = &object.key;
        let name = own_name(key);
        let made = self.made_by(|statement| match statement {
            Statement::CreateTable(create) => create.name == name,
            Statement::CreatePartition(create) => create.name == name,
            _ => false,
        });
        let (create, whole) = match made {
            Some(create) => (create, true),
            None => match self.raw_of(&key.name) {
                Some(create) => (create, false),
                None => {
                    self.leave(
                        key,
                        "it is missing, and not a model of the spec",
                        "make it by hand",
                    );
                    return;
                }
            },
        };
        let is_there = sql!("{name} IS NOT NULL", name = regclass(&name));
        // What the author wrote may hold parts that are no statements of PL/pgSQL's; a string is taken as it is.
        let statement = self.unless(is_there, vec![executed(&create)]);
        let step = self.step(Phase::Expand, Place::Table, key, "it is missing", statement);
        step.hazards.push(crate::plan::Hazard::new(
            crate::plan::HazardKind::Weakens,
            "it comes empty: what was in it before somebody dropped it does not come back"
                .to_owned(),
        ));
        self.finish_object(object);
        let options = ["row_security", "force_row_security"];
        for option in options.into_iter().filter(|option| object.is(option)) {
            let statement = sql!(
                "ALTER TABLE {name} {verb} ROW LEVEL SECURITY",
                name = name,
                verb = keyword(if option == "row_security" {
                    "ENABLE"
                } else {
                    "FORCE"
                })
            );
            self.step(
                Phase::Expand,
                Place::Other,
                &object.key,
                "who sees its rows",
                plain(statement),
            );
        }
        self.on(object, whole);
    }

    /// What is on a table or view that is missing. `whole`: its columns and keys come with it.
    fn on(&mut self, container: &Object, whole: bool) {
        let objects: Vec<&Object> = self
            .in_order
            .objects
            .iter()
            .filter(|on| super::rights::is_on(&on.key, &container.key.schema, &container.key.name))
            .collect();
        for object in objects {
            match object.key.kind.as_str() {
                "column" => self.finish_object(object),
                "constraint" if whole && object.text("_type") != Some("f") => {
                    if object.text("comment").is_some() {
                        self.comment(object);
                    }
                }
                "index" | "trigger" | "rule" if container.key.kind != "table" => {
                    // They came with the view.
                }
                _ => self.missing(object),
            }
        }
    }

    /// What the spec's own statement makes: a domain, a type, something of `[raw]`.
    fn add_by_spec(&mut self, object: &Object) {
        let key = &object.key;
        let name = own_name(key);
        let made = self.made_by(|statement| match statement {
            Statement::CreateDomain(create) => create.name == name,
            Statement::CreateComposite(create) => create.name == name,
            _ => false,
        });
        match made.or_else(|| self.raw_of(&key.name)) {
            Some(create) => {
                let statement = self.unless_there(executed(&create));
                self.step(Phase::Expand, Place::Type, key, "it is missing", statement);
                self.finish_object(object);
            }
            None => self.leave(
                key,
                "it is missing, and nothing is known of how it is made",
                "make it by hand",
            ),
        }
    }

    /// The author's own SQL that makes something of that name.
    fn raw_of(&self, name: &str) -> Option<Sql> {
        let name = name.split(['(', ' ']).next().unwrap_or(name);
        let raw = self
            .schema
            .raw
            .iter()
            .find(|raw| created(raw.create.as_str()).iter().any(|made| made == name))?;
        Some(sql!("{create}", create = definition(raw.create.as_str())))
    }
}

/// A text of several statements, run as it is.
fn executed(text: &Sql) -> Sql {
    sql!(
        "        EXECUTE {text};",
        text = Literal::text(text.as_str())
    )
}
