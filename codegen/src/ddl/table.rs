//! Tables, partitions, foreign keys, indexes, statistics, row level security.

use super::mentions::Mentions;
use super::types::default_clause;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AddForeignKey, Column, ColumnValue, Comment, CommentObject, ConstraintKind, CreateIndex,
    CreatePartition, CreatePolicy, CreateStatistics, CreateTable, Key, KeyColumn, SetRowSecurity,
    Statement, TableConstraint, type_sql,
};
use crate::schema::{
    BaseType, Builtin, Default, Field, FieldId, IndexKey, IndexPart, Model, Schema, Sequence,
};
use crate::sql::{Keyword, Sql};

/// The table, its partitions and comments.
pub(super) fn table(schema: &Schema, model: &Model) -> Vec<Statement> {
    let partitioned = model.partition_by.is_some();
    let create = CreateTable {
        name: model.table.clone(),
        // A partitioned table holds no rows: what says how rows are stored belongs to its partitions.
        unlogged: model.unlogged && !partitioned,
        columns: model
            .fields
            .iter()
            .filter(|field| !is_inherited(schema, model, field))
            .map(|field| column(schema, model, field))
            .collect(),
        constraints: constraints(model),
        inherits: model
            .inherits
            .iter()
            .map(|&parent| schema.model(parent).table.clone())
            .collect(),
        partition_by: model.partition_by.as_ref().map(|by| {
            let keys = by.parts.iter().map(|part| key(model, part)).collect();
            (by.strategy, keys)
        }),
        with: if partitioned {
            Vec::new()
        } else {
            model.with.clone()
        },
    };
    let mut statements = vec![create.into()];
    statements.extend(model.partitions.iter().map(|partition| {
        Statement::from(CreatePartition {
            name: partition.table.clone(),
            of: model.table.clone(),
            unlogged: model.unlogged,
            values: partition.values.clone(),
            with: model.with.clone(),
        })
    }));
    statements.extend(comments(model));
    statements
}

fn comments(model: &Model) -> impl Iterator<Item = Statement> + '_ {
    let table = model.doc.iter().map(|doc| Comment {
        on: CommentObject::Table(model.table.clone()),
        text: doc.clone(),
    });
    let columns = model.fields.iter().filter_map(|field| {
        let deprecated = field
            .deprecated
            .as_ref()
            .map(|reason| format!("Deprecated: {reason}"));
        let text = match (&field.doc, deprecated) {
            (Some(doc), Some(deprecated)) => format!("{doc}\n\n{deprecated}"),
            (Some(doc), None) => doc.clone(),
            (None, Some(deprecated)) => deprecated,
            (None, None) => return None,
        };
        Some(Comment {
            on: CommentObject::Column(model.table.clone(), field.name.clone()),
            text,
        })
    });
    table.chain(columns).map(Statement::from)
}

/// The columns of that name that a table inherits.
fn inherited<'a>(
    schema: &'a Schema,
    model: &'a Model,
    field: &'a Field,
) -> impl Iterator<Item = (&'a Model, &'a Field)> {
    let parents = model.inherits.iter().map(|&parent| schema.model(parent));
    parents.filter_map(|parent| {
        let id = parent.field_named(field.name.as_str())?;
        Some((parent, parent.field(id)))
    })
}

/// Whether PostgreSQL makes the column by itself, as every table that it is inherited from has it. An identity is
/// never inherited.
pub(crate) fn is_inherited(schema: &Schema, model: &Model, field: &Field) -> bool {
    let identity = matches!(
        field.sequence,
        Some(Sequence::IdentityAlways | Sequence::IdentityByDefault)
    );
    let mut columns = inherited(schema, model, field).peekable();
    !identity
        && columns.peek().is_some()
        && columns.all(|(_, column)| {
            column.ty == field.ty
                && column.nullable == field.nullable
                && column.default == field.default
                && column.generated == field.generated
                && column.sequence == field.sequence
                && column.collation == field.collation
        })
}

