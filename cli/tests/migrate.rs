//! `migrate` as its users see it, without a database.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const SPEC: &str = r#"version = 1

[models.Customer.fields]
id    = { type = "uuid", primary_key = true }
email = "text"
"#;

fn project(spec: &str) -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("schema.toml"), spec).unwrap();
    temp
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

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A migration without a proof, for tests of everything else.
fn new(folder: &Path, name: &str, more: &[&str]) -> Output {
    let mut arguments = vec!["migrate", "new", name, "--no-proof"];
    arguments.extend(more);
    pgwright(folder, &arguments)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.join("generated/migrations"))
        .map(|entries| {
            entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

fn migration(folder: &Path, end: &str) -> std::path::PathBuf {
    let name = names(folder)
        .into_iter()
        .find(|name| name.ends_with(end))
        .unwrap();
    folder.join("generated/migrations").join(name)
}

#[test]
fn without_a_change_nothing_is_written() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    let before = names(temp.path());
    let again = new(temp.path(), "again", &[]);
    assert!(again.status.success());
    assert!(said(&again).contains("nothing to do"), "{}", said(&again));
    assert_eq!(names(temp.path()), before);
}

#[test]
fn versions_rise_within_one_second_and_each_has_its_way_back() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    for number in 1..4 {
        let spec = format!(
            "{SPEC}{}",
            (1..=number)
                .map(|n| format!("f{n} = \"text?\"\n"))
                .collect::<String>()
        );
        fs::write(temp.path().join("schema.toml"), spec).unwrap();
        let output = new(temp.path(), &format!("add_f{number}"), &[]);
        assert!(output.status.success(), "{}", said(&output));
    }
    let versions: Vec<i64> = names(temp.path())
        .iter()
        .filter(|name| name.ends_with(".sql") && !name.ends_with(".down.sql"))
        .map(|name| name.split_once('_').unwrap().0.parse().unwrap())
        .collect();
    assert_eq!(versions.len(), 4);
    assert!(
        versions.windows(2).all(|pair| pair[0] < pair[1]),
        "{versions:?}"
    );
    let down = fs::read_to_string(migration(temp.path(), "add_f3.down.sql")).unwrap();
    assert!(down.contains("DROP COLUMN f3"), "{down}");
    let status = pgwright(temp.path(), &["migrate", "status"]);
    assert!(status.status.success(), "{}", said(&status));
}

#[test]
fn what_is_gone_is_refused_until_it_is_named() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    fs::write(
        temp.path().join("schema.toml"),
        SPEC.replace("email", "mail"),
    )
    .unwrap();
    let refused = new(temp.path(), "renamed", &[]);
    assert_eq!(refused.status.code(), Some(1));
    let text = said(&refused);
    assert!(
        text.contains("models.Customer.fields.email")
            && text.contains("models.Customer.fields.mail"),
        "{text}"
    );
    assert!(text.contains("renamed_from = \"email\""), "{text}");
    let named = new(temp.path(), "renamed", &["--drop", "Customer.email"]);
    assert!(named.status.success(), "{}", said(&named));
    let wrong = new(temp.path(), "wrong", &["--drop", "Customer.nothing"]);
    assert_eq!(wrong.status.code(), Some(1));
}

#[test]
fn a_rewrite_is_refused_until_it_is_allowed() {
    // Twice the age is computed, which PostgreSQL does in no other way.
    let spec = format!(
        "{SPEC}age = \"integer\"\ntwice = {{ type = \"integer\", generated = \"age * 2\" }}\n"
    );
    let temp = project(&spec);
    assert!(new(temp.path(), "init", &[]).status.success());
    fs::write(
        temp.path().join("schema.toml"),
        spec.replace("integer", "bigint"),
    )
    .unwrap();
    let refused = new(temp.path(), "wide", &[]);
    assert_eq!(refused.status.code(), Some(1));
    let text = said(&refused);
    assert!(
        text.contains("--allow rewrite") && text.contains("`twice` is computed of columns"),
        "{text}"
    );
    let allowed = new(temp.path(), "wide", &["--allow", "rewrite"]);
    assert!(allowed.status.success(), "{}", said(&allowed));
    let text = fs::read_to_string(migration(temp.path(), "_wide.sql")).unwrap();
    assert!(text.contains("-- rewrite: every row"), "{text}");
}

