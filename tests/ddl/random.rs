//! Specs made by chance: what compiles must load. If it does not, a rule is missing, or the DDL is wrong.

use std::fmt::Write as _;

use pgwright_cli::testing;
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::ident::Ident;
use pgwright_codegen::source::Source;
use pgwright_codegen::sql::{Render, Sql};
use sqlx::{AssertSqlSafe, Executor};

/// How many specs are tried; `SPECS=1000` tries more.
const SPECS: u64 = 150;

/// Numbers that are the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % limit).unwrap()
    }

    /// True once in that many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

const NAMES: &[&str] = &[
    "id",
    "name",
    "user",
    "order",
    "select",
    "a b",
    "Ünï",
    "it's",
    "q\"q",
    "type",
    "self",
    "1st",
    "$$",
    "a.b",
    "limit",
    "Value",
    "x;--",
    "table",
    "value",
    "at",
    "check",
    "default",
    "ctid_",
    "\\",
    "%s",
    "{}",
    "end",
    "null_",
    "old",
    "new",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "ééééééééééééééééééééééééééééééé",
];
const TEXTS: &[&str] = &[
    "",
    "it's",
    "*/",
    "$$",
    "\\",
    "line\nline",
    "\"",
    "--",
    "{x}",
    "$1",
    "ü",
    "'; DROP TABLE x; --",
];
/// Types with a default that fits.
const TYPES: &[(&str, &str)] = &[
    ("text", "default = \"it's\""),
    ("integer", "default = -1"),
    ("bigint", "default_sql = \"1 + 1\""),
    ("numeric(10,2)", "default = \"0.5\""),
    ("boolean", "default = true"),
    ("timestamptz", "default_sql = \"now()\""),
    ("date", "default_sql = \"current_date\""),
    ("jsonb", "default_sql = \"'{}'\""),
    ("text[]", "default = [\"a\", \"b'c\"]"),
    ("uuid", "default_sql = \"gen_random_uuid()\""),
    ("interval", "default = \"1 day\""),
    ("varchar(20)", "default = \"x\""),
    ("char(2)", "default = \"de\""),
    ("inet", "default = \"::1\""),
    ("double precision", "default = 0.5"),
    ("smallint", "default = 3"),
    ("bytea", ""),
    ("tstzrange", ""),
    ("Kind", ""),
    ("Kind[]", "default = []"),
    ("Checked", "default = \"x\""),
    ("Pair", ""),
    ("bit(3)", ""),
    ("time", ""),
    ("xml", ""),
    ("int4multirange", ""),
];
const ACTIONS: &[&str] = &["no action", "restrict", "cascade", "set null", "retain"];

/// A text as TOML writes it: JSON's way is a part of TOML's.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn column(name: &str) -> String {
    let mut sql = Sql::new();
    Ident::new(name).unwrap().render(&mut sql);
    sql.into_string()
}

fn spec(seed: u64) -> String {
    let mut chance = Chance(seed);
    let mut text = String::from("version = 1\n");
    if chance.once_in(3) {
        writeln!(text, "[database]\nschema = {}", quoted(chance.pick(NAMES))).unwrap();
    }
    let labels: Vec<String> = TEXTS
        .iter()
        .skip(1)
        .take(1 + chance.below(8))
        .map(|label| quoted(label))
        .collect();
    writeln!(text, "[enums.Kind]\nvalues = [{}]", labels.join(", ")).unwrap();
    text.push_str("[domains.Checked]\ntype = \"text\"\nchecks = [{ sql = \"VALUE <> ''\" }]\n");
    text.push_str("[composites.Pair]\nfields = { \"a b\" = \"integer\", kind = \"Kind\" }\n");
    text.push_str("[domains.Strict]\ntype = \"Checked\"\nnot_null = true\ndefault = \"it's\"\n");
    text.push_str(
        "[functions.is_fine]\nsql = \"CREATE FUNCTION is_fine(uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 IS NOT NULL $$\"\n",
    );
    let models = 1 + chance.below(5);
    for model in 0..models {
        one_model(&mut chance, &mut text, model, models);
    }
    special_models(&mut chance, &mut text);
    text
}

