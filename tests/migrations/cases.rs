//! Each kind of change has a folder: `prev.toml`, `schema.toml`, what it is told (`options`), rows that are there
//! (`before.sql`), and the plan.

use std::path::{Path, PathBuf};

use crate::support::{compile, files, planned, prove};

pub(crate) struct Case {
    pub(crate) name: String,
    path: PathBuf,
}

impl Case {
    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.path.join(name)).unwrap_or_default()
    }

    pub(crate) fn drop(&self) -> Vec<String> {
        self.file("drop").lines().map(str::to_owned).collect()
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let only = std::env::var("CASE").ok();
    let mut cases: Vec<Case> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("prev.toml").is_file())
        .map(|path| Case {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            path,
        })
        .filter(|case| only.as_ref().is_none_or(|only| *only == case.name))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

#[test]
fn each_case_is_planned_as_its_snapshot_says() {
    for case in cases() {
        let (prev, next) = (
            compile(&case.file("prev.toml")),
            compile(&case.file("schema.toml")),
        );
        let drop = case.drop();
        let drop: Vec<&str> = drop.iter().map(String::as_str).collect();
        let text = match planned(&prev, &next, &drop) {
            Err(problems) => problems,
            Ok(planned) => {
                let mut text = String::new();
                for (number, file) in files(&planned.plan, &next).iter().enumerate() {
                    text.push_str(&format!("==== file {} ====\n{}", number + 1, file.sql));
                }
                match &planned.back {
                    None => text.push_str("==== there is no way back ====\n"),
                    Some(back) => {
                        for file in files(back, &prev) {
                            text.push_str(&format!("==== the way back ====\n{}", file.sql));
                        }
                    }
                }
                text
            }
        };
        insta::with_settings!({ snapshot_path => &case.path, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("plan", text);
        });
    }
}

#[tokio::test]
async fn each_case_leads_to_its_schema_and_back() {
    let mut failures = Vec::new();
    for case in cases() {
        let (prev, next) = (
            compile(&case.file("prev.toml")),
            compile(&case.file("schema.toml")),
        );
        let drop = case.drop();
        let drop: Vec<&str> = drop.iter().map(String::as_str).collect();
        if planned(&prev, &next, &drop).is_err() {
            continue;
        }
        if let Err(error) = prove(&prev, &next, &drop, &case.file("before.sql")).await {
            failures.push(format!("{}: {error}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
