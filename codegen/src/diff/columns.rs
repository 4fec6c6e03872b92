//! Columns of tables that are in both schemas.

use super::depend::is_remade;
use super::types::TypeChanges;
use super::{Diff, Stage, rendered};
use crate::ddl;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterTable, Column, ColumnValue, ConstraintKind, CreateSequence, DefaultClause, Drop,
    FillColumn, RestartSequence, SequenceType, TableAction, TableConstraint, type_sql,
};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::{BaseType, Builtin, Field, Model, Schema, Sequence, Type};
use crate::sql::{Literal, Sql, SqlExpr};

/// A column that is new, gone or different.
#[derive(Clone, Debug)]
pub(super) struct ColumnChange {
    pub(super) table: QualifiedName,
    /// The model, for people.
    model: String,
    /// The table's place in `schema.sql`.
    place: usize,
    pub(super) prev: Option<Column>,
    pub(super) next: Option<Column>,
    /// What the type's change asks of the rows.
    ty: TypeChange,
    prev_type: Option<Type>,
    next_type: Option<Type>,
    was_serial: bool,
    is_serial: bool,
}

/// What a change of a type asks of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TypeChange {
    Same,
    /// The catalog alone changes.
    Catalog,
    /// The rows stay, indexes are built anew.
    Indexes,
    /// Every row is written anew.
    Rewrite,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) changes: Vec<ColumnChange>,
}

impl ColumnChange {
    pub(super) fn name(&self) -> &str {
        let column = self.next.as_ref().or(self.prev.as_ref());
        column.map_or("", |column| column.name.as_str())
    }

    /// Whether others that hang on the column refuse the change.
    pub(super) fn is_in_the_way(&self) -> bool {
        match (&self.prev, &self.next) {
            (Some(_), None) => true,
            (Some(prev), Some(next)) => {
                self.ty != TypeChange::Same || is_generated(prev) && prev.value != next.value
            }
            _ => false,
        }
    }

    fn change(&self, what: &str) -> String {
        format!("{}.{}: {what}", self.model, self.name())
    }
}

