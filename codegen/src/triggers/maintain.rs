//! The triggers on a child that keep its parents' columns true.
//!
//! A trigger for each event sees all rows of a statement at once and makes one `UPDATE` of each parent table. Parents are
//! locked in the order of their keys, with the lock that an `UPDATE` of other columns takes, so that two statements never
//! wait for each other and a foreign key's check never waits at all. Where the author named several triggers, the first
//! locks and the last of each parent writes.

use super::delta::{Change, RowsBy};
use super::feed::Feed;
use super::raise::{Raise, Rule};
use super::scope::{Scope, event_name, named};
use super::write::write;
use super::{announce, delta, orphans};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{Event, Level, ModelId, Timing};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql};

/// A trigger of the database on a child: its names, and what it does.
struct Slot {
    trigger: Ident,
    function: Ident,
    locks: Vec<usize>,
    writes: Vec<usize>,
    /// Whether the first trigger of the event locks the parents.
    locked: bool,
}

impl Slot {
    /// Where every parent may be written for a single row, the query that reads the row tells whether there are more.
    fn rows_by(&self, scope: Scope<'_>, group: &[Feed<'_>]) -> RowsBy {
        let reads = |&index: &usize| {
            group[index].references().len() == 1 && !group[index].has_orphans(scope)
        };
        if self.locks.is_empty() && self.writes.iter().all(reads) {
            RowsBy::Reading
        } else {
            RowsBy::Counting
        }
    }
}

/// Functions and triggers of all feeds.
pub(super) fn statements(scope: Scope<'_>, feeds: &[Feed<'_>]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for group in feeds.chunk_by(|a, b| a.child == b.child) {
        let child = group[0].child;
        let mut functions: Vec<Function> = Vec::new();
        let mut triggers = Vec::new();
        for event in [Event::Insert, Event::Update, Event::Delete, Event::Truncate] {
            if !group.iter().any(|feed| feed.events(scope).contains(&event)) {
                continue;
            }
            for slot in slots(scope, group, event) {
                let body = match event {
                    Event::Truncate => truncate(scope, group, &slot),
                    _ => Body::new(scope, feeds, group, event, &slot),
                };
                let body = (event, slot.trigger.clone(), body);
                Function::add(&mut functions, slot.function.clone(), body);
                triggers.extend(scope.statement_tables(child).into_iter().map(|table| {
                    let function = scope.function(child, slot.function.clone());
                    trigger(slot.trigger.clone(), table, event, &function).into()
                }));
            }
        }
        statements.extend(
            functions
                .into_iter()
                .map(|function| function.statement(scope, group)),
        );
        statements.extend(triggers);
        if group
            .iter()
            .any(|feed| feed.has_orphans(scope) && !feed.is_ledger())
        {
            statements.extend(begin(scope, child));
        }
    }
    statements
}

/// Before a statement on children that may be there without their parents: forgets what earlier ones made.
fn begin(scope: Scope<'_>, child: ModelId) -> Vec<Statement> {
    let table = &scope.table(child).name;
    let function = scope.function(
        child,
        Ident::derived(&[table.as_str(), "maintain", "begin"]),
    );
    let mut statements = vec![scope.trigger_function(
        function.clone(),
        None,
        sql!(
            "BEGIN\n    PERFORM pg_catalog.set_config({setting}, '', true);\n    RETURN NULL;\nEND;",
            setting = Literal::text(announce::MADE)
        ),
        format!("Forgets which parents earlier statements on {table} made."),
    )];
    statements.extend(scope.statement_tables(child).into_iter().map(|on| {
        CreateTrigger {
            level: Level::Statement,
            events: vec![Event::Insert, Event::Update, Event::Delete],
            // A statement within a trigger may come between what was made and who reads it. A note that stays for too long
            // does no harm: counting anew is always right.
            when: Some(sql!(
                "pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 0"
            )),
            ..super::scope::row_trigger(
                Ident::derived(&["trg", table.as_str(), "maintain", "begin"]),
                on,
                Timing::Before,
                Event::Insert,
                &function,
            )
        }
        .into()
    }));
    statements
}

fn trigger(
    name: Ident,
    table: QualifiedName,
    event: Event,
    function: &QualifiedName,
) -> CreateTrigger {
    let (old, new) = delta::transition_tables();
    CreateTrigger {
        level: Level::Statement,
        old_table: matches!(event, Event::Update | Event::Delete).then_some(old),
        new_table: matches!(event, Event::Insert | Event::Update).then_some(new),
        ..super::scope::row_trigger(name, table, Timing::After, event, function)
    }
}

