//! The database of the AutoML platform.
