//! The specs of the corpus.

use std::path::{Path, PathBuf};

use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;

/// A folder of the corpus.
pub(crate) struct Case {
    /// The folder's name.
    pub(crate) name: String,
    /// The folder.
    pub(crate) path: PathBuf,
    /// Its spec, resolved.
    pub(crate) schema: Schema,
}

impl Case {
    /// A file of the folder, if it is there.
    pub(crate) fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.path.join(name)).ok()
    }

    /// The version that the case asks of the server, as `server_version_num` has it.
    pub(crate) fn requires(&self) -> u32 {
        let live = self.file("live.sql").unwrap_or_default();
        let major = live
            .lines()
            .find_map(|line| line.strip_prefix("-- requires "))
            .map_or(14, |major| major.trim().parse::<u32>().unwrap());
        major * 10_000
    }
}

/// Every case whose folder has a spec that compiles, in the order of their names, and the project's own spec.
pub(crate) fn all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("schema.toml").is_file())
        // Pairs of specs belong to the tests of migrations.
        .filter(|path| !path.join("prev.toml").is_file())
        .collect();
    paths.sort();
    let cases = paths.into_iter().map(|path| Case {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        schema: compile(&path.join("schema.toml")),
        path,
    });
    let own = Case {
        name: "platform".to_owned(),
        schema: compile(&root.join("schema.toml")),
        path: root.join("tests/platform"),
    };
    cases.chain([own]).collect()
}

/// The folder of the corpus.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn compile(path: &Path) -> Schema {
    let text = std::fs::read_to_string(path).unwrap();
    let compilation =
        pgwright_codegen::compile(&Source::new(path.to_string_lossy().into_owned(), text));
    compilation.schema.unwrap_or_else(|| {
        panic!(
            "{} does not compile: {:#?}",
            path.display(),
            compilation.diagnostics
        )
    })
}
