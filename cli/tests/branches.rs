//! `migrate rebase` after a merge of git, of two branches that made a migration in the same second.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use pgwright_cli::migrate::history::{History, Part};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const SPEC: &str = r#"version = 1

[models.Customer.fields]
id    = { type = "uuid", primary_key = true }
email = "text"
"#;
/// Later than any clock: what comes behind it gets the next number, and no time.
const INIT: i64 = 29_991_231_235_959;
const MIGRATIONS: &str = "generated/migrations";

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn git(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@t.example"])
        .args(["-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap()
}

fn pgwright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pgwright"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("CARGO_PKG_NAME")
        .env_remove("CI")
        .output()
        .unwrap()
}

fn write(folder: &Path, lines: &str) {
    fs::write(folder.join("schema.toml"), format!("{SPEC}{lines}")).unwrap();
}

fn commit(folder: &Path) {
    assert!(git(folder, &["add", "."]).status.success());
    let done = git(folder, &["commit", "-qm", "x"]);
    assert!(done.status.success(), "{}", said(&done));
}

/// Two branches, `main` and `ours`, whose migrations have one version; on `ours`.
fn branches(their_name: &str, our_name: &str) -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    assert!(git(folder, &["init", "-qb", "main"]).status.success());
    write(folder, "");
    let migrations = folder.join(MIGRATIONS);
    fs::create_dir_all(&migrations).unwrap();
    let part = Part {
        version: INIT,
        stem: format!("{INIT}_init"),
        up: "SELECT 1;\n".to_owned(),
        down: None,
    };
    fs::write(migrations.join(format!("{}.sql", part.stem)), &part.up).unwrap();
    fs::write(migrations.join(format!("{}.toml", part.stem)), SPEC).unwrap();
    let mut history = History::default();
    history.add(INIT, "init", vec![part], SPEC);
    fs::write(migrations.join("history"), history.text()).unwrap();
    // Writes what stands beside the migrations.
    write(folder, "first = \"integer?\"\n");
    new(folder, "first", &[]);
    commit(folder);
    assert!(git(folder, &["branch", "ours"]).status.success());
    // Theirs is of several files, ours of one.
    write(
        folder,
        "first = \"integer?\"\nage = { type = \"integer?\", unique = true }\n",
    );
    new(folder, their_name, &[]);
    commit(folder);
    assert!(git(folder, &["checkout", "-q", "ours"]).status.success());
    write(folder, "nick = \"text?\"\n");
    new(folder, our_name, &["--drop", "Customer.first"]);
    commit(folder);
    temp
}

fn new(folder: &Path, name: &str, more: &[&str]) {
    let mut arguments = vec!["migrate", "new", name, "--no-proof"];
    arguments.extend(more);
    let done = pgwright(folder, &arguments);
    assert!(done.status.success(), "{}", said(&done));
}

fn conflicts(folder: &Path) -> Vec<String> {
    let done = git(folder, &["diff", "--name-only", "--diff-filter=U"]);
    String::from_utf8_lossy(&done.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The names of the migrations in their order; their versions rise.
fn names(folder: &Path) -> Vec<String> {
    let history = History::read(&folder.join(MIGRATIONS)).unwrap();
    let versions: Vec<i64> = history.parts().map(|part| part.version).collect();
    assert!(
        versions.windows(2).all(|pair| pair[0] < pair[1]),
        "{versions:?}"
    );
    history
        .entries
        .into_iter()
        .map(|entry| entry.name)
        .collect()
}

fn solve(folder: &Path) {
    write(
        folder,
        "nick = \"text?\"\nage = { type = \"integer?\", unique = true }\n",
    );
    let done = pgwright(folder, &["migrate", "rebase", "--no-proof"]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(names(folder), ["init", "first", "theirs", "ours"]);
    let status = pgwright(folder, &["migrate", "status"]);
    assert!(status.status.success(), "{}", said(&status));
    let module = fs::read_to_string(folder.join(MIGRATIONS).join("mod.rs")).unwrap();
    assert_eq!(module.matches("_ours.sql\"").count(), 1, "{module}");
}

#[test]
fn one_second_in_two_branches_is_solved_in_a_merge_and_in_a_rebase_of_git() {
    for merge in [&["merge", "main"][..], &["rebase", "main"]] {
        let temp = branches("theirs", "ours");
        let folder = temp.path();
        let merged = git(folder, merge);
        assert!(!merged.status.success(), "{}", said(&merged));
        assert_eq!(
            conflicts(folder),
            ["generated/migrations/history", "schema.toml"],
            "{}",
            said(&merged)
        );
        solve(folder);
    }
}

#[test]
fn a_conflict_that_was_taken_away_by_hand_is_named_as_one() {
    let temp = branches("theirs", "ours");
    let folder = temp.path();
    git(folder, &["merge", "main"]);
    let path = folder.join(MIGRATIONS).join("history");
    let text = fs::read_to_string(&path).unwrap();
    let both: String = text
        .lines()
        .filter(|line| !["<<<<<<<", "=======", ">>>>>>>"].contains(&line.get(..7).unwrap_or("")))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&path, &both).unwrap();
    let status = said(&pgwright(folder, &["migrate", "status"]));
    assert!(
        status.contains("in the same second") && status.contains("migrate rebase"),
        "{status}"
    );
    // One side alone was kept.
    let theirs: String = both
        .lines()
        .filter(|line| !line.contains(" ours "))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&path, theirs).unwrap();
    let status = said(&pgwright(folder, &["migrate", "status"]));
    assert!(
        status.contains("_ours.sql` is not in the history, and has the version of `"),
        "{status}"
    );
    // As the help says.
    let back = git(
        &folder.join(MIGRATIONS),
        &["checkout", "--merge", "--", "history"],
    );
    assert!(back.status.success(), "{}", said(&back));
    solve(folder);
}

#[test]
fn one_name_in_the_same_second_is_named_and_solved() {
    let temp = branches("same", "same");
    let folder = temp.path();
    git(folder, &["merge", "main"]);
    write(
        folder,
        "nick = \"text?\"\nage = { type = \"integer?\", unique = true }\n",
    );
    let refused = pgwright(folder, &["migrate", "rebase", "--no-proof"]);
    assert!(!refused.status.success());
    let text = said(&refused);
    let help = text
        .split_once("`git ")
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(help, _)| help.replace('\'', ""))
        .unwrap_or_else(|| panic!("{text}"));
    let words: Vec<&str> = help.split(' ').collect();
    let taken = git(&folder.join(MIGRATIONS), &words);
    assert!(taken.status.success(), "{}", said(&taken));
    let done = pgwright(
        folder,
        &[
            "migrate",
            "rebase",
            "--no-proof",
            "--drop",
            "Customer.first",
        ],
    );
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(names(folder), ["init", "first", "same", "same"]);
}
