//! `ALTER TYPE` and `ALTER DOMAIN`.

use super::{Closed, DefaultClause};
use crate::ident::{Ident, QualifiedName};
use crate::schema::NamedExpr;
use crate::sql::{Literal, Render, Sql};

/// A change of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterEnum {
    /// The type.
    pub name: QualifiedName,
    /// What changes.
    pub action: EnumAction,
}

/// One change of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnumAction {
    /// A label, behind another one or before all.
    Add {
        /// The label.
        label: String,
        /// The label that it follows; `None` puts it before the one that was first.
        after: Option<String>,
        /// The label that was first.
        first: Option<String>,
    },
    /// A label's new text.
    Rename {
        /// The old text.
        from: String,
        /// The new text.
        to: String,
    },
}

impl Render for AlterEnum {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER TYPE ").push(&self.name);
        match &self.action {
            EnumAction::Add {
                label,
                after,
                first,
            } => {
                sql.push_keyword(" ADD VALUE ").push(&text(label));
                if let Some(after) = after {
                    sql.push_keyword(" AFTER ").push(&text(after));
                } else if let Some(first) = first {
                    sql.push_keyword(" BEFORE ").push(&text(first));
                }
            }
            EnumAction::Rename { from, to } => {
                sql.push_keyword(" RENAME VALUE ")
                    .push(&text(from))
                    .push_keyword(" TO ")
                    .push(&text(to));
            }
        }
        sql.push_keyword(";\n");
    }
}

fn text(label: &str) -> Literal {
    Literal::text(label)
}

/// A change of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterDomain {
    /// The domain.
    pub name: QualifiedName,
    /// What changes.
    pub action: DomainAction,
}

/// One change of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum DomainAction {
    SetDefault(DefaultClause),
    DropDefault,
    SetNotNull,
    DropNotNull,
    AddConstraint { check: NamedExpr, not_valid: bool },
    ValidateConstraint(Ident),
    DropConstraint(Ident),
    RenameConstraint { from: Ident, to: Ident },
}

impl Render for AlterDomain {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER DOMAIN ")
            .push(&self.name)
            .push_keyword(" ");
        match &self.action {
            DomainAction::SetDefault(default) => sql.push_keyword("SET ").push(default),
            DomainAction::DropDefault => sql.push_keyword("DROP DEFAULT"),
            DomainAction::SetNotNull => sql.push_keyword("SET NOT NULL"),
            DomainAction::DropNotNull => sql.push_keyword("DROP NOT NULL"),
            DomainAction::AddConstraint { check, not_valid } => sql
                .push_keyword("ADD CONSTRAINT ")
                .push(&check.name)
                .push_keyword(" CHECK (")
                .push(&Closed(&check.sql))
                .push_keyword(if *not_valid { ") NOT VALID" } else { ")" }),
            DomainAction::ValidateConstraint(name) => {
                sql.push_keyword("VALIDATE CONSTRAINT ").push(name)
            }
            DomainAction::DropConstraint(name) => sql.push_keyword("DROP CONSTRAINT ").push(name),
            DomainAction::RenameConstraint { from, to } => sql
                .push_keyword("RENAME CONSTRAINT ")
                .push(from)
                .push_keyword(" TO ")
                .push(to),
        };
        sql.push_keyword(";\n");
    }
}

/// A change of a composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterComposite {
    /// The type.
    pub name: QualifiedName,
    /// What changes.
    pub action: CompositeAction,
}

/// One change of a composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum CompositeAction {
    AddAttribute(Ident, Sql),
    DropAttribute(Ident),
    SetType(Ident, Sql),
}

impl Render for AlterComposite {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER TYPE ").push(&self.name);
        match &self.action {
            CompositeAction::AddAttribute(name, ty) => sql
                .push_keyword(" ADD ATTRIBUTE ")
                .push(name)
                .push_keyword(" ")
                .push(ty),
            CompositeAction::DropAttribute(name) => sql.push_keyword(" DROP ATTRIBUTE ").push(name),
            CompositeAction::SetType(name, ty) => sql
                .push_keyword(" ALTER ATTRIBUTE ")
                .push(name)
                .push_keyword(" TYPE ")
                .push(ty),
        };
        sql.push_keyword(";\n");
    }
}
