//! The author's own trigger.

use super::scope::{Scope, named};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{CreateFunction, CreateTrigger, Language, Statement, Volatility};
use crate::schema::{ByEvent, Event, Run, RunFunction, SqlTrigger, Trigger, TriggerTable};
use crate::sql;
use crate::sql::Literal;

pub(super) fn statements(scope: Scope<'_>, trigger: &Trigger, own: &SqlTrigger) -> Vec<Statement> {
    let table = match own.on {
        TriggerTable::Model(model) => scope.table(model),
        TriggerTable::View(view) => &scope.schema.views[view].view,
    };
    let mut statements = Vec::new();
    let (function, args) = match &own.run {
        Run::Body(body) => {
            let name = QualifiedName::new(
                table.schema.clone(),
                named(
                    first(&trigger.functions, &own.events),
                    &[trigger.name.as_str()],
                ),
            );
            statements.push(Statement::CreateFunction(CreateFunction {
                name: name.clone(),
                arguments: Vec::new(),
                returns: sql!("trigger"),
                language: Language::PlPgSql,
                volatility: Volatility::Volatile,
                security_definer: false,
                search_path: Some(scope.search_path()),
                body: sql!("{body}", body = body),
                comment: trigger.doc.clone(),
            }));
            (sql!("{name}", name = name), Vec::new())
        }
        Run::Function { function, args } => {
            let function = match function {
                RunFunction::Spec(id) => sql!("{name}", name = scope.schema.function(*id).function),
                RunFunction::Other(name) => match &name.schema {
                    Some(schema) => sql!("{schema}.{name}", schema = schema, name = &name.name),
                    None => sql!("{name}", name = &name.name),
                },
            };
            (function, args.iter().map(Literal::text).collect())
        }
    };
    let columns = |model| {
        own.update_of
            .iter()
            .map(|&field| scope.column(model, field).clone())
            .collect()
    };
    statements.push(Statement::CreateTrigger(CreateTrigger {
        name: named(
            first(&trigger.names, &own.events),
            &["trg", trigger.name.as_str()],
        ),
        table: table.clone(),
        timing: own.timing,
        events: own.events.clone(),
        update_of: match own.on {
            TriggerTable::Model(model) => columns(model),
            TriggerTable::View(_) => Vec::new(),
        },
        level: own.level,
        when: own.when.as_ref().map(|when| sql!("{when}", when = when)),
        old_table: own.old_table.clone(),
        new_table: own.new_table.clone(),
        constraint: own.constraint,
        function,
        args,
    }));
    statements
}

/// The first name set for one of the events: this kind makes one function and one trigger for all of them.
fn first<'a>(names: &'a ByEvent<Option<Ident>>, events: &[Event]) -> Option<&'a Ident> {
    events.iter().find_map(|&event| names.get(event).as_ref())
}
