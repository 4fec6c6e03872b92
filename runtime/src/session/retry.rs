//! How long to wait before work is begun again.

use std::time::Duration;

use super::BoxFuture;

/// The first wait, in milliseconds, at most.
const FIRST: u64 = 10;

/// No wait is longer, in milliseconds.
const LONGEST: u64 = 1_000;

/// Waits that double, each of a random length up to its bound: those that met once do not meet again in step.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    waits: u32,
}

impl Backoff {
    /// Waits once more.
    pub(crate) fn wait(&mut self) -> BoxFuture<'static, ()> {
        let bound = bound(self.waits);
        self.waits = self.waits.saturating_add(1);
        // The last bytes of a random UUID are random; a crate for random numbers would be one more to build.
        let random = uuid::Uuid::now_v7().as_u64_pair().1 & 0x00ff_ffff_ffff_ffff;
        let micros = random % (bound * 1_000) + 500;
        Box::pin(async move { tokio::time::sleep(Duration::from_micros(micros)).await })
    }
}

fn bound(waits: u32) -> u64 {
    FIRST.saturating_mul(1 << waits.min(10)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        assert_eq!(
            [0, 1, 2, 6, 7, 60].map(bound),
            [10, 20, 40, 640, 1000, 1000]
        );
    }
}
