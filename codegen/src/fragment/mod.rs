//! SQL that the author wrote, checked when the spec is read.

pub(crate) mod lexer;
