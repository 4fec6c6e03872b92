//! SQL fragments of the spec, checked as far as a pure parser is sure.