/// The table whose serial column made the sequence that numbers this one.
pub(super) fn sequence_owner<'a>(
    schema: &'a Schema,
    model: &'a Model,
    field: &'a Field,
) -> &'a Model {
    if !is_inherited(schema, model, field) {
        return model;
    }
    match inherited(schema, model, field).next() {
        Some((parent, column)) => sequence_owner(schema, parent, column),
        None => model,
    }
}

fn column(schema: &Schema, model: &Model, field: &Field) -> Column {
    let serial = field.sequence == Some(Sequence::Serial);
    let identity = match field.sequence {
        Some(Sequence::IdentityAlways) => Some(ColumnValue::Identity { always: true }),
        Some(Sequence::IdentityByDefault) => Some(ColumnValue::Identity { always: false }),
        Some(Sequence::Serial) | None => None,
    };
    // Up to PostgreSQL 15 a child may not repeat the expression of an inherited column.
    let repeats =
        inherited(schema, model, field).any(|(_, column)| column.generated == field.generated);
    let generated = field.generated.clone().filter(|_| !repeats);
    let generated = generated.map(ColumnValue::Generated);
    let default = field
        .default
        .as_ref()
        .map(|default| ColumnValue::Default(default_clause(schema, &field.ty, default)));
    Column {
        name: field.name.clone(),
        ty: if serial {
            serial_type(field)
        } else {
            type_sql(schema, &field.ty)
        },
        collation: field.collation.clone(),
        nullable: field.nullable,
        value: identity.or(generated).or(default.filter(|_| !serial)),
    }
}

fn serial_type(field: &Field) -> Sql {
    let word = match field.ty.base {
        BaseType::Builtin(Builtin::SmallInt) => "smallserial",
        BaseType::Builtin(Builtin::Integer) => "serial",
        _ => "bigserial",
    };
    Sql::join("", [Keyword(word)])
}

fn constraints(model: &Model) -> Vec<TableConstraint> {
    let primary = model.primary_key.iter().map(|key| TableConstraint {
        name: key.name.clone(),
        kind: ConstraintKind::PrimaryKey(columns(model, &key.fields)),
    });
    let unique = model.uniques.iter().map(|unique| TableConstraint {
        name: unique.name.clone(),
        kind: ConstraintKind::Unique {
            columns: columns(model, &unique.fields),
            include: columns(model, &unique.include),
            nulls_not_distinct: unique.nulls_not_distinct,
            deferrable: unique.deferrable,
        },
    });
    let exclusions = model.exclusions.iter().map(|exclusion| TableConstraint {
        name: exclusion.name.clone(),
        kind: ConstraintKind::Exclude {
            using: exclusion.using.clone(),
            parts: exclusion
                .parts
                .iter()
                .map(|(part, operator)| (key(model, part), operator.clone()))
                .collect(),
            include: columns(model, &exclusion.include),
            predicate: exclusion.predicate.clone(),
            deferrable: exclusion.deferrable,
        },
    });
    let checks = model.checks.iter().map(|check| TableConstraint {
        name: check.name.clone(),
        kind: ConstraintKind::Check(check.sql.clone()),
    });
    primary
        .chain(unique)
        .chain(exclusions)
        .chain(checks)
        .collect()
}

/// Names that the table's expressions mention, and that must be there before it.
pub(super) fn mentions(model: &Model) -> Mentions {
    let mut mentions = Mentions::default();
    for field in &model.fields {
        if let BaseType::Other(text) = &field.ty.base {
            mentions.add(text.as_str());
        }
        if let Some(Default::Sql(expression)) = &field.default {
            mentions.add(expression.as_str());
        }
        if let Some(expression) = &field.generated {
            mentions.add(expression.as_str());
        }
        if let Some(collation) = &field.collation {
            mentions.add_name(collation.name.as_str());
        }
    }
    for check in &model.checks {
        mentions.add(check.sql.as_str());
    }
    for exclusion in &model.exclusions {
        for (part, _) in &exclusion.parts {
            add_part(&mut mentions, part);
        }
        if let Some(predicate) = &exclusion.predicate {
            mentions.add(predicate.as_str());
        }
    }
    for part in model.partition_by.iter().flat_map(|by| &by.parts) {
        add_part(&mut mentions, part);
    }
    mentions
}

