//! The text of a spec, and places in it.
