//! Where the client and the server run: each on a core of its own, as if each had a machine.
//!
//! Left alone, the system puts both on one core for a while and on two for another, and the same statement takes a fourth
//! of the time in one case. No median is good enough for that.

use sqlx::postgres::PgConnection;

/// A core for this program, another for the server's sessions.
pub(super) struct Cores {
    #[cfg(target_os = "linux")]
    kept: linux::Kept,
}

impl Cores {
    /// Holds this program on one core; none where that cannot be.
    pub(super) fn hold() -> Option<Self> {
        #[cfg(target_os = "linux")]
        return linux::Kept::new().map(|kept| Self { kept });
        #[cfg(not(target_os = "linux"))]
        return None;
    }

    /// Holds the benchmark's sessions on the other one; how many could be held of how many there are.
    pub(super) async fn hold_sessions(&self, control: &mut PgConnection) -> (usize, usize) {
        let sessions: Vec<i32> = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity WHERE datname LIKE 'bench\\_client%' AND backend_type = 'client backend'",
        )
        .fetch_all(control)
        .await
        .unwrap_or_default();
        #[cfg(target_os = "linux")]
        let held = sessions.iter().filter(|pid| self.kept.hold(**pid)).count();
        #[cfg(not(target_os = "linux"))]
        let held = 0;
        (held, sessions.len())
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    const SELF: Pid = Pid::from_raw(0);

    pub(super) struct Kept {
        before: CpuSet,
        server: CpuSet,
    }

    impl Kept {
        pub(super) fn new() -> Option<Self> {
            let before = sched_getaffinity(SELF).ok()?;
            let mut cores = (0..CpuSet::count()).filter(|core| before.is_set(*core) == Ok(true));
            let (first, last) = (cores.next()?, cores.next_back()?);
            sched_setaffinity(SELF, &one(last)?).ok()?;
            Some(Self {
                before,
                server: one(first)?,
            })
        }

        /// Holds a session, if the number is one of a process of PostgreSQL's on this machine.
        pub(super) fn hold(&self, pid: i32) -> bool {
            let title = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            title.contains("postgres")
                && title.contains("bench_client")
                && sched_setaffinity(Pid::from_raw(pid), &self.server).is_ok()
        }
    }

    impl Drop for Kept {
        fn drop(&mut self) {
            // Nothing can be done if it fails, and nothing depends on it.
            let _ = sched_setaffinity(SELF, &self.before);
        }
    }

    fn one(core: usize) -> Option<CpuSet> {
        let mut set = CpuSet::new();
        set.set(core).ok()?;
        Some(set)
    }
}
