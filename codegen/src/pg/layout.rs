//! Columns of text under each other.

use crate::sql::{Render, Sql};

/// A part that is longer than this does not push the others to the right.
const WIDEST: usize = 36;

fn length(part: &impl Render) -> usize {
    let mut sql = Sql::new();
    part.render(&mut sql);
    sql.as_str().chars().count()
}

/// How wide the parts are, when those that are much too long are left out.
pub(super) fn width<T: Render>(parts: impl IntoIterator<Item = T>) -> usize {
    parts
        .into_iter()
        .map(|part| length(&part))
        .filter(|&length| length <= WIDEST)
        .max()
        .unwrap_or_default()
}

/// The part, and spaces up to the width.
pub(super) fn pad(sql: &mut Sql, part: &impl Render, width: usize) {
    sql.push(part);
    for _ in length(part)..width {
        sql.push_keyword(" ");
    }
}
