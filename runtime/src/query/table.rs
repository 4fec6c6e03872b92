//! What a query knows of a table: constants of generated code.

use super::order::Key;

/// A table or a view.
#[derive(Debug)]
pub struct Table {
    /// Its name as SQL has it: with its schema, quoted where it must be.
    pub name: &'static str,
    /// The list of what is selected, in the order of the fields.
    pub select: &'static str,
    /// The columns, in the same order.
    pub columns: &'static [ColumnInfo],
    /// The columns of the primary key, by their places in `columns`; none where there is no key.
    pub key: &'static [usize],
    /// What holds of a row that is not deleted, where rows can be deleted softly; nothing else.
    pub shown: &'static str,
    /// The B-tree indexes over all rows, those of keys among them: `column`, `column DESC`, `column NULLS FIRST` …
    pub indexes: &'static [&'static [&'static str]],
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name as SQL has it, quoted where it must be.
    pub name: &'static str,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// How it is selected.
    pub select: &'static str,
    /// What is compared and ordered by: the name, with a cast where the type itself has no operators.
    pub operand: &'static str,
    /// What follows a parameter that is compared with it.
    pub cast: &'static str,
    /// What follows a parameter that is an array of such values.
    pub array_cast: &'static str,
}

impl ColumnInfo {
    /// A column that takes no NULL.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            nullable: false,
            select: name,
            operand: name,
            cast: "",
            array_cast: "",
        }
    }

    /// A column that takes NULL.
    #[must_use]
    pub const fn nullable(name: &'static str) -> Self {
        Self {
            nullable: true,
            ..Self::new(name)
        }
    }

    /// A column whose values travel with casts: how it is selected, what follows a parameter, and what follows an array.
    #[must_use]
    pub const fn cast(
        name: &'static str,
        nullable: bool,
        select: &'static str,
        cast: &'static str,
        array_cast: &'static str,
    ) -> Self {
        Self {
            name,
            nullable,
            select,
            operand: name,
            cast,
            array_cast,
        }
    }

    /// What follows the name in an ORDER BY. A bare name means what is selected there, and where that is the text of the
    /// column, rows would be sorted as texts: the cast to the column's own type, which does nothing, makes it the column.
    pub(crate) fn own(&self) -> &'static str {
        if self.select == self.name {
            return "";
        }
        let cast = self.cast.strip_prefix("::text").unwrap_or_default();
        cast.strip_prefix("[]").unwrap_or(cast)
    }

    /// The same column, which is compared as that.
    #[must_use]
    pub const fn operand(self, operand: &'static str) -> Self {
        Self { operand, ..self }
    }
}

/// A key of an order or of an index: its column, whether it descends, and whether NULLs come first.
type Part = (&'static str, bool, bool);

impl Table {
    /// Whether an index begins with columns that a filter holds equal, where there are any, and goes on in the order of
    /// the keys, read from either end. The last keys may be missing: the server sorts few rows by them.
    pub(crate) fn serves(&self, equal: &[&str], keys: &[Key]) -> bool {
        let mut wanted: Vec<Part> = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(column) = key.column.and_then(|index| self.columns.get(index)) else {
                return false;
            };
            // A column that is the same in all rows orders nothing.
            if !equal.contains(&column.name) {
                let nulls_first =
                    key.nulls_first && column.nullable || key.descending && !column.nullable;
                wanted.push((column.name, key.descending, nulls_first));
            }
        }
        let turned: Vec<Part> = wanted
            .iter()
            .map(|&(name, descending, nulls_first)| (name, !descending, !nulls_first))
            .collect();
        self.indexes.iter().any(|index| {
            let parts: Vec<Part> = index.iter().map(|part| parse(part)).collect();
            let held = parts
                .iter()
                .take_while(|(name, ..)| equal.contains(name))
                .count();
            let rest = parts.get(held..).unwrap_or_default();
            let begins = |wanted: &[Part]| {
                wanted.is_empty()
                    || wanted.first() == rest.first()
                        && wanted.iter().zip(rest).all(|(one, other)| one == other)
            };
            (held > 0 || equal.is_empty()) && (begins(&wanted) || begins(&turned))
        })
    }
}

/// The name, whether it descends, and whether NULLs come first.
fn parse(part: &'static str) -> Part {
    let (part, nulls) = match (
        part.strip_suffix(" NULLS FIRST"),
        part.strip_suffix(" NULLS LAST"),
    ) {
        (Some(rest), _) => (rest, Some(true)),
        (_, Some(rest)) => (rest, Some(false)),
        _ => (part, None),
    };
    let (name, descending) = match part.strip_suffix(" DESC") {
        Some(name) => (name, true),
        None => (part, false),
    };
    (name, descending, nulls.unwrap_or(descending))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table {
        name: "public.t",
        select: "id, a, b, c",
        columns: &[
            ColumnInfo::new("id"),
            ColumnInfo::new("a"),
            ColumnInfo::new("b"),
            ColumnInfo::nullable("c"),
        ],
        key: &[0],
        shown: "",
        indexes: &[
            &["id"],
            &["a", "b", "id"],
            &["b", "a DESC"],
            &["c DESC NULLS LAST"],
        ],
    };

    fn serves(equal: &[&str], order: &[(usize, bool)]) -> bool {
        let keys: Vec<Key> = order
            .iter()
            .map(|&(index, descending)| Key::of_column(index, &TABLE.columns[index], descending))
            .collect();
        TABLE.serves(equal, &keys)
    }

    #[test]
    fn an_index_serves_an_order_from_either_end_behind_what_is_held_equal() {
        assert!(serves(&[], &[(0, false)]));
        assert!(serves(&[], &[(0, true)]));
        assert!(serves(&["a"], &[(2, true), (0, true)]));
        assert!(serves(&["a"], &[(2, false), (1, true), (0, false)]));
        assert!(serves(&[], &[(2, true), (1, false), (0, true)]));
        assert!(!serves(&["a"], &[(2, true), (0, false)]));
        assert!(!serves(&["c"], &[(2, true), (0, true)]));
        assert!(!serves(&["a"], &[(0, true)]));
        // NULLs of the index are at the other end.
        assert!(!serves(&[], &[(3, true), (0, true)]));
        assert!(!serves(&[], &[(3, false), (0, false)]));
    }
}
