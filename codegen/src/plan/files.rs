//! From steps to files, in sqlx's own format: a file is a transaction, or a single statement outside of one.

use super::data::{self, Data};
use super::{Phase, Plan, Step};
use crate::ddl;
use crate::fragment::lexer::lex;
use crate::pg::{Reset, Statement};
use crate::schema::Schema;
use crate::sql::{LineComment, Render, Sql};

/// A file of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it does, in a word that stands in its name where the migration has several files.
    pub word: &'static str,
    /// The text.
    pub sql: String,
    /// Whether it runs outside of a transaction. Its first line says so too.
    pub no_transaction: bool,
}

/// The first line of a file that runs outside of a transaction; sqlx wants exactly this.
const ALONE: &str = "no-transaction";

/// The files of a plan, in their order, with the author's own statements in them. What stood in a file that there is no
/// more stands in the last one that has a place for such statements.
#[must_use]
pub fn files(plan: &Plan, next: &Schema, heading: &str, data: &Data) -> Vec<File> {
    let groups = groups(plan);
    let count = groups.len();
    let words: Vec<&str> = groups.iter().map(|group| word(phase_of(group))).collect();
    let mut data = data.clone();
    let lost: Vec<String> = data
        .keys()
        .filter(|key| !words.contains(&key.as_str()))
        .cloned()
        .collect();
    let last = groups
        .iter()
        .rev()
        .find(|group| !phase_of(group).runs_alone());
    for key in lost {
        if let (Some(own), Some(last)) = (data.remove(&key), last) {
            data.entry(word(phase_of(last)).to_owned())
                .or_default()
                .push_str(&own);
        }
    }
    let settings = |waits| ddl::migration_settings(next, &plan.old_schemas, waits);
    // Before the first proof is where values must be there.
    let late = groups.iter().position(|group| {
        matches!(
            phase_of(group),
            Phase::Attach | Phase::Validate | Phase::Contract
        )
    });
    groups
        .into_iter()
        .enumerate()
        .map(|(place, group)| {
            let has_place = late == Some(place) || data.contains_key(word(phase_of(&group)));
            let context = Context {
                next,
                heading,
                data: &data,
            };
            file(&group, &settings, &context, (place, count), has_place)
        })
        .collect()
}

fn phase_of(group: &[&Step]) -> Phase {
    group.first().map_or(Phase::Expand, |step| step.phase)
}

/// Steps that share a transaction.
fn groups(plan: &Plan) -> Vec<Vec<&Step>> {
    let is_split = plan.steps.iter().any(|step| {
        step.phase.runs_alone()
            || matches!(
                step.phase,
                Phase::Shadow | Phase::ShadowProof | Phase::Attach | Phase::Validate
            )
    });
    let mut groups: Vec<Vec<&Step>> = Vec::new();
    for step in &plan.steps {
        let joins = groups
            .last()
            .and_then(|group| group.last())
            .is_some_and(|last| {
                let same = last.phase == step.phase
                // Where nothing waits for anything, what goes leaves with what comes.
                || (!is_split && last.phase == Phase::Expand && step.phase == Phase::Contract);
                same && !step.phase.runs_alone()
            });
        match groups.last_mut() {
            Some(group) if joins => group.push(step),
            _ => groups.push(vec![step]),
        }
    }
    groups
}

/// What all files of a migration have.
struct Context<'a> {
    next: &'a Schema,
    heading: &'a str,
    data: &'a Data,
}

