//! What a project says of itself to this command, in its Cargo.toml:
//!
//! ```toml
//! [package.metadata.pgwright]
//! out = "src/db"                              # the folder of the generated files of `schema.toml`
//! demo = ["run", "--example", "tour"]         # arguments for cargo
//! ```

use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What stands under `[package.metadata.pgwright]`, or `[workspace.metadata.pgwright]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// The folder of the generated files of the `schema.toml` beside the manifest.
    pub out: Option<PathBuf>,
    /// The arguments for cargo that run the demonstration.
    pub demo: Option<Vec<String>>,
}

/// What of Cargo.toml is read.
#[derive(Deserialize)]
struct Manifest {
    package: Option<Section>,
    workspace: Option<Section>,
}

#[derive(Deserialize)]
struct Section {
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    pgwright: Option<Settings>,
}

/// The settings of the Cargo.toml in a folder; none where there is no such file.
///
/// # Errors
/// What is wrong with the file, with its name.
pub fn settings(folder: &Path) -> Result<Settings, String> {
    let path = folder.join("Cargo.toml");
    let wrong =
        |error: &dyn std::fmt::Display| format!("cannot read `{}`: {error}", path.display());
    match fs::read_to_string(&path) {
        Ok(text) => parse(&text).map_err(|error| wrong(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(wrong(&error)),
    }
}

fn parse(manifest: &str) -> Result<Settings, toml::de::Error> {
    let manifest: Manifest = toml::from_str(manifest)?;
    Ok([manifest.package, manifest.workspace]
        .into_iter()
        .flatten()
        .filter_map(|section| section.metadata?.pgwright)
        .fold(Settings::default(), |first, second| Settings {
            out: first.out.or(second.out),
            demo: first.demo.or(second.demo),
        }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_may_say_where_files_go_and_what_the_demonstration_is() {
        assert_eq!(
            parse("[package]\nname = \"x\"").unwrap(),
            Settings::default()
        );
        let demo = |text: &str| parse(text).unwrap().demo.unwrap();
        assert_eq!(
            demo("[package.metadata.pgwright]\ndemo = [\"run\", \"--bin\", \"tour\"]"),
            ["run", "--bin", "tour"]
        );
        assert_eq!(
            demo("[workspace.metadata.pgwright]\ndemo = [\"run\"]"),
            ["run"]
        );
        assert!(parse("[package.metadata.pgwright]\ndemo = 1").is_err());
        let both = "[package.metadata.pgwright]\nout = \"src/db\"\n[workspace.metadata.pgwright]\nout = \"x\"\ndemo = [\"run\"]";
        let both = parse(both).unwrap();
        assert_eq!(both.out, Some(PathBuf::from("src/db")));
        assert_eq!(both.demo.unwrap(), ["run"]);
    }
}
