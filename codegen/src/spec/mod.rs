//! The spec: exactly what the author wrote, with spans.