impl Diff<'_> {
    /// The columns that differ between the two schemas, for the tables that are in both.
    pub(super) fn column_changes(&mut self, types: &TypeChanges) -> Columns {
        let mut found = Columns::default();
        for (name, next, place) in self.new.tables() {
            let Some((prev, _)) = self.old.table(name) else {
                continue;
            };
            let (Some(model), Some(old_model)) =
                (model_of(self.next, name), model_of(&self.named, name))
            else {
                continue;
            };
            let mut change = |prev: Option<&Column>, next: Option<&Column>| {
                let column = next.or(prev).map(|column| column.name.as_str());
                let field = |model: &'_ Model| column.and_then(|name| model.field_named(name));
                let (old, new) = (
                    field(old_model).map(|id| old_model.field(id)),
                    field(model).map(|id| model.field(id)),
                );
                let replaced = old.is_some_and(|field| types.replaces(&self.named, &field.ty));
                let ty = match (prev, next, old, new) {
                    (Some(prev), Some(next), Some(old), Some(new)) => {
                        type_change(&self.named, self.next, old, new, prev, next, replaced)
                    }
                    _ => TypeChange::Same,
                };
                if prev != next || ty != TypeChange::Same {
                    found.changes.push(ColumnChange {
                        table: name.clone(),
                        model: model.name.clone(),
                        place,
                        prev: prev.cloned(),
                        next: next.cloned(),
                        ty,
                        prev_type: old.map(|field| field.ty.clone()),
                        next_type: new.map(|field| field.ty.clone()),
                        was_serial: prev.is_some()
                            && old.is_some_and(|field| field.sequence == Some(Sequence::Serial)),
                        is_serial: next.is_some()
                            && new.is_some_and(|field| field.sequence == Some(Sequence::Serial)),
                    });
                }
            };
            for column in &prev.columns {
                let kept = next.columns.iter().find(|other| other.name == column.name);
                // A column that is inherited from now on stays.
                let inherited = kept.is_none() && model.field_named(column.name.as_str()).is_some();
                if !inherited {
                    change(Some(column), kept);
                }
            }
            for column in &next.columns {
                if !prev.columns.iter().any(|other| other.name == column.name) {
                    change(None, Some(column));
                }
            }
        }
        found
    }

    /// The steps of the columns, and of generated columns that must be made again.
    pub(super) fn make_columns(&mut self, columns: &Columns) {
        let mut remade = Vec::new();
        for (name, table, place) in self.old.tables() {
            let (Some((next, next_place)), Some(model)) =
                (self.new.table(name), model_of(self.next, name))
            else {
                continue;
            };
            let _ = place;
            for column in &table.columns {
                let kept = next.columns.iter().find(|other| other.name == column.name);
                let known = columns
                    .changes
                    .iter()
                    .any(|change| change.table == *name && change.name() == column.name.as_str());
                if let (Some(kept), false) = (kept, known) {
                    let change = ColumnChange {
                        table: name.clone(),
                        model: model.name.clone(),
                        place: next_place,
                        prev: Some(column.clone()),
                        next: Some(kept.clone()),
                        ty: TypeChange::Same,
                        prev_type: None,
                        next_type: None,
                        was_serial: false,
                        is_serial: false,
                    };
                    if is_remade(&self.touched, &change, column) {
                        remade.push(change);
                    }
                }
            }
        }
        for change in columns.changes.iter().chain(&remade) {
            match (&change.prev, &change.next) {
                (None, Some(next)) => self.add_column(change, next),
                (Some(prev), None) => self.drop_column(change, prev),
                (Some(prev), Some(next)) => self.alter_column(change, prev, next),
                (None, None) => {}
            }
        }
    }

    fn drop_column(&mut self, change: &ColumnChange, prev: &Column) {
        self.step(
            Phase::Contract,
            Stage::Leave,
            change.place,
            change.change("removed"),
            AlterTable::one(
                change.table.clone(),
                TableAction::DropColumn(prev.name.clone()),
            ),
        )
        .locks(Lock::access_exclusive(&change.table))
        .costs(
            HazardKind::DeletesData,
            format!("what is in {}.{} is gone", change.table, prev.name),
        )
        .costs(
            HazardKind::BreaksOldCode,
            format!("statements that name {}.{} fail", change.table, prev.name),
        );
    }

    fn add_column(&mut self, change: &ColumnChange, next: &Column) {
        let table = &change.table;
        let text = change.change("added");
        let mut bare = next.clone();
        let later = self.online && self.comes_later(change, next);
        let not_null = self.online && !next.nullable && (later || next.value.is_none());
        if later {
            bare.value = None;
        }
        if later || not_null {
            bare.nullable = true;
        }
        if change.is_serial && later {
            bare.ty = change
                .next_type
                .as_ref()
                .map_or_else(|| bare.ty.clone(), |ty| type_sql(self.next, ty));
        }
        let rewrites = !later
            && (matches!(
                next.value,
                Some(ColumnValue::Generated(_) | ColumnValue::Identity { .. })
            ) || change.is_serial
                || is_volatile(next)
                || change
                    .next_type
                    .as_ref()
                    .is_some_and(|ty| is_checked_domain(self.next, ty)));
        let step = self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            AlterTable::one(table.clone(), TableAction::AddColumn(bare)),
        );
        let lock = Lock::access_exclusive(table);
        if rewrites {
            step.locks(lock.long()).costs(
                HazardKind::Rewrite,
                format!(
                    "every row of {table} is written anew, to give it its {}",
                    next.name
                ),
            );
        } else {
            step.locks(lock);
        }
        if later {
            self.default_later(change, next, &text);
        }
        if not_null {
            if !later {
                self.step_of_rows(change, next, &text);
            }
            self.not_null(change, &next.name, &text);
        }
    }

    /// Whether rows get their values one after the other, and not all at once under a lock.
    fn comes_later(&self, change: &ColumnChange, next: &Column) -> bool {
        match &next.value {
            Some(ColumnValue::Default(_)) => is_volatile(next),
            None => change.is_serial,
            Some(ColumnValue::Generated(_) | ColumnValue::Identity { .. }) => false,
        }
    }

    fn default_later(&mut self, change: &ColumnChange, next: &Column, text: &str) {
        let table = &change.table;
        if change.is_serial {
            self.add_sequence(change, next, text);
        } else if let Some(ColumnValue::Default(default)) = &next.value {
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                text,
                AlterTable::one(
                    table.clone(),
                    TableAction::SetDefault(next.name.clone(), default.clone()),
                ),
            )
            .locks(Lock::access_exclusive(table));
        }
        self.fills
            .insert((table.clone(), next.name.as_str().to_owned()));
        self.step(
            Phase::Backfill,
            Stage::Make,
            change.place,
            text,
            FillColumn {
                table: table.clone(),
                column: next.name.clone(),
                in_parts: self.online,
            },
        )
        .costs(
            HazardKind::Weakens,
            format!(
                "triggers of {table} run for each row that gets its {}, as for any UPDATE",
                next.name
            ),
        );
    }

    fn add_sequence(&mut self, change: &ColumnChange, next: &Column, text: &str) {
        let table = &change.table;
        let Some(ty) = &change.next_type else { return };
        let name = ddl::sequence_name(table.name.as_str(), next.name.as_str());
        let Ok(name) = Ident::new(name) else { return };
        let name = QualifiedName::new(table.schema.clone(), name);
        let default = crate::sql!(
            "pg_catalog.nextval({name}::pg_catalog.regclass)",
            name = Literal::text(rendered(&name).into_string())
        );
        let ty = type_sql(self.next, ty);
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            text,
            CreateSequence {
                name,
                ty,
                table: table.clone(),
                column: next.name.clone(),
            },
        );
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            text,
            AlterTable::one(
                table.clone(),
                TableAction::SetDefaultSql(next.name.clone(), default),
            ),
        )
        .locks(Lock::access_exclusive(table));
    }

    /// Rows that are there have no value, and nobody but the author knows one.
    fn step_of_rows(&mut self, change: &ColumnChange, next: &Column, text: &str) {
        let table = &change.table;
        if let Some((_, step)) = self.steps.last_mut() {
            debug_assert_eq!(step.change, text);
            step.costs(
                HazardKind::MayFail,
                format!(
                    "rows of {table} that are there have no {}: give them one in a data step, or the part that validates fails",
                    next.name
                ),
            )
            .costs(
                HazardKind::BreaksOldCode,
                format!("inserts into {table} that leave {} out fail", next.name),
            );
        }
    }

    /// `NOT NULL`, proven beside writers: a check that is validated spares PostgreSQL the scan under its lock.
    fn not_null(&mut self, change: &ColumnChange, column: &Ident, text: &str) {
        let table = &change.table;
        let set = AlterTable::one(table.clone(), TableAction::SetNotNull(column.clone()));
        if !self.online {
            self.step(Phase::Expand, Stage::Make, change.place, text, set)
                .locks(Lock::access_exclusive(table).long());
            return;
        }
        let name = Ident::derived(&[table.name.as_str(), column.as_str(), "is_set"]);
        let condition = crate::sql!("{column} IS NOT NULL", column = column);
        let constraint = TableConstraint {
            name: name.clone(),
            kind: ConstraintKind::Check(SqlExpr::trusted(condition.into_string())),
        };
        self.step(
            Phase::Attach,
            Stage::Make,
            change.place,
            text,
            AlterTable::one(
                table.clone(),
                TableAction::AddConstraint {
                    constraint,
                    not_valid: true,
                },
            ),
        )
        .locks(Lock::access_exclusive(table));
        self.step(
            Phase::Validate,
            Stage::Make,
            change.place,
            text,
            AlterTable::one(table.clone(), TableAction::ValidateConstraint(name.clone())),
        )
        .locks(Lock::share_update_exclusive(table).long())
        .costs(
            HazardKind::MayFail,
            format!("it fails if {table}.{column} is NULL in some row"),
        );
        self.step(
            Phase::Contract,
            Stage::Make,
            change.place,
            text,
            AlterTable {
                actions: vec![TableAction::SetNotNull(column.clone())],
                table: table.clone(),
            },
        )
        .locks(Lock::access_exclusive(table));
        self.step(
            Phase::Contract,
            Stage::Make,
            change.place,
            text,
            AlterTable::one(table.clone(), TableAction::DropConstraint(name)),
        )
        .locks(Lock::access_exclusive(table));
    }

    fn alter_column(&mut self, change: &ColumnChange, prev: &Column, next: &Column) {
        let generation = is_generated(prev) || is_generated(next);
        let touched = is_remade(&self.touched, change, prev);
        if generation && (prev.value != next.value || change.ty != TypeChange::Same || touched) {
            self.remake_column(change, prev, next);
            return;
        }
        if change.was_serial && !change.is_serial {
            self.remove_sequence(change, prev);
        }
        if change.ty != TypeChange::Same {
            self.set_type(change, prev, next);
        } else if prev.value != next.value {
            self.set_value(change, prev, next);
        }
        if change.is_serial && !change.was_serial {
            self.add_sequence(change, next, &change.change("numbered by a sequence"));
        }
        let numbered = |column: &Column, serial: bool| {
            serial || matches!(column.value, Some(ColumnValue::Identity { .. }))
        };
        if numbered(next, change.is_serial)
            && (!numbered(prev, change.was_serial) || change.was_serial != change.is_serial)
        {
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                change.change("numbers go on after the highest"),
                RestartSequence {
                    table: change.table.clone(),
                    column: next.name.clone(),
                },
            );
        }
        match (prev.nullable, next.nullable) {
            (false, true) => {
                let text = change.change("takes NULL");
                self.step(
                    Phase::Expand,
                    Stage::Make,
                    change.place,
                    text,
                    AlterTable::one(
                        change.table.clone(),
                        TableAction::DropNotNull(next.name.clone()),
                    ),
                )
                .locks(Lock::access_exclusive(&change.table))
                .costs(
                    HazardKind::BreaksOldCode,
                    format!(
                        "code that reads {}.{} may find NULL",
                        change.table, next.name
                    ),
                );
            }
            (true, false) if !becomes_identity(prev, next) => {
                let text = change.change("takes no NULL");
                self.not_null(change, &next.name.clone(), &text);
            }
            _ => {}
        }
    }

    /// A generated column is what its expression says: it is made again.
    fn remake_column(&mut self, change: &ColumnChange, prev: &Column, next: &Column) {
        if !is_generated(prev) {
            self.problem(
                format!(
                    "`{}.{}` becomes a generated column, and PostgreSQL cannot turn a column into one",
                    change.model, prev.name
                ),
                "make a generated column under another name, and drop this one by `--drop` in a later migration",
            );
            return;
        }
        let table = &change.table;
        let text = change.change("made again");
        if !is_generated(next) && change.ty == TypeChange::Same {
            // What was computed stays.
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                &text,
                AlterTable::one(
                    table.clone(),
                    TableAction::DropExpression(prev.name.clone()),
                ),
            )
            .locks(Lock::access_exclusive(table));
            self.set_value(
                change,
                &Column {
                    value: None,
                    ..prev.clone()
                },
                next,
            );
            return;
        }
        self.step(
            Phase::Expand,
            Stage::Remove,
            change.place,
            &text,
            AlterTable::one(table.clone(), TableAction::DropColumn(prev.name.clone())),
        )
        .locks(Lock::access_exclusive(table));
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            AlterTable::one(table.clone(), TableAction::AddColumn(next.clone())),
        )
        .locks(Lock::access_exclusive(table).long())
        .costs(
            HazardKind::Rewrite,
            format!(
                "every row of {table} is written anew, to compute its {}",
                next.name
            ),
        );
    }

    fn remove_sequence(&mut self, change: &ColumnChange, prev: &Column) {
        let name = ddl::sequence_name(change.table.name.as_str(), prev.name.as_str());
        let Ok(name) = Ident::new(name) else { return };
        let text = change.change("not numbered by a sequence any more");
        let table = change.table.clone();
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            AlterTable::one(table.clone(), TableAction::DropDefault(prev.name.clone())),
        )
        .locks(Lock::access_exclusive(&table));
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            Drop::Sequence(QualifiedName::new(table.schema.clone(), name)),
        );
    }

    fn set_type(&mut self, change: &ColumnChange, prev: &Column, next: &Column) {
        let table = &change.table;
        let (Some(old), Some(new)) = (&change.prev_type, &change.next_type) else {
            return;
        };
        let to = type_sql(self.next, new);
        // Every type is written as text and read from it; few have a cast to another one.
        let one_is_array = (old.dimensions == 0) != (new.dimensions == 0);
        let through_text = one_is_array || !has_cast(&old.base, &new.base);
        let using = if change.ty == TypeChange::Catalog || change.ty == TypeChange::Indexes {
            None
        } else if through_text {
            let mut text = crate::sql!("{column}::text", column = next.name);
            // An array is cast element by element, but as a whole to what is none.
            if !one_is_array {
                for _ in 0..old.dimensions {
                    text.push_keyword("[]");
                }
            }
            Some(crate::sql!("{text}::{to}", text = text, to = to))
        } else {
            Some(crate::sql!("{column}::{to}", column = next.name, to = to))
        };
        let mut actions = Vec::new();
        let had_default = matches!(prev.value, Some(ColumnValue::Default(_)));
        if had_default {
            actions.push(TableAction::DropDefault(prev.name.clone()));
        }
        if matches!(prev.value, Some(ColumnValue::Identity { .. }))
            && !matches!(next.value, Some(ColumnValue::Identity { .. }))
        {
            actions.push(TableAction::DropIdentity(prev.name.clone()));
        }
        actions.push(TableAction::SetType {
            column: next.name.clone(),
            ty: to.clone(),
            collation: next.collation.clone(),
            using,
        });
        if let Some(ColumnValue::Default(default)) = &next.value {
            actions.push(TableAction::SetDefault(next.name.clone(), default.clone()));
        }
        let text = change.change("another type");
        let old_type = type_sql(&self.named, old);
        let step = self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            AlterTable {
                table: table.clone(),
                actions,
            },
        );
        match change.ty {
            TypeChange::Rewrite => {
                step.locks(Lock::access_exclusive(table).long())
                    .costs(
                        HazardKind::Rewrite,
                        format!(
                            "every row of {table} is written anew, and nobody reads or writes it meanwhile"
                        ),
                    )
                    .costs(
                        HazardKind::MayFail,
                        format!("it fails if a value of {} is no {to}", next.name),
                    );
            }
            TypeChange::Indexes => {
                step.locks(Lock::access_exclusive(table).long()).costs(
                    HazardKind::BlocksReads,
                    format!("indexes of {table} over {} are built anew", next.name),
                );
            }
            TypeChange::Catalog | TypeChange::Same => {
                step.locks(Lock::access_exclusive(table));
            }
        }
        if old_type != to {
            step.costs(
                HazardKind::BreaksOldCode,
                format!("code that takes {}.{} for {old_type}", table, next.name),
            );
        }
        if let (true, Some(ColumnValue::Identity { always })) = (
            !matches!(prev.value, Some(ColumnValue::Identity { .. })),
            &next.value,
        ) {
            self.identity(
                change,
                next,
                TableAction::AddIdentity {
                    column: next.name.clone(),
                    always: *always,
                },
            );
        }
        if change.was_serial && change.is_serial {
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                &text,
                SequenceType {
                    table: table.clone(),
                    column: next.name.clone(),
                    ty: to,
                },
            );
        }
    }

    fn identity(&mut self, change: &ColumnChange, next: &Column, action: TableAction) {
        let needs_value = matches!(action, TableAction::AddIdentity { .. });
        let was_null = change.prev.as_ref().is_some_and(|prev| prev.nullable);
        if needs_value && was_null {
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                change.change("takes no NULL"),
                AlterTable::one(
                    change.table.clone(),
                    TableAction::SetNotNull(next.name.clone()),
                ),
            )
            .locks(Lock::access_exclusive(&change.table).long())
            .costs(
                HazardKind::BlocksReads,
                format!(
                    "{} is read to its end for a NULL in {}",
                    change.table, next.name
                ),
            );
        }
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            change.change("identity"),
            AlterTable::one(change.table.clone(), action),
        )
        .locks(Lock::access_exclusive(&change.table));
    }

    fn set_value(&mut self, change: &ColumnChange, prev: &Column, next: &Column) {
        let column = next.name.clone();
        let identity = |column: &Column| match column.value {
            Some(ColumnValue::Identity { always }) => Some(always),
            _ => None,
        };
        let action = match (identity(prev), identity(next), &next.value) {
            (Some(_), Some(always), _) => {
                self.identity(change, next, TableAction::SetIdentity { column, always });
                return;
            }
            (None, Some(always), _) => {
                if prev.value.is_some() {
                    self.identity(change, next, TableAction::DropDefault(column.clone()));
                }
                self.identity(change, next, TableAction::AddIdentity { column, always });
                return;
            }
            (Some(_), None, value) => {
                self.identity(change, next, TableAction::DropIdentity(column.clone()));
                match value {
                    Some(ColumnValue::Default(default)) => {
                        TableAction::SetDefault(column, default.clone())
                    }
                    _ => return,
                }
            }
            (None, None, Some(ColumnValue::Default(default))) => {
                TableAction::SetDefault(column, default.clone())
            }
            (None, None, _) => TableAction::DropDefault(column),
        };
        let drops = matches!(action, TableAction::DropDefault(_));
        let step = self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            change.change("another default"),
            AlterTable::one(change.table.clone(), action),
        );
        step.locks(Lock::access_exclusive(&change.table));
        if drops && !next.nullable {
            step.costs(
                HazardKind::BreaksOldCode,
                format!(
                    "inserts into {} that leave {} out fail",
                    change.table, next.name
                ),
            );
        }
    }
}

