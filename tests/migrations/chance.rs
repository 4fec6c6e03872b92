//! Pairs of specs by chance: a spec, and the same spec after a few edits. Whatever the edits, the migration leads to the new
//! spec and back, and then there is nothing left to plan.

use std::fmt::Write as _;

use pgwright_codegen::source::Source;

use crate::support::{compile, prove};

/// How many pairs are tried; `PAIRS=1000` tries more.
const PAIRS: u64 = 40;

/// Numbers that are the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

const NAMES: &[&str] = &[
    "name",
    "user",
    "order",
    "select",
    "a b",
    "Ünï",
    "it's",
    "q\"q",
    "type",
    "1st",
    "$$",
    "a.b",
    "limit",
    "Value",
    "x;--",
    "table",
    "check",
    "default",
    "\\",
    "%s",
    "end",
    "old",
    "new",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
/// Types, each with a default.
const TYPES: &[(&str, &str)] = &[
    ("text", "default = \"it's\""),
    ("integer", "default = -1"),
    ("bigint", "default_sql = \"1 + 1\""),
    ("numeric(10,2)", "default = \"0.5\""),
    ("boolean", "default = true"),
    ("timestamptz", "default_sql = \"now()\""),
    ("jsonb", "default_sql = \"'{}'\""),
    ("text[]", "default = [\"a\"]"),
    ("uuid", "default_sql = \"gen_random_uuid()\""),
    ("varchar(20)", "default = \"x\""),
    ("varchar(40)", "default = \"x\""),
    ("Kind", ""),
    ("Kind[]", "default = []"),
    ("Checked", "default = \"x\""),
];

#[derive(Clone)]
struct Field {
    id: usize,
    name: String,
    renamed_from: Option<String>,
    ty: usize,
    nullable: bool,
    default: bool,
    doc: bool,
    check: bool,
    index: bool,
    unique: bool,
    generated: Option<usize>,
}

#[derive(Clone)]
struct Model {
    id: usize,
    name: String,
    renamed_from: Option<String>,
    fields: Vec<Field>,
    parent: Option<usize>,
    counted: bool,
    touched: bool,
    policy: bool,
    granted: bool,
    view: bool,
    sql_trigger: bool,
    partial: bool,
}

#[derive(Clone)]
struct Spec {
    labels: Vec<(String, Option<String>)>,
    domain_check: bool,
    domain_base: &'static str,
    function: usize,
    models: Vec<Model>,
    next: usize,
}

/// A text as TOML writes it: JSON's way is a part of TOML's.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A name as SQL writes it.
fn sql(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Spec {
    fn made(chance: &mut Chance) -> Self {
        let mut spec = Self {
            labels: ["a", "it's", "c d"]
                .iter()
                .map(|label| ((*label).to_owned(), None))
                .collect(),
            domain_check: chance.once_in(2),
            domain_base: "text",
            function: 0,
            models: Vec::new(),
            next: 0,
        };
        for _ in 0..1 + chance.below(4) {
            spec.add_model(chance);
        }
        spec
    }

    fn fresh(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn add_model(&mut self, chance: &mut Chance) {
        let id = self.fresh();
        let parent =
            (!self.models.is_empty() && chance.once_in(2)).then(|| chance.pick(&self.models).id);
        let mut model = Model {
            id,
            name: format!("M{id}"),
            renamed_from: None,
            fields: Vec::new(),
            parent,
            counted: chance.once_in(2),
            touched: chance.once_in(3),
            policy: chance.once_in(4),
            granted: chance.once_in(4),
            view: chance.once_in(3),
            sql_trigger: chance.once_in(3),
            partial: chance.once_in(3),
        };
        for _ in 0..chance.below(5) {
            self.add_field(&mut model, chance);
        }
        self.models.push(model);
    }

    fn add_field(&mut self, model: &mut Model, chance: &mut Chance) {
        let id = self.fresh();
        let base = *chance.pick(NAMES);
        let name = if model.fields.iter().any(|field| field.name == base) {
            format!("f{id}")
        } else {
            base.to_owned()
        };
        let texts: Vec<usize> = model
            .fields
            .iter()
            .filter(|field| TYPES[field.ty].0 == "text" && field.generated.is_none())
            .map(|field| field.id)
            .collect();
        let generated = (!texts.is_empty() && chance.once_in(4)).then(|| *chance.pick(&texts));
        model.fields.push(Field {
            id,
            name,
            renamed_from: None,
            ty: if generated.is_some() {
                0
            } else {
                chance.below(TYPES.len())
            },
            nullable: chance.once_in(2),
            default: chance.once_in(2),
            doc: chance.once_in(3),
            check: chance.once_in(4),
            index: chance.once_in(4),
            unique: chance.once_in(6),
            generated,
        });
    }

    fn text(&self) -> String {
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

    /// One edit; says what may go.
    fn edit(&mut self, chance: &mut Chance, drop: &mut Vec<String>) {
        let kind = chance.below(20);
        if self.models.is_empty() || kind == 0 {
            self.add_model(chance);
            return;
        }
        let place = chance.below(self.models.len());
        let mut model = self.models[place].clone();
        match kind {
            1 => {
                let gone = self.models.remove(place);
                drop.push(gone.renamed_from.unwrap_or(gone.name));
                for other in &mut self.models {
                    if other.parent == Some(gone.id) {
                        other.parent = None;
                        let name = other.renamed_from.as_ref().unwrap_or(&other.name);
                        drop.push(format!("{name}.parent_id"));
                    }
                }
                return;
            }
            2 if model.renamed_from.is_none() => {
                model.renamed_from = Some(model.name.clone());
                model.name = format!("R{}", model.id);
            }
            3 => self.add_field(&mut model, chance),
            4 => {
                let label = format!("l{}", self.fresh());
                let at = chance.below(self.labels.len() + 1);
                self.labels.insert(at, (label, None));
            }
            5 => self.labels.reverse(),
            6 => {
                let at = chance.below(self.labels.len());
                if self.labels[at].1.is_none() {
                    let label = format!("it's {}", self.fresh());
                    let old = std::mem::replace(&mut self.labels[at].0, label);
                    self.labels[at].1 = Some(old);
                }
            }
            7 => self.domain_check = !self.domain_check,
            8 => self.function += 1,
            9 => model.policy = !model.policy,
            10 => model.granted = !model.granted,
            11 => model.view = !model.view,
            12 => model.sql_trigger = !model.sql_trigger,
            13 => model.partial = !model.partial,
            14 => {
                self.domain_base = if self.domain_base == "text" {
                    "varchar(50)"
                } else {
                    "text"
                }
            }
            _ if model.fields.is_empty() => self.add_field(&mut model, chance),
            _ => {
                let at = chance.below(model.fields.len());
                let id = self.fresh();
                let field = &mut model.fields[at];
                match chance.below(8) {
                    0 if field.renamed_from.is_none() => {
                        let old = std::mem::replace(&mut field.name, format!("New {id}"));
                        field.renamed_from = Some(old);
                    }
                    1 if field.generated.is_none() => field.ty = chance.below(TYPES.len()),
                    2 => field.nullable = !field.nullable,
                    3 => field.default = !field.default,
                    4 => field.check = !field.check,
                    5 => field.index = !field.index,
                    6 => field.unique = !field.unique,
                    _ => field.doc = !field.doc,
                }
            }
        }
        self.models[place] = model;
    }
}

/// The names that the planner says are gone, so that the pair is about everything else.
fn gone(prev: &str, next: &str, drop: &[String]) -> Vec<String> {
    let (prev, next) = (compile(prev), compile(next));
    let mut drop: Vec<String> = drop.to_vec();
    for _ in 0..3 {
        let options = pgwright_codegen::diff::Options {
            drop: drop.iter().cloned().collect(),
        };
        let Err(problems) = pgwright_codegen::diff::plan(&prev, &next, &options) else {
            break;
        };
        for problem in problems {
            if let Some((_, name)) = problem.help.split_once("--drop '") {
                drop.push(name.trim_end_matches(['\'', '`']).to_owned());
            } else if let Some(rest) = problem.text.strip_prefix("`--drop ") {
                let name = rest.split('`').next().unwrap().to_owned();
                drop.retain(|one| *one != name);
            }
        }
    }
    drop
}

#[tokio::test]
async fn any_edit_of_a_spec_leads_to_the_new_one_and_back() {
    let pairs = std::env::var("PAIRS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(PAIRS);
    let only: Option<u64> = std::env::var("PAIR")
        .ok()
        .and_then(|text| text.parse().ok());
    let (mut tried, mut failures) = (0, Vec::new());
    for seed in only.map_or(0..pairs, |seed| seed..seed + 1) {
        let mut chance = Chance(seed);
        let prev = Spec::made(&mut chance);
        let mut next = prev.clone();
        let mut drop = Vec::new();
        for _ in 0..1 + chance.below(6) {
            next.edit(&mut chance, &mut drop);
        }
        let (before, after) = (prev.text(), next.text());
        let valid = |text: &str| {
            let compiled = pgwright_codegen::compile(&Source::new("schema.toml", text));
            if only.is_some() && compiled.schema.is_none() {
                eprintln!("{:#?}\n{text}", compiled.diagnostics);
            }
            compiled.schema.is_some()
        };
        if !valid(&before) || !valid(&after) {
            continue;
        }
        tried += 1;
        let drop = gone(&before, &after, &drop);
        let drop: Vec<&str> = drop.iter().map(String::as_str).collect();
        if let Err(error) = prove(&compile(&before), &compile(&after), &drop, "").await {
            let error: String = error.chars().take(6000).collect();
            failures.push(format!("PAIR={seed}: {error}"));
        }
    }
    eprintln!("{tried} pairs were tried");
    assert!(
        tried > 0 && (only.is_some() || tried * 2 > pairs),
        "only {tried} of {pairs} compile"
    );
    if std::env::var_os("SHORT").is_some() {
        for failure in &failures {
            eprintln!("{}", failure.lines().take(4).collect::<Vec<_>>().join("\n"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {tried}:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}
