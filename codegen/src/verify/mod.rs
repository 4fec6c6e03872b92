//! Rules over the whole schema; after them no backend can fail.
