//! Debian's and Ubuntu's own packages, downloaded and unpacked into the cache. Nothing is installed: package lists and
//! archives are kept apart from the system's, so that this needs no root.

use super::{Way, run};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) const WAY: Way = Way {
    name: "Debian packages, by apt-get, unpacked without installing",
    key: "debian",
    fetch,
};

/// Dependencies that a server which never compiles queries can do without; they are larger than all others together.
const NOT_NEEDED: [&str; 3] = ["libllvm", "libz3", "libclang"];

fn fetch(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let apt = Apt::at(folder)?;
    apt.run(&["update", "-qq"])?;
    let plan = apt.run(&[
        "install",
        "--print-uris",
        "-qq",
        "-y",
        "--no-install-recommends",
        "postgresql",
    ])?;
    // 'http://…/name.deb' name_version_arch.deb size hash
    let packages: Vec<&str> = plan
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1)?.split('_').next())
        .filter(|name| !NOT_NEEDED.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    if packages.is_empty() {
        return Err("apt-get found no package to download".into());
    }
    let mut arguments = vec!["download", "-qq"];
    arguments.extend(&packages);
    apt.run(&arguments)?;
    let root = folder.join("root");
    for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg-deb").arg("-x").arg(&path).arg(&root))?;
            let _ = std::fs::remove_file(path);
        }
    }
    let _ = std::fs::remove_dir_all(&apt.state);
    let libraries: Vec<PathBuf> = ["usr/lib", "lib"]
        .iter()
        .filter_map(|below| std::fs::read_dir(root.join(below)).ok())
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        // The folder of the processor's name, as `x86_64-linux-gnu`.
        .filter(|path| path.to_string_lossy().ends_with("-linux-gnu"))
        .collect();
    if super::find_bin(&root, 6).is_none() {
        return Err("the packages hold no server (is one installed that is too old?)".into());
    }
    Ok(libraries)
}

/// apt-get with lists and archives of its own.
struct Apt {
    folder: PathBuf,
    state: PathBuf,
}

impl Apt {
    fn at(folder: &Path) -> Result<Self, String> {
        let state = folder.join("apt");
        for below in ["lists/partial", "archives/partial"] {
            std::fs::create_dir_all(state.join(below)).map_err(|error| error.to_string())?;
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            state,
        })
    }

    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let option = |name: &str, value: &Path| format!("{name}={}", value.display());
        let mut command = Command::new("apt-get");
        command
            .current_dir(&self.folder)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .arg("-o")
            .arg(option("Dir::State::lists", &self.state.join("lists")))
            .arg("-o")
            .arg(option("Dir::Cache::archives", &self.state.join("archives")))
            .args([
                "-o",
                "Dir::Cache::pkgcache=",
                "-o",
                "Dir::Cache::srcpkgcache=",
            ])
            .args(["-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"])
            .args(["-o", "Acquire::Retries=1"])
            .args(arguments);
        run(&mut command)
    }
}