#[test]
fn a_new_type_comes_beside_the_old_one_unless_a_rewrite_is_allowed() {
    let spec = format!("{SPEC}age = \"integer\"\n");
    for (more, beside) in [(&[][..], true), (&["--allow", "rewrite"], false)] {
        let temp = project(&spec);
        assert!(new(temp.path(), "init", &[]).status.success());
        let wide = spec.replace("integer", "bigint");
        fs::write(temp.path().join("schema.toml"), wide).unwrap();
        let done = new(temp.path(), "wide", more);
        assert!(done.status.success(), "{}", said(&done));
        let copies = names(temp.path())
            .iter()
            .any(|name| name.ends_with("_copy.sql"));
        assert_eq!(copies, beside, "{more:?}");
    }
}

#[test]
fn a_data_step_with_a_word_that_triggers_do_not_know_is_refused() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    fs::write(
        temp.path().join("schema.toml"),
        format!("{SPEC}nick = \"text?\"\n"),
    )
    .unwrap();
    assert!(new(temp.path(), "nick", &[]).status.success());
    let file = migration(temp.path(), "_nick.sql");
    let text = fs::read_to_string(&file).unwrap();
    let own = "-- triggers: off\nUPDATE customers SET nick = email;\n-- <<< data";
    fs::write(&file, text.replacen("-- <<< data", own, 1)).unwrap();
    let refused = pgwright(temp.path(), &["migrate", "rewrite", "--no-proof"]);
    assert!(
        !refused.status.success() && said(&refused).contains("-- triggers: off"),
        "{}",
        said(&refused)
    );
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("triggers: off", "triggers: skip")).unwrap();
    let done = pgwright(temp.path(), &["migrate", "rewrite", "--no-proof"]);
    assert!(done.status.success(), "{}", said(&done));
}

#[test]
fn a_migration_that_was_changed_is_named_and_comments_do_not_count() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    let file = migration(temp.path(), "_init.sql");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        format!("{}\r\n-- a note\r\n", text.replace('\n', "\r\n")),
    )
    .unwrap();
    let status = pgwright(temp.path(), &["migrate", "status"]);
    assert!(status.status.success(), "{}", said(&status));
    fs::write(&file, text.replace("email", "mail")).unwrap();
    let status = pgwright(temp.path(), &["migrate", "status"]);
    assert_eq!(status.status.code(), Some(1));
    assert!(
        said(&status).contains("_init` was changed"),
        "{}",
        said(&status)
    );
    fs::remove_file(&file).unwrap();
    let status = pgwright(temp.path(), &["migrate", "status"]);
    assert!(said(&status).contains("is missing"), "{}", said(&status));
}

#[test]
fn migrations_that_changed_places_and_strangers_are_named() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    fs::write(
        temp.path().join("schema.toml"),
        format!("{SPEC}age = \"integer?\"\n"),
    )
    .unwrap();
    assert!(new(temp.path(), "age", &[]).status.success());
    let path = temp.path().join("generated/migrations/history");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let last = lines.len() - 1;
    lines.swap(last, last - 1);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    let moved = said(&pgwright(temp.path(), &["migrate", "status"]));
    assert!(
        moved.contains("does not follow what stands before it"),
        "{moved}"
    );
    fs::write(&path, &text).unwrap();
    fs::write(
        temp.path()
            .join("generated/migrations/20990101000000_own.sql"),
        "SELECT 1;\n",
    )
    .unwrap();
    let own = said(&pgwright(temp.path(), &["migrate", "status"]));
    assert!(
        own.contains("`20990101000000_own.sql` is not in the history"),
        "{own}"
    );
}