fn one_model(chance: &mut Chance, text: &mut String, model: usize, models: usize) {
    let mut names: Vec<&str> = Vec::new();
    for _ in 0..chance.below(8) {
        let name = chance.pick(NAMES);
        if !names.contains(&name) && name != "id" {
            names.push(name);
        }
    }
    writeln!(text, "[models.M{model}]").unwrap();
    if chance.once_in(2) {
        writeln!(
            text,
            "table = {}",
            quoted(&format!("{model}{}", chance.pick(&NAMES[..20])))
        )
        .unwrap();
    }
    if chance.once_in(2) {
        writeln!(text, "doc = {}", quoted(chance.pick(TEXTS))).unwrap();
    }
    if chance.once_in(6) {
        writeln!(text, "schema = {}", quoted(chance.pick(NAMES))).unwrap();
    }
    if chance.once_in(30) {
        text.push_str("unlogged = true\n");
    }
    if chance.once_in(8) {
        text.push_str("with = { fillfactor = 80 }\nrls = { enabled = true }\npolicies = [{ name = \"it's\", using = \"true\" }]\n");
    }
    if !names.is_empty() && chance.once_in(2) {
        let part = quoted(&column(names[0]));
        let extra = chance.pick(&[
            "",
            ", unique = true",
            ", name = \"in dex\"",
            ", where = \"id IS NOT NULL\"",
            ", include = [\"id\"]",
        ]);
        writeln!(
            text,
            "indexes = [{{ on = [{part}, \"id desc nulls last\"]{extra} }}]"
        )
        .unwrap();
    }
    if chance.once_in(4) {
        text.push_str("checks = [{ sql = \"id IS NOT NULL -- always\\n\" }]\n");
    }
    if chance.once_in(4) {
        text.push_str("statistics = [{ on = [\"id\", \"(id::text)\"] }]\n");
    }
    writeln!(
        text,
        "[models.M{model}.fields]\nid = {{ type = \"uuid\", primary_key = true }}"
    )
    .unwrap();
    for name in names {
        let (ty, default) = TYPES[chance.below(TYPES.len())];
        let nullable = if chance.once_in(2) { "?" } else { "" };
        write!(text, "{} = {{ type = \"{ty}{nullable}\"", quoted(name)).unwrap();
        if !default.is_empty() && chance.once_in(2) {
            write!(text, ", {default}").unwrap();
        }
        if chance.once_in(3) {
            write!(text, ", doc = {}", quoted(chance.pick(TEXTS))).unwrap();
        }
        if chance.once_in(5) {
            text.push_str(", unique = true");
        }
        if chance.once_in(5) {
            text.push_str(", check = \"IS NOT NULL\"");
        }
        text.push_str(" }\n");
    }
    for number in 0..chance.below(3) {
        let nullable = chance.once_in(2);
        let action = if nullable {
            chance.pick(ACTIONS)
        } else {
            "cascade"
        };
        let more = if action == "retain" {
            ""
        } else {
            chance.pick(&[
                "",
                ", deferrable = \"deferred\"",
                ", not_valid = true",
                ", on_update = \"cascade\"",
            ])
        };
        writeln!(
            text,
            "ref{number} = {{ type = \"uuid{}\", references = \"M{}\", on_delete = \"{action}\"{more} }}",
            if nullable { "?" } else { "" },
            chance.below(models)
        )
        .unwrap();
    }
    if chance.once_in(3) {
        text.push_str(
            "gone = { type = \"boolean\", default = false }\ngone_at = \"timestamptz?\"\n",
        );
        writeln!(
            text,
            "[models.M{model}.soft_delete]\nflag = \"gone\"\nat = \"gone_at\"\nkeep = \"30 days\""
        )
        .unwrap();
    }
}

