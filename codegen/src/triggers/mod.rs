//! What the database keeps true by itself: a file for each kind.