fn file(
    steps: &[&Step],
    settings: &dyn Fn(bool) -> Vec<Statement>,
    &Context {
        next,
        heading,
        data,
    }: &Context<'_>,
    (place, count): (usize, usize),
    has_place: bool,
) -> File {
    let phase = phase_of(steps);
    let own = data.get(word(phase)).map_or("", String::as_str);
    let alone = phase.runs_alone();
    let mut sql = Sql::new();
    let comment = |sql: &mut Sql, text: &str| {
        sql.push(&LineComment(text)).push_keyword("\n");
    };
    if alone {
        comment(&mut sql, ALONE);
    }
    comment(&mut sql, heading);
    if count > 1 {
        comment(
            &mut sql,
            &format!("Part {} of {count}: {}.", place + 1, title(phase)),
        );
    }
    let settings = if alone {
        Vec::new()
    } else {
        settings(data::is_locking(own) || steps.iter().any(|step| !step.locks.is_empty()))
    };
    if !settings.is_empty() {
        sql.push_keyword("\n");
        for setting in &settings {
            sql.push(setting);
        }
    }
    let is_late = matches!(phase, Phase::Attach | Phase::Validate | Phase::Contract);
    if is_late && has_place && !alone {
        data::place(&mut sql, word(phase), own, next);
    }
    let is_early = matches!(phase, Phase::Labels | Phase::Expand) && !alone;
    // What is there still and what came are both at hand where the author's own statements stand.
    let place_at = steps.iter().position(|step| step.phase == Phase::Contract);
    let mut change = "";
    for (index, step) in steps.iter().enumerate() {
        if is_early && place_at == Some(index) {
            data::place(&mut sql, word(phase), own, next);
        }
        sql.push_keyword("\n");
        if step.change != change {
            comment(&mut sql, &step.change);
            change = &step.change;
        }
        for lock in &step.locks {
            let time = if lock.long {
                "as long as the table is large"
            } else {
                "for a moment"
            };
            comment(
                &mut sql,
                &format!("locks {}: {} {time}", lock.table, lock.mode),
            );
        }
        for hazard in &step.hazards {
            comment(
                &mut sql,
                &format!("{}: {}", hazard.kind.code(), hazard.text),
            );
        }
        step.statement.render(&mut sql);
    }
    if is_early && place_at.is_none() {
        data::place(&mut sql, word(phase), own, next);
    }
    if !settings.is_empty() {
        sql.push_keyword("\n");
        for setting in &settings {
            if let Statement::Set(set) = setting {
                sql.push(&Reset(set.setting));
            }
        }
    }
    File {
        word: word(phase),
        sql: sql.into_string(),
        no_transaction: alone,
    }
}

fn title(phase: Phase) -> &'static str {
    match phase {
        Phase::Labels => "new labels, which nobody may use before they are committed",
        Phase::Shadow => {
            "columns of a new type, which follow what is written to those of the old one"
        }
        Phase::Copy => "their values for rows that are there, beside writers; it may be run again",
        Phase::ShadowIndex => "an index over them, beside writers",
        Phase::ShadowProof => "proofs that every row has them, beside writers",
        Phase::Expand => "what is new beside what is there",
        Phase::Concurrent => "an index, beside writers",
        Phase::Backfill => "values for rows that are there, beside writers; it may be run again",
        Phase::Attach => "constraints of what was built",
        Phase::Validate => "proofs over the rows that are there, beside writers",
        Phase::Contract => "what is not needed any more",
    }
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Labels => "labels",
        Phase::Shadow => "shadow",
        Phase::Copy => "copy",
        Phase::ShadowIndex => "index",
        Phase::ShadowProof => "proof",
        Phase::Expand => "expand",
        Phase::Concurrent => "index",
        Phase::Backfill => "backfill",
        Phase::Attach => "attach",
        Phase::Validate => "validate",
        Phase::Contract => "contract",
    }
}

/// The text without comments and white space: what a checksum is made of, so that line ends do not matter.
#[must_use]
pub fn normalized(sql: &str) -> String {
    match lex(sql) {
        Ok(tokens) => {
            let mut text = String::new();
            for token in tokens {
                text.push_str(&token.text(sql).replace("\r\n", "\n"));
                text.push(' ');
            }
            text
        }
        Err(_) => sql.replace("\r\n", "\n"),
    }
}
