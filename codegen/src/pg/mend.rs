//! What brings a database that was changed by hand back: statements that do nothing where nothing is to be done.

use crate::ident::Ident;
use crate::sql::{DollarQuoted, Literal, Render, Sql};

/// Statements that run unless a condition on the catalog holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unless {
    /// The schema whose names the definitions leave out.
    pub schema: Ident,
    /// The condition: that all is as it should be.
    pub condition: Sql,
    /// The statements, each with its semicolon.
    pub statements: Vec<Sql>,
}

impl Render for Unless {
    fn render(&self, sql: &mut Sql) {
        let schema = crate::sql!("{schema}", schema = self.schema);
        let body = crate::sql!(
            "
DECLARE
    path_before text := pg_catalog.current_setting('search_path');
BEGIN
    -- Definitions are compared as they were read.
    PERFORM pg_catalog.set_config('search_path', {path}, true);
    IF NOT coalesce({condition}, false) THEN
{statements}
    END IF;
    PERFORM pg_catalog.set_config('search_path', path_before, true);
END
",
            path = Literal::text(schema.into_string()),
            condition = self.condition,
            statements = Sql::join("\n", &self.statements)
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// A statement that may find its object there already, and passes by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlessThere {
    /// The schema whose names the statement leaves out.
    pub schema: Ident,
    /// The statement, with its semicolon.
    pub statement: Sql,
}

impl Render for UnlessThere {
    fn render(&self, sql: &mut Sql) {
        let schema = crate::sql!("{schema}", schema = self.schema);
        let body = crate::sql!(
            "
DECLARE
    path_before text := pg_catalog.current_setting('search_path');
BEGIN
    PERFORM pg_catalog.set_config('search_path', {path}, true);
    BEGIN
{statement}
    EXCEPTION WHEN duplicate_object OR duplicate_table OR duplicate_function OR duplicate_schema OR unique_violation THEN
        -- It is there.
        NULL;
    END;
    PERFORM pg_catalog.set_config('search_path', path_before, true);
END
",
            path = Literal::text(schema.into_string()),
            statement = self.statement
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// Commands that end with the role that owns most of what is in these schemas, whoever that is in the database at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithOwner {
    /// The schemas.
    pub schemas: Vec<Ident>,
    /// The commands, up to the role: `ALTER TABLE public.users OWNER TO`.
    pub commands: Vec<Sql>,
}

impl Render for WithOwner {
    fn render(&self, sql: &mut Sql) {
        let literal = |part: &Sql| Literal::text(part.as_str());
        let body = crate::sql!(
            "
DECLARE
    most pg_catalog.name;
    command text;
BEGIN
    -- Whoever owns most owns the rest too.
    SELECT pg_catalog.pg_get_userbyid(o.owner) INTO most
    FROM (
        SELECT c.relowner, c.relnamespace, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_class AS c
        UNION ALL
        SELECT f.proowner, f.pronamespace, 'pg_catalog.pg_proc'::pg_catalog.regclass, f.oid FROM pg_catalog.pg_proc AS f
    ) AS o (owner, namespace, class, number)
    JOIN pg_catalog.pg_namespace AS n ON n.oid = o.namespace
    WHERE n.nspname IN ({schemas}) AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = o.class AND d.objid = o.number AND d.deptype = 'e')
    GROUP BY o.owner ORDER BY pg_catalog.count(*) DESC, o.owner LIMIT 1;
    FOREACH command IN ARRAY ARRAY[
        {commands}
    ] LOOP
        EXECUTE pg_catalog.format('%s %I', command, most);
    END LOOP;
END
",
            schemas = Sql::join(
                ", ",
                self.schemas.iter().map(|schema| Literal::text(schema.as_str()))
            ),
            commands = Sql::join(",\n        ", self.commands.iter().map(literal))
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}
