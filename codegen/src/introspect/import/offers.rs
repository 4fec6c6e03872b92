//! Triggers that are, by what they do, one of the language's own kinds. They are offered, never taken: a body may mean
//! more than it says.

use super::super::catalog::Object;
use super::routines::fires;
use super::text::{Entries, bare, strings};
use super::{Import, facts};
use crate::fragment::lexer::{Kind, lex};

/// A comment for a trigger: what it could be, why, and what to write.
pub(super) fn offer(import: &Import<'_>, trigger: &Object, key: &str) -> Option<String> {
    let function = import.function_of(trigger)?;
    if function.text("_language") != Some("plpgsql") || trigger.is("_when") {
        return None;
    }
    let words = words(function.text("_source")?)?;
    let model = import
        .models
        .get(&(trigger.key.schema.as_str(), trigger.key.on.as_str()))?;
    touch(trigger, model, &words)
        .or_else(|| immutable(trigger, model, &words))
        .or_else(|| transitions(import, trigger, model, &words))
        .or_else(|| counted(import, trigger, model, &words))
        .map(|(why, entries)| {
            format!(
                "This could be\n  [triggers.{}]\n{}{why}\nIt stays SQL until you write that instead.",
                bare(key),
                entries.lines().as_str().lines().map(|line| format!("  {line}\n")).collect::<String>()
            )
        })
}

type Offer = (String, Entries);

/// A body as words: names folded as the server folds them, strings with their quotes, punctuation as it is.
fn words(body: &str) -> Option<Vec<String>> {
    let tokens = lex(body).ok()?;
    let words = tokens.iter().map(|token| match token.kind {
        Kind::Word => token.text(body).to_ascii_lowercase(),
        Kind::Quoted => token.name(body).unwrap_or_default(),
        _ => token.text(body).to_owned(),
    });
    Some(words.collect())
}

/// Whether the words stand there from a place on; `*` is any one word.
fn stands<'w>(words: &'w [String], at: usize, pattern: &str) -> Option<Vec<&'w str>> {
    let mut found = Vec::new();
    for (offset, wanted) in pattern.split(' ').enumerate() {
        let word = words.get(at + offset)?.as_str();
        if wanted == "*" {
            found.push(word);
        } else if wanted != word {
            return None;
        }
    }
    Some(found)
}

fn find<'w>(words: &'w [String], pattern: &str) -> Option<Vec<&'w str>> {
    (0..words.len()).find_map(|at| stands(words, at, pattern))
}

/// The statements between the first BEGIN and the last END.
fn statements(words: &[String]) -> Option<Vec<&[String]>> {
    let begin = words.iter().position(|word| word == "begin")?;
    let end = words.iter().rposition(|word| word == "end")?;
    let inside = words.get(begin + 1..end)?;
    Some(
        inside
            .split(|word| word == ";")
            .filter(|statement| !statement.is_empty())
            .collect(),
    )
}

fn touch(trigger: &Object, model: &str, words: &[String]) -> Option<Offer> {
    if fires(trigger, true, true)? != ["update"] || !trigger.texts("_columns").is_empty() {
        return None;
    }
    let statements = statements(words)?;
    let [set, give] = statements.as_slice() else {
        return None;
    };
    stands(give, 0, "return new")?;
    let column = [
        "new . * := now ( )",
        "new . * = now ( )",
        "new . * := current_timestamp",
        "new . * = current_timestamp",
    ]
    .iter()
    .filter(|pattern| pattern.split(' ').count() == set.len())
    .find_map(|pattern| stands(set, 0, pattern))?;
    let column = column.first()?;
    let mut entries = Entries::new();
    entries
        .text("kind", "touch")
        .text("column", column)
        .set("on", strings([model]));
    Some((
        format!("since all it does is to set `{column}` to the time of each update."),
        entries,
    ))
}

fn immutable(trigger: &Object, model: &str, words: &[String]) -> Option<Offer> {
    let statements = statements(words)?;
    let refuses = matches!(statements.as_slice(), [one] | [one, _] if stands(one, 0, "raise exception").is_some());
    let rest_returns = statements
        .get(1)
        .is_none_or(|statement| stands(statement, 0, "return *").is_some());
    let events = fires(trigger, true, true).or_else(|| fires(trigger, true, false))?;
    if !refuses || !rest_returns || events.contains(&"insert") {
        return None;
    }
    let mut entries = Entries::new();
    entries
        .text("kind", "immutable")
        .text("on", model)
        .set("deny", strings(events.iter().copied()));
    let columns = trigger.texts("_columns");
    if !columns.is_empty() {
        entries.set("columns", strings(columns));
    }
    Some((
        format!("since it refuses every {}.", events.join(" and ")),
        entries,
    ))
}

