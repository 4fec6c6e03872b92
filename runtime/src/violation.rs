//! Rules of the database that were violated.

use sqlx::postgres::PgDatabaseError;

use crate::{Rule, RuleKind};

/// A rule of the database that was violated.
///
/// ```
/// use pgwright::{Error, RuleKind};
///
/// /// The columns of a form that are to be marked.
/// fn marked(error: &Error) -> &[String] {
///     match error.violation() {
///         Some(violation) if violation.kind == RuleKind::Check => &violation.columns,
///         _ => &[],
///     }
/// }
/// # let _ = marked;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Violation {
    /// What kind of rule it was.
    pub kind: RuleKind,
    /// The model, where the rule is one of the spec.
    pub model: Option<&'static str>,
    /// The PostgreSQL schema of the table.
    pub schema: String,
    /// The table, or the domain whose check it was. A partition of the spec counts as the table it is a part of.
    pub table: String,
    /// The constraint, the unique index, or the name of the trigger's rule.
    pub constraint: String,
    /// The columns, as far as the server or the spec says.
    pub columns: Vec<String>,
    /// The values of the columns, as far as the server says: those of a unique key or a reference. They are the caller's
    /// own or another's: not for everybody's eyes.
    pub key: Option<String>,
    /// The server's message.
    pub message: String,
    /// The server's detail; it may hold values of the row.
    pub detail: Option<String>,
    /// The SQLSTATE.
    pub sqlstate: String,
}

impl Violation {
    pub(crate) fn new(server: &PgDatabaseError, rules: &[Rule]) -> Option<Self> {
        // A domain's check names the domain, and no table.
        let table = server.table().or(server.data_type()).unwrap_or_default();
        let schema = server.schema().unwrap_or_default();
        let constraint = server.constraint().unwrap_or_default();
        let detail = server.detail().unwrap_or_default();
        let kind = Self::kind(server.code(), table, constraint);
        let place = Place::find(rules, (schema, table, constraint), kind, detail);
        let kind = place.rule.map(|rule| rule.kind).or(kind)?;
        let columns = match (server.column(), place.rule) {
            (Some(column), _) => vec![column.to_owned()],
            (None, Some(rule)) if !rule.columns.is_empty() => rule
                .columns
                .iter()
                .map(|&column| column.to_owned())
                .collect(),
            _ => key_columns(detail),
        };
        Some(Self {
            kind,
            key: key_values(detail),
            model: place.table.map(|rule| rule.model),
            schema: place.table.map_or(schema, |rule| rule.schema).to_owned(),
            table: place.table.map_or(table, |rule| rule.table).to_owned(),
            constraint: place
                .rule
                .map_or(constraint, |rule| rule.constraint)
                .to_owned(),
            columns,
            message: server.message().to_owned(),
            detail: server.detail().map(str::to_owned),
            sqlstate: server.code().to_owned(),
        })
    }

    /// Whether a reference is in the way: something still has the row that would go, or whose key would change. Else a foreign
    /// key was violated by a row that refers to what is not there.
    ///
    /// ```
    /// fn say(error: &pgwright::Error) -> &str {
    ///     match error.violation() {
    ///         Some(violation) if violation.is_still_used() => "something still refers to it",
    ///         _ => "something is wrong here",
    ///     }
    /// }
    /// # let _ = say;
    /// ```
    #[must_use]
    pub fn is_still_used(&self) -> bool {
        self.kind == RuleKind::ForeignKey
            && (self.sqlstate == "23001"
                || is_still_used(&self.message, &self.table, &self.constraint))
    }

    /// The kind by SQLSTATE and by the name that triggers report, `<table>_<rule>`.
    fn kind(code: &str, table: &str, constraint: &str) -> Option<RuleKind> {
        let rule = constraint
            .strip_prefix(table)
            .and_then(|rest| rest.strip_prefix('_'));
        match (code, rule) {
            ("23514", Some("minimum")) => Some(RuleKind::Minimum),
            ("23514", Some("transition")) => Some(RuleKind::Transition),
            ("23503", Some("retained")) => Some(RuleKind::Retained),
            ("42501", Some("maintained")) => Some(RuleKind::Maintained),
            ("55000", Some(_)) => Some(RuleKind::Immutable),
            _ => RuleKind::of_sqlstate(code),
        }
    }
}

/// The server reports both by the same SQLSTATE, table and constraint, and tells them apart in words, in the language of its
/// `lc_messages`. In every one of them the message names two things of a row that refers to nothing, its table and the
/// constraint, and a third of a row that is still used: the table that it is in.
fn is_still_used(message: &str, table: &str, constraint: &str) -> bool {
    // Names may have quotes of their own.
    let mut rest = message.to_owned();
    for name in [table, constraint]
        .into_iter()
        .filter(|name| !name.is_empty())
    {
        rest = rest.replace(name, "");
    }
    rest.matches(['"', '«', '»', '„', '“', '”', '「', '」'])
        .count()
        >= 6
}

/// Where the spec has what the server reports.
#[derive(Default)]
struct Place<'r> {
    /// The rule.
    rule: Option<&'r Rule>,
    /// Any rule of the same table.
    table: Option<&'r Rule>,
}

