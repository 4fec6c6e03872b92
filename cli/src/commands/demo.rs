//! `demo`.

use super::{Failure, Outcome};
use crate::args::Demo;

pub(super) fn run(args: &Demo) -> Result<Outcome, Failure> {
    let _ = args;
    Err(Failure::from("not there yet"))
}
