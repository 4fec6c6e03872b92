//! A constant for each rule that the database keeps.

use crate::ident::{Ident, QualifiedName};
use crate::schema::{Action, Domain, FieldId, IndexKey, Model, TriggerKind};

use super::columns::Table;
use super::module::Module;
use super::text::{File, code, literal};
use super::{names, upsert};

struct Rule {
    name: String,
    kind: &'static str,
    constraint: String,
    columns: Vec<String>,
    doc: String,
}

/// The constants, inside an `impl` of the model.
pub(super) fn emit(table: &Table<'_>, file: &mut File, module: &mut Module) {
    let names = write(
        &rules(table),
        &upsert::targets(table),
        table.name,
        table.sql,
        file,
    );
    let partitions: Vec<&QualifiedName> = table
        .id
        .map(|id| &table.schema.model(id).partitions)
        .into_iter()
        .flatten()
        .map(|partition| &partition.table)
        .collect();
    for name in names {
        module.rule(&table.rust, &name, &partitions);
    }
}

/// The constant of the rule that the server reports under that name.
pub(super) fn constant_of(table: &Table<'_>, constraint: &str) -> Option<String> {
    let rules = rules(table);
    let names = names::unique(rules.iter().map(|rule| rule.name.clone()));
    rules
        .iter()
        .zip(names)
        .find_map(|(rule, name)| (rule.constraint == constraint).then_some(name))
}

/// The constants of a domain: the server names it where it names a table otherwise, or the domain that is made of it.
pub(super) fn emit_domain(
    domain: &Domain,
    name: &str,
    made_of: &[&QualifiedName],
    file: &mut File,
    module: &mut Module,
) {
    if domain.checks.is_empty() {
        return;
    }
    let rules: Vec<Rule> = domain
        .checks
        .iter()
        .map(|check| Rule {
            name: names::constant(check.name.as_str()),
            kind: "Check",
            constraint: check.name.as_str().to_owned(),
            columns: Vec::new(),
            doc: format!("The check {}.", code(check.name.as_str())),
        })
        .collect();
    file.blank();
    file.line(0, &format!("impl {name} {{"));
    let names = write(&rules, &[], &domain.name, &domain.ty, file);
    file.line(0, "}");
    for rule in names {
        module.rule(name, &rule, made_of);
    }
}