/// The triggers of an event, in the order in which they fire: that of their names' bytes.
fn slots(scope: Scope<'_>, group: &[Feed<'_>], event: Event) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut of_feed: Vec<Vec<Ident>> = vec![Vec::new(); group.len()];
    for (index, feed) in group.iter().enumerate() {
        // A ledger's names belong to its own triggers.
        for column in feed.columns.iter().filter(|column| !column.ledger) {
            let name = column.trigger.names.get(event).as_ref();
            let function = column.trigger.functions.get(event).as_ref();
            let (trigger, function) = match (name, function) {
                (None, None) => continue,
                (Some(name), Some(function)) => (name.clone(), function.clone()),
                (None, Some(function)) => (
                    Ident::derived(&["trg", function.as_str()]),
                    function.clone(),
                ),
                (Some(name), None) => (
                    name.clone(),
                    Ident::derived(&[column.trigger.name.as_str(), event_name(event)]),
                ),
            };
            of_feed[index].push(trigger.clone());
            if !slots.iter().any(|slot| slot.trigger == trigger) {
                slots.push(Slot {
                    trigger,
                    function,
                    locks: Vec::new(),
                    writes: Vec::new(),
                    locked: false,
                });
            }
        }
    }
    if slots.is_empty() {
        let table = &scope.table(group[0].child).name;
        let parts = [table.as_str(), "maintain", event_name(event)];
        slots.push(Slot {
            trigger: Ident::derived(&["trg", parts[0], parts[1], parts[2]]),
            function: Ident::derived(&parts),
            locks: Vec::new(),
            writes: Vec::new(),
            locked: false,
        });
    }
    slots.sort_by(|a, b| a.trigger.cmp(&b.trigger));
    let last = slots.len() - 1;
    let mut earliest = 0;
    for (index, feed) in group.iter().enumerate() {
        if !feed.events(scope).contains(&event) {
            continue;
        }
        let writer = slots
            .iter()
            .rposition(|slot| of_feed[index].contains(&slot.trigger))
            .unwrap_or(last)
            // Parents are written in one order whatever the names are, so that an insert and a delete do not meet.
            .max(earliest);
        earliest = writer;
        slots[writer].writes.push(index);
    }
    for slot in &mut slots {
        slot.locked = last > 0;
    }
    if last > 0 {
        let all = || (0..group.len()).filter(|&index| group[index].events(scope).contains(&event));
        for (place, slot) in slots.iter_mut().enumerate() {
            // The first locks every parent, whoever writes it; one that has nothing to write keeps what is locked.
            if place == 0 || slot.writes.is_empty() {
                slot.locks = all().collect();
            }
        }
    }
    slots
}

/// The body of a trigger for one event: declarations and statements.
struct Body {
    declarations: Vec<Sql>,
    statements: Vec<Sql>,
}

