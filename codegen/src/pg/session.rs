//! What stands around the statements: the transaction, settings, and the roles that must be there.

use crate::ident::{Ident, QualifiedName};
use crate::sql::{DollarQuoted, Literal, Render, Sql};

/// `BEGIN` or `COMMIT`: a file that fails halfway leaves nothing behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum Transaction {
    Begin,
    Commit,
}

impl Render for Transaction {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(match self {
            Self::Begin => "BEGIN;\n",
            Self::Commit => "COMMIT;\n",
        });
    }
}

/// `SET` of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Its name.
    pub setting: &'static str,
    /// Its value.
    pub value: SetValue,
    /// `SET LOCAL`: until the end of the transaction.
    pub local: bool,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetValue {
    /// A word.
    Word(&'static str),
    /// A text.
    Text(&'static str),
    /// Names, for `search_path`.
    Names(Vec<Ident>),
}

impl Render for Set {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(if self.local { "SET LOCAL " } else { "SET " })
            .push_keyword(self.setting)
            .push_keyword(" = ");
        match &self.value {
            SetValue::Word(word) => sql.push_keyword(word),
            SetValue::Text(text) => sql.push(&Literal::text(*text)),
            SetValue::Names(names) => sql.push(&Sql::join(", ", names)),
        };
        sql.push_keyword(";\n");
    }
}

/// `LOCK TABLE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockTable {
    /// The table.
    pub table: QualifiedName,
    /// PostgreSQL's name of the lock.
    pub mode: &'static str,
}

impl Render for LockTable {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("LOCK TABLE ")
            .push(&self.table)
            .push_keyword(" IN ")
            .push_keyword(self.mode)
            .push_keyword(" MODE;\n");
    }
}

/// `RESET` of one setting, to what the session began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset(pub &'static str);

impl Render for Reset {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("RESET ")
            .push_keyword(self.0)
            .push_keyword(";\n");
    }
}

/// Stops with the names of all roles that are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequireRoles {
    /// The roles, each once.
    pub roles: Vec<Ident>,
}

impl Render for RequireRoles {
    fn render(&self, sql: &mut Sql) {
        let roles = Sql::join(
            ", ",
            self.roles.iter().map(|role| Literal::text(role.as_str())),
        );
        let body = crate::sql!(
            "
DECLARE
    missing text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(needed.role), ', ' ORDER BY needed.place)
      INTO missing
      FROM pg_catalog.unnest(ARRAY[{roles}]::text[]) WITH ORDINALITY AS needed (role, place)
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = needed.role);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'roles that grants and policies name do not exist: %', missing
            USING ERRCODE = 'undefined_object',
                  HINT = 'Nothing was changed. Make each one with CREATE ROLE, and load this file again.';
    END IF;
END
",
            roles = roles
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// A role in `TO`: `public`, `current_user` and their like are PostgreSQL's own words, and cannot be quoted.
#[derive(Clone, Copy, Debug)]
pub struct RoleSpec<'a>(pub &'a Ident);

impl RoleSpec<'_> {
    /// The word of PostgreSQL that stands for a role, if the name is one.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        match self.0.as_str() {
            "public" => Some("PUBLIC"),
            "current_user" => Some("CURRENT_USER"),
            "current_role" => Some("CURRENT_ROLE"),
            "session_user" => Some("SESSION_USER"),
            _ => None,
        }
    }
}

impl Render for RoleSpec<'_> {
    fn render(&self, sql: &mut Sql) {
        match self.word() {
            Some(word) => sql.push_keyword(word),
            None => sql.push(self.0),
        };
    }
}
