//! `mod.rs`: the modules, the types, every rule and every statement.

use crate::ident::QualifiedName;
use crate::schema::Schema;
use crate::sql::Sql;

use super::sql_types;
use super::text::{File, call, code, literal, pair};

/// Lints that names and texts of a spec can set off, and what a crate leaves unused.
const ALLOWED: &[(&[&str], &str)] = &[
    (
        &[
            "non_snake_case",
            "non_camel_case_types",
            "non_upper_case_globals",
        ],
        "names come from the database",
    ),
    (
        &["dead_code", "unused_imports", "unreachable_pub"],
        "a crate need not use every item",
    ),
    (
        &["deprecated"],
        "a deprecated column is read and written like others",
    ),
    (&["rustdoc::all"], "documentation comes from the spec"),
    (
        &["clippy::all", "clippy::pedantic", "clippy::nursery"],
        "generated code is looked after where it is generated",
    ),
];

/// What `mod.rs` is to say of the other files.
#[derive(Debug, Default)]
pub(super) struct Module {
    modules: Vec<String>,
    types: Vec<(String, String)>,
    rules: Vec<String>,
    partitions: Vec<String>,
    statements: Vec<(String, Sql)>,
}

impl Module {
    /// A file.
    pub(super) fn submodule(&mut self, name: &str) {
        if !self.modules.iter().any(|other| other == name) {
            self.modules.push(name.to_owned());
        }
    }

    /// A type of a file.
    pub(super) fn reexport(&mut self, module: &str, name: String) {
        self.types.push((module.to_owned(), name));
    }

    /// A rule's constant of a type, and the partitions, or the domains made of it, under whose names the server may report it.
    pub(super) fn rule(&mut self, ty: &str, name: &str, partitions: &[&QualifiedName]) {
        let rule = format!("{ty}::{name}");
        let within = partitions.iter().map(|partition| {
            let (schema, table) = (partition.schema.as_str(), partition.name.as_str());
            let arguments = [rule.clone(), literal(schema), literal(table)];
            call("::pgwright::Rule::within", 1, &arguments)
        });
        self.partitions.extend(within);
        self.rules.push(rule);
    }

    /// A statement's constant of a module.
    pub(super) fn statement(&mut self, module: &str, name: &str, sql: Sql) {
        self.statements.push((format!("{module}::{name}"), sql));
    }

    /// Every statement with the name of its constant.
    pub(super) fn statements(self) -> Vec<(String, Sql)> {
        self.statements
    }

    /// The file.
    pub(super) fn file(self, schema: &Schema) -> String {
        let title = format!("The database {}.", code(&schema.name));
        let mut file = File::new(&[
            &title,
            "Each model has a module of its own, with the type of its rows, its key, what an insert and a patch say, \
             and the statements it runs.",
        ]);
        file.blank();
        for (lints, reason) in ALLOWED {
            file.allow(lints, reason);
        }
        let mut modules = self.modules;
        modules.sort();
        for module in &modules {
            file.blank();
            file.line(0, &format!("pub mod {module};"));
        }
        for module in &modules {
            let mut types: Vec<&str> = self
                .types
                .iter()
                .filter(|(other, _)| other == module)
                .map(|(_, name)| name.as_str())
                .collect();
            types.sort_unstable();
            if !types.is_empty() {
                file.blank();
            }
            for name in types {
                file.line(0, &format!("pub use self::{module}::{name};"));
            }
        }
        file.blank();
        file.doc(0, "Every rule that the database keeps.");
        let rules: Vec<String> = self.rules.iter().chain(&self.partitions).cloned().collect();
        file.array(0, "pub const RULES: &[::pgwright::Rule] = &", &rules, ";");
        file.blank();
        file.doc(
            0,
            "Every statement with its name: what a test prepares, and how large a cache of statements wants to be.",
        );
        let statements: Vec<String> = self
            .statements
            .iter()
            .map(|(name, _)| pair(&literal(name), name))
            .collect();
        file.array(
            0,
            "pub const STATEMENTS: &[(&str, &str)] = &",
            &statements,
            ";",
        );
        file.blank();
        file.doc(0, "What a session should know before its first statement.");
        file.line(0, "pub static SPEC: ::pgwright::Spec = ::pgwright::Spec {");
        file.line(1, "rules: RULES,");
        let types: Vec<String> = sql_types::numbered(schema)
            .iter()
            .map(|name| literal(name))
            .collect();
        file.array(1, "types: &", &types, ",");
        file.line(1, "statements: STATEMENTS.len(),");
        file.line(0, "};");
        file.finish()
    }
}
