//! `CREATE FUNCTION`.

use crate::ident::{Ident, QualifiedName};
use crate::sql::{DollarQuoted, Literal, Render, Sql};

/// A function that the compiler makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateFunction {
    /// Its name.
    pub name: QualifiedName,
    /// The arguments; none for a trigger function.
    pub arguments: Vec<Argument>,
    /// What follows `RETURNS`.
    pub returns: Sql,
    /// The language.
    pub language: Language,
    /// What it promises of its result.
    pub volatility: Volatility,
    /// Whether it runs with its owner's rights; then nobody else may execute it.
    pub security_definer: bool,
    /// `SET search_path`; `None` where the body names everything in full, since the clause costs on every call.
    pub search_path: Option<Vec<Ident>>,
    /// The body.
    pub body: Sql,
    /// The comment of the function.
    pub comment: Option<String>,
}

/// An argument of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Sql,
    /// What it is when the caller leaves it out.
    pub default: Option<Sql>,
}

impl Render for Argument {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(self.name).push_keyword(" ").push(&self.ty);
        if let Some(default) = &self.default {
            sql.push_keyword(" DEFAULT ").push(default);
        }
    }
}

/// The language of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum Language {
    PlPgSql,
    Sql,
}

/// What a function promises of its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum Volatility {
    Volatile,
    Stable,
    Immutable,
}

/// A function in the place of one that has the same arguments and the same result. What calls it goes on calling it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaceFunction(pub CreateFunction);

/// Everybody may execute a function again, as with a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFunction(pub CreateFunction);

impl Render for OpenFunction {
    fn render(&self, sql: &mut Sql) {
        sql.push(&crate::sql!(
            "GRANT EXECUTE ON FUNCTION {name}({arguments}) TO PUBLIC;\n",
            name = self.0.name,
            arguments = self.0.argument_types()
        ));
    }
}

impl Render for ReplaceFunction {
    fn render(&self, sql: &mut Sql) {
        self.0.push_to(sql, true);
    }
}

impl Render for CreateFunction {
    fn render(&self, sql: &mut Sql) {
        self.push_to(sql, false);
    }
}

impl CreateFunction {
    /// The types of the arguments, as `DROP FUNCTION` takes them.
    #[must_use]
    pub fn argument_types(&self) -> Sql {
        Sql::join(", ", self.arguments.iter().map(|argument| &argument.ty))
    }

    fn push_to(&self, sql: &mut Sql, replace: bool) {
        sql.push_keyword(if replace {
            "CREATE OR REPLACE FUNCTION "
        } else {
            "CREATE FUNCTION "
        })
        .push(&self.name)
        .push_keyword("(")
        .push(&Sql::join(", ", &self.arguments));
        sql.push_keyword(")\n    RETURNS ").push(&self.returns);
        sql.push_keyword(match self.language {
            Language::PlPgSql => "\n    LANGUAGE plpgsql",
            Language::Sql => "\n    LANGUAGE sql",
        });
        sql.push_keyword(match self.volatility {
            Volatility::Volatile => "",
            Volatility::Stable => "\n    STABLE",
            Volatility::Immutable => "\n    IMMUTABLE",
        });
        if self.security_definer {
            sql.push_keyword("\n    SECURITY DEFINER");
        }
        if let Some(path) = &self.search_path {
            sql.push_keyword("\n    SET search_path = ")
                .push(&Sql::join(", ", path));
        }
        sql.push_keyword("\nAS ")
            .push(&DollarQuoted(crate::sql!("\n{body}\n", body = self.body)))
            .push_keyword(";\n");
        // Whoever may execute a trigger's function may put it on a table of their own, and have it write for them. Firing
        // a trigger asks for no right to execute.
        if self.security_definer {
            sql.push(&crate::sql!(
                "\nREVOKE ALL ON FUNCTION {name}({arguments}) FROM PUBLIC;\n",
                name = self.name,
                arguments = self.argument_types()
            ));
        }
        if let Some(comment) = &self.comment {
            sql.push(&crate::sql!(
                "\nCOMMENT ON FUNCTION {name}({arguments}) IS {comment};\n",
                name = self.name,
                arguments = self.argument_types(),
                comment = Literal::text(comment.as_str())
            ));
        }
    }
}
