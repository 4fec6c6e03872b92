//! The `pgwright` command.

fn main() {}
