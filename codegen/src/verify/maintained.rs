//! Columns that the database keeps true: counters, sums, ledgers.

use super::Report;
use crate::diag::Diagnostic;
use crate::schema::{Action, Default, Field, FieldRef, IndexKey, Ledger, Model, TriggerKind};
use crate::sql::Literal;

/// One column that one trigger keeps true.
struct Kept {
    field: FieldRef,
    trigger: usize,
    /// The key of the trigger that names the column.
    key: &'static str,
}

pub(super) fn check(report: &mut Report<'_>) {
    let kept = kept(report);
    twice(report, &kept);
    for kept in &kept {
        column(report, kept);
    }
    for index in 0..report.schema.triggers.len() {
        tables(report, index);
        if let TriggerKind::Ledger(entry) = &report.schema.triggers[index].kind {
            ledger(report, index, entry);
        }
    }
}

fn kept(report: &Report<'_>) -> Vec<Kept> {
    let mut all = Vec::new();
    for (trigger, item) in report.schema.triggers.iter().enumerate() {
        let mut push = |field, key| {
            all.push(Kept {
                field,
                trigger,
                key,
            })
        };
        match &item.kind {
            TriggerKind::Touch(touch) => touch.on.iter().for_each(|&field| push(field, "column")),
            TriggerKind::Counter(counter) => push(counter.into, "into"),
            TriggerKind::Sum(sum) => push(sum.into, "into"),
            TriggerKind::Ledger(ledger) => {
                push(ledger.balance, "balance");
                push(
                    FieldRef {
                        model: ledger.on,
                        field: ledger.balance_after,
                    },
                    "balance_after",
                );
                push(
                    FieldRef {
                        model: ledger.on,
                        field: ledger.entry_no,
                    },
                    "entry_no",
                );
            }
            TriggerKind::Immutable(_) | TriggerKind::Transitions(_) | TriggerKind::Sql(_) => {}
        }
    }
    all
}

fn twice(report: &mut Report<'_>, kept: &[Kept]) {
    for (index, later) in kept.iter().enumerate() {
        let Some(first) = kept[..index]
            .iter()
            .find(|first| first.field == later.field)
        else {
            continue;
        };
        let names = |kept: &Kept| report.schema.triggers[kept.trigger].name.as_str();
        let (first_name, later_name) = (names(first), names(later));
        let message = if first.trigger == later.trigger {
            format!(
                "`{later_name}` keeps `{}` twice",
                report.path_of(later.field)
            )
        } else {
            format!(
                "`{first_name}` and `{later_name}` both keep `{}`",
                report.path_of(later.field)
            )
        };
        let diagnostic = report
            .error(
                "maintained-twice",
                message,
                &["triggers", later_name, later.key],
            )
            .also(
                report.spans.at(&["triggers", first_name, first.key]),
                "kept here first",
            )
            .help("give each trigger a column of its own");
        report.push(diagnostic);
    }
}

/// What the column itself must be.
fn column(report: &mut Report<'_>, kept: &Kept) {
    let schema = report.schema;
    let trigger = &schema.triggers[kept.trigger];
    let model = report.model(kept.field.model);
    let field = schema.field(kept.field);
    let path = report.path_of(kept.field);
    let in_key = model
        .primary_key
        .as_ref()
        .is_some_and(|key| key.fields.contains(&kept.field.field));
    let refers = model
        .foreign_keys
        .iter()
        .any(|key| key.fields.contains(&kept.field.field));
    let referred = schema
        .models
        .iter()
        .flat_map(|model| &model.foreign_keys)
        .any(|key| key.target == kept.field.model && key.to.contains(&kept.field.field));
    let partition = model.partition_by.as_ref().is_some_and(|by| {
        by.parts
            .iter()
            .any(|part| part.key == IndexKey::Field(kept.field.field))
    });
    let what = match () {
        () if field.generated.is_some() => Some("a generated column"),
        () if field.sequence.is_some() => Some("an identity or serial column"),
        () if in_key => Some("part of the primary key"),
        () if refers => Some("a reference"),
        () if referred => Some("a key that others refer to"),
        () if partition => Some("part of the partition key"),
        () => None,
    };
    if let Some(what) = what {
        let diagnostic = report
            .error(
                "maintained-column",
                format!("`{}` can't keep `{path}`: it is {what}", trigger.name),
                &["triggers", &trigger.name, kept.key],
            )
            .also(report.field_span(kept.field), what)
            .help("keep the value in a column of its own");
        report.push(diagnostic);
        return;
    }
    if matches!(trigger.kind, TriggerKind::Touch(_)) {
        return;
    }
    if matches!(kept.key, "into" | "balance") {
        starts_at_zero(report, kept, field);
    }
}

