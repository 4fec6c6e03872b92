//! The system's package manager: the only way that changes the machine, and only when it is allowed.

use super::run;
use crate::ui::Progress;
use std::process::Command;

pub(super) const NAME: &str = "the system's package manager";

pub(super) fn install() -> Result<(), String> {
    let _progress = Progress::start("installing PostgreSQL with the system's package manager");
    let managers: &[&[&[&str]]] = if cfg!(target_os = "macos") {
        // Homebrew refuses root and needs no other rights.
        &[&[&["brew", "install", "postgresql@17"]]]
    } else {
        &[
            &[
                &["apt-get", "update", "-qq"],
                &[
                    "apt-get",
                    "install",
                    "-y",
                    "-qq",
                    "--no-install-recommends",
                    "postgresql",
                ],
            ],
            &[&[
                "dnf",
                "install",
                "-y",
                "-q",
                "postgresql-server",
                "postgresql-contrib",
            ]],
            &[&[
                "apk",
                "add",
                "--quiet",
                "postgresql",
                "postgresql-contrib",
                "postgresql-client",
            ]],
            &[&["pacman", "-S", "--noconfirm", "--quiet", "postgresql"]],
        ]
    };
    let mut why = Vec::new();
    for steps in managers {
        let result = steps.iter().try_for_each(|words| {
            let mut command = Command::new(words[0]);
            command
                .args(&words[1..])
                .env("DEBIAN_FRONTEND", "noninteractive");
            run(&mut command).map(drop)
        });
        match result {
            Ok(()) => return Ok(()),
            Err(error) if error.ends_with("is not on this machine") => {}
            Err(error) => why.push(error),
        }
    }
    if why.is_empty() {
        why.push("none is known on this machine".into());
    }
    Err(why.join("; "))
}
