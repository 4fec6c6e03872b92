//! Says once of each page whose order no index serves what index would.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::order::Key;
use super::{Table, Writer};

/// What was said, by model and index. It ends somewhere, whatever a program asks for.
static SAID: Mutex<BTreeSet<(&str, String)>> = Mutex::new(BTreeSet::new());
const MOST: usize = 1_000;

/// The page is read in the order of the keys, of rows where these columns are held equal.
pub(super) fn warn(model: &'static str, table: &Table, equal: &[&'static str], keys: &[Key]) {
    let index = index(table, equal, keys);
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.len() < MOST && said.insert((model, index.clone())) {
        tracing::warn!(
            model,
            index,
            "no index has the rows of a page in their order: they are all read and sorted for each page"
        );
    }
}

/// The columns of the index that is missing.
fn index(table: &Table, equal: &[&'static str], keys: &[Key]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for name in equal {
        if !parts.iter().any(|part| part == name) {
            parts.push((*name).to_owned());
        }
    }
    for key in keys {
        let column = key.column.and_then(|index| table.columns.get(index));
        if column.is_some_and(|column| equal.contains(&column.name)) {
            continue;
        }
        let mut writer = Writer::new("");
        key.write(&mut writer, true);
        parts.push(writer.finish().0);
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Model as _;
    use crate::doc::{User, user};

    #[test]
    fn the_index_has_what_is_held_equal_and_then_the_order() {
        let keys = [
            user::email.asc().key,
            user::full_name.desc().nulls_last().key,
            user::id.desc().key,
        ];
        assert_eq!(
            index(User::TABLE, &["email", "created_at"], &keys),
            "email, created_at, full_name DESC NULLS LAST, id DESC"
        );
    }
}