#[test]
fn data_steps_are_kept_when_the_migration_is_written_again() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    fs::write(
        temp.path().join("schema.toml"),
        format!("{SPEC}nick = \"text\"\n"),
    )
    .unwrap();
    assert!(new(temp.path(), "nick", &[]).status.success());
    let file = migration(temp.path(), "_nick.sql");
    let text = fs::read_to_string(&file).unwrap();
    let own = "UPDATE customers SET nick = email;\n-- <<< data";
    fs::write(&file, text.replacen("-- <<< data", own, 1)).unwrap();
    assert_eq!(
        pgwright(temp.path(), &["migrate", "status"]).status.code(),
        Some(1)
    );
    fs::write(
        temp.path().join("schema.toml"),
        format!("{SPEC}nick = \"text\"\nage = \"integer?\"\n"),
    )
    .unwrap();
    let again = pgwright(temp.path(), &["migrate", "rewrite", "--no-proof"]);
    assert!(again.status.success(), "{}", said(&again));
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains(own) && text.contains("ADD COLUMN age"),
        "{text}"
    );
    assert!(
        pgwright(temp.path(), &["migrate", "status"])
            .status
            .success()
    );
}

#[test]
fn two_branches_conflict_in_one_file_and_ours_goes_behind_theirs() {
    let temp = project(SPEC);
    let folder = temp.path().join("generated/migrations");
    let history = folder.join("history");
    assert!(new(temp.path(), "init", &[]).status.success());
    let base = fs::read_to_string(&history).unwrap();
    let branch = |line: &str, name: &str| {
        fs::write(&history, &base).unwrap();
        fs::write(temp.path().join("schema.toml"), format!("{SPEC}{line}")).unwrap();
        // The files of the other branch are not here yet.
        let hidden = tempfile::tempdir().unwrap();
        let others: Vec<_> = names(temp.path())
            .into_iter()
            .filter(|file| file.contains("_theirs"))
            .collect();
        for file in &others {
            fs::rename(folder.join(file), hidden.path().join(file)).unwrap();
        }
        let output = new(temp.path(), name, &[]);
        assert!(output.status.success(), "{}", said(&output));
        for file in &others {
            fs::rename(hidden.path().join(file), folder.join(file)).unwrap();
        }
        let text = fs::read_to_string(&history).unwrap();
        text.lines().last().unwrap().to_owned()
    };
    let theirs = branch("age = \"integer?\"\n", "theirs");
    let ours = branch("nick = \"text?\"\n", "ours");
    fs::write(
        &history,
        format!("{base}<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> main\n"),
    )
    .unwrap();
    fs::write(
        temp.path().join("schema.toml"),
        format!("{SPEC}age = \"integer?\"\nnick = \"text?\"\n"),
    )
    .unwrap();
    let status = said(&pgwright(temp.path(), &["migrate", "status"]));
    assert!(status.contains("migrate rebase"), "{status}");
    let rebased = pgwright(temp.path(), &["migrate", "rebase", "--no-proof"]);
    assert!(rebased.status.success(), "{}", said(&rebased));
    let status = pgwright(temp.path(), &["migrate", "status"]);
    assert!(status.status.success(), "{}", said(&status));
    let text = fs::read_to_string(migration(temp.path(), "_ours.sql")).unwrap();
    assert!(
        text.contains("ADD COLUMN nick") && !text.contains("ADD COLUMN age"),
        "{text}"
    );
    let nothing = new(temp.path(), "more", &[]);
    assert!(
        said(&nothing).contains("nothing to do"),
        "{}",
        said(&nothing)
    );
    let squashed = pgwright(temp.path(), &["migrate", "squash"]);
    assert!(squashed.status.success(), "{}", said(&squashed));
    assert!(
        pgwright(temp.path(), &["migrate", "status"])
            .status
            .success()
    );
    assert!(said(&new(temp.path(), "more", &[])).contains("nothing to do"));
}

#[test]
fn what_was_said_of_a_migration_is_not_asked_again_when_it_is_written_again() {
    let spec = format!("{SPEC}note = \"text?\"\nage = \"integer\"\n");
    let temp = project(&spec);
    assert!(new(temp.path(), "init", &[]).status.success());
    let wide = format!("{SPEC}age = \"bigint\"\n");
    fs::write(temp.path().join("schema.toml"), &wide).unwrap();
    let said_once = [
        "--drop",
        "Customer.note",
        "--allow",
        "rewrite",
        "--triggers",
        "skip",
    ];
    let first = new(temp.path(), "wide", &said_once);
    assert!(first.status.success(), "{}", said(&first));
    let before = fs::read_to_string(migration(temp.path(), "_wide.sql")).unwrap();
    assert!(before.contains("-- rewrite: every row"), "{before}");
    let again = pgwright(temp.path(), &["migrate", "rewrite", "--no-proof"]);
    assert!(again.status.success(), "{}", said(&again));
    let after = fs::read_to_string(migration(temp.path(), "_wide.sql")).unwrap();
    assert_eq!(before, after);
    // What is there after all is no mistake.
    fs::write(
        temp.path().join("schema.toml"),
        format!("{wide}note = \"text?\"\n"),
    )
    .unwrap();
    let kept = pgwright(temp.path(), &["migrate", "rewrite", "--no-proof"]);
    assert!(kept.status.success(), "{}", said(&kept));
    let text = fs::read_to_string(migration(temp.path(), "_wide.sql")).unwrap();
    assert!(!text.contains("DROP COLUMN note"), "{text}");
}

