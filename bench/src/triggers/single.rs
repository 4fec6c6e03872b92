//! One row at a time, as an API does.

use super::{Bench, Rows, USERS, row, user};
use crate::lab::Variant;
use crate::load::Script;
use crate::report::{Limit, Row, Unit};
use crate::{Failure, Options};

/// A statement, who runs it in which variants, and its bars.
struct Case {
    name: &'static str,
    title: &'static str,
    statement: fn() -> String,
    random: bool,
    clients: usize,
    variants: &'static [Variant],
    of_none: Limit,
    of_old: Option<Limit>,
}

const EVERY: &[Variant] = &Variant::ALL;
const NEW: &[Variant] = &[Variant::None, Variant::New];

const CASES: [Case; 8] = [
    Case {
        name: "insert-single",
        title: "insert one dataset, spread users, 1 session",
        statement: plain_spread,
        random: true,
        clients: 1,
        variants: EVERY,
        of_none: Limit::AtLeast(0.55),
        of_old: Some(Limit::None),
    },
    Case {
        name: "insert-single-generated",
        title: "the same by the statement that the crate sends",
        statement: generated_spread,
        random: true,
        clients: 1,
        variants: NEW,
        of_none: Limit::None,
        of_old: None,
    },
    Case {
        name: "insert-hot",
        title: "insert one dataset, one user, 32 sessions; new by the statement that the crate sends",
        statement: plain_hot,
        random: false,
        clients: 32,
        variants: &[Variant::Old, Variant::New],
        of_none: Limit::None,
        of_old: Some(Limit::AtLeast(4.0)),
    },
    Case {
        name: "insert-hot-plain",
        title: "the same by a plain INSERT",
        statement: plain_hot,
        random: false,
        clients: 32,
        variants: EVERY,
        of_none: Limit::None,
        of_old: Some(Limit::None),
    },
    Case {
        name: "update-dataset-name",
        title: "update the name of one dataset",
        statement: || {
            "UPDATE datasets SET name = gen_random_uuid()::text \
             WHERE id = ('00000000-0000-4000-a000-' || :number)::uuid"
                .to_string()
        },
        random: true,
        clients: 1,
        variants: NEW,
        of_none: Limit::None,
        of_old: None,
    },
    Case {
        name: "update-user-name",
        title: "update the full name of one user",
        statement: || {
            format!(
                "UPDATE users SET full_name = gen_random_uuid()::text WHERE id = {}",
                user(":number")
            )
        },
        random: true,
        clients: 1,
        variants: NEW,
        of_none: Limit::None,
        of_old: None,
    },
    Case {
        name: "update-job-status",
        title: "move the status of one job",
        statement: || {
            "UPDATE jobs SET status = (CASE status WHEN 'queued' THEN 'running' ELSE 'queued' END)::job_status \
             WHERE id = ('00000000-0000-4000-9000-' || :number)::uuid"
                .to_string()
        },
        random: true,
        clients: 1,
        variants: NEW,
        of_none: Limit::None,
        of_old: None,
    },
    Case {
        name: "update-job-heartbeat",
        title: "prolong the lease of one job",
        statement: || {
            "UPDATE jobs SET lease_expires_at = now() + interval '30 seconds' \
             WHERE id = ('00000000-0000-4000-9000-' || :number)::uuid"
                .to_string()
        },
        random: true,
        clients: 1,
        variants: NEW,
        of_none: Limit::None,
        of_old: None,
    },
];

const HOT: &str = "00000000-0000-4000-8000-100000000007";

fn plain_spread() -> String {
    plain(&user(":number"))
}

fn plain_hot() -> String {
    plain(":user::uuid")
}

fn plain(user: &str) -> String {
    format!(
        "INSERT INTO datasets (id, user_id, name, original_size_bytes) \
         VALUES (gen_random_uuid(), {user}, gen_random_uuid()::text, 1000)"
    )
}

fn generated_spread() -> String {
    generated(&user(":number"))
}

/// The statement that the crate sends for a single insert, with a new id and name, a size, and the user.
fn generated(user: &str) -> String {
    let mut statement = automl_db::dataset::INSERT.to_string();
    // From the last to the first, so that `$1` is not found in `$17`.
    for number in (1..=17).rev() {
        let value = match number {
            1 => "gen_random_uuid()",
            2 => user,
            3 => "gen_random_uuid()",
            7 => "1000",
            _ => "NULL",
        };
        statement = statement.replace(&format!("${number}"), value);
    }
    statement
}

pub(super) fn rows(options: &Options) -> Vec<Row> {
    CASES
        .iter()
        .filter(|case| options.wants(case.name))
        .map(|case| Row::new(case.name, case.title, Unit::PerSecond))
        .collect()
}

pub(super) async fn measure(bench: &Bench<'_>, rows: &mut Rows) -> Result<(), Failure> {
    for case in &CASES {
        let Some(row) = row(rows, case.name) else {
            continue;
        };
        bench.progress(case.title);
        bench.lab.tidy(case.variants).await?;
        for variant in bench.turns(case.variants) {
            let statement = if case.name == "insert-hot" && variant == Variant::New {
                generated(":user::uuid")
            } else {
                (case.statement)()
            };
            let script = Script {
                statement,
                random: case.random.then_some(("number", USERS.0, USERS.1)),
                fixed: if case.random {
                    Vec::new()
                } else {
                    vec![("user", HOT)]
                },
            };
            let seconds = bench.options.seconds();
            let speed = bench
                .driver
                .run(bench.lab, variant, &script, case.clients, seconds)
                .await?;
            row.add(variant, speed);
        }
    }
    Ok(())
}

pub(super) fn compare(rows: &mut Rows) {
    for case in &CASES {
        let Some(row) = row(rows, case.name) else {
            continue;
        };
        row.speed_of("speed, of none", Variant::New, Variant::None, case.of_none);
        if let Some(limit) = case.of_old {
            row.speed_of("speed, of old", Variant::New, Variant::Old, limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_statement_keeps_its_shape_and_loses_its_parameters() {
        let statement = generated(":user::uuid");
        assert!(!statement.contains('$'), "{statement}");
        assert!(
            statement.contains("VALUES (gen_random_uuid(), :user::uuid, gen_random_uuid(), NULL"),
            "{statement}"
        );
    }
}
