//! What every kind needs of the schema to write its SQL.

use crate::fragment::is_search_path_independent;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    CreateFunction, CreateTrigger, Language, Statement, Volatility, qualified_type_sql,
};
use crate::schema::{
    BaseType, Event, Field, FieldId, FieldRef, Level, Model, ModelId, Schema, Timing,
};
use crate::sql;
use crate::sql::{Keyword, Sql, SqlExpr};

/// The schema, and how it is said in the bodies of functions.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) schema: &'a Schema,
    /// Whether any role has rights of its own.
    has_roles: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn of(schema: &'a Schema) -> Self {
        let has_roles = schema.models.iter().any(|model| {
            !model.grants.is_empty() || !model.policies.is_empty() || model.row_security.enabled
        });
        Self { schema, has_roles }
    }

    pub(super) fn model(self, id: ModelId) -> &'a Model {
        self.schema.model(id)
    }

    pub(super) fn table(self, id: ModelId) -> &'a QualifiedName {
        &self.model(id).table
    }

    pub(super) fn field(self, model: ModelId, field: FieldId) -> &'a Field {
        self.schema.field(FieldRef { model, field })
    }

    pub(super) fn column(self, model: ModelId, field: FieldId) -> &'a Ident {
        &self.field(model, field).name
    }

    /// The name by which a child's rows are read: that of its table, so that the author's SQL may qualify its columns. It
    /// stands in subqueries that name nothing else.
    pub(super) fn row_alias(self, model: ModelId) -> Ident {
        self.table(model).name.clone()
    }

    /// A function in the schema of a model's table.
    pub(super) fn function(self, model: ModelId, name: Ident) -> QualifiedName {
        QualifiedName::new(self.table(model).schema.clone(), name)
    }

    /// `=` of a field's type. A type of `pg_catalog` has its operator there, whatever the search path; that of an
    /// extension lives where the extension was put, and is looked up.
    pub(super) fn equal(self, model: ModelId, field: FieldId) -> Keyword {
        if self.has_catalog_operators(model, field) {
            Keyword("OPERATOR(pg_catalog.=)")
        } else {
            Keyword("=")
        }
    }

    /// `<>` of a field's type; see [`Self::equal`].
    pub(super) fn not_equal(self, model: ModelId, field: FieldId) -> Keyword {
        if self.has_catalog_operators(model, field) {
            Keyword("OPERATOR(pg_catalog.<>)")
        } else {
            Keyword("<>")
        }
    }

    pub(super) fn has_catalog_operators(self, model: ModelId, field: FieldId) -> bool {
        let mut ty = &self.field(model, field).ty;
        while let BaseType::Domain(domain) = &ty.base {
            ty = &self.schema.domain(*domain).base;
        }
        !matches!(ty.base, BaseType::Other(_))
    }

    /// The type of a field as no search path can change it.
    pub(super) fn ty(self, model: ModelId, field: FieldId) -> Sql {
        qualified_type_sql(self.schema, &self.field(model, field).ty)
    }

    /// The search path that the author's own SQL is read with.
    pub(super) fn search_path(self) -> Vec<Ident> {
        crate::ddl::function_search_path(self.schema)
    }

    /// The search path of a function that holds these pieces of the author's SQL and compares these fields; `None`
    /// where nothing in it is looked up.
    pub(super) fn path_for<'e>(
        self,
        expressions: impl IntoIterator<Item = &'e SqlExpr>,
        keys: impl IntoIterator<Item = (ModelId, FieldId)>,
    ) -> Option<Vec<Ident>> {
        let safe = expressions.into_iter().all(is_search_path_independent)
            && keys
                .into_iter()
                .all(|(model, field)| self.has_catalog_operators(model, field));
        (!safe).then(|| self.search_path())
    }

    /// Whether functions run with the rights of their owner. They must where roles have rights of their own: a role that
    /// may insert a row need not be able to write, or even see, the row that counts it.
    pub(super) fn security_definer(self) -> bool {
        self.has_roles
    }

    /// A trigger function.
    pub(super) fn trigger_function(
        self,
        name: QualifiedName,
        search_path: Option<Vec<Ident>>,
        body: Sql,
        comment: impl Into<String>,
    ) -> Statement {
        Statement::CreateFunction(CreateFunction {
            name,
            arguments: Vec::new(),
            returns: sql!("trigger"),
            language: Language::PlPgSql,
            volatility: Volatility::Volatile,
            security_definer: self.security_definer(),
            search_path,
            body,
            comment: Some(comment.into()),
        })
    }

    /// The tables whose statements touch rows of a model: its own, and its partitions, since a statement trigger of a
    /// partitioned table does not fire for a row that is put straight into a partition.
    pub(super) fn statement_tables(self, model: ModelId) -> Vec<QualifiedName> {
        let model = self.model(model);
        std::iter::once(model.table.clone())
            .chain(
                model
                    .partitions
                    .iter()
                    .map(|partition| partition.table.clone()),
            )
            .collect()
    }

    /// The values of a row's primary key, or of all its columns where it has none, each with the row variable before it.
    pub(super) fn key_values(self, model: ModelId, row: &'static str) -> Sql {
        let model = self.model(model);
        let fields: Vec<&Ident> = match &model.primary_key {
            Some(key) => key
                .fields
                .iter()
                .map(|&field| &model.field(field).name)
                .collect(),
            None => Vec::new(),
        };
        Sql::join(
            ", ",
            fields
                .iter()
                .map(|name| sql!("{row}.{name}", row = Keyword(row), name = name)),
        )
    }

    /// `%s` for each value of [`Self::key_values`], between parentheses.
    pub(super) fn key_placeholders(self, model: ModelId) -> String {
        match &self.model(model).primary_key {
            Some(key) => format!("({})", vec!["%s"; key.fields.len()].join(", ")),
            None => "(a table without a key)".to_owned(),
        }
    }
}

/// A row trigger without conditions; the rest is set by struct update.
pub(super) fn row_trigger(
    name: Ident,
    table: QualifiedName,
    timing: Timing,
    event: Event,
    function: &QualifiedName,
) -> CreateTrigger {
    CreateTrigger {
        name,
        table,
        timing,
        events: vec![event],
        update_of: Vec::new(),
        level: Level::Row,
        when: None,
        old_table: None,
        new_table: None,
        constraint: None,
        function: sql!("{function}", function = function),
        args: Vec::new(),
    }
}

/// The author's name, or one by the rule.
pub(super) fn named(set: Option<&Ident>, parts: &[&str]) -> Ident {
    set.cloned().unwrap_or_else(|| Ident::derived(parts))
}

/// `insert`, `update`, `delete`, `truncate`: the event's part in a name.
pub(super) fn event_name(event: Event) -> &'static str {
    match event {
        Event::Insert => "insert",
        Event::Update => "update",
        Event::Delete => "delete",
        Event::Truncate => "truncate",
    }
}
