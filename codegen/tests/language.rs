//! What the language says: names by rule, defaults, and files that an editor's JSON Schema agrees with.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod json_schema;

use std::fs;
use std::path::{Path, PathBuf};

use json_schema::Validator;
use pgwright_codegen::diag::render;
use pgwright_codegen::docs;
use pgwright_codegen::schema::{Default, Model, Schema};
use pgwright_codegen::source::Source;
use pgwright_codegen::sql::Literal;
use pgwright_codegen::{compile, generate};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn schema_of(text: &str) -> Schema {
    let source = Source::new("schema.toml", text);
    let compilation = compile(&source);
    let report = render(&source, &compilation.diagnostics, false);
    compilation.schema.unwrap_or_else(|| panic!("{report}"))
}

fn every_key() -> String {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language/every_key.toml"))
}

fn model<'s>(schema: &'s Schema, name: &str) -> &'s Model {
    schema
        .models
        .iter()
        .find(|model| model.name == name)
        .unwrap()
}

/// Every spec of the repository that is right.
fn specs() -> Vec<(String, String)> {
    let mut paths = vec![root().join("schema.toml")];
    let cases = root().join("tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    paths.extend(
        folders
            .iter()
            .map(|folder| folder.join("schema.toml"))
            .filter(|path| path.is_file()),
    );
    let mut specs: Vec<_> = paths
        .iter()
        .map(|path| (path.display().to_string(), read(path)))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language");
    for name in ["every_key.toml", "unusual.toml"] {
        specs.push((name.to_owned(), read(&folder.join(name))));
    }
    let reference = docs::reference();
    let example = reference
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    specs.push((
        "the example of the reference".to_owned(),
        example.to_owned(),
    ));
    specs
}

fn json(toml: &str) -> serde_json::Value {
    let value: toml::Value = toml::from_str(toml).unwrap();
    serde_json::to_value(value).unwrap()
}

#[test]
fn every_spec_of_the_repository_is_valid_in_an_editor() {
    let validator = Validator::new(&docs::json_schema());
    for (name, text) in specs() {
        assert_eq!(
            validator.errors(&json(&text)),
            Vec::<String>::new(),
            "{name}"
        );
    }
}

#[test]
fn every_spec_of_the_repository_compiles() {
    for (name, text) in specs() {
        let source = Source::new(name, text);
        let compilation = compile(&source);
        let report = render(&source, &compilation.diagnostics, false);
        assert!(compilation.schema.is_some(), "{report}");
    }
}

#[test]
fn an_editor_finds_unknown_keys_missing_keys_wrong_words_and_wrong_types() {
    let validator = Validator::new(&docs::json_schema());
    for wrong in [
        "",
        "version = '1'",
        "version = 1\nmodel = {}",
        "version = 1\n[enums.A]",
        "version = 1\n[models.A.fields]\na = { typ = 'text' }",
        "version = 1\n[models.A.fields]\na = { type = 'uuid', on_delete = 'set nul' }",
        "version = 1\n[models.A]\nindexes = [{ name = 'x' }]",
        "version = 1\n[triggers.t]\nkind = 'count'",
        "version = 1\n[triggers.t]\nkind = 'touch'\non = ['A']",
    ] {
        assert_ne!(
            validator.errors(&json(wrong)),
            Vec::<String>::new(),
            "{wrong}"
        );
    }
}

#[test]
fn the_spec_that_uses_every_key_uses_every_key() {
    let text = every_key();
    let schema: serde_json::Value = serde_json::from_str(&docs::json_schema()).unwrap();
    let mut unused = Vec::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        for key in definition["properties"].as_object().unwrap().keys() {
            let used = text.lines().any(|line| {
                line.split(['{', ',', '[', ']', '.'])
                    .any(|part| is_key(part, key))
            });
            if !used {
                unused.push(format!("{name}.{key}"));
            }
        }
    }
    assert_eq!(unused, Vec::<String>::new());
}

