//! A spec by chance as text.

use std::fmt::Write as _;

use super::spec::{Field, Model, Spec, TYPES};

/// A text as TOML writes it: JSON's way is a part of TOML's.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A name as SQL writes it.
fn sql(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Spec {
    pub(super) fn text(&self) -> String {
        let mut text = String::from("version = 1\n[enums.Kind]\n");
        let labels: Vec<String> = self.labels.iter().map(|(label, _)| quoted(label)).collect();
        writeln!(text, "values = [{}]", labels.join(", ")).unwrap();
        let renamed: Vec<String> = self
            .labels
            .iter()
            .filter_map(|(label, old)| {
                Some(format!("{} = {}", quoted(old.as_ref()?), quoted(label)))
            })
            .collect();
        if !renamed.is_empty() {
            writeln!(text, "renamed = {{ {} }}", renamed.join(", ")).unwrap();
        }
        writeln!(text, "[domains.Checked]\ntype = {:?}", self.domain_base).unwrap();
        if self.domain_check {
            text.push_str("checks = [{ sql = \"VALUE <> ''\" }]\n");
        }
        let body = ["SELECT $1", "SELECT $1 || ''"][self.function % 2];
        writeln!(
            text,
            "[functions.fine]\nsql = \"CREATE FUNCTION fine(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ {body} $$\""
        )
        .unwrap();
        for model in &self.models {
            self.model(model, &mut text);
        }
        text
    }

    fn model(&self, model: &Model, text: &mut String) {
        let name = &model.name;
        writeln!(text, "[models.{name}]").unwrap();
        if let Some(old) = &model.renamed_from {
            writeln!(text, "renamed_from = {old:?}").unwrap();
        }
        let mut indexes: Vec<String> = model
            .fields
            .iter()
            .filter(|field| {
                field.index && field.generated.is_none() && !TYPES[field.ty].0.contains("json")
            })
            .map(|field| format!("{{ on = [{}] }}", quoted(&sql(&field.name))))
            .collect();
        let first_text = model
            .fields
            .iter()
            .find(|field| TYPES[field.ty].0 == "text" && field.generated.is_none());
        if let Some(field) = first_text.filter(|_| model.partial) {
            let column = sql(&field.name);
            indexes.push(format!(
                "{{ name = \"partial_{}\", on = [{}], where = {} }}",
                model.id,
                quoted(&format!("fine({column})")),
                quoted(&format!("{column} <> 'x'"))
            ));
        }
        writeln!(text, "indexes = [{}]", indexes.join(", ")).unwrap();
        if model.granted {
            text.push_str("grants = { public = [\"select\"] }\n");
        }
        if let Some(field) = first_text.filter(|_| model.policy) {
            writeln!(
                text,
                "rls = {{ enabled = true }}\npolicies = [{{ name = \"own\", for = \"select\", using = {} }}]",
                quoted(&format!("{} <> ''", sql(&field.name)))
            )
            .unwrap();
        }
        writeln!(text, "[models.{name}.fields]\nid = {{ type = \"bigint\", identity = \"always\", primary_key = true }}").unwrap();
        if let Some(parent) = model
            .parent
            .and_then(|id| self.models.iter().find(|other| other.id == id))
        {
            writeln!(
                text,
                "parent_id = {{ type = \"bigint?\", references = {:?}, on_delete = \"cascade\" }}",
                parent.name
            )
            .unwrap();
        }
        if model.touched {
            text.push_str("touched_at = { type = \"timestamptz?\" }\n");
        }
        let counters: Vec<&Model> = self
            .models
            .iter()
            .filter(|child| child.counted && child.parent == Some(model.id))
            .collect();
        for child in &counters {
            writeln!(
                text,
                "count_{} = {{ type = \"bigint\", default = 0, check = \">= 0\" }}",
                child.id
            )
            .unwrap();
        }
        for field in &model.fields {
            self.field(model, field, text);
        }
        if model.touched {
            writeln!(
                text,
                "[triggers.touch_{}]\nkind = \"touch\"\ncolumn = \"touched_at\"\non = [{name:?}]",
                model.id
            )
            .unwrap();
        }
        if model.counted
            && let Some(parent) = model
                .parent
                .and_then(|id| self.models.iter().find(|other| other.id == id))
        {
            writeln!(
                text,
                "[triggers.count_{}]\nkind = \"counter\"\ncount = {name:?}\nby = \"parent_id\"\ninto = {:?}",
                model.id,
                format!("{}.count_{}", parent.name, model.id)
            )
            .unwrap();
        }
        if let Some(field) = first_text.filter(|_| model.sql_trigger) {
            let column = sql(&field.name);
            writeln!(
                text,
                "[triggers.own_{}]\nkind = \"sql\"\non = {name:?}\ntiming = \"before\"\nevents = [\"update\"]\nlevel = \"row\"\nupdate_of = [{}]\nwhen = {}\nbody = \"BEGIN RETURN NEW; END;\"",
                model.id,
                quoted(&field.name),
                quoted(&format!("NEW.{column} <> OLD.{column}"))
            )
            .unwrap();
        }
        if let Some(field) = first_text.filter(|_| model.view) {
            let table = pgwright_codegen::lower::names::table(name);
            writeln!(
                text,
                "[views.view_{}]\nsql = {}",
                model.id,
                quoted(&format!(
                    "SELECT id, {} AS shown FROM {}",
                    sql(&field.name),
                    sql(table.as_str())
                ))
            )
            .unwrap();
        }
    }

    fn field(&self, model: &Model, field: &Field, text: &mut String) {
        let (ty, default) = TYPES[field.ty];
        let mut parts = vec![format!(
            "type = \"{ty}{}\"",
            if field.nullable { "?" } else { "" }
        )];
        let source = field
            .generated
            .and_then(|id| model.fields.iter().find(|other| other.id == id));
        if let Some(source) = source {
            parts.push(format!(
                "generated = {}",
                quoted(&format!("lower({})", sql(&source.name)))
            ));
        } else if field.default && !default.is_empty() {
            parts.push(default.to_owned());
        }
        if let Some(old) = &field.renamed_from {
            parts.push(format!("renamed_from = {}", quoted(old)));
        }
        if field.doc {
            parts.push(format!("doc = {}", quoted(&format!("Of {}.", field.name))));
        }
        if field.check && ty == "integer" {
            parts.push("check = \"< 100\"".to_owned());
        }
        if field.unique && !ty.contains("json") && source.is_none() {
            parts.push("unique = true".to_owned());
        }
        writeln!(text, "{} = {{ {} }}", quoted(&field.name), parts.join(", ")).unwrap();
    }
}
