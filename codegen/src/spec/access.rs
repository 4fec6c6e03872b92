//! Who may see and do what.

use super::section::{section, table, words};
use super::{OneOrMany, Text};

section! {
    /// Row level security of a table.
    RowSecurity "`rls`" {
        /// Whether it is on. Default: `true` where `rls` stands.
        enabled: bool = "enabled",
        /// Whether it binds the table's owner too. Default: `false`.
        force: bool = "force",
    }
}

section! {
    /// A policy of row level security.
    Policy "a policy" {
        /// Its name.
        name: Text = "name" required,
        /// The command it is for. Default: `all`.
        command: PolicyCommand = "for",
        /// The roles it is for. Default: everybody.
        to: OneOrMany = "to",
        /// Which rows are seen: a condition.
        using: Text = "using",
        /// Which rows may be written: a condition.
        check: Text = "check",
        /// Whether it opens or narrows. Default: `permissive`.
        mode: PolicyMode = "as",
    }
}

words! {
    /// The command of a policy.
    PolicyCommand "a command of a policy" {
        /// Every command.
        All = "all",
        /// Reading.
        Select = "select",
        /// Adding rows.
        Insert = "insert",
        /// Changing rows.
        Update = "update",
        /// Removing rows.
        Delete = "delete",
    }
}

words! {
    /// How policies add up.
    PolicyMode "a mode of a policy" {
        /// One permissive policy that says yes is enough.
        Permissive = "permissive",
        /// Every restrictive policy must say yes as well.
        Restrictive = "restrictive",
    }
}

table!(RowSecurity, Policy);