/// Models that are partitioned, inherit, have composite keys or no key.
fn special_models(chance: &mut Chance, text: &mut String) {
    let key = chance.pick(&[
        "[]",
        "[\"day\", \"number\"]",
        "[\"day\"]",
        "[\"number\", \"day\"]",
    ]);
    let (by, on, values) = match chance.below(4) {
        0 => (
            "range",
            "[\"day\"]",
            "FROM ('2026-01-01') TO ('2027-01-01')",
        ),
        1 => ("list", "[\"day\"]", "IN ('2026-01-01', '2026-01-02')"),
        2 => (
            "hash",
            "[\"day\", \"number\"]",
            "WITH (MODULUS 2, REMAINDER 0)",
        ),
        _ => (
            "range",
            "[\"day\", \"number\"]",
            "FROM ('2026-01-01', MINVALUE) TO ('2027-01-01', MAXVALUE)",
        ),
    };
    let partition = if chance.once_in(2) {
        format!(
            "partition = {{ by = \"{by}\", on = {on} }}\npartitions = [{{ name = \"it's\", values = \"{values}\" }}]\n"
        )
    } else {
        String::new()
    };
    let number = chance.pick(&[
        "{ type = \"bigint\", identity = \"always\" }",
        "{ type = \"integer\", identity = \"by default\" }",
        "\"bigserial\"",
        "\"smallint\"",
    ]);
    let index = chance.pick(&[
        "",
        "indexes = [{ on = [\"tags\"], using = \"gin\" }, { on = [\"day\"], using = \"brin\" }]\n",
        "indexes = [{ on = [\"number\"], using = \"hash\" }, { on = [\"(number + 1) desc\"], include = [\"day\"] }]\n",
        "indexes = [{ on = [\"note collate \\\"C\\\" text_pattern_ops\"], with = { fillfactor = 50 } }]\n",
        "unique = [{ on = [\"number\", \"day\"], include = [\"note\"], deferrable = \"deferred\" }]\n",
        "exclude = [{ using = \"gist\", on = [\"during with &&\"], where = \"number > 0\" }]\n",
        "grants = { public = [\"select\", \"insert\"] }\n",
    ]);
    let generated = chance.pick(&[
        "",
        "loud = { type = \"text?\", generated = \"upper(note)\" }\n",
    ]);
    writeln!(
        text,
        "[models.Special]\nprimary_key = {key}\n{partition}{index}[models.Special.fields]
day = \"date\"
number = {number}
tags = \"text[]?\"
during = \"tstzrange?\"
note = {{ type = \"text?\", collate = \"C\" }}
strict = \"Strict?\"
{generated}"
    )
    .unwrap();
    if partition.is_empty() {
        text.push_str("[models.Heir]\nprimary_key = []\ninherits = [\"Special\"]\n[models.Heir.fields]\nown = \"text?\"\n");
    }
    if key.len() > 10 && !number.contains("int\"") && !number.contains("integer") {
        writeln!(
            text,
            "[models.Child]\nforeign_keys = [{{ fields = [\"day\", \"number\"], references = \"Special\", to = [\"day\", \"number\"], on_delete = \"{}\" }}]
checks = [{{ sql = \"is_fine(id)\" }}]\n[models.Child.fields]\nid = {{ type = \"uuid\", primary_key = true }}\nday = \"date?\"\nnumber = \"bigint?\"",
            chance.pick(ACTIONS)
        )
        .unwrap();
    }
    if chance.once_in(2) {
        writeln!(
            text,
            "[views.seen]\nmaterialized = {}\nsql = \"SELECT * FROM specials WHERE note IS NOT NULL -- all\"",
            chance.once_in(2)
        )
        .unwrap();
    }
}

#[tokio::test]
async fn a_spec_made_by_chance_loads_if_it_compiles() {
    let count = std::env::var("SPECS")
        .ok()
        .map_or(SPECS, |count| count.parse().unwrap());
    let database = testing::database("").await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let mut compiled = 0;
    let mut failures = Vec::new();
    let mut refused = std::collections::BTreeMap::<String, u64>::new();
    for seed in 0..count {
        let text = spec(seed);
        let compilation = pgwright_codegen::compile(&Source::new("schema.toml", text.as_str()));
        let Some(schema) = compilation.schema else {
            for diagnostic in compilation.diagnostics {
                *refused
                    .entry(format!("{}: {}", diagnostic.code, diagnostic.message))
                    .or_default() += 1;
            }
            continue;
        };
        compiled += 1;
        let sql = schema_sql(&schema).replace("\nCOMMIT;\n", "\n");
        if let Err(error) = connection.execute(AssertSqlSafe(sql)).await {
            failures.push(format!("seed {seed}: {error}\n{text}"));
        } else {
            purge_everything(&mut connection, &schema, seed, &mut failures).await;
        }
        connection.execute("ROLLBACK").await.unwrap();
    }
    let errors: Vec<&str> = failures
        .iter()
        .filter_map(|failure| failure.lines().next())
        .collect();
    assert!(
        failures.is_empty(),
        "{}

{}",
        errors.join(
            "
"
        ),
        failures[0]
    );
    // Chance must not make specs that are all refused.
    assert!(
        compiled * 4 > count,
        "only {compiled} of {count} compile: {refused:#?}"
    );
}

/// Bodies are not looked at when they are made: each purge is run once.
async fn purge_everything(
    connection: &mut sqlx::PgConnection,
    schema: &pgwright_codegen::schema::Schema,
    seed: u64,
    failures: &mut Vec<String>,
) {
    for model in schema
        .models
        .iter()
        .filter(|model| model.soft_delete.is_some())
    {
        let name = Ident::derived(&[model.table.name.as_str(), "purge"]);
        let sql = format!(
            "SELECT {}.{}()",
            column(model.table.schema.as_str()),
            column(name.as_str())
        );
        if let Err(error) = connection.execute(AssertSqlSafe(sql)).await {
            failures.push(format!(
                "seed {seed}, the purge of {}: {error}",
                model.table
            ));
        }
    }
}