/// The constants; what the value of each is, as a rule.
fn write(
    rules: &[Rule],
    targets: &[upsert::Target<'_>],
    model: &str,
    table: &QualifiedName,
    file: &mut File,
) -> Vec<String> {
    let mut values = Vec::new();
    let names = names::unique(rules.iter().map(|rule| rule.name.clone()));
    for (index, (rule, name)) in rules.iter().zip(&names).enumerate() {
        if index > 0 {
            file.blank();
        }
        file.doc(1, &rule.doc);
        let target = targets
            .iter()
            .find(|target| rule.kind == "Unique" && target.name.as_str() == rule.constraint);
        let Some(target) = target else {
            file.assignment(
                1,
                &format!("pub const {name}: ::pgwright::Rule"),
                "::pgwright::Rule {",
            );
            fields(rule, model, table, 2, file);
            file.line(1, "};");
            values.push(name.clone());
            continue;
        };
        // All of it is one deeper where the beginning does not stand in the constant's line.
        let head = format!("pub const {name}: ::pgwright::Unique<Self>");
        let deep = file.assignment(1, &head, "::pgwright::Unique::new(");
        file.line(2 + deep, "::pgwright::Rule {");
        fields(rule, model, table, 3 + deep, file);
        file.line(2 + deep, "},");
        file.line(2 + deep, "::pgwright::Target {");
        // rustfmt leaves a string beside its field, however long it is.
        let mut text = |field: &str, text: &str| {
            file.line(3 + deep, &format!("{field}: {},", literal(text)));
        };
        text("conflict", target.conflict.as_str());
        text("condition", target.condition.as_str());
        let places: Vec<String> = target.places.iter().map(ToString::to_string).collect();
        file.array(3 + deep, "columns: &", &places, ",");
        file.line(2 + deep, "},");
        file.line(1 + deep, ");");
        values.push(format!("{name}.rule()"));
    }
    values
}

fn fields(rule: &Rule, model: &str, table: &QualifiedName, indent: usize, file: &mut File) {
    let columns: Vec<String> = rule.columns.iter().map(|column| literal(column)).collect();
    file.line(
        indent,
        &format!("kind: ::pgwright::RuleKind::{},", rule.kind),
    );
    file.line(indent, &format!("model: {},", literal(model)));
    file.line(
        indent,
        &format!("schema: {},", literal(table.schema.as_str())),
    );
    file.line(indent, &format!("table: {},", literal(table.name.as_str())));
    file.line(
        indent,
        &format!("constraint: {},", literal(&rule.constraint)),
    );
    file.array(indent, "columns: &", &columns, ",");
}

/// Whether there are any.
pub(super) fn has_any(table: &Table<'_>) -> bool {
    !rules(table).is_empty()
}

fn rules(table: &Table<'_>) -> Vec<Rule> {
    let Some(id) = table.id else {
        return Vec::new();
    };
    let schema = table.schema;
    let model = schema.model(id);
    let columns = |fields: &[FieldId]| -> Vec<String> {
        fields
            .iter()
            .map(|field| model.field(*field).name.as_str().to_owned())
            .collect()
    };
    let trigger_rule = |rule: &str, kind, columns, doc: &str| Rule {
        name: names::constant(rule),
        kind,
        constraint: Ident::derived(&[model.table.name.as_str(), rule])
            .as_str()
            .to_owned(),
        columns,
        doc: doc.to_owned(),
    };
    let mut rules = Vec::new();
    let mut immutable = false;
    let mut own_ledger = false;
    let mut moved = Vec::new();
    for trigger in table.links.triggers(id) {
        match &trigger.kind {
            TriggerKind::Ledger(ledger) if ledger.on == id => {
                immutable = true;
                own_ledger = true;
                if ledger.minimum.is_some() {
                    rules.push(trigger_rule(
                        "minimum",
                        "Minimum",
                        columns(&[ledger.amount]),
                        "No entry takes the balance of its account under the minimum.",
                    ));
                }
            }
            TriggerKind::Immutable(kept) if kept.on == id => immutable = true,
            TriggerKind::Transitions(transitions) if transitions.on.model == id => {
                moved.push(transitions.on.field);
            }
            _ => {}
        }
    }
    if !moved.is_empty() {
        rules.push(trigger_rule(
            "transition",
            "Transition",
            columns(&moved),
            "Only some moves of the column are allowed.",
        ));
    }
    if immutable {
        rules.push(trigger_rule(
            "immutable",
            "Immutable",
            Vec::new(),
            "What is written stays as it is.",
        ));
    }
    let maintained: Vec<FieldId> = model
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.maintained_by.is_some())
        .map(|(index, _)| FieldId(index))
        .collect();
    if !maintained.is_empty() && !own_ledger {
        rules.push(trigger_rule(
            "maintained",
            "Maintained",
            columns(&maintained),
            "What the database keeps true by itself is not written by hand.",
        ));
    }
    let retained: Vec<FieldId> = model
        .foreign_keys
        .iter()
        .filter(|reference| reference.on_delete == Action::Retain)
        .flat_map(|reference| reference.fields.iter().copied())
        .collect();
    if !retained.is_empty() {
        rules.push(trigger_rule(
            "retained",
            "Retained",
            columns(&retained),
            "The row that is named is there when the reference is written.",
        ));
    }
    constraints(model, &mut rules);
    rules
}

fn constraints(model: &Model, rules: &mut Vec<Rule>) {
    let columns = |fields: &[FieldId]| -> Vec<String> {
        fields
            .iter()
            .map(|field| model.field(*field).name.as_str().to_owned())
            .collect()
    };
    let mut push = |name: &Ident, kind, what: &str, columns| {
        rules.push(Rule {
            name: names::constant(name.as_str()),
            kind,
            constraint: name.as_str().to_owned(),
            columns,
            doc: format!("The {what} {}.", code(name.as_str())),
        });
    };
    if let Some(key) = &model.primary_key {
        push(&key.name, "Unique", "primary key", columns(&key.fields));
    }
    for unique in &model.uniques {
        push(
            &unique.name,
            "Unique",
            "unique constraint",
            columns(&unique.fields),
        );
    }
    for index in model.indexes.iter().filter(|index| index.unique) {
        let fields: Vec<FieldId> = index
            .parts
            .iter()
            .filter_map(|part| match part.key {
                IndexKey::Field(field) => Some(field),
                IndexKey::Expression(_) => None,
            })
            .collect();
        push(&index.name, "Unique", "unique index", columns(&fields));
    }
    for reference in model.foreign_keys.iter().filter(|key| !key.is_retained()) {
        push(
            &reference.name,
            "ForeignKey",
            "foreign key",
            columns(&reference.fields),
        );
    }
    for check in &model.checks {
        push(
            &check.name,
            "Check",
            "check",
            columns(&check.field.map_or_else(Vec::new, |field| vec![field])),
        );
    }
    for exclusion in &model.exclusions {
        let fields: Vec<FieldId> = exclusion
            .parts
            .iter()
            .filter_map(|(part, _)| match part.key {
                IndexKey::Field(field) => Some(field),
                IndexKey::Expression(_) => None,
            })
            .collect();
        push(
            &exclusion.name,
            "Exclusion",
            "exclusion constraint",
            columns(&fields),
        );
    }
}