#[test]
fn a_spec_and_a_folder_of_ones_own_and_names_that_are_none() {
    let temp = project(SPEC);
    fs::create_dir(temp.path().join("db")).unwrap();
    fs::rename(
        temp.path().join("schema.toml"),
        temp.path().join("db/app.toml"),
    )
    .unwrap();
    let output = new(
        temp.path(),
        "init",
        &["--spec", "db/app.toml", "--out", "src/db"],
    );
    assert!(output.status.success(), "{}", said(&output));
    assert!(temp.path().join("src/db/migrations/history").is_file());
    let bad = new(
        temp.path(),
        "../x",
        &["--spec", "db/app.toml", "--out", "src/db"],
    );
    assert_eq!(bad.status.code(), Some(2));
}

#[test]
fn what_cannot_be_written_leaves_everything_as_it_was() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    let read = || -> Vec<(String, Vec<u8>)> {
        let folder = temp.path().join("generated/migrations");
        names(temp.path())
            .into_iter()
            .filter(|name| name != "mod.rs")
            .map(|name| (name.clone(), fs::read(folder.join(name)).unwrap()))
            .collect()
    };
    let before = read();
    let spec = format!("{SPEC}age = \"integer?\"\n");
    fs::write(temp.path().join("schema.toml"), spec).unwrap();
    // A file of a migration whose place is taken by a folder.
    let module = temp.path().join("generated/migrations/mod.rs");
    fs::remove_file(&module).unwrap();
    fs::create_dir_all(module.join("in the way")).unwrap();
    for arguments in [
        &["migrate", "new", "age", "--no-proof"][..],
        &["migrate", "rewrite", "--no-proof"],
        &["migrate", "squash"],
    ] {
        let output = pgwright(temp.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert_eq!(read(), before, "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn line_ends_of_windows_change_no_migration_and_git_is_told_to_leave_them() {
    let temp = project(SPEC);
    assert!(new(temp.path(), "init", &[]).status.success());
    let folder = temp.path().join("generated/migrations");
    for name in names(temp.path()) {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        fs::write(folder.join(name), text.replace('\n', "\r\n")).unwrap();
    }
    let status = pgwright(temp.path(), &["migrate", "status"]);
    assert!(status.status.success(), "{}", said(&status));
    let again = new(temp.path(), "again", &[]);
    assert!(said(&again).contains("nothing to do"), "{}", said(&again));
    let git = fs::read_to_string(folder.join(".gitattributes")).unwrap();
    assert!(git.contains("eol=lf"), "{git}");
}

#[test]
fn every_command_finds_the_folder_that_cargo_toml_names() {
    let temp = project(SPEC);
    let manifest = "[package]\nname = \"x\"\n[package.metadata.pgwright]\nout = \"src/db\"\n";
    fs::write(temp.path().join("Cargo.toml"), manifest).unwrap();
    assert!(pgwright(temp.path(), &["gen"]).status.success());
    assert!(new(temp.path(), "init", &[]).status.success());
    assert!(temp.path().join("src/db/schema.sql").exists());
    assert!(temp.path().join("src/db/migrations/history").exists());
    assert!(!temp.path().join("generated").exists());
    // From a folder below, too.
    let status = pgwright(&temp.path().join("src"), &["migrate", "status"]);
    assert!(said(&status).contains("_init"), "{}", said(&status));
    assert!(pgwright(temp.path(), &["gen", "--check"]).status.success());
}
