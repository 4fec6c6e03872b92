//! What a type of the generated code can do.

/// What a Rust type can do, beside `Clone` and `Debug`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traits {
    pub(super) copy: bool,
    /// `PartialEq`.
    pub(super) equal: bool,
    /// `Eq` and `Hash`.
    pub(super) hash: bool,
    /// `PartialOrd` and `Ord`.
    pub(super) order: bool,
    /// `Display`, `FromStr` and serde.
    pub(super) text: bool,
    /// A text, or a type made of one: setters take `&str`.
    pub(super) string: bool,
    /// Whether an array can be made of it.
    pub(super) element: bool,
}

impl Traits {
    pub(super) const PLAIN: Self = Self {
        copy: true,
        equal: true,
        hash: true,
        order: true,
        text: true,
        string: false,
        element: true,
    };
    pub(super) const STRING: Self = Self {
        copy: false,
        string: true,
        ..Self::PLAIN
    };
    pub(super) const NONE: Self = Self {
        copy: false,
        equal: false,
        hash: false,
        order: false,
        text: false,
        string: false,
        element: false,
    };

    /// The `derive` of a type whose values these are.
    pub(super) fn derives(self) -> String {
        let mut derives = vec!["Clone"];
        if self.copy {
            derives.push("Copy");
        }
        derives.push("Debug");
        if self.equal {
            derives.push("PartialEq");
        }
        if self.hash {
            derives.push("Eq");
        }
        if self.order {
            derives.extend(["PartialOrd", "Ord"]);
        }
        if self.hash {
            derives.push("Hash");
        }
        format!("#[derive({})]", derives.join(", "))
    }

    /// What a struct of both can do.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            copy: self.copy && other.copy,
            equal: self.equal && other.equal,
            hash: self.hash && other.hash,
            order: self.order && other.order,
            ..self
        }
    }
}