fn becomes_identity(prev: &Column, next: &Column) -> bool {
    matches!(next.value, Some(ColumnValue::Identity { .. }))
        && !matches!(prev.value, Some(ColumnValue::Identity { .. }))
}

fn is_generated(column: &Column) -> bool {
    matches!(column.value, Some(ColumnValue::Generated(_)))
}

pub(super) fn model_of<'a>(schema: &'a Schema, table: &QualifiedName) -> Option<&'a Model> {
    schema.models.iter().find(|model| model.table == *table)
}

/// Whether a default may be another one for each row. What is known to be the same for a statement is added without
/// writing a row.
fn is_volatile(column: &Column) -> bool {
    let Some(ColumnValue::Default(DefaultClause::Expression(expression))) = &column.value else {
        return false;
    };
    const STEADY: &[&str] = &[
        "now",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtimestamp",
        "localtime",
        "transaction_timestamp",
        "statement_timestamp",
        "current_user",
        "session_user",
    ];
    let text = expression.as_str();
    let Ok(tokens) = crate::fragment::lexer::lex(text) else {
        return true;
    };
    tokens.windows(2).any(|pair| {
        pair[1].is(text, "(")
            && pair[0]
                .name(text)
                .is_some_and(|name| !STEADY.contains(&name.as_str()))
    })
}