/// Names that the indexes' expressions mention.
pub(super) fn index_mentions(model: &Model) -> Mentions {
    let mut mentions = Mentions::default();
    for index in &model.indexes {
        for part in &index.parts {
            add_part(&mut mentions, part);
        }
        if let Some(predicate) = &index.predicate {
            mentions.add(predicate.as_str());
        }
    }
    mentions
}

fn add_part(mentions: &mut Mentions, part: &IndexPart) {
    if let IndexKey::Expression(expression) = &part.key {
        mentions.add(expression.as_str());
    }
    if let Some(class) = &part.operator_class {
        mentions.add_name(class.name.name.as_str());
    }
    if let Some(collation) = &part.collation {
        mentions.add_name(collation.name.as_str());
    }
}

/// The enforced references of a model; a retained one has no constraint.
pub(super) fn foreign_keys(schema: &Schema, model: &Model) -> Vec<Statement> {
    let enforced = model.foreign_keys.iter().filter(|key| !key.is_retained());
    enforced
        .map(|key| {
            let target = schema.model(key.target);
            Statement::from(AddForeignKey {
                table: model.table.clone(),
                name: key.name.clone(),
                columns: columns(model, &key.fields),
                target: target.table.clone(),
                to: columns(target, &key.to),
                on_delete: key.on_delete,
                on_update: key.on_update,
                deferrable: key.deferrable,
                not_valid: key.not_valid,
            })
        })
        .collect()
}

pub(super) fn indexes(model: &Model) -> Vec<Statement> {
    model
        .indexes
        .iter()
        .map(|index| {
            Statement::from(CreateIndex {
                name: index.name.clone(),
                table: model.table.clone(),
                unique: index.unique,
                using: index.using.clone(),
                keys: index.parts.iter().map(|part| key(model, part)).collect(),
                include: columns(model, &index.include),
                nulls_not_distinct: index.nulls_not_distinct,
                with: index.with.clone(),
                predicate: index.predicate.clone(),
            })
        })
        .collect()
}

pub(super) fn statistics(model: &Model) -> Vec<Statement> {
    model
        .statistics
        .iter()
        .map(|item| {
            Statement::from(CreateStatistics {
                name: QualifiedName::new(model.table.schema.clone(), item.name.clone()),
                kinds: item.kinds.clone(),
                on: item.on.iter().map(|on| key_column(model, on)).collect(),
                table: model.table.clone(),
            })
        })
        .collect()
}

pub(super) fn row_security(model: &Model) -> Vec<Statement> {
    let set = |force| {
        Statement::from(SetRowSecurity {
            table: model.table.clone(),
            force,
        })
    };
    let mut statements = Vec::new();
    if model.row_security.enabled {
        statements.push(set(false));
    }
    if model.row_security.force {
        statements.push(set(true));
    }
    statements.extend(model.policies.iter().map(|policy| {
        Statement::from(CreatePolicy {
            name: policy.name.clone(),
            table: model.table.clone(),
            restrictive: policy.restrictive,
            command: policy.command,
            to: policy.to.clone(),
            using: policy.using.clone(),
            check: policy.check.clone(),
        })
    }));
    statements
}

/// Names that the policies' expressions mention.
pub(super) fn policy_mentions(model: &Model) -> Mentions {
    let mut mentions = Mentions::default();
    for policy in &model.policies {
        for expression in policy.using.iter().chain(&policy.check) {
            mentions.add(expression.as_str());
        }
    }
    mentions
}

fn key(model: &Model, part: &IndexPart) -> Key {
    Key {
        what: key_column(model, &part.key),
        collation: part.collation.clone(),
        operator_class: part.operator_class.clone(),
        descending: part.descending,
        nulls: part.nulls,
    }
}

fn key_column(model: &Model, key: &IndexKey) -> KeyColumn {
    match key {
        IndexKey::Field(field) => KeyColumn::Column(model.field(*field).name.clone()),
        IndexKey::Expression(expression) => KeyColumn::Expression(expression.clone()),
    }
}

pub(super) fn columns(model: &Model, fields: &[FieldId]) -> Vec<Ident> {
    fields
        .iter()
        .map(|&field| model.field(field).name.clone())
        .collect()
}
