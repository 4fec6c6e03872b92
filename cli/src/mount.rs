//! Where a crate mounts the generated module: what its examples import.
//!
//! The crate's own source says it, so that the answer is the same in every checkout.

use std::fs;
use std::path::{Component, Path, PathBuf};

use syn::{Expr, Item, Lit, Meta, Visibility};

/// No crate nests modules deeper.
const DEEPEST: usize = 32;

/// The path of the module whose files lie in the folder, as another crate writes it: `automl_db::generated`. None where the
/// folder is not part of a library, or a module on the way is not public.
pub(crate) fn path(out: &Path) -> Option<String> {
    let out = std::path::absolute(out).ok().map(|out| plain(&out))?;
    let (folder, manifest) = out.ancestors().skip(1).find_map(|folder| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        let manifest: toml::Table = text.parse().ok()?;
        manifest
            .contains_key("package")
            .then_some((folder, manifest))
    })?;
    let table = |name: &str| manifest.get(name).and_then(toml::Value::as_table);
    let text = |table: &str, key: &str| {
        let value = manifest.get(table)?.as_table()?.get(key)?;
        value.as_str().map(str::to_owned)
    };
    let root = match table("lib").and_then(|lib| lib.get("path")) {
        Some(path) => folder.join(path.as_str()?),
        None => folder.join("src/lib.rs"),
    };
    let name = text("lib", "name").or_else(|| text("package", "name"))?;
    let name = name.replace('-', "_");
    let file = plain(&root);
    let beside = file.parent()?.to_path_buf();
    let found = in_file(&file, &beside, &out, 0)?;
    Some(format!("{name}::{}", found.join("::")))
}

/// The public modules from a file down to the one that is looked for. `below` is where its modules lie.
fn in_file(file: &Path, below: &Path, out: &Path, depth: usize) -> Option<Vec<String>> {
    let text = fs::read_to_string(file).ok()?;
    let items = syn::parse_file(&text).ok()?.items;
    // What `#[path]` is relative to, outside of a module with a body.
    let beside = file.parent()?;
    in_items(&items, beside, below, out, depth)
}

fn in_items(
    items: &[Item],
    beside: &Path,
    below: &Path,
    out: &Path,
    depth: usize,
) -> Option<Vec<String>> {
    if depth > DEEPEST {
        return None;
    }
    items.iter().find_map(|item| {
        let Item::Mod(module) = item else {
            return None;
        };
        if !matches!(module.vis, Visibility::Public(_)) {
            return None;
        }
        let name = module.ident.to_string();
        let plain_name = name.strip_prefix("r#").unwrap_or(&name);
        let mut rest = match (&module.content, named(&module.attrs)) {
            (Some((_, items)), None) => {
                let folder = below.join(plain_name);
                in_items(items, &folder, &folder, out, depth + 1)
            }
            (None, Some(path)) => in_module(&plain(&beside.join(path)), out, depth),
            (None, None) => in_module(&below.join(format!("{plain_name}.rs")), out, depth)
                .or_else(|| in_module(&below.join(plain_name).join("mod.rs"), out, depth)),
            // A folder of another name for modules within.
            (Some(_), Some(_)) => None,
        }?;
        rest.insert(0, name);
        Some(rest)
    })
}

/// The module of a file: the one that is looked for, or one around it.
fn in_module(file: &Path, out: &Path, depth: usize) -> Option<Vec<String>> {
    if file == out.join("mod.rs") {
        return Some(Vec::new());
    }
    let folder = file.parent()?;
    let below = match file.file_stem()?.to_str()? {
        "mod" => folder.to_path_buf(),
        stem => folder.join(stem),
    };
    in_file(file, &below, out, depth + 1)
}

/// What `#[path = "…"]` says.
fn named(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        match &pair.value {
            Expr::Lit(literal) if pair.path.is_ident("path") => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        }
    })
}

/// The path without `.` and `..`, whether it is there or not.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(manifest: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("Cargo.toml"), manifest).unwrap();
        for (name, text) in files {
            let path = temp.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        temp
    }

    const MANIFEST: &str = "[package]\nname = \"my-app\"\n";

    #[test]
    fn a_module_is_found_where_the_library_mounts_it() {
        let mounted = "#[path = \"../generated/mod.rs\"]\npub mod db;\n";
        let temp = crate_of(MANIFEST, &[("src/lib.rs", mounted)]);
        let found = |out: &str| path(&temp.path().join(out));
        assert_eq!(found("generated").as_deref(), Some("my_app::db"));
        assert_eq!(found("src/../generated/.").as_deref(), Some("my_app::db"));
        assert_eq!(found("elsewhere"), None);
    }

    #[test]
    fn modules_around_it_are_followed_through_files_and_bodies() {
        let files = [
            (
                "src/lib.rs",
                "pub mod data;\npub mod inner { pub mod tables; }\n",
            ),
            (
                "src/data.rs",
                "/// Rows.\npub mod rows;\n#[path = \"far/mod.rs\"]\npub mod near;\n",
            ),
        ];
        let temp = crate_of(MANIFEST, &files);
        let found = |out: &str| path(&temp.path().join(out));
        assert_eq!(
            found("src/data/rows").as_deref(),
            Some("my_app::data::rows")
        );
        assert_eq!(found("src/far").as_deref(), Some("my_app::data::near"));
        assert_eq!(
            found("src/inner/tables").as_deref(),
            Some("my_app::inner::tables")
        );
    }

    #[test]
    fn what_others_cannot_name_is_not_found() {
        let files = [("src/lib.rs", "mod db;\npub(crate) mod rows;\n")];
        let temp = crate_of(MANIFEST, &files);
        assert_eq!(path(&temp.path().join("src/db")), None);
        assert_eq!(path(&temp.path().join("src/rows")), None);
        let program = crate_of(MANIFEST, &[("src/main.rs", "pub mod db;\n")]);
        assert_eq!(path(&program.path().join("src/db")), None);
    }

    #[test]
    fn a_library_may_have_a_name_and_a_place_of_its_own() {
        let manifest = "[package]\nname = \"a\"\n[lib]\nname = \"b\"\npath = \"lib/root.rs\"\n";
        let temp = crate_of(manifest, &[("lib/root.rs", "pub mod db;\n")]);
        assert_eq!(path(&temp.path().join("lib/db")).as_deref(), Some("b::db"));
    }
}