/// A domain with a rule of its own is checked for every row.
fn is_checked_domain(schema: &Schema, ty: &Type) -> bool {
    match ty.base {
        BaseType::Domain(id) => {
            let domain = schema.domain(id);
            !domain.checks.is_empty() || domain.not_null || is_checked_domain(schema, &domain.base)
        }
        _ => false,
    }
}

/// Whether PostgreSQL casts values of the one type to the other as anybody would expect.
fn has_cast(from: &BaseType, to: &BaseType) -> bool {
    let (BaseType::Builtin(from), BaseType::Builtin(to)) = (from, to) else {
        return false;
    };
    let number = |ty: &Builtin| {
        matches!(
            ty,
            Builtin::SmallInt
                | Builtin::Integer
                | Builtin::BigInt
                | Builtin::Numeric(_)
                | Builtin::Real
                | Builtin::DoublePrecision
        )
    };
    let time = |ty: &Builtin| {
        matches!(
            ty,
            Builtin::Date | Builtin::Timestamp(_) | Builtin::TimestampTz(_)
        )
    };
    number(from) && number(to) || time(from) && time(to)
}

#[allow(clippy::too_many_arguments, reason = "both sides of each")]
fn type_change(
    prev_schema: &Schema,
    next_schema: &Schema,
    old: &Field,
    new: &Field,
    prev: &Column,
    next: &Column,
    replaced: bool,
) -> TypeChange {
    let (from, to): (Sql, Sql) = (
        type_sql(prev_schema, &old.ty),
        type_sql(next_schema, &new.ty),
    );
    if replaced {
        TypeChange::Rewrite
    } else if from == to {
        if prev.collation == next.collation {
            TypeChange::Same
        } else {
            TypeChange::Indexes
        }
    } else if old.ty.dimensions == new.ty.dimensions
        && old.ty.dimensions == 0
        && is_widening(&old.ty.base, &new.ty.base)
    {
        if prev.collation == next.collation {
            TypeChange::Catalog
        } else {
            TypeChange::Indexes
        }
    } else {
        TypeChange::Rewrite
    }
}

/// Whether every value of the one type is stored as the same value of the other.
fn is_widening(from: &BaseType, to: &BaseType) -> bool {
    let (BaseType::Builtin(from), BaseType::Builtin(to)) = (from, to) else {
        return false;
    };
    let grows = |from: &Option<u32>, to: &Option<u32>| match (from, to) {
        (_, None) => true,
        (Some(from), Some(to)) => to >= from,
        (None, Some(_)) => false,
    };
    match (from, to) {
        (Builtin::Varchar(_), Builtin::Text) | (Builtin::Text, Builtin::Varchar(None)) => true,
        (Builtin::Varchar(from), Builtin::Varchar(to))
        | (Builtin::VarBit(from), Builtin::VarBit(to)) => grows(from, to),
        (Builtin::Numeric(_), Builtin::Numeric(None)) => true,
        (Builtin::Numeric(Some(from)), Builtin::Numeric(Some(to))) => {
            from.1 == to.1 && to.0 >= from.0
        }
        (Builtin::Cidr, Builtin::Inet) => true,
        _ => false,
    }
}