/// `OLD.s = 'a' AND NEW.s IN ('b', 'c')` for each label, in a body that changes nothing and raises.
fn transitions(
    import: &Import<'_>,
    trigger: &Object,
    model: &str,
    words: &[String],
) -> Option<Offer> {
    if fires(trigger, true, true)? != ["update"] || find(words, "raise exception").is_none() {
        return None;
    }
    if words.iter().any(|word| {
        matches!(
            word.as_str(),
            "insert" | "delete" | "perform" | "execute" | ":="
        )
    }) {
        return None;
    }
    let mut column: Option<String> = None;
    let mut allow: Vec<(String, Vec<String>)> = Vec::new();
    let label = |word: &str| {
        word.strip_prefix('\'')
            .and_then(|word| word.strip_suffix('\''))
            .map(|word| word.replace("''", "'"))
    };
    for at in 0..words.len() {
        let Some(found) = stands(words, at, "old . * = * and new . *") else {
            continue;
        };
        let (own, from, other) = (found.first()?, label(found.get(1)?)?, found.get(2)?);
        if own != other || column.as_ref().is_some_and(|column| column != own) {
            return None;
        }
        column = Some((*own).to_owned());
        let mut to = Vec::new();
        let after = at + 9 + 1;
        if let Some(found) = stands(words, after - 1, "= *") {
            to.push(label(found.first()?)?);
        } else if stands(words, after - 1, "in (").is_some() {
            for word in words
                .get(after + 1..)?
                .iter()
                .take_while(|word| *word != ")")
                .filter(|word| *word != ",")
            {
                to.push(label(word)?);
            }
        } else {
            return None;
        }
        match allow.iter_mut().find(|(own, _)| *own == from) {
            Some((_, all)) => all.extend(to),
            None => allow.push((from, to)),
        }
    }
    let column = column?;
    let path = (trigger.key.schema.as_str(), trigger.key.on.as_str());
    let field = import
        .facts
        .columns
        .get(&path)?
        .iter()
        .find(|field| field.key.name == column)?;
    let ty = (field.text("_type_schema")?, field.text("_type_name")?);
    let labels = import
        .facts
        .of("enum")
        .find(|item| facts::path(item) == ty)?
        .texts("labels");
    let known = |label: &String| labels.contains(&label.as_str());
    if !allow
        .iter()
        .all(|(from, to)| known(from) && to.iter().all(known))
    {
        return None;
    }
    let mut moves = Entries::new();
    for (from, to) in &allow {
        moves.set(from, strings(to.iter().map(String::as_str)));
    }
    let mut entries = Entries::new();
    entries
        .text("kind", "transitions")
        .text("on", &format!("{model}.{column}"))
        .set("allow", moves.inline());
    Some((
        format!("since it refuses every other move of `{column}`."),
        entries,
    ))
}

/// `UPDATE parents SET n = n + 1 WHERE id = NEW.parent_id`, and the same with a value of the row.
fn counted(import: &Import<'_>, trigger: &Object, model: &str, words: &[String]) -> Option<Offer> {
    let events = fires(trigger, false, true)?;
    if !events.contains(&"insert") && !events.contains(&"delete") {
        return None;
    }
    // Only updates of one table, and nothing else that writes.
    if words
        .iter()
        .any(|word| matches!(word.as_str(), "execute" | "perform" | "truncate"))
        || find(words, "insert into").is_some()
    {
        return None;
    }
    let mut found: Option<(String, String, String, Option<String>)> = None;
    for at in 0..words.len() {
        let Some(start) = stands(words, at, "update *") else {
            continue;
        };
        let mut table = *start.first()?;
        let mut next = at + 2;
        if let Some(qualified) = stands(words, next, ". *") {
            table = *qualified.first()?;
            next += 2;
        }
        let column = *stands(words, next, "set * =")?.first()?;
        next += 3;
        let by = words
            .get(next..)?
            .iter()
            .position(|word| word == "where")
            .map(|place| next + place)?;
        let change = words.get(next..by)?;
        let row =
            stands(words, by + 1, "* = new . *").or_else(|| stands(words, by + 1, "* = old . *"));
        let row = row.or_else(|| {
            stands(words, by + 1, "* . * = new . *")
                .map(|found| found.get(1..).unwrap_or_default().to_vec())
        });
        let row = row.or_else(|| {
            stands(words, by + 1, "* . * = old . *")
                .map(|found| found.get(1..).unwrap_or_default().to_vec())
        })?;
        let by = *row.get(1)?;
        let sign = change.iter().position(|word| word == "+" || word == "-")?;
        let change = change.get(sign + 1..)?;
        let value = match change {
            [one] if one == "1" => None,
            [row, dot, value] if matches!(row.as_str(), "new" | "old") && dot == "." => {
                Some(value.clone())
            }
            _ => return None,
        };
        let this = (table.to_owned(), column.to_owned(), by.to_owned(), value);
        if found.as_ref().is_some_and(|first| *first != this) {
            return None;
        }
        found = Some(this);
    }
    let (table, column, by, value) = found?;
    let parent = import
        .models
        .iter()
        .find(|((_, name), _)| *name == table)
        .map(|(_, model)| model)?;
    let mut entries = Entries::new();
    let why = match &value {
        None => {
            entries.text("kind", "counter").text("count", model);
            format!("since it adds 1 to `{table}.{column}` and takes it away.")
        }
        Some(value) => {
            entries
                .text("kind", "sum")
                .text("sum", value)
                .text("of", model);
            format!("since it adds `{value}` to `{table}.{column}` and takes it away.")
        }
    };
    entries
        .text("by", &by)
        .text("into", &format!("{parent}.{column}"));
    Some((why, entries))
}
