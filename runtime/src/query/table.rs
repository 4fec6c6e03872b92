//! What a query knows of a table: constants of generated code.

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
            cast,
            array_cast,
        }
    }
}