impl Body {
    fn new(
        scope: Scope<'_>,
        feeds: &[Feed<'_>],
        group: &[Feed<'_>],
        event: Event,
        slot: &Slot,
    ) -> Self {
        let mut body = Self {
            declarations: Vec::new(),
            statements: Vec::new(),
        };
        let several = slot.writes.len() > 1;
        let rows_by = slot.rows_by(scope, group);
        let change = |feed, number| Change {
            scope,
            feed,
            event,
            suffix: several.then_some(number),
            rows_by,
        };
        if slot.writes.is_empty() {
            // What locks asks by itself.
        } else if rows_by == RowsBy::Reading {
            body.declarations.push(sql!("several boolean;"));
        } else {
            body.declarations.push(sql!("row_count bigint;"));
            body.statements.push(sql!(
                "\
row_count := (SELECT pg_catalog.count(*) FROM {rows});
IF row_count OPERATOR(pg_catalog.=) 0 THEN
    RETURN NULL;
END IF;",
                rows = change(&group[slot.writes[0]], 0).rows()
            ));
        }
        for &index in &slot.locks {
            let lock = delta::lock(&change(&group[index], 0));
            body.statements.push(lock);
        }
        if !slot.writes.is_empty() {
            body.declarations.extend(announce::declarations());
            body.declarations.extend([
                sql!("differing_key pg_catalog.text;"),
                sql!("differing_column pg_catalog.text;"),
            ]);
        }
        for (number, &index) in slot.writes.iter().enumerate() {
            let feed = &group[index];
            let change = change(feed, number + 1);
            let columns = announce::maintained_columns(feeds, feed.parent);
            if feed.has_orphans(scope) && !feed.is_ledger() {
                body.statements.push(orphans::wait_for_parents(&change));
            }
            body.declarations.extend(change.declarations());
            let tampered = tampered(scope, feed.parent);
            let write = write(
                &change,
                &columns,
                &tampered,
                // Each entry of a ledger has locked its account.
                slot.locked || feed.is_ledger(),
            );
            body.statements.push(if feed.has_orphans(scope) {
                sql!(
                    "\
IF {made} OPERATOR(pg_catalog.{test}) {mark} THEN
    {recount}
ELSE
    {write}
END IF;",
                    made = announce::made(),
                    // An entry of a ledger leaves its own mark; any other child clears it before the statement.
                    test = Keyword(if feed.is_ledger() { "=" } else { "<>" }),
                    mark = Literal::text(if feed.is_ledger() {
                        announce::ADOPTED
                    } else {
                        ""
                    }),
                    recount = orphans::recount(&change).indented(4),
                    write = write.indented(4)
                )
            } else {
                write
            });
        }
        body
    }

    /// The labelled block, without what ends the function.
    fn block(&self) -> Sql {
        let declare = if self.declarations.is_empty() {
            Sql::new()
        } else {
            sql!(
                "DECLARE\n    {declarations}\n",
                declarations = Sql::join("\n", &self.declarations).indented(4)
            )
        };
        sql!(
            "\
<<pgwright>>
{declare}BEGIN
    {statements}
    RETURN NULL;
END pgwright;",
            declare = declare,
            statements = Sql::join("\n", &self.statements).indented(4)
        )
    }
}

/// The error of a trigger that changed what was being written; the column and the parent's key are in variables.
fn tampered(scope: Scope<'_>, parent: ModelId) -> Raise<'static> {
    Raise {
        rule: Rule::Maintained,
        model: parent,
        column: Some(sql!("differing_column")),
        message: format!(
            "{} (%s): a trigger changed %s while the database was writing it",
            super::raise::plain(&scope.table(parent).name)
        ),
        values: vec![sql!("differing_key"), sql!("differing_column")],
        hint: Some("look for a BEFORE UPDATE trigger that sets the column"),
    }
}

/// After the child was emptied. Another partition may still have rows: then the parents are counted again.
fn truncate(scope: Scope<'_>, group: &[Feed<'_>], slot: &Slot) -> Body {
    let whole = scope.model(group[0].child).partitions.is_empty();
    let feeds = if slot.writes.is_empty() {
        &slot.locks
    } else {
        &slot.writes
    };
    let statements = feeds.iter().map(|&index| {
        let feed = &group[index];
        if whole {
            delta::reset(scope, feed)
        } else {
            let repair = super::drift::repair_name(scope, feed.parent);
            sql!("PERFORM {repair}();", repair = repair)
        }
    });
    Body {
        declarations: if whole {
            announce::declarations().into()
        } else {
            Vec::new()
        },
        statements: statements.collect(),
    }
}

/// A function and what it does on each event and in each trigger that it is named for.
struct Function {
    name: Ident,
    bodies: Vec<(Event, Ident, Body)>,
}

impl Function {
    fn add(functions: &mut Vec<Self>, name: Ident, body: (Event, Ident, Body)) {
        match functions.iter_mut().find(|function| function.name == name) {
            Some(function) => function.bodies.push(body),
            None => functions.push(Self {
                name,
                bodies: vec![body],
            }),
        }
    }

    fn statement(self, scope: Scope<'_>, group: &[Feed<'_>]) -> Statement {
        let child = group[0].child;
        let path = scope.path_for(
            group.iter().flat_map(Feed::expressions),
            group.iter().map(|feed| (feed.parent, feed.key)),
        );
        let names: Vec<String> = group
            .iter()
            .flat_map(|feed| {
                feed.columns.iter().map(|column| {
                    format!(
                        "{}.{}",
                        scope.table(feed.parent).name,
                        scope.column(feed.parent, column.into)
                    )
                })
            })
            .collect();
        let comment = format!("Keeps {} true.", names.join(", "));
        let block = if let [(_, _, body)] = self.bodies.as_slice() {
            body.block()
        } else {
            let branches = self.bodies.iter().map(|(event, trigger, body)| {
                let of_event = |(other, _, _): &&(Event, Ident, Body)| other == event;
                // Two triggers of one event may share a function, and each has work of its own.
                let only = if self.bodies.iter().filter(of_event).count() > 1 {
                    sql!(
                        " AND TG_NAME OPERATOR(pg_catalog.=) {name}",
                        name = Literal::text(trigger.as_str())
                    )
                } else {
                    Sql::new()
                };
                sql!(
                    "\
IF TG_OP OPERATOR(pg_catalog.=) {event}{only} THEN
    {block}
END IF;",
                    event = Literal::text(event_name(*event).to_ascii_uppercase()),
                    only = only,
                    block = body.block().indented(4)
                )
            });
            sql!(
                "\
BEGIN
    {branches}
    RETURN NULL;
END;",
                branches = Sql::join("\n", branches).indented(4)
            )
        };
        let body = sql!("#variable_conflict use_column\n{block}", block = block);
        scope.trigger_function(
            scope.function(child, named(Some(&self.name), &[])),
            path,
            body,
            comment,
        )
    }
}
