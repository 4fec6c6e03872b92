//! A spec that can be edited by chance.

/// Numbers that are the same in every run (SplitMix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, limit: usize) -> usize {
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

pub(super) const NAMES: &[&str] = &[
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
pub(super) const TYPES: &[(&str, &str)] = &[
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
pub(super) struct Field {
    pub(super) id: usize,
    pub(super) name: String,
    pub(super) renamed_from: Option<String>,
    pub(super) ty: usize,
    pub(super) nullable: bool,
    pub(super) default: bool,
    pub(super) doc: bool,
    pub(super) check: bool,
    pub(super) index: bool,
    pub(super) unique: bool,
    pub(super) generated: Option<usize>,
}

#[derive(Clone)]
pub(super) struct Model {
    pub(super) id: usize,
    pub(super) name: String,
    pub(super) renamed_from: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) parent: Option<usize>,
    pub(super) counted: bool,
    pub(super) touched: bool,
    pub(super) policy: bool,
    pub(super) granted: bool,
    pub(super) view: bool,
    pub(super) sql_trigger: bool,
    pub(super) partial: bool,
}

#[derive(Clone)]
pub(super) struct Spec {
    pub(super) labels: Vec<(String, Option<String>)>,
    pub(super) domain_check: bool,
    pub(super) domain_base: &'static str,
    pub(super) function: usize,
    pub(super) models: Vec<Model>,
    pub(super) next: usize,
}

impl Spec {
    pub(super) fn made(chance: &mut Chance) -> Self {
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

    /// One edit; says what may go.
    pub(super) fn edit(&mut self, chance: &mut Chance, drop: &mut Vec<String>) {
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
                let own = model.fields[at].id;
                let source = model
                    .fields
                    .iter()
                    .find(|other| {
                        other.id != own && TYPES[other.ty].0 == "text" && other.generated.is_none()
                    })
                    .map(|other| other.id);
                let field = &mut model.fields[at];
                match chance.below(9) {
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
                    7 if field.generated.is_some() => field.generated = None,
                    7 if TYPES[field.ty].0 == "text" => field.generated = source,
                    _ => field.doc = !field.doc,
                }
            }
        }
        self.models[place] = model;
    }
}