/// A row without children has the value of no children.
fn starts_at_zero(report: &mut Report<'_>, kept: &Kept, field: &Field) {
    let zero = match &field.default {
        Some(Default::Literal(Literal::Integer(0))) => true,
        Some(Default::Literal(Literal::Text(text))) => is_zero(text),
        Some(Default::Literal(Literal::Number(number))) => is_zero(number.as_str()),
        Some(Default::Sql(sql)) => {
            // An expression that is not plainly a number may still be zero.
            Literal::number(sql.as_str().trim()).is_none() || is_zero(sql.as_str())
        }
        _ => false,
    };
    if zero {
        return;
    }
    let trigger = &report.schema.triggers[kept.trigger].name;
    let missing = field.default.is_none();
    let path = report.path_of(kept.field);
    let message = if missing {
        format!("`{path}` is kept by `{trigger}` and needs a default: nobody else may write it")
    } else {
        format!("`{path}` is kept by `{trigger}` and must start at 0")
    };
    let model = &report.model(kept.field.model).name;
    let diagnostic = report
        .error(
            "maintained-default",
            message,
            &["models", model, "fields", field.name.as_str(), "default"],
        )
        .also(
            report.spans.at(&["triggers", trigger, kept.key]),
            "kept here",
        )
        .help("write `default = 0`");
    report.push(diagnostic);
}

fn is_zero(text: &str) -> bool {
    let digits = text.trim();
    digits.contains('0')
        && digits
            .chars()
            .all(|char| matches!(char, '0' | '.' | '-' | '+'))
}

/// What the tables of child and parent must not be.
fn tables(report: &mut Report<'_>, index: usize) {
    let (child, parent) = match &report.schema.triggers[index].kind {
        TriggerKind::Counter(counter) => (counter.count, counter.into.model),
        TriggerKind::Sum(sum) => (sum.of, sum.into.model),
        TriggerKind::Ledger(ledger) => (ledger.on, ledger.balance.model),
        _ => return,
    };
    let mut models = vec![child];
    if parent != child {
        models.push(parent);
    }
    for model in models {
        inheritance(report, index, report.model(model));
        row_security(report, index, report.model(model));
    }
}

/// A query of a table sees the rows of the tables that inherit from it; their triggers don't.
fn inheritance(report: &mut Report<'_>, index: usize, model: &Model) {
    let trigger = &report.schema.triggers[index].name;
    let heir = report.schema.models.iter().find(|heir| {
        heir.inherits
            .iter()
            .any(|base| report.schema.model(*base).name == model.name)
    });
    let message = match (heir, model.inherits.is_empty()) {
        (Some(heir), _) => format!(
            "`{}` inherits from `{}`, and its rows would fire no trigger there",
            heir.name, model.name
        ),
        (None, false) => format!(
            "`{}` inherits, so its rows are also rows of another table",
            model.name
        ),
        (None, true) => return,
    };
    let place = heir.map_or(&model.name, |heir| &heir.name);
    let diagnostic = report
        .error("maintained-inheritance", message, &["triggers", trigger])
        .also(
            report.spans.at(&["models", place, "inherits"]),
            "inherits here",
        )
        .help("partition the table instead, or leave the column to a view");
    report.push(diagnostic);
}

fn row_security(report: &mut Report<'_>, index: usize, model: &Model) {
    if !model.row_security.force {
        return;
    }
    let trigger = &report.schema.triggers[index].name;
    let diagnostic = report
        .error(
            "maintained-rls",
            format!(
                "`{}` forces row level security on its owner, so the function of `{trigger}` would not see every row",
                model.name
            ),
            &["models", &model.name, "rls"],
        )
        .also(report.spans.at(&["triggers", trigger]), "reads or writes its rows")
        .help("write `rls = { enabled = true }`: it binds everybody but the owner");
    report.push(diagnostic);
}

fn ledger(report: &mut Report<'_>, index: usize, ledger: &Ledger) {
    let trigger = &report.schema.triggers[index].name;
    let entries = report.model(ledger.on);
    for key in &entries.foreign_keys {
        let (action, word, said) = match (key.on_delete, key.on_update) {
            (Action::Cascade, _) => ("a delete", "on_delete", "cascade"),
            (Action::SetDefault, _) => ("a delete", "on_delete", "set default"),
            (Action::Retain, _) => continue,
            (_, Action::Cascade) => ("a change of the key", "on_update", "cascade"),
            _ => continue,
        };
        let place = super::references::span(report, entries, key, word);
        let diagnostic = Diagnostic::warning(
            "ledger-cascade",
            format!(
                "`{word}` is `{said}`, but the ledger refuses every change: {action} of the `{}` would fail",
                report.model(key.target).name
            ),
            place,
        )
        .also(report.spans.at(&["triggers", trigger]), "the ledger")
        .help("write `on_delete = \"retain\"`: the entry outlives what it names");
        report.push(diagnostic);
    }
}
