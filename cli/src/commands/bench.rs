//! `bench`.

use super::{Failure, Outcome};
use crate::args::Bench;

pub(super) fn run(args: &Bench) -> Result<Outcome, Failure> {
    let _ = args;
    Err(Failure::from("not there yet"))
}