impl<'r> Place<'r> {
    /// A partition reports its own name, and an index of its own for a unique key, whose name the server has made: that is
    /// known again by its columns. What comes out is the partitioned table, and its own rule.
    fn find(
        rules: &'r [Rule],
        (schema, table, constraint): (&str, &str, &str),
        kind: Option<RuleKind>,
        detail: &str,
    ) -> Self {
        let here = |rule: &&Rule| rule.table == table && rule.schema == schema;
        let Some(any) = rules.iter().find(here) else {
            return Self::default();
        };
        // The rules themselves stand before those of partitions.
        let of_model = |found: &Rule| {
            let itself =
                |rule: &&Rule| (rule.model, rule.constraint) == (found.model, found.constraint);
            rules.iter().find(itself)
        };
        let in_partition = of_model(any).is_some_and(|rule| !here(&rule));
        let of_table = || rules.iter().filter(here);
        let rule = of_table()
            .find(|rule| rule.constraint == constraint)
            .or_else(|| {
                let keys =
                    in_partition && matches!(kind, Some(RuleKind::Unique | RuleKind::Exclusion));
                let columns = key_columns(detail);
                let mut same = of_table()
                    .filter(|rule| keys && kind == Some(rule.kind) && rule.columns == columns);
                // Two keys of the same columns differ in what the server does not say.
                same.next().filter(|_| same.next().is_none())
            });
        Self {
            rule: rule.and_then(of_model),
            table: of_model(rule.unwrap_or(any)),
        }
    }
}

/// The columns of `Key (a, b)=(1, 2) already exists.`: the server names them nowhere else.
fn key_columns(detail: &str) -> Vec<String> {
    detail
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(")="))
        .map(|(columns, _)| columns.split(", ").map(str::to_owned).collect())
        .unwrap_or_default()
}

/// The values of `Key (a, b)=(1, 2) already exists.`
fn key_values(detail: &str) -> Option<String> {
    let (_, rest) = detail.split_once(")=(")?;
    // A value may have parentheses of its own; the last one ends the list.
    let (values, _) = rest.rsplit_once(')')?;
    Some(values.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_from_the_detail() {
        assert_eq!(
            key_columns("Key (user_id, name)=(1, a) already exists."),
            ["user_id", "name"]
        );
        assert_eq!(
            key_columns("Failing row contains (1, 2)."),
            Vec::<String>::new()
        );
        assert_eq!(key_columns(""), Vec::<String>::new());
    }

    #[test]
    fn a_row_that_is_still_used_is_told_from_one_that_is_missing_in_any_language() {
        // What PostgreSQL 15 says in these languages.
        for (missing, used) in [
            (
                r#"insert or update on table "c" violates foreign key constraint "fk""#,
                r#"update or delete on table "p" violates foreign key constraint "fk" on table "c""#,
            ),
            (
                "Einfügen oder Aktualisieren in Tabelle »c« verletzt Fremdschlüssel-Constraint »fk«",
                "Aktualisieren oder Löschen in Tabelle »p« verletzt Fremdschlüssel-Constraint »fk« von Tabelle »c«",
            ),
            (
                "une instruction insert ou update sur la table « c » viole la contrainte de clé\nétrangère « fk »",
                "UPDATE ou DELETE sur la table « p » viole la contrainte de clé étrangère « fk » de la table « c »",
            ),
            (
                "inserción o actualización en la tabla «c» viola la llave foránea «fk»",
                "update o delete en «p» viola la llave foránea «fk» en la tabla «c»",
            ),
            (
                r#"テーブル"c"への挿入、更新は外部キー制約"fk"に違反しています"#,
                r#"テーブル"p"の更新または削除は、テーブル"c"の外部キー制約"fk"に違反します"#,
            ),
            (
                r#"INSERT или UPDATE в таблице "c" нарушает ограничение внешнего ключа "fk""#,
                r#"UPDATE или DELETE в таблице "p" нарушает ограничение внешнего ключа "fk" таблицы "c""#,
            ),
            (
                r#"插入或更新表 "c" 违反外键约束 "fk""#,
                r#"在 "p" 上的更新或删除操作违反了在 "c" 上的外键约束 "fk""#,
            ),
        ] {
            for (message, is_used) in [(missing, false), (used, true)] {
                assert_eq!(
                    super::is_still_used(message, "c", "fk"),
                    is_used,
                    "{message}"
                );
            }
        }
        // A name with quotes.
        let message = r#"insert or update on table "a"b"c" violates foreign key constraint "fk""#;
        assert!(!super::is_still_used(message, r#"a"b"c"#, "fk"));
    }

    #[test]
    fn values_come_from_the_detail() {
        assert_eq!(
            key_values("Key (user_id, name)=(1, a (b)) already exists.").unwrap(),
            "1, a (b)"
        );
        assert_eq!(key_values("Failing row contains (1, 2)."), None);
    }

    #[test]
    fn a_trigger_s_rule_is_told_from_a_check() {
        let kind = |code, constraint| Violation::kind(code, "t", constraint);
        assert_eq!(kind("23514", "t_minimum"), Some(RuleKind::Minimum));
        assert_eq!(kind("23514", "ck_t_minimum"), Some(RuleKind::Check));
        assert_eq!(kind("42501", "t_maintained"), Some(RuleKind::Maintained));
        assert_eq!(kind("42501", ""), None);
        assert_eq!(kind("55000", "t_immutable"), Some(RuleKind::Immutable));
        assert_eq!(kind("42P01", ""), None);
    }
}