/// Whether the part is `key = …`, or the header of a table of that name.
fn is_key(part: &str, key: &str) -> bool {
    let part = part.trim();
    part == key
        || part
            .split_once('=')
            .is_some_and(|(name, _)| name.trim() == key)
}

#[test]
fn names_that_are_not_set_follow_the_rule() {
    let schema = schema_of(
        r#"
version = 1
[enums.HTTPMethod]
values = ["get"]
[models.BlogCategory]
unique = [{ on = ["title", "method"] }]
indexes = [{ on = ["lower(title)", "method desc"] }, { on = ["method"], unique = true }]
checks = [{ sql = "title <> ''" }, { sql = "title <> 'x'" }]
exclude = [{ using = "gist", on = ["span with &&"] }]
statistics = [{ on = ["title", "method"] }]
[models.BlogCategory.fields]
id = { type = "uuid", primary_key = true }
title = { type = "text", check = "<> 'y'", unique = true }
method = "HTTPMethod"
span = "int4range"
parent = { type = "uuid?", references = "BlogCategory" }
gone = { type = "boolean", default = false }
gone_at = "timestamptz?"
[models.BlogCategory.soft_delete]
flag = "gone"
at = "gone_at"
"#,
    );
    assert_eq!(schema.enums[0].ty.to_string(), "public.http_method");
    let model = &schema.models[0];
    assert_eq!(model.table.to_string(), "public.blog_categories");
    let mut names = vec![model.primary_key.as_ref().unwrap().name.to_string()];
    names.extend(model.uniques.iter().map(|item| item.name.to_string()));
    names.extend(model.foreign_keys.iter().map(|item| item.name.to_string()));
    names.extend(model.checks.iter().map(|item| item.name.to_string()));
    names.extend(model.indexes.iter().map(|item| item.name.to_string()));
    names.extend(model.exclusions.iter().map(|item| item.name.to_string()));
    names.extend(model.statistics.iter().map(|item| item.name.to_string()));
    insta::assert_snapshot!(names.join("\n"), @r"
    blog_categories_pkey
    ux_blog_categories_title
    ux_blog_categories_title_method
    fk_blog_categories_parent
    ck_blog_categories_title
    ck_blog_categories_1
    ck_blog_categories_2
    ck_blog_categories_deleted
    idx_blog_categories_lower_title_method
    ux_blog_categories_method
    ex_blog_categories_span
    st_blog_categories_title_method
    ");
}

#[test]
fn a_check_of_a_field_gets_its_column_and_a_whole_condition_stays() {
    let schema = schema_of(
        r#"
version = 1
[models.A.fields]
id = { type = "uuid", primary_key = true }
order = { type = "integer", check = "BETWEEN 0 AND 9" }
b = { type = "integer", check = "b > \"order\"" }
"#,
    );
    let checks: Vec<_> = schema.models[0]
        .checks
        .iter()
        .map(|check| check.sql.as_str())
        .collect();
    assert_eq!(checks, ["\"order\" BETWEEN 0 AND 9", "b > \"order\""]);
}

#[test]
fn features_bring_what_they_need_and_leave_what_is_there() {
    let schema = schema_of(&every_key());
    let job = model(&schema, "Job");
    let queues: Vec<(&str, &str)> = job
        .indexes
        .iter()
        .filter_map(|index| Some((index.name.as_str(), index.predicate.as_ref()?.as_str())))
        .collect();
    assert_eq!(
        queues,
        [
            ("idx_jobs_queue", "status = 'queued'"),
            ("idx_jobs_lease_expires_at", "lease_expires_at IS NOT NULL"),
        ]
    );
    let user = model(&schema, "User");
    let check = user.checks.last().unwrap();
    assert_eq!(
        (check.name.as_str(), check.sql.as_str()),
        ("ck_users_deleted", "is_deleted = (deleted_at IS NOT NULL)")
    );
    let ledger = model(&schema, "CreditTransaction");
    assert_eq!(
        ledger.uniques[0].name.as_str(),
        "ux_credit_transactions_user_id_entry_no"
    );

    let own = every_key().replace(
        "[models.Job.fields]",
        "[models.Job]\nindexes = [{ name = \"idx_jobs_queue\", on = [\"created_at\"] }]\n[models.Job.fields]",
    );
    let own = schema_of(&own);
    let names: Vec<&str> = model(&own, "Job")
        .indexes
        .iter()
        .map(|index| index.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["idx_jobs_queue", "idx_jobs_lease_expires_at"],
        "the author's own index is enough"
    );
}

#[test]
fn columns_that_triggers_keep_are_marked_and_begin_at_zero() {
    let schema = schema_of(&every_key());
    let kept: Vec<_> = schema
        .models
        .iter()
        .flat_map(|model| model.fields.iter().map(move |field| (model, field)))
        .filter_map(|(model, field)| {
            let trigger = &schema.trigger(field.maintained_by?).name;
            let zero = field.default == Some(Default::Literal(Literal::Integer(0)));
            Some(format!("{}.{} {trigger} {zero}", model.name, field.name))
        })
        .collect();
    insta::assert_snapshot!(kept.join("\n"), @r"
    User.dataset_count users_dataset_count true
    User.storage_used_bytes users_storage true
    User.credit_balance credit_tx true
    CreditTransaction.balance_after credit_tx false
    CreditTransaction.entry_no credit_tx false
    ");
}

#[test]
fn a_model_has_the_columns_it_inherits_before_its_own() {
    let schema = schema_of(&every_key());
    let child = model(&schema, "Child");
    let columns: Vec<_> = child
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(columns, ["id", "seen", "extra"]);
}

#[test]
fn old_names_that_are_gone_are_no_mistake() {
    let schema = schema_of(
        r#"
version = 1
[enums.Status]
values = ["done"]
renamed = { gone = "done" }
renamed_from = "State"
[models.A]
renamed_from = "B"
[models.A.fields]
id = { type = "uuid", primary_key = true, renamed_from = "key" }
"#,
    );
    assert_eq!(
        schema.enums[0].labels[0].renamed_from.as_deref(),
        Some("gone")
    );
}

#[test]
fn the_same_spec_makes_the_same_bytes() {
    let schema = schema_of(&every_key());
    assert_eq!(
        generate(&schema, None),
        generate(&schema_of(&every_key()), None)
    );
}

#[test]
fn the_page_of_a_schema_shows_all_that_it_holds() {
    insta::assert_snapshot!(docs::schema_page(&schema_of(&every_key())));
}

#[test]
fn no_name_or_doc_of_a_spec_breaks_out_of_the_page() {
    let schema = schema_of(
        r#"
version = 1
[enums.Odd]
values = ["a|b", "`tick`", "<b>", "line\nbreak"]
[models.Odd2]
table = "odd \"table\" | `x`"
doc = "<script>alert(1)</script>\n# not a heading\n```\nnot a fence"
[models.Odd2.fields]
id = { type = "uuid", primary_key = true }
"a | b" = { type = "Odd", default = "a|b", doc = "| <i> \n # x" }
"``" = "text"
"#,
    );
    insta::assert_snapshot!(docs::schema_page(&schema));
}

#[test]
fn the_reference_describes_every_key() {
    let page = docs::reference();
    let schema: serde_json::Value = serde_json::from_str(&docs::json_schema()).unwrap();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        for key in definition["properties"].as_object().unwrap().keys() {
            assert!(page.contains(&format!("\n| `{key}` |")), "{name}.{key}");
        }
    }
    for link in page.split("](#").skip(1) {
        let anchor = link.split(')').next().unwrap();
        let found = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .any(|heading| {
                let plain: String = heading
                    .to_lowercase()
                    .replace(' ', "-")
                    .chars()
                    .filter(|char| char.is_alphanumeric() || "-_".contains(*char))
                    .collect();
                plain == anchor
            });
        assert!(found, "no heading for #{anchor}");
    }
}
